import { readFileSync, statSync } from 'node:fs';
import { systemCode } from '../kernel/errors.js';
import type { Language } from '../kernel/text.js';
import type { RatingsState } from '../protocols/hub/payloads.js';
import { readPublicKeys } from '../protocols/hub/rating-head.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';
import { readArchiveLine } from './verify/archive-line.js';
import type { ArchiveProof } from './verify/findings.js';
import { ArchiveChanged, type ProofOptions, proveArchive } from './verify/prove-archive.js';
import { archiveNotes, problemWords, storeNotes, storeVerdict } from './verify/words.js';
import { cleanText } from './watch/clean-text.js';

/** A head or a key is no larger. */
const largestFile = 1 << 20;

/** `hallward verify FILE`: proves a hub's archive of ratings complete and unchanged; exit 0 or 1. */
export async function run(input: CommandInput): Promise<number> {
  const file = input.positionals[0];
  if (file === undefined) {
    throw new CommandFailed(
      exitCodes.usage,
      'usage: hallward verify FILE [--head FILE|JSON] [--key PUBFILE] [--json] [--language zh-CN|en]',
    );
  }
  const language = languageOf(input);
  const { head, key } = input.values;
  const options: ProofOptions = {
    ...(typeof head === 'string' ? { head: readHead(head) } : {}),
    ...(typeof key === 'string' ? { keys: readKeys(key) } : {}),
  };
  const proof = await proveFile(file, options);
  if (input.values.json === true) process.stdout.write(`${JSON.stringify(asJson(proof), null, 2)}\n`);
  else process.stdout.write(asText(proof, language));
  return proof.ok ? exitCodes.done : exitCodes.no;
}

async function proveFile(file: string, options: ProofOptions): Promise<ArchiveProof> {
  try {
    if (!statSync(file).isFile()) {
      throw new CommandFailed(
        exitCodes.usage,
        `${file}: not a file (parts of it are read twice, so a pipe will not do)`,
      );
    }
    return await proveArchive(file, options);
  } catch (error) {
    if (error instanceof ArchiveChanged)
      throw new CommandFailed(exitCodes.no, `${file}: ${error.message}; try again`);
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new CommandFailed(exitCodes.usage, `${file}: cannot be read (${code})`);
  }
}

/** A head out of the argument itself, or the newest one out of a file, which may be an archive's line. */
function readHead(argument: string): RatingsState {
  const text = argument.trim().startsWith('{') ? argument : readSmall('--head', argument);
  const heads = text.split('\n').flatMap((line) => {
    const read = readArchiveLine(Buffer.from(line));
    return read.kind === 'head' ? [read.head] : [];
  });
  const whole = readArchiveLine(Buffer.from(text));
  if (whole.kind === 'head') heads.push(whole.head);
  const newest = heads.sort((a, b) => a.count - b.count).at(-1);
  if (newest !== undefined) return newest;
  throw new CommandFailed(
    exitCodes.usage,
    '--head: found no head of a chain; expected the payload of hallward/v1/{hall}/{controller}/ratings, or a file with it',
  );
}

function readKeys(path: string): ReadonlySet<string> {
  const keys = readPublicKeys(readSmall('--key', path));
  if (keys !== undefined) return keys;
  throw new CommandFailed(
    exitCodes.usage,
    `--key: ${path} holds no Ed25519 public key; expected the board's board.pub (several may follow one another)`,
  );
}

function readSmall(option: string, path: string): string {
  try {
    if (statSync(path).size > largestFile)
      throw new CommandFailed(exitCodes.usage, `${option}: ${path} is too large`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new CommandFailed(exitCodes.usage, `${option}: ${path} cannot be read (${code})`);
  }
}

function asText(proof: ArchiveProof, language: Language): string {
  const lines: string[] = [];
  /** What an archive holds may be anything: it is made fit for a terminal. */
  const say = (indent: number, mark: string, words: string) =>
    lines.push(`${' '.repeat(indent)}${mark}${cleanText(words, 1000)}`);
  const counted = { 'zh-CN': '条评价', en: 'ratings' }[language];
  for (const store of proof.stores) {
    const { first, last, problems, problemCount } = store;
    say(0, '', `${store.source || '?'} store ${store.store}`);
    say(2, '', `${store.ratings} ${counted}`);
    if (first !== null && last !== null) {
      say(2, '', `${first.sequence} (${first.time}) – ${last.sequence} (${last.time})`);
    }
    say(2, problemCount === 0 ? '✓ ' : '✗ ', storeVerdict(store)[language]);
    for (const problem of problems) {
      const { what, means } = problemWords(problem, store.store);
      say(4, '✗ ', what[language]);
      say(6, '→ ', means[language]);
    }
    if (problemCount > problems.length) say(4, '… ', `+${problemCount - problems.length}`);
    for (const note of storeNotes(store)) say(4, '· ', note[language]);
  }
  for (const note of archiveNotes(proof)) say(0, '· ', note[language]);
  return `${lines.join('\n')}\n`;
}

/** As it is, with the words of each problem in both languages. */
function asJson({ stores, ...proof }: ArchiveProof): object {
  return {
    ...proof,
    stores: stores.map(({ problems, ...store }) => ({
      ...store,
      problems: problems.map((problem) => ({ ...problem, ...problemWords(problem, store.store) })),
    })),
  };
}
