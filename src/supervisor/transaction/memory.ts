/**
 * What a controller remembers of configurations over restarts. Each change of it is one record of the store: after a
 * power cut it is whole, as it was before or after. Written by this or another version: what cannot be read counts as
 * not there.
 */
import * as v from 'valibot';
import type { Json } from '../../kernel/json.js';
import type { ConfigReported } from '../../protocols/hub/payloads.js';
import { problemsToTell } from '../config/problems.js';

const judged = v.object({
  revision: v.number(),
  contentHash: v.string(),
  /** `applying` after a start, too: it was, when the process ended; then it becomes `interrupted`. */
  outcome: v.picklist(['applied', 'rejected', 'rolled-back', 'applying', 'interrupted']),
  attempts: v.number(),
});
/** What became of a push. */
export type Judged = v.InferOutput<typeof judged>;

const source = v.picklist(['file', 'hub']);
const document = v.record(v.string(), v.unknown());
const kept = v.object({ revision: v.number(), hash: v.string(), source, document });
/** A whole document that ran. */
export type KeptDocument = v.InferOutput<typeof kept>;

const orNull = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.fallback(v.optional(v.nullable(schema), null), null);

const bookSchema = v.object({
  /** The newest valid file, by its content. */
  file: orNull(v.object({ hash: v.string(), outcome: v.picklist(['applied', 'refused', 'interrupted']) })),
  /** The push with the highest revision. */
  highest: orNull(judged),
  /** While what runs has not yet run for a minute: how often the process was started with it. */
  trial: orNull(v.object({ starts: v.number() })),
  /** The newest report, to be said again after a start. */
  reported: orNull(
    v.object({
      revision: v.nullable(v.number()),
      state: v.picklist(['applied', 'rejected', 'rolled-back']),
      hash: v.nullable(v.string()),
      errors: v.array(v.object({ path: v.string(), message: v.string() })),
    }),
  ),
  /** Hash of the payload that was refused last without a place among the revisions; it may come again and again. */
  passedOver: orNull(v.string()),
});
export type Book = v.InferOutput<typeof bookSchema>;
export type LastReport = NonNullable<Book['reported']>;

const entrySchema = v.object({
  revision: v.number(),
  at: v.string(),
  hash: v.nullable(v.string()),
  outcome: v.picklist(['applied', 'rolled-back', 'rejected']),
  /** As it was pushed; not kept of one that was rejected. */
  config: v.fallback(v.nullable(document), null),
});
/** A push, as the history has it. */
export type HistoryEntry = v.InferOutput<typeof entrySchema>;

const keys = {
  book: 'config/book',
  running: 'config/running',
  previous: 'config/previous',
  file: 'config/file',
  revision: (revision: number) => `config/revision/${revision}`,
} as const;
const revisionPrefix = 'config/revision/';

/** The history holds this many pushes, and together no more than this. */
const mostEntries = 10;
const mostCharacters = 4 * 1024 * 1024;

/** Of a report that is said again. */
const mostErrors = 20;

/** New values of the store's keyed state. */
export type Puts = Readonly<Record<string, Json>>;

export class ConfigMemory {
  #book: Book;

  constructor(private readonly state: ReadonlyMap<string, Json>) {
    const read = v.safeParse(bookSchema, state.get(keys.book) ?? {});
    this.#book = read.success ? read.output : v.parse(bookSchema, {});
  }

  get book(): Book {
    return this.#book;
  }

  /** The document that ran last. */
  get running(): KeptDocument | undefined {
    return readKept(this.state.get(keys.running));
  }

  /** The document that ran before that one, and has stood its trial. */
  get previous(): KeptDocument | undefined {
    return readKept(this.state.get(keys.previous));
  }

  /** The newest valid file. */
  get file(): KeptDocument | undefined {
    return readKept(this.state.get(keys.file));
  }

  /** The latest pushes, newest first. */
  get history(): HistoryEntry[] {
    const entries: HistoryEntry[] = [];
    for (const [key, value] of this.state) {
      if (!key.startsWith(revisionPrefix)) continue;
      const read = v.safeParse(entrySchema, value);
      if (read.success) entries.push(read.output);
    }
    return entries.sort((a, b) => b.revision - a.revision);
  }

  /** Changes what is remembered, and gives what is to be committed for it. */
  change(change: Partial<Book>): Puts {
    this.#book = { ...this.#book, ...change };
    return { [keys.book]: this.#book as unknown as Json };
  }

  /**
   * Changes what is remembered, and gives what is to be committed so that `running` is what ran last. What ran until now
   * can be returned to, unless it was on trial itself: then that stays which ran before.
   */
  changeRunning(running: KeptDocument, change: Partial<Book>): Puts {
    const before = this.running;
    const isProven = this.#book.trial === null && before !== undefined && before.hash !== running.hash;
    return {
      ...this.change(change),
      [keys.running]: running as unknown as Json,
      ...(isProven ? { [keys.previous]: before as unknown as Json } : {}),
    };
  }

  putFile(file: KeptDocument): Puts {
    return { [keys.file]: file as unknown as Json };
  }

  /** What is to be committed so that a push is in the history, and the oldest are let go. */
  putHistory(entry: HistoryEntry): Puts {
    const others = this.history.filter(({ revision }) => revision !== entry.revision);
    const sorted = [entry, ...others].sort((a, b) => b.revision - a.revision);
    const puts: Record<string, Json> = { [keys.revision(entry.revision)]: entry as unknown as Json };
    let characters = 0;
    for (const [at, one] of sorted.entries()) {
      characters += JSON.stringify(one).length;
      if (at >= mostEntries || (at > 0 && characters > mostCharacters))
        puts[keys.revision(one.revision)] = null;
    }
    return puts;
  }
}

function readKept(value: Json | undefined): KeptDocument | undefined {
  const read = v.safeParse(kept, value);
  return read.success ? read.output : undefined;
}

/** A report as it is remembered. */
export function lastReport(
  reported: Pick<ConfigReported, 'revision' | 'hash' | 'errors'> & {
    readonly state: LastReport['state'];
  },
): LastReport {
  const { revision, state, hash, errors } = reported;
  return { revision, state, hash, errors: problemsToTell(errors, mostErrors) };
}
