/**
 * Power cuts under load, inside a Linux guest whose SD card loses what was not synced.
 *
 * One round, run in the guest by `power-cut.sh`:
 *   node tests/guest/power-cut.mjs STORAGE MILLISECONDS|last
 * starts the compiled controller with its storage on the card, a broker and a keypad beside it, loads it with
 * tickets and key presses, prints every event and reply as it arrives, and cuts the power after MILLISECONDS of load
 * (`last`: ends in good order once everything has arrived).
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Aedes } from 'aedes';

const [storage, cutAfter] = process.argv.slice(2);
const root = 'hallward/v1/jinshan/row-a';
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const say = (kind, text) => writeSync(1, `${kind} ${text}\n`);

const configuration = {
  hall: 'jinshan',
  controller: 'row-a',
  hub: { url: 'mqtt://127.0.0.1:1883' },
  storage: { path: storage, maxMegabytes: 16 },
  buses: { keys: { type: 'tcp', host: '127.0.0.1', port: 7001 } },
  devices: {
    caller: {
      kind: 'caller',
      window: '5',
      bus: 'keys',
      protocol: 'serial-keys',
      keys: { next: 'AA 01' },
      debounceMilliseconds: 0,
    },
  },
  calling: { queues: { general: { prefix: 'A', windows: ['5', '6'] } } },
};

const broker = await Aedes.createBroker();
let lastEventAt = performance.now();
let online = false;
let replies = 0;
broker.authorizePublish = (_client, packet, allow) => {
  const text = packet.payload.toString();
  if (packet.topic.startsWith(`${root}/event/`)) {
    // Printed before the broker acknowledges it: what the controller counts as delivered has been seen.
    say('EVENT', text);
    lastEventAt = performance.now();
  } else if (packet.topic.startsWith(`${root}/reply/`)) {
    say('REPLY', text);
    replies++;
    issue();
  } else if (packet.topic === `${root}/status` && JSON.parse(text).state === 'online' && !online) {
    online = true;
    setTimeout(load, 200);
  }
  allow(null);
};
createServer(broker.handle).listen(1883, '127.0.0.1');
let keypad;
createServer((socket) => {
  keypad = socket;
  socket.on('error', () => {});
}).listen(7001, '127.0.0.1');

mkdirSync('/tmp/power-cut', { recursive: true });
writeFileSync('/tmp/power-cut/hall.yaml', JSON.stringify(configuration));
const controller = spawn(process.execPath, [main, 'run', '--config', '/tmp/power-cut/hall.yaml'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
controller.stdout.on('data', () => {});
controller.on('exit', (code) => {
  say('EXIT', String(code));
  process.exit(code === 0 ? 0 : 1);
});

let issued = 0;
const run = Date.now().toString(36);
function issue() {
  if (cutAfter === 'last' && issued >= 50) return;
  const payload = JSON.stringify({ id: `${run}-${++issued}`, queue: 'general' });
  broker.publish(
    { topic: `${root}/command/ticket.issue`, payload, qos: 1, retain: false, cmd: 'publish', dup: false },
    () => {},
  );
}

function load() {
  for (let lane = 0; lane < 8; lane++) issue();
  const presses = setInterval(() => keypad?.write(Uint8Array.of(0xaa, 0x01)), 23);
  if (cutAfter === 'last') {
    const quiet = setInterval(() => {
      if (performance.now() - lastEventAt < 3000 && replies < 50) return;
      clearInterval(presses);
      if (performance.now() - lastEventAt < 2000) return;
      clearInterval(quiet);
      controller.kill('SIGTERM');
    }, 200);
    return;
  }
  setTimeout(() => {
    say('CUT', cutAfter);
    spawnSync('simhw', ['powercut', '7']);
  }, Number(cutAfter));
}
