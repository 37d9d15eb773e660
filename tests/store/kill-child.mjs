// Commits as fast as it is acknowledged and says on standard output what was; killed by the test at any moment.
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [dist, directory, lanes] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { openStore } = await load('store/open.js');
const { systemClock } = await load('kernel/clock.js');
const { silentLog } = await load('kernel/log.js');

const store = await openStore({
  directory,
  source: () => '/hallward/jinshan/row-a',
  clock: systemClock(),
  log: silentLog,
  boot: 'boot-1',
  maximumMegabytes: 8,
});
const session = (store.state.get('session') ?? 0) + 1;
await store.commit({ puts: { session } }).synced;
writeSync(1, `session ${session} ${store.storeId} ${store.outbox.deliveredThrough('key.pressed')}\n`);

const untied = { unit: null, staff: null, matter: null, ticket: null, invitedAt: null };

async function commitOn(lane) {
  for (let count = 0; ; count++) {
    const type = count % 3 === 0 ? 'rating.submitted' : 'key.pressed';
    const data =
      type === 'key.pressed'
        ? { device: 'd', window: null, key: 'x'.repeat((count * 37) % 900) }
        : { session: 's', level: 5, reasons: [], window: '5', channel: 'key', at: null, ...untied };
    const number = (store.state.get('issued') ?? 0) + 1;
    const { events, synced } = store.commit({
      events: [{ type, subject: `lane-${lane}`, data }],
      puts: { issued: number },
    });
    await synced;
    writeSync(1, `ack ${events[0].sequence} ${events[0].id} ${number}\n`);
    if (type === 'key.pressed') {
      store.outbox.delivered(type, events[0].sequence);
      if (count % 50 === 49) {
        // It goes with the next record, whenever its own file is written.
        await store.commit({ puts: { mark: count } }).synced;
        writeSync(1, `delivered ${events[0].sequence}\n`);
      }
    }
  }
}
await Promise.all(Array.from({ length: Number(lanes) }, (_, lane) => commitOn(lane)));
