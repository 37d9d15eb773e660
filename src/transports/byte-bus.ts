import type { Clock } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { Log } from '../kernel/log.js';
import { busErrors } from './bus-errors.js';
import { EchoFilter } from './echo-filter.js';
import { LineWriter } from './line-writer.js';
import { type Noise, NoiseMeter } from './noise-meter.js';
import type { BusCounters, ByteBus, Framing, Priority, Transaction, Wire, WireState } from './ports.js';
import { SlaveHealth } from './slave-health.js';
import { Tally } from './tally.js';
import { sendEntry, transactionEntry } from './transaction-entry.js';
import type { Entry, SendEntry, TransactionEntry } from './transaction-queue.js';
import { TransactionRunner } from './transaction-runner.js';
import { Turns } from './turns.js';
import { UnaskedFrames } from './unasked-frames.js';

/**
 * Makes the one owner of `wire` and starts the wire; see `ByteBus`.
 *
 * - A further try waits at the end of its priority's queue: a silent slave costs the others one time-out at a time.
 * - A write that is stuck (a printer that takes nothing) fails the transactions behind it by their own time-outs.
 * - An adapter that echoes is recognised by the first answered read; until then an echo may pass for the answer of
 *   a request whose answer equals it. So devices read before they write.
 * - What comes in while no transaction runs goes to those who listen; where nobody does, it is counted as `late`
 *   after a time-out, else as `unasked`.
 * - A signal rejects with `bus.cancelled`; a request that is out keeps the line until its time-out all the same.
 *
 * @param random for the pauses before a dead address is tried again, 0 (inclusive) to 1 (exclusive).
 */
export function byteBus(
  name: string,
  wire: Wire,
  clock: Clock,
  log: Log,
  random: () => number = Math.random,
): ByteBus {
  return new LineOwner(name, wire, clock, log, random);
}

class LineOwner implements ByteBus {
  readonly type = 'bytes';
  state: WireState = 'opening';
  lostBecause: HallwardError | undefined;
  readonly #changes = new Listeners<[]>();
  readonly #echo = new EchoFilter((byteCount) => this.#tally.unneeded('echo', byteCount));
  readonly #health: SlaveHealth;
  readonly #meter: NoiseMeter;
  readonly #unasked: UnaskedFrames;
  readonly #tally: Tally;
  readonly #line: LineWriter;
  readonly #runner: TransactionRunner;
  readonly #turns: Turns;
  /** Somebody has asked or listened already. */
  #isUsed = false;

  constructor(
    readonly name: string,
    private readonly wire: Wire,
    private readonly clock: Clock,
    private readonly log: Log,
    random: () => number,
  ) {
    this.#health = new SlaveHealth(clock, random);
    this.#meter = new NoiseMeter(clock, name, () => this.#changes.tell());
    this.#tally = new Tally(this.#health.counters, this.#meter);
    this.#line = new LineWriter(clock, name, wire, () => this.#turns.go());
    this.#turns = new Turns(
      clock,
      name,
      this.#line,
      () => this.state === 'open',
      (entry) => this.#run(entry),
    );
    this.#runner = new TransactionRunner(clock, name, this.#line, this.#echo, this.#health, this.#tally);
    this.#unasked = new UnaskedFrames(clock, name, log, this.#tally);
    wire.start({
      opened: () => this.#opened(),
      bytes: (chunk) => this.#received(chunk),
      lost: (error) => this.#lost(error),
    });
  }

  get counters(): BusCounters {
    return this.#tally.counters;
  }

  get sent(): number | null {
    return this.#line.isStuck ? null : this.counters.bytesSent;
  }

  get noise(): Noise {
    return this.#meter.noise;
  }

  transact<Answer>(transaction: Transaction<Answer>): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const { address, priority, signal, retries = 1 } = transaction;
      const refusal =
        this.#refusal() ??
        (signal?.aborted === true ? busErrors.cancelled(this.name) : undefined) ??
        this.#pollRefusal(transaction);
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      const dead = this.#health.isDead(address);
      const probe = dead && priority === 'poll';
      const entry = transactionEntry(transaction, {
        retries: dead ? 0 : retries,
        gapMilliseconds: this.#line.gapMilliseconds(transaction.gapMilliseconds),
        probe,
        resolve: (answer) => resolve(answer as Answer),
        reject,
        settled: () => {
          if (probe) this.#health.setProbing(address, false);
        },
        aborted: (self) => {
          this.#turns.remove(self);
          self.reject(busErrors.cancelled(this.name));
        },
      });
      if (probe) this.#health.setProbing(address, true);
      this.#enqueue(entry);
    });
  }

  send(bytes: Uint8Array, priority: Priority, gapMilliseconds?: number): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const refusal = this.#refusal();
      if (refusal !== undefined) reject(refusal);
      else
        this.#enqueue(
          sendEntry(bytes, priority, this.#line.gapMilliseconds(gapMilliseconds), resolve, reject),
        );
    });
  }

  listen<Parameters, Frame extends { readonly listener: number }>(
    framing: Framing<Parameters, Frame>,
    parameters: Parameters,
    heard: (frame: Frame, atMilliseconds: number) => void,
  ): () => void {
    this.#isUsed = true;
    return this.#unasked.listen(framing, parameters, heard);
  }

  onChange(listener: () => void): () => void {
    return this.#changes.add(() => {
      try {
        listener();
      } catch (thrown) {
        const error = asHallwardError(thrown, 'bus.listener-failed');
        this.log.error({ bus: this.name, detail: error.message }, 'a listener to a bus threw');
      }
    });
  }

  async close(): Promise<void> {
    if (this.state !== 'closed') {
      this.state = 'closed';
      this.#unasked.stop();
      this.#meter.stop();
      this.#stopAll(busErrors.closed(this.name));
    }
    await this.wire.close();
  }

  #opened(): void {
    if (this.state === 'closed') return;
    this.state = 'open';
    this.lostBecause = undefined;
    this.counters.opened++;
    this.#runner.forgetLateAnswer();
    this.#echo.forget();
    this.#health.forgive();
    this.#unasked.restart();
    this.log.info({ bus: this.name, wire: this.wire.address }, 'bus open');
    this.#changes.tell();
    this.#turns.go();
  }

  #lost(error: HallwardError): void {
    if (this.state === 'closed') return;
    this.state = 'lost';
    this.lostBecause = error;
    this.counters.lost++;
    this.#unasked.stop();
    const { code, message } = error;
    this.log.warn({ bus: this.name, wire: this.wire.address, code, detail: message }, 'bus lost');
    this.#stopAll(busErrors.lost(this.name, error));
    this.#changes.tell();
  }

  #received(chunk: Uint8Array): void {
    if (this.state !== 'open') return;
    const now = this.clock.monotonicMilliseconds();
    this.#line.heard(now);
    this.#tally.received(chunk.length, now);
    if (this.#runner.receive(chunk)) return;
    const bytes = this.#echo.strip(chunk);
    if (bytes.length === 0) return;
    if (this.#unasked.wanted) this.#unasked.feed(bytes, now);
    else if (this.#runner.answerIsLate) this.#tally.unneeded('late', bytes.length);
    // What speaks all the time is not noise before the first device has begun.
    else if (!this.#isUsed) this.#tally.unneeded('early', bytes.length);
    else this.#tally.discarded(bytes, 'unasked', bytes.length, now);
  }

  #enqueue(entry: Entry): void {
    this.#isUsed = true;
    this.#turns.add(entry);
  }

  #run(entry: Entry): Promise<void> {
    return entry.kind === 'send' ? this.#runSend(entry) : this.#runTransaction(entry);
  }

  async #runSend({ bytes, resolve, reject }: SendEntry): Promise<void> {
    this.#runner.forgetLateAnswer();
    this.#echo.sending(bytes);
    const { taken, over } = this.#line.write(bytes);
    taken.then(() => {
      this.counters.bytesSent += bytes.length;
      resolve();
    }, reject);
    await over;
  }

  async #runTransaction(entry: TransactionEntry): Promise<void> {
    const { transaction } = entry;
    const { address, priority } = transaction;
    const refusal = entry.probe ? undefined : this.#pollRefusal(transaction);
    if (refusal !== undefined) {
      entry.reject(refusal);
      return;
    }
    const outcome = await this.#runner.try(transaction, () => this.#refusal());
    switch (outcome.kind) {
      case 'answer':
        this.#health.answered(address);
        entry.resolve(outcome.answer);
        return;
      case 'exception':
        this.#health.answered(address);
        entry.reject(outcome.error);
        return;
      case 'broken':
      case 'stopped':
        entry.reject(outcome.error);
        return;
    }
    if (entry.retriesLeft > 0 && !entry.settled && !this.#health.isDead(address)) {
      entry.retriesLeft--;
      // Where a newer one takes its place there is no further try; that nothing came back is true all the same.
      if (this.#turns.addAgain(entry)) return;
    }
    this.#health.failed(address, priority === 'poll');
    entry.reject(
      outcome.kind === 'timeout'
        ? busErrors.timeout(this.name, transaction)
        : busErrors.garbled(this.name, transaction, outcome.received, outcome.reason),
    );
  }

  #stopAll(error: HallwardError): void {
    this.#turns.stop(error);
    this.#runner.stop(error);
    this.#line.reset(error);
  }

  #refusal(): HallwardError | undefined {
    if (this.state === 'closed') return busErrors.closed(this.name);
    return this.state === 'lost' ? busErrors.lost(this.name, this.lostBecause) : undefined;
  }

  #pollRefusal({ address, priority, backOff }: Transaction<unknown>): HallwardError | undefined {
    if (priority !== 'poll' || backOff === false) return undefined;
    const wait = this.#health.pollAllowedIn(address);
    return wait === 0 ? undefined : busErrors.backingOff(this.name, address, wait);
  }
}
