import { createInterface } from 'node:readline';

/** Lines that somebody types, one after the other; those that nobody waits for are kept. */
export class TypedLines {
  readonly #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  #over = false;
  readonly #close: () => void;

  constructor(input: NodeJS.ReadableStream) {
    const lines = createInterface({ input, terminal: false });
    lines.on('line', (line) => this.#typed(line));
    lines.on('close', () => this.end());
    this.#close = () => lines.close();
  }

  /** The next line; `undefined` once there will be none. A newer call takes the line from an older one. */
  next(): Promise<string | undefined> {
    const line = this.#lines.shift();
    if (line !== undefined || this.#over) return Promise.resolve(line);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
    this.#waiting?.(undefined);
  }

  #typed(line: string): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#lines.push(line);
    else waiting(line);
  }
}
