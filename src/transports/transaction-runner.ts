import type { Clock, Timer } from '../kernel/clock.js';
import { asHallwardError, type HallwardError } from '../kernel/errors.js';
import type { EchoFilter } from './echo-filter.js';
import { Exchange, type Outcome } from './exchange.js';
import type { LineWriter } from './line-writer.js';
import { patientTimer } from './patient-timer.js';
import type { Transaction } from './ports.js';
import type { SlaveHealth } from './slave-health.js';
import type { Tally } from './tally.js';

const DEFAULT_TIMEOUT_MILLISECONDS = 1_000;

/** The try under way: what comes in is its answer. */
interface Running {
  readonly exchange: Exchange;
  finish(outcome: Outcome): void;
}

/** Sends one request at a time, waits for its answer, and counts what happened. */
export class TransactionRunner {
  #running: Running | undefined;
  #answerIsLate = false;

  constructor(
    private readonly clock: Clock,
    private readonly name: string,
    private readonly line: LineWriter,
    private readonly echo: EchoFilter,
    private readonly health: SlaveHealth,
    private readonly tally: Tally,
  ) {}

  /** The last request was given up and nothing was sent since: what comes now is probably its answer. */
  get answerIsLate(): boolean {
    return this.#answerIsLate;
  }

  /** Something else is sent, or the wire is new: what comes now is no late answer. */
  forgetLateAnswer(): void {
    this.#answerIsLate = false;
  }

  /** Takes what came in for the answer that is waited for; false where none is. */
  receive(chunk: Uint8Array): boolean {
    if (this.#running === undefined) return false;
    const outcome = this.#running.exchange.receive(chunk);
    if (outcome !== undefined) this.#running.finish(outcome);
    return true;
  }

  /** The wire is gone: the try under way ends with `error`. */
  stop(error: HallwardError): void {
    this.#running?.finish({ kind: 'stopped', error });
  }

  /** One try. @param refusal why nothing can be sent any more, if so; asked again after waiting. */
  async try(transaction: Transaction<unknown>, refusal: () => HallwardError | undefined): Promise<Outcome> {
    const { address, request, timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS } = transaction;
    await this.line.untilFree(timeoutMilliseconds);
    const error = refusal();
    if (error !== undefined) return { kind: 'stopped', error };
    if (this.line.isStuck) {
      this.health.count(address, 'timeouts');
      return { kind: 'timeout' };
    }
    let exchange: Exchange;
    try {
      exchange = new Exchange(request, transaction.decoder(), this.echo);
    } catch (thrown) {
      return { kind: 'broken', error: asHallwardError(thrown, 'bus.decoder-failed') };
    }
    this.health.count(address, 'requests');
    this.#answerIsLate = false;
    const outcome = await this.#await(exchange, timeoutMilliseconds);
    this.#account(exchange, address, outcome);
    return outcome;
  }

  #await(exchange: Exchange, timeoutMilliseconds: number): Promise<Outcome> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const running: Running = {
        exchange,
        finish: (outcome) => {
          if (this.#running !== running) return;
          this.#running = undefined;
          timer?.cancel();
          resolve(outcome);
        },
      };
      const silence = () => running.finish(exchange.silence());
      this.#running = running;
      this.echo.sending(exchange.request);
      const { taken, over } = this.line.write(exchange.request);
      taken.then(
        () => {
          this.tally.counters.bytesSent += exchange.request.length;
        },
        (error: HallwardError) => running.finish({ kind: 'stopped', error }),
      );
      void over.then(() => {
        if (this.#running !== running) return;
        if (this.line.isStuck) {
          silence();
          return;
        }
        const wait = this.line.lineMilliseconds(exchange.request.length) + timeoutMilliseconds;
        timer = patientTimer(this.clock, `${this.name}: answer`, wait, silence);
      });
    });
  }

  #account(exchange: Exchange, address: number, outcome: Outcome): void {
    const now = this.clock.monotonicMilliseconds();
    if (outcome.kind === 'answer' || outcome.kind === 'exception') {
      this.health.count(address, outcome.kind === 'answer' ? 'answers' : 'exceptions');
      this.tally.counters.frames++;
      this.line.answered(now);
    } else if (outcome.kind === 'timeout' || outcome.kind === 'garbled') {
      this.health.count(address, outcome.kind === 'timeout' ? 'timeouts' : 'garbled');
      this.#answerIsLate = true;
    }
    exchange.eachDiscard((byteCount, reason) => {
      if (reason === 'echo') this.tally.unneeded(reason, byteCount);
      else this.tally.discarded(exchange.discardedBytes, reason, byteCount, now);
    });
  }
}
