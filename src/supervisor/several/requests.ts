/** Commands to another controller, each with its reply, or without one in time. */
import type { Clock, Timer } from '../../kernel/clock.js';
import { asHallwardError } from '../../kernel/errors.js';
import { replySchema } from '../../protocols/hub/hall-payloads.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import type { HallLine } from '../hall-line.js';
import { read } from './read.js';

/**
 * What became of a command. `sent`: it may have been carried out although nobody said so; without it, it certainly was
 * not.
 */
export type Answer =
  | { readonly ok: true; readonly result: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly code: string; readonly sent: boolean };

interface Waiting {
  readonly answer: (answer: Answer) => void;
  readonly timer: Timer;
}

export class Requests {
  readonly #waiting = new Map<string, Waiting>();
  readonly #topics;
  readonly #stop: (() => void)[];

  constructor(
    private readonly line: HallLine,
    hall: string,
    controller: string,
    private readonly clock: Clock,
    private readonly newId: () => string,
  ) {
    this.#topics = topicsOf(hall, controller);
    this.#stop = [
      line.listen(this.#topics.reply('+'), ({ payload }) => {
        const reply = read(replySchema, payload);
        const waiting = reply === undefined ? undefined : this.#waiting.get(reply.id);
        if (reply === undefined || waiting === undefined) return;
        waiting.answer(
          reply.ok
            ? { ok: true, result: reply.result ?? {} }
            : { ok: false, code: reply.error?.code ?? 'command.failed', sent: true },
        );
      }),
      line.onConnected((connected) => {
        if (!connected) this.giveUp('hub.lost');
      }),
    ];
  }

  /** Sends a command and waits for its reply. Never rejects. */
  ask(name: string, args: object, timeoutMilliseconds: number): Promise<Answer> {
    const id = this.newId();
    return new Promise((resolve) => {
      const answer = (given: Answer) => {
        if (!this.#waiting.delete(id)) return;
        timer.cancel();
        resolve(given);
      };
      const timer = this.clock.after(`reply to ${name}`, timeoutMilliseconds, () =>
        answer({ ok: false, code: 'hand.silent', sent: true }),
      );
      this.#waiting.set(id, { answer, timer });
      this.line.send(this.#topics.command(name), { id, ...args }).catch((thrown: unknown) => {
        const { code } = asHallwardError(thrown, 'hub.failed');
        // Where the connection was cut, the order may have arrived all the same.
        answer({ ok: false, code, sent: code === 'hub.lost' && this.line.connected });
      });
    });
  }

  /** Whoever waits need not any more. */
  giveUp(code: string): void {
    for (const { answer } of [...this.#waiting.values()]) answer({ ok: false, code, sent: true });
  }

  stop(): void {
    for (const stop of this.#stop) stop();
    this.giveUp('cancelled');
  }
}
