/** A short connection to the broker that asks what it may do. Built on the link's own connection, so it meets the same no. */
import { reasonWords } from '../../hub/broker-words.js';
import { Connection, type Mqtt } from '../../hub/connection.js';
import type {
  ConnectionCredentials,
  ConnectionEnd,
  ConnectionOptions,
  IncomingMessage,
} from '../../hub/connection-types.js';
import type { HubTarget } from '../../hub/hub-url.js';
import { type Clock, sleep } from '../../kernel/clock.js';
import { silentLog } from '../../kernel/log.js';
import { requirePackage } from '../../kernel/require.js';

const stepMilliseconds = 4_000;
const closeMilliseconds = 600;

export interface ProbeOptions {
  readonly target: HubTarget;
  readonly credentials: ConnectionCredentials;
  readonly clientId: string;
  readonly protocol: 5 | 4;
  readonly clock: Clock;
  readonly will?: ConnectionOptions['will'];
}

/** The broker's answer to one thing; `closed`: it ended the connection over it; `silent`: it said nothing in time. */
export type Answer = { readonly code: number } | { readonly closed: string } | 'silent';

export class Probe {
  readonly messages: IncomingMessage[] = [];
  readonly #waiting = new Set<(answer: Answer) => void>();
  #end: ConnectionEnd | undefined;
  #connection!: Connection;

  private constructor(private readonly clock: Clock) {}

  /** Resolves with the connection, or with how it did not come about; within 5 s. */
  static open(options: ProbeOptions): Promise<Probe | ConnectionEnd> {
    const { clock, target, credentials, clientId, protocol, will } = options;
    const probe = new Probe(clock);
    return new Promise((resolve) => {
      const timer = clock.after('doctor: CONNECT', stepMilliseconds, () => {
        probe.#connection.close(false);
        resolve({ kind: 'lost', words: `no answer within ${stepMilliseconds / 1000} s`, blamesUs: false });
      });
      const reachMilliseconds = stepMilliseconds;
      probe.#connection = new Connection(
        requirePackage('mqtt') as Mqtt,
        {
          target,
          credentials,
          clientId,
          protocol,
          reachMilliseconds,
          ...(will === undefined ? {} : { will }),
        },
        clock,
        silentLog,
        {
          opened: () => {
            timer.cancel();
            resolve(probe);
          },
          message: (message) => void probe.messages.push(message),
          room: () => {},
          closed: (end) => {
            timer.cancel();
            probe.#end = end;
            for (const answer of [...probe.#waiting]) answer({ closed: end.words });
            resolve(end);
          },
        },
      );
    });
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** Publishes with QoS 1, never retained, gone after a second. */
  publish(topic: string, payload: string): Promise<Answer> {
    return this.#ask((answered) =>
      this.#connection.publish(
        topic,
        payload,
        { expirySeconds: 1 },
        { sentAtMilliseconds: 0, acknowledged: (code) => answered({ code }) },
      ),
    );
  }

  subscribe(filter: string): Promise<Answer> {
    return this.#ask((answered) =>
      this.#connection.subscribe([{ filter }], (codes) => answered({ code: codes[0] ?? 0x80 })),
    );
  }

  /** Whether a message came, now or within the time. */
  async hears(fits: (message: IncomingMessage) => boolean, withinMilliseconds: number): Promise<boolean> {
    const until = this.clock.monotonicMilliseconds() + withinMilliseconds;
    for (;;) {
      if (this.messages.some(fits)) return true;
      if (!this.isOpen || this.clock.monotonicMilliseconds() >= until) return false;
      await sleep(this.clock, 'doctor: hear', 20);
    }
  }

  /** Ends as by a pulled cable: the broker publishes the will. */
  abort(): void {
    this.#connection.close(false);
  }

  /** Ends in good order, within a second. */
  async close(): Promise<void> {
    if (!this.isOpen) return;
    this.#connection.close(true);
    const until = this.clock.monotonicMilliseconds() + closeMilliseconds;
    while (this.isOpen && this.clock.monotonicMilliseconds() < until)
      await sleep(this.clock, 'doctor: close', 20);
  }

  #ask(send: (answered: (answer: Answer) => void) => void): Promise<Answer> {
    if (this.#end !== undefined) return Promise.resolve({ closed: this.#end.words });
    return new Promise((resolve) => {
      const finish = (answer: Answer) => {
        timer.cancel();
        this.#waiting.delete(finish);
        resolve(answer);
      };
      const timer = this.clock.after('doctor: answer', stepMilliseconds, () => finish('silent'));
      this.#waiting.add(finish);
      send(finish);
    });
  }
}

/** Whether the broker said no: by a code, or by ending the connection. */
export function isNo(answer: Answer): boolean {
  return answer !== 'silent' && ('closed' in answer || answer.code >= 0x80);
}

/** The broker's answer in words. */
export function answerWords(answer: Answer): string {
  if (answer === 'silent') return `no answer within ${stepMilliseconds / 1000} s`;
  return 'closed' in answer ? answer.closed : reasonWords(answer.code);
}
