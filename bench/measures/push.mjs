import { connectAsync } from 'mqtt';
import { halls, openRowHall } from '../bed/row-hall.mjs';
import { percentile } from '../statistics.mjs';

const root = 'hallward/v1/bench/one';
const patienceMilliseconds = 40_000;

/**
 * Configurations pushed to a controller with 256 devices, from the publication to the report that it is in force: one that
 * changes nothing, and one that changes one board, by turns.
 */
export async function push({ root: folder, quick }) {
  const hall = await openRowHall(halls.full, folder);
  const client = await connectAsync(`mqtt://127.0.0.1:${hall.brokerPort}`, { protocolVersion: 5 });
  try {
    const { hall: _hall, controller: _controller, storage: _storage, ...config } = hall.document;
    const wait = reportWaiter(client);
    await client.subscribeAsync(`${root}/config/reported`, { qos: 1 });
    const same = [];
    const one = [];
    let touched = 0;
    const rounds = quick ? 4 : 20;
    for (let revision = 1; revision <= 2 * rounds; revision++) {
      const changes = revision % 2 === 0;
      if (changes)
        config.devices['board-3-7'] = { ...config.devices['board-3-7'], label: `round ${revision}` };
      const decided = wait(revision);
      const begin = performance.now();
      client.publish(`${root}/config/desired`, JSON.stringify({ revision, config }), {
        qos: 1,
        retain: true,
      });
      const reported = await decided;
      const milliseconds = performance.now() - begin;
      if (reported.state !== 'applied') throw new Error(JSON.stringify(reported.errors));
      (changes ? one : same).push(milliseconds);
      const restarted = Object.values(reported.devices).filter((outcome) => outcome !== 'kept').length;
      touched = Math.max(touched, Math.abs(restarted - (changes ? 1 : 0)));
    }
    return {
      pushes: 2 * rounds,
      sameP50Milliseconds: percentile(same, 50),
      sameMostMilliseconds: Math.max(...same),
      oneP50Milliseconds: percentile(one, 50),
      oneMostMilliseconds: Math.max(...one),
      wronglyTouched: touched,
    };
  } finally {
    await client.endAsync(true);
    await hall.end();
  }
}

/** Waits for the report that decides a revision. */
function reportWaiter(client) {
  const waiting = new Map();
  client.on('message', (_topic, payload) => {
    const reported = JSON.parse(payload.toString());
    if (reported.state === 'applying') return;
    waiting.get(reported.revision)?.(reported);
    waiting.delete(reported.revision);
  });
  return (revision) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no report of ${revision}`)), patienceMilliseconds);
      waiting.set(revision, (reported) => {
        clearTimeout(late);
        resolve(reported);
      });
    });
}
