import type { Entry } from './envelope.js';

/** Changes that wait for the same write: they become one record. */
export class Group {
  events: Entry[] = [];
  /** New values as JSON texts; `null` (the text) takes the key away. */
  readonly puts = new Map<string, string>();
  /** How many commits are in it. */
  commits = 0;
  /** How much memory it takes, about. */
  bytes = 0;
  /** How many of the events the outbox knows already. */
  announced = 0;
  /** Highest sequence of its events, also of those let go since; 0 if none. */
  lastSequence = 0;
  /** Called once the events may leave. */
  readonly whenAdmitted: (() => void)[] = [];
  /** When the first event was committed, monotonic milliseconds. */
  monotonic: number | undefined;
  readonly synced: Promise<void>;
  /** Resolves `synced`. */
  readonly resolve: () => void;

  constructor() {
    let settle = () => {};
    this.synced = new Promise((resolve) => {
      settle = resolve;
    });
    this.resolve = settle;
  }

  add(event: Entry): void {
    this.events.push(event);
    this.bytes += event.bytes;
    this.lastSequence = event.sequence;
  }

  put(key: string, text: string): void {
    const before = this.puts.get(key);
    if (before !== undefined) this.bytes -= key.length + before.length;
    this.puts.set(key, text);
    this.bytes += key.length + text.length;
  }

  /** Takes over what a later group has. */
  absorb(later: Group): void {
    this.events = this.events.concat(later.events);
    for (const event of later.events) this.bytes += event.bytes;
    for (const [key, text] of later.puts) this.put(key, text);
    this.commits += later.commits;
    this.announced += later.announced;
    this.lastSequence = Math.max(this.lastSequence, later.lastSequence);
    this.monotonic ??= later.monotonic;
    this.whenAdmitted.push(...later.whenAdmitted);
  }

  /** Lets the events go for which `drop` is true; returns them. */
  dropEvents(drop: (event: Entry) => boolean): Entry[] {
    const dropped: Entry[] = [];
    const announced = this.announced;
    this.events = this.events.filter((event, index) => {
      if (!drop(event)) return true;
      dropped.push(event);
      this.bytes -= event.bytes;
      if (index < announced) this.announced--;
      return false;
    });
    return dropped;
  }

  /** The head of its record; `more` are further members of the head as JSON text, each begun by a comma. */
  head(record: number, more: string): string {
    let head = `{"n":${record}${more}`;
    if (this.monotonic !== undefined) head += `,"m":${Math.round(this.monotonic)}`;
    if (this.lastSequence > (this.events.at(-1)?.sequence ?? 0)) head += `,"last":${this.lastSequence}`;
    if (this.puts.size > 0) head += `,"puts":${jsonObject(this.puts)}`;
    return `${head}}`;
  }

  /** UTF-8 bytes of the events. */
  get eventBytes(): number {
    let bytes = 0;
    for (const event of this.events) bytes += event.bytes;
    return bytes;
  }
}

/** A JSON object of values that are JSON texts already. */
export function jsonObject(texts: Iterable<readonly [string, string | number]>): string {
  let json = '';
  for (const [key, text] of texts) json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${text}`;
  return `{${json}}`;
}
