import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { distFolder } from '../candidates.mjs';
import { Broker, freePort } from './broker.mjs';
import { endProcess } from './processes.mjs';

const { systemClock, ptyCable, simulatedKeypad, simulatedPanels, spawnWithoutCables } = await import(
  pathToFileURL(join(distFolder, 'simulator/index.js'))
);
const { connect } = createRequire(import.meta.url)('mqtt');

const boards = 32;
const pollMilliseconds = 1_000;
/**
 * A pseudo terminal has no speed: what a question takes on a line of 9600 baud (8 bytes there, 5 ms to think, 17 bytes
 * back) the boards wait before they answer. With 32 of them asked once a second the line is never free.
 */
const answerAfterMilliseconds = 31;
const patienceMilliseconds = 20_000;
const keptTransactions = 100;
const onItsWayMilliseconds = 2;
const root = 'hallward/v1/bench/calling';
const nextKey = { next: 'AA 05 01 B0' };

/** A controller that leads the calling of 32 windows, with a board over each, a keypad at some, and a hall display. */
export class CallingBed {
  /** Windows with a keypad. */
  windows = ['1', '9', '17', '25'];
  /** Told when a board shows another number: `(window, text, at)`, milliseconds of performance.now(). */
  onShown = () => {};
  /** Told of each call that the hub hears of. */
  onCalled = () => {};
  #replies = new Map();
  #commands = 0;
  /** The latest questions on the row, the newest last: when each was heard and answered. */
  #transactions = [];
  #ends = [];

  static async make(folder) {
    return new CallingBed(mkdtempSync(join(folder, 'calling-')), await freePort(), await freePort());
  }

  constructor(folder, brokerPort, pagePort) {
    this.folder = folder;
    this.pagePort = pagePort;
    this.broker = new Broker(folder, brokerPort, spawnWithoutCables);
    this.row = ptyCable({ link: join(folder, 'row') });
    const { farEnd } = this.row;
    // Notes when a transaction is under way.
    const noted = {
      onBytes: (listener) => farEnd.onBytes(listener),
      send: (bytes) => {
        const newest = this.#transactions.at(-1);
        if (newest !== undefined) newest.answeredAt = performance.now();
        farEnd.send(bytes);
      },
    };
    farEnd.onBytes(() => {
      this.#transactions.push({ askedAt: performance.now(), answeredAt: Number.POSITIVE_INFINITY });
      if (this.#transactions.length > keptTransactions) this.#transactions.shift();
    });
    const addresses = Array.from({ length: boards }, (_, index) => index + 1);
    this.panels = simulatedPanels(noted, systemClock(), { addresses, answerAfterMilliseconds });
    for (const address of addresses) {
      const shown = ({ text }) => this.onShown(String(address), text.trim(), performance.now());
      this.panels.panel(address).onShown(shown);
    }
    this.cables = new Map(
      this.windows.map((name) => [name, ptyCable({ link: join(folder, `keys-${name}`) })]),
    );
    this.keypads = new Map(
      [...this.cables].map(([name, cable]) => [name, simulatedKeypad(cable.farEnd, nextKey)]),
    );
    this.file = join(folder, 'hallward.yaml');
    writeFileSync(this.file, JSON.stringify(this.#document(brokerPort), undefined, 2));
  }

  get pid() {
    return this.program.pid;
  }

  /**
   * When the wire was free for what was asked for at `began`: then, or when the transaction that was under way was over.
   * One whose question came within 2 ms of the press had left before the press was there.
   */
  wireFreeAt(began) {
    const underWay = this.#transactions.findLast(({ askedAt }) => askedAt <= began + onItsWayMilliseconds);
    return underWay === undefined || underWay.answeredAt === Number.POSITIVE_INFINITY
      ? began
      : Math.max(began, underWay.answeredAt);
  }

  /** Starts broker and controller; resolves when commands are taken. */
  async open() {
    this.broker.start();
    this.client = connect(`mqtt://127.0.0.1:${this.broker.port}`, {
      protocolVersion: 5,
      reconnectPeriod: 20,
    });
    await new Promise((resolve) => this.client.once('connect', resolve));
    await this.client.subscribeAsync([`${root}/reply/+`, `${root}/event/+`], { qos: 1 });
    this.client.on('message', (topic, payload) => {
      if (topic.endsWith('/event/ticket.called')) this.onCalled(performance.now());
      if (!topic.includes('/reply/')) return;
      const { id, ok, result } = JSON.parse(payload.toString());
      this.#replies.get(id)?.(ok ? result : undefined);
      this.#replies.delete(id);
    });
    this.start();
    const end = performance.now() + patienceMilliseconds;
    while ((await Promise.race([this.issue(), pause(300)])) === undefined) {
      if (performance.now() > end)
        throw new Error(readFileSync(join(this.folder, 'log'), 'utf8').slice(-600));
    }
  }

  start() {
    const log = openSync(join(this.folder, 'log'), 'a');
    const command = [join(distFolder, 'cli/main.js'), 'run', '--config', this.file];
    this.program = spawnWithoutCables(process.execPath, command, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  kill() {
    return endProcess(this.program, 'SIGKILL');
  }

  /** One ticket more; resolves when the command is answered. */
  issue() {
    const id = `bench-${++this.#commands}`;
    return new Promise((resolve) => {
      this.#replies.set(id, resolve);
      this.client.publish(`${root}/command/ticket.issue`, JSON.stringify({ id, queue: 'general' }), {
        qos: 1,
      });
    });
  }

  /** So many tickets, some at a time. */
  async issueMany(count, atOnce = 100) {
    for (let left = count; left > 0; left -= atOnce) {
      const these = Array.from({ length: Math.min(left, atOnce) }, () => this.issue());
      await Promise.all(these);
    }
  }

  press(window) {
    this.keypads.get(window).press('next');
  }

  /** A screen: told of each piece of its stream with the time. Resolves when it is there. */
  watchDisplay(heard) {
    return new Promise((resolve, reject) => {
      const path = '/display/events';
      const request = get({ host: '127.0.0.1', port: this.pagePort, path }, (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`the hall display answers ${response.statusCode}`));
          return;
        }
        response.on('data', (chunk) => {
          const text = chunk.toString();
          heard(text, performance.now());
          // Who does not answer the beats has gone.
          const beat = /"stream":"([^"]+)"/.exec(text);
          if (beat !== null) this.#answerBeat(beat[1]);
        });
        response.on('error', () => {});
        resolve();
      });
      request.on('error', reject);
      this.#ends.push(() => request.destroy());
    });
  }

  #answerBeat(stream) {
    const path = `/display/alive?stream=${stream}`;
    get({ host: '127.0.0.1', port: this.pagePort, path }, (response) => response.resume()).on(
      'error',
      () => {},
    );
  }

  async close() {
    for (const end of this.#ends) end();
    await endProcess(this.program, 'SIGTERM');
    this.client?.end(true);
    await this.broker.stop();
    this.panels.close();
    for (const cable of [this.row, ...this.cables.values()]) cable.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #document(brokerPort) {
    const all = Array.from({ length: boards }, (_, index) => String(index + 1));
    const board = (window) => ({
      kind: 'window-board',
      window,
      bus: 'row',
      protocol: 'modbus-panel',
      profile: 'dm36b06',
      address: Number(window),
      pollMilliseconds,
    });
    const caller = (window) => ({
      kind: 'caller',
      window,
      bus: `keys-${window}`,
      protocol: 'serial-keys',
      keys: nextKey,
      debounceMilliseconds: 0,
    });
    return {
      hall: 'bench',
      controller: 'calling',
      hub: { url: `mqtt://127.0.0.1:${brokerPort}` },
      storage: { path: join(this.folder, 'storage') },
      http: { port: this.pagePort },
      buses: {
        row: { type: 'serial', path: this.row.path },
        ...Object.fromEntries(
          [...this.cables].map(([name, { path }]) => [`keys-${name}`, { type: 'serial', path }]),
        ),
      },
      devices: {
        display: { kind: 'hall-display' },
        ...Object.fromEntries(all.map((window) => [`board-${window}`, board(window)])),
        ...Object.fromEntries(this.windows.map((window) => [`caller-${window}`, caller(window)])),
      },
      calling: { queues: { general: { prefix: 'A', windows: all } }, holdSeconds: 0 },
    };
  }
}
