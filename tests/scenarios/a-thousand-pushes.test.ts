import { describe, expect, it } from 'vitest';
import type { Program } from './support/program.js';
import { seededRandom } from './support/random.js';
import { scenario } from './support/scenario.js';
import type { Document } from './support/virtual-hall.js';
import { pause, waitFor } from './support/waiting.js';
import type { Payload, Watcher } from './support/watcher.js';

/** More by HALLWARD_PUSHES; the same with the same HALLWARD_SEED. */
const pushes = Number(process.env.HALLWARD_PUSHES ?? 1_000);
const seed = Number(process.env.HALLWARD_SEED ?? 20261122);
/** Of a thousand. */
const share = { kill: 18, brokerRestart: 8, breaking: 2 } as const;

/** What a push is made of, and what must become of it. */
interface Push {
  readonly what: string;
  readonly payload: string;
  /** `null`: nobody can read it. */
  readonly revision: number | null;
  readonly becomes: 'applied' | 'rejected' | 'rolled-back' | 'nothing new';
  /** The document that must run then. */
  readonly document: Document;
  /** Devices that may be touched. */
  readonly touched: readonly string[];
}

function pushable({ hall: _hall, controller: _controller, storage: _storage, ...rest }: Document): Document {
  return rest as Document;
}

describe('a thousand pushes, good and bad, under kills and broker restarts', () => {
  const test = scenario();

  it('end each with the configuration that is reported, and touch only what changed', {
    timeout: 900_000,
  }, async () => {
    const random = seededRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const broker = await test.broker({ persistence: true });
    const hall = test.hall({ hub: broker.url });
    const watcher = await test.watch(broker, hall.root);
    let controller = await test.run(hall);
    await watcher.see('status', 'online', ({ state }) => state === 'online');
    await watcher.see('device/board-6', 'answers', ({ verified }) => verified === true);

    let running: Document = hall.document();
    let highest = 0;
    let last: Push | undefined;
    const tally: Record<string, number> = {};

    const next = (): Push => {
      const revision = highest + 1 + below(3);
      const of = (what: string, becomes: Push['becomes'], document: Document, touched: string[]): Push => ({
        ...{ what, becomes, touched, revision, document: becomes === 'applied' ? document : running },
        payload: JSON.stringify({ revision, config: pushable(document) }),
      });
      const changed = (change: (document: Document) => void) => {
        const document = structuredClone(running);
        change(document);
        return document;
      };
      const set = (device: string, option: string, value: unknown) =>
        changed(({ devices }) => Object.assign(devices[device] ?? {}, { [option]: value }));
      const draw = below(1_000);
      if (draw < share.breaking) {
        return of('breaks a board', 'rolled-back', set('board-6', 'address', 77), ['board-6']);
      }
      const label = `${highest}-${below(1_000_000)}`;
      switch (below(12)) {
        case 0:
          return of('names a board', 'applied', set('board-6', 'label', label), ['board-6']);
        case 1:
        case 2:
          return of('names a keypad', 'applied', set('caller-6', 'label', label), ['caller-6']);
        case 3: {
          const has = 'rates' in running.devices;
          const document = changed(({ devices }) => {
            if (has) delete devices.rates;
            else devices.rates = { ...(hall.document().devices.rates ?? {}), label };
          });
          return of('adds or removes a device', 'applied', document, ['rates']);
        }
        case 4:
          return of(
            'changes the calling',
            'applied',
            changed((document) =>
              Object.assign(document, {
                calling: { ...(document.calling as object), ratingSeconds: 30 + below(60) },
              }),
            ),
            [],
          );
        case 5:
        case 6:
          return of('changes nothing', 'applied', structuredClone(running), []);
        case 7:
          return of(
            'has an unknown key',
            'rejected',
            changed((document) => Object.assign(document, { langauge: label })),
            [],
          );
        case 8:
          return of('has a wrong value', 'rejected', set('board-5', 'address', label), []);
        case 9: {
          const old = Math.max(1, highest - 1 - below(5));
          if (old >= highest) return of('changes nothing', 'applied', structuredClone(running), []);
          const payload = JSON.stringify({ revision: old, config: { language: label } });
          return {
            what: 'is stale',
            payload,
            revision: old,
            becomes: 'rejected',
            document: running,
            touched: [],
          };
        }
        case 10:
          if (last?.revision === null) return of('changes nothing', 'applied', structuredClone(running), []);
          return {
            what: 'is garbage',
            payload: `{"revision": ${label}`,
            revision: null,
            becomes: 'rejected',
            document: running,
            touched: [],
          };
        default:
          if (last === undefined || last.revision === null)
            return of('changes nothing', 'applied', structuredClone(running), []);
          return { ...last, what: 'comes again', becomes: 'nothing new', document: running, touched: [] };
      }
    };

    const publish = (payload: string) =>
      watcher.client.publishAsync(`${hall.root}/config/desired`, payload, { qos: 1, retain: true });
    const restart = async (): Promise<Program> => {
      await controller.kill();
      const again = test.start(hall);
      await again.says('running');
      return again;
    };

    for (let at = 0; at < pushes; at++) {
      const push = next();
      const from = watcher.messages.length;
      const kills = below(1_000) < share.kill;
      const restartsBroker = !kills && below(1_000) < share.brokerRestart;
      const sent = publish(push.payload);
      if (kills) {
        await pause(below(150));
        controller = await restart();
      }
      if (restartsBroker) {
        await pause(below(50));
        await broker.stop();
        await broker.start();
      }
      await sent;
      const name = `push ${at} of seed ${seed}: ${push.what}${kills ? ', killed' : ''}${restartsBroker ? ', broker restarted' : ''}`;
      tally[push.what] = (tally[push.what] ?? 0) + 1;
      if (push.becomes === 'nothing new') {
        // What follows shows that it changed nothing.
        if (kills || restartsBroker) await online(watcher, from, running);
        continue;
      }
      const decided = await waitFor(name, () => reportOf(watcher, from, push), 60);
      expect(decided.state, `${name}: ${JSON.stringify(decided.errors)}`).toBe(push.becomes);
      expect(decided.config, name).toEqual(push.document);
      if (push.becomes === 'applied') {
        expect(decided.running, name).toMatchObject({
          revision: push.revision,
          source: 'hub',
          hash: decided.hash,
        });
        running = push.document;
      }
      if (push.revision !== null && push.revision > highest) highest = push.revision;
      last = push;
      // After its own restart a broker is told everything anew.
      if (kills || restartsBroker) {
        await online(watcher, from, running);
      } else {
        const touched = new Set(
          watcher.messages
            .slice(from)
            .map(({ topic }) => /\/device\/(.+)$/.exec(topic)?.[1])
            .filter((device) => device !== undefined),
        );
        for (const device of touched) expect(push.touched, name).toContain(device);
        // One that was touched and left again has yet to answer.
        if (push.touched.includes('board-6')) await boardsAnswer(watcher);
      }
      if (at % 50 === 0) {
        const plan = await watcher.command('config.plan', { config: pushable(running) });
        expect(plan.result, name).toMatchObject({ verdict: 'nothing', highest });
      }
    }

    // Whatever became of them: what runs is what is reported, and a start knows it, too.
    const beforeLast = watcher.messages.length;
    controller = await restart();
    await online(watcher, beforeLast, running);
    const reported = await watcher.see('config/reported', 'after all', ({ config }) => config !== undefined);
    expect(reported.config).toEqual(running);
    expect(controller.log.filter(({ level }) => level >= 60)).toEqual([]);
    await watcher.settled();
    console.log(`pushes: ${JSON.stringify(tally)}`);
  });
});

/** What was said of this push, once it is decided; not of one that is tried again. */
function reportOf(watcher: Watcher, from: number, push: Push): Payload | undefined {
  const reports = watcher.messages
    .slice(from)
    .filter(({ topic, text }) => topic.endsWith('/config/reported') && text !== '')
    .map(({ text }) => JSON.parse(text) as Payload);
  return reports.findLast(
    ({ revision, state, errors }) =>
      revision === push.revision &&
      state !== 'applying' &&
      !errors.some(({ message }: Payload) => String(message).includes('tried again')),
  );
}

/** Everything was told again after `from`, and the boards answer. */
async function online(watcher: Watcher, from: number, { devices }: Document): Promise<void> {
  const isTold = (topic: string) =>
    watcher.messages
      .slice(from)
      .some(({ topic: at, text }) => at === `${watcher.root}/${topic}` && text !== '');
  const topics = ['status', ...Object.keys(devices).map((device) => `device/${device}`)];
  await waitFor('it is back', () => topics.every(isTold) && watcher.latest('status')?.state === 'online');
  await boardsAnswer(watcher);
  // What stands at the broker comes twice: as it was kept, and as it is told anew.
  for (let seen = -1; seen !== watcher.messages.length; await pause(300)) seen = watcher.messages.length;
}

function boardsAnswer(watcher: Watcher): Promise<true> {
  return waitFor('the boards answer', () =>
    ['board-5', 'board-6'].every((board) => watcher.latest(`device/${board}`)?.readings.shown !== null),
  );
}
