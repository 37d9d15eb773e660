/**
 * Which configuration runs after a start: by the file, by what ran last, and by what became of it. The table stands in
 * docs/administration.md, too. Pure.
 */
import type { LoadedFile } from '../config/load.js';
import type { Problem } from '../config/problems.js';
import { knownPartOf } from './lenient.js';
import {
  type Book,
  type ConfigMemory,
  type KeptDocument,
  type LastReport,
  lastReport,
  type Puts,
} from './memory.js';
import type { Running } from './running.js';
import { mayBeTriedAgain } from './table.js';

/** What is done at a start. */
export interface StartChoice {
  readonly running: Running;
  readonly puts: Puts;
  readonly report: LastReport;
  /** It is said for the first time, and recorded. */
  readonly isNews: boolean;
}

/** What is started this often, and never runs for a minute, is not what a hall can run with. */
const mostTrialStarts = 3;

/** @returns `undefined` where neither the file nor anything that ran before can be used */
export function chooseAtStart(
  file: LoadedFile,
  memory: ConfigMemory,
  check: (document: unknown) => LoadedFile,
): StartChoice | undefined {
  const { book } = memory;
  const last = memory.running;
  if (file.configuration === undefined) return withoutFile(file.problems, memory, check);
  const { configuration, hash } = file;
  const document = file.document as KeptDocument['document'];
  const fromFile: Running = { configuration, document, hash, revision: 0, source: 'file' };
  const isNewFile = book.file?.hash !== hash || book.file.outcome === 'interrupted';
  if (last === undefined || isNewFile) {
    const kept: KeptDocument = { revision: 0, hash, source: 'file', document };
    const report: LastReport = { revision: 0, state: 'applied', hash, errors: [] };
    const isNews = last?.hash !== hash;
    return {
      running: fromFile,
      puts: {
        ...memory.putFile(kept),
        ...memory.changeRunning(kept, {
          file: { hash, outcome: 'applied' },
          highest: overtaken(book),
          trial: last === undefined || !isNews ? null : { starts: 1 },
          reported: report,
        }),
      },
      report,
      isNews,
    };
  }
  // What was being applied when the process ended is to blame for that, not what runs.
  const starts = (book.trial?.starts ?? 0) + (book.highest?.outcome === 'applying' ? 0 : 1);
  const failed = book.trial !== null && starts >= mostTrialStarts;
  const previous = failed ? usable(memory.previous, check) : undefined;
  if (previous !== undefined) return backToPrevious(last, previous, memory);
  return again(memory, check, fromFile, book.trial === null ? null : starts);
}

/** What ran last runs again; or, where that can't be, the nearest to it. */
function again(
  memory: ConfigMemory,
  check: (document: unknown) => LoadedFile,
  fromFile: Running,
  trialStarts: number | null,
): StartChoice {
  const { book } = memory;
  const last = memory.running;
  const running = usable(last, check);
  if (running !== undefined) {
    const interrupted = interruption(book);
    const mended = interrupted === undefined && isFileMended(book) ? applied(running) : undefined;
    const reported = interrupted ?? mended;
    const changes: Partial<Book> = {
      ...(trialStarts === null ? {} : { trial: { starts: trialStarts } }),
      ...(reported === undefined ? {} : { reported }),
      ...(interrupted === undefined ? {} : { highest: afterInterruption(book) }),
    };
    return {
      running,
      puts: Object.keys(changes).length === 0 ? {} : memory.change(changes),
      report: reported ?? book.reported ?? applied(running),
      isNews: interrupted !== undefined,
    };
  }
  const problems = last === undefined ? [] : check(last.document).problems;
  return instead(nearest(memory, check) ?? fromFile, problems, memory);
}

/** The file can't be used: what ran last goes on. */
function withoutFile(
  problems: readonly Problem[],
  memory: ConfigMemory,
  check: (document: unknown) => LoadedFile,
): StartChoice | undefined {
  const running = usable(memory.running, check) ?? nearest(memory, check);
  return running === undefined ? undefined : instead(running, problems, memory);
}

function instead(running: Running, problems: readonly Problem[], memory: ConfigMemory): StartChoice {
  const report = lastReport({ revision: 0, state: 'rolled-back', hash: null, errors: problems });
  const puts = memory.change({ reported: report, highest: afterInterruption(memory.book) });
  return { running, puts, report, isNews: true };
}

/** It never ran for a minute: back to what ran before. */
function backToPrevious(failed: KeptDocument, previous: Running, memory: ConfigMemory): StartChoice {
  const { book } = memory;
  const message = `started ${mostTrialStarts} times without running for a minute`;
  const report = lastReport({
    revision: failed.revision,
    state: 'rolled-back',
    hash: failed.hash,
    errors: [{ path: '', message }],
  });
  const { configuration: _, ...kept } = previous;
  const highest =
    failed.source === 'hub' && book.highest?.revision === failed.revision
      ? { ...book.highest, outcome: 'rolled-back' as const }
      : afterInterruption(book);
  const file =
    failed.source === 'file' && book.file !== null
      ? { ...book.file, outcome: 'refused' as const }
      : book.file;
  return {
    running: previous,
    puts: {
      ...memory.changeRunning(kept, { trial: null, reported: report, highest, file }),
    },
    report,
    isNews: true,
  };
}

/** What ran before, newest first; then what of the last one this version knows. */
function nearest(memory: ConfigMemory, check: (document: unknown) => LoadedFile): Running | undefined {
  const previous = usable(memory.previous, check);
  if (previous !== undefined) return previous;
  for (const kept of [memory.running, memory.previous]) {
    const known = kept === undefined ? undefined : knownPartOf(kept.document, (part) => check(part).problems);
    const running =
      kept === undefined || known === undefined ? undefined : usable({ ...kept, ...known }, check);
    if (running !== undefined) return running;
  }
  return undefined;
}

/** A document that ran before, where this version can run it. */
function usable(
  kept: KeptDocument | undefined,
  check: (document: unknown) => LoadedFile,
): Running | undefined {
  if (kept === undefined) return undefined;
  const { configuration, hash } = check(kept.document);
  const { revision, source, document } = kept;
  return configuration === undefined ? undefined : { configuration, document, hash, revision, source };
}

/** What was said last is that the file can't be used; but it is again the one that could. */
function isFileMended({ reported, file }: Book): boolean {
  return reported?.revision === 0 && reported.state !== 'applied' && file?.outcome === 'applied';
}

function applied({ revision, hash }: Running): LastReport {
  return { revision, state: 'applied', hash, errors: [] };
}

/** What is said, once, of a push that was being applied when the process ended. */
function interruption({ highest }: Book): LastReport | undefined {
  if (highest?.outcome !== 'applying') return undefined;
  const { revision, attempts } = highest;
  const message = mayBeTriedAgain(highest)
    ? 'the controller ended while it was applied; it is tried again when the hub sends it again'
    : `the controller ended while it was applied, ${attempts} times`;
  return lastReport({ revision, state: 'rolled-back', hash: null, errors: [{ path: '', message }] });
}

/** One that ended the process each time is not tried again. */
function afterInterruption({ highest }: Book): Book['highest'] {
  if (highest?.outcome !== 'applying') return highest;
  return { ...highest, outcome: mayBeTriedAgain(highest) ? 'interrupted' : 'rolled-back' };
}

/** A newer file has taken the place of a push that was being applied. */
function overtaken({ highest }: Book): Book['highest'] {
  const isOpen = highest?.outcome === 'applying' || highest?.outcome === 'interrupted';
  return isOpen ? { ...highest, outcome: 'rolled-back' } : highest;
}
