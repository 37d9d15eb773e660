import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { distFolder } from '../candidates.mjs';
import { Broker, freePort } from './broker.mjs';
import { endProcess, machineBusy } from './processes.mjs';
import { Subscriber } from './subscriber.mjs';

const load = (file) => import(pathToFileURL(join(distFolder, 'simulator', file)));
const { ptyCable } = await load('pty-cable.js');
const { spawnWithoutCables } = await load('spawn-without-cables.js');

const startPatienceMilliseconds = 20_000;
const probeMilliseconds = 10;
const probesBegin = 1_000_000;

/**
 * A keypad on a pseudo terminal, a broker, a subscriber and one candidate between them. Keypad and subscriber live in
 * this process, so that a latency is one clock read twice. Each press carries a number, by which loss, repetition and
 * order are found.
 */
export class Bed {
  /** Number of a press: when it was written, milliseconds of performance.now(). */
  sent = new Map();
  /** Number of a press: when it first arrived. */
  arrived = new Map();
  /** Numbers in the order of their first arrival. */
  order = [];
  repeated = 0;
  wrong = 0;
  #next = 1;
  #seen = 0;
  #startedAt = 0;
  #process;

  /** @param {import('../candidates.mjs').Candidate} candidate @param {string} root where the storage is to be */
  static async make(candidate, root) {
    const folder = mkdtempSync(join(root, `${candidate.name.replaceAll(' ', '-')}-`));
    return new Bed(candidate, folder, await freePort(), await machineBusy());
  }

  constructor(candidate, folder, brokerPort, busyBefore) {
    this.candidate = candidate;
    this.folder = folder;
    this.brokerPort = brokerPort;
    /** Share of the machine that others used just before. */
    this.busyBefore = busyBefore;
    this.state = join(folder, 'state');
    mkdirSync(this.state);
    this.broker = new Broker(folder, brokerPort, spawnWithoutCables);
    this.subscriber = new Subscriber(brokerPort, candidate.filter, candidate.topic);
    this.keypad = ptyCable({ link: join(folder, 'keypad') });
  }

  get pid() {
    return this.#process.pid;
  }

  get alive() {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** Starts the broker, with our subscriber on it. */
  async openHub() {
    this.broker.start();
    await this.subscriber.connect();
  }

  async closeHub() {
    await this.broker.stop();
    this.subscriber.close();
  }

  /** Starts the candidate. */
  start() {
    const log = openSync(join(this.folder, 'log'), 'a');
    const place = { folder: this.state, port: this.keypad.path, brokerPort: this.brokerPort };
    const command = this.candidate.command(place);
    this.#startedAt = performance.now();
    this.#process = spawnWithoutCables(process.execPath, command, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /**
   * Starts the candidate and presses every 10 ms until one press arrives; then forgets those presses.
   * @returns {Promise<number>} milliseconds from the start of the process to that arrival
   */
  async boot() {
    this.start();
    const first = await this.probe(probeMilliseconds, startPatienceMilliseconds);
    return first - this.#startedAt;
  }

  /** Presses at this pace until one of these presses arrives; gives when that was. */
  async probe(periodMilliseconds, patienceMilliseconds, until = () => false) {
    const begin = performance.now();
    let number = probesBegin + this.#next++ * 10_000;
    const first = number;
    while (performance.now() - begin < patienceMilliseconds) {
      this.#press(number++);
      await pause(periodMilliseconds);
      this.collect();
      for (let probe = first; probe < number; probe++) {
        const at = this.arrived.get(probe);
        if (at !== undefined) return at;
      }
      if (until()) return undefined;
      if (!this.alive) throw new Error(`${this.candidate.name} ended: ${this.logTail()}`);
    }
    throw new Error(
      `${this.candidate.name} sent nothing in ${patienceMilliseconds / 1000} s: ${this.logTail()}`,
    );
  }

  /** Lets what is under way arrive, then begins to count anew. */
  async settle(milliseconds = 1_500) {
    await pause(milliseconds);
    this.collect();
    this.sent.clear();
    this.arrived.clear();
    this.order = [];
    this.repeated = 0;
    this.wrong = 0;
  }

  /** Presses one after the other at this pace. Resolves with their numbers after the last one. */
  async pressPaced(count, periodMilliseconds) {
    const numbers = this.#take(count);
    const begin = performance.now() + periodMilliseconds;
    for (const [index, number] of numbers.entries()) {
      const wait = begin + index * periodMilliseconds - performance.now();
      if (wait > 0) await pause(wait);
      this.#press(number);
    }
    return numbers;
  }

  /** Presses all at once: as fast as the port takes them. */
  pressAtOnce(count) {
    const numbers = this.#take(count);
    const bytes = Buffer.from(numbers.map(frame).join(''));
    const now = performance.now();
    for (const number of numbers) this.sent.set(number, now);
    this.keypad.farEnd.send(bytes);
    return numbers;
  }

  /** Waits until so many messages more have come, or none for a while. They are not looked at meanwhile. */
  async awaitMessages(count, silenceMilliseconds) {
    const goal = this.#seen + count;
    let before = this.subscriber.arrivals.length;
    let quietSince = performance.now();
    while (this.subscriber.arrivals.length < goal) {
      await pause(20);
      const now = this.subscriber.arrivals.length;
      if (now > before) quietSince = performance.now();
      else if (performance.now() - quietSince > silenceMilliseconds) return;
      before = now;
    }
  }

  /** Takes in what has arrived. */
  collect() {
    const { arrivals } = this.subscriber;
    for (; this.#seen < arrivals.length; this.#seen++) {
      const { at, payload, redelivered } = arrivals[this.#seen];
      const press = this.#read(payload);
      if (press === undefined || press.level !== levelOf(press.number)) {
        this.wrong++;
      } else if (!this.arrived.has(press.number)) {
        this.arrived.set(press.number, at);
        this.order.push(press.number);
      } else if (!redelivered) {
        this.repeated++;
      }
    }
  }

  /** kill -9. Then the keypad is plugged in anew: a lock left on the port is gone, and so is what waits in it. */
  async kill() {
    await endProcess(this.#process, 'SIGKILL');
    this.keypad.cable.cut();
    this.keypad.cable.join();
  }

  /** What became of these presses. */
  verdict(numbers) {
    this.collect();
    const asked = new Set(numbers);
    const order = this.order.filter((number) => asked.has(number));
    let disorder = 0;
    for (let index = 1; index < order.length; index++) if (order[index] < order[index - 1]) disorder++;
    return {
      sent: numbers.length,
      arrived: order.length,
      repeated: this.repeated,
      disorder,
      wrong: this.wrong,
    };
  }

  logTail() {
    return readFileSync(join(this.folder, 'log'), 'utf8').slice(-600);
  }

  async close() {
    await endProcess(this.#process, 'SIGTERM');
    await this.closeHub();
    this.keypad.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #take(count) {
    const numbers = Array.from({ length: count }, (_, index) => this.#next + index);
    this.#next += count;
    return numbers;
  }

  #press(number) {
    const bytes = Buffer.from(frame(number));
    this.sent.set(number, performance.now());
    this.keypad.farEnd.send(bytes);
  }

  #read(payload) {
    try {
      return this.candidate.read(JSON.parse(payload.toString()));
    } catch {
      return undefined;
    }
  }
}

const levelOf = (number) => 1 + (number % 5);
const frame = (number) => `E,${number},${levelOf(number)}\n`;
