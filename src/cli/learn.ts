import { type Clock, sleep, systemClock } from '../kernel/clock.js';
import { asHallwardError, HallwardError } from '../kernel/errors.js';
import { silentLog } from '../kernel/log.js';
import type { Text } from '../kernel/text.js';
import type { Proposal } from '../protocols/key-learning.js';
import type { Burst } from '../protocols/learning/bursts.js';
import { realWiring } from '../supervisor/wiring.js';
import { reopeningWire } from '../transports/reopening-wire.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { findBaudRate, verdictLines } from './learn/baud-rates.js';
import { BurstLines } from './learn/burst-lines.js';
import { confidenceWords, doubtWords, shapeWords } from './learn/doubt-words.js';
import { Lesson } from './learn/lesson.js';
import { LineListener } from './learn/line-listener.js';
import { groupLines, Overhearing } from './learn/overhearing.js';
import { recordToFile } from './learn/recording.js';
import { type LearnSettings, readSettings } from './learn/settings.js';
import { TypedLines } from './learn/typed-lines.js';
import {
  failureWords,
  listenWords,
  nothingHeard,
  nothingLearned,
  openedWords,
  otherRate,
  usageOf,
} from './learn/words.js';
import { yamlOf } from './learn/yaml.js';

/** What one listening gave. */
interface Learned {
  readonly proposal: Proposal | null;
  readonly heardAnything: boolean;
}

/** `hallward learn`: what a keypad says, and the piece of configuration that understands it. YAML alone is on stdout. */
export async function run(input: CommandInput): Promise<number> {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true;
  const settings = readSettings(input, isTerminal);
  const clock = systemClock();
  const ending = endOfLearning();
  const typed = settings.plain ? undefined : new TypedLines(process.stdin);
  ending.ended.then(() => typed?.end());
  try {
    const bus =
      typed !== undefined && settings.findBaudRate ? await foundBus(settings, clock, typed) : settings.bus;
    if (bus === undefined) return exitCodes.no;
    const chosen = { ...settings, bus };
    const learned =
      typed === undefined
        ? await overhear(chosen, clock, ending.ended)
        : await teach(chosen, clock, typed, ending.ended);
    return conclude(chosen, learned);
  } catch (error) {
    if (!(error instanceof HallwardError) || !error.code.startsWith('wire.')) throw error;
    const code = error.kind === 'usage' ? exitCodes.usage : exitCodes.unavailable;
    throw new CommandFailed(code, `hallward learn: ${failureWords(error, settings)[settings.language]}`);
  } finally {
    typed?.end();
    // A port that hangs in the kernel must not keep the process.
    setImmediate(() => process.exit());
  }
}

/** The bus at the rate that was found; `undefined` where somebody must choose. */
async function foundBus(
  settings: LearnSettings,
  clock: Clock,
  typed: TypedLines,
): Promise<LearnSettings['bus'] | undefined> {
  const { bus, language } = settings;
  if (bus.type !== 'serial') return bus;
  const { verdicts, chosen } = await findBaudRate({
    language,
    say: tell,
    typed: () => typed.next(),
    listen: async (baudRate, heard, ended) => {
      const rated = { ...settings, bus: { ...bus, baudRate }, record: undefined };
      await listen(rated, clock, heard, async () => ended);
    },
  });
  for (const line of verdictLines(verdicts, language)) tell(line);
  if (chosen !== undefined) {
    if (settings.isConfigured && chosen !== bus.baudRate) tell(otherRate(settings.busName, chosen)[language]);
    return { ...bus, baudRate: chosen };
  }
  tell(
    language === 'en'
      ? 'None is certain. Try the likeliest with --path … --baud-rate N; the right one gives the same bytes for each press.'
      : '无法确定。请用 --path … --baud-rate N 依次试最可能的；对的波特率每次按同一键得到相同的字节。',
  );
  return undefined;
}

/** Asks for one key after the other. */
async function teach(
  settings: LearnSettings,
  clock: Clock,
  typed: TypedLines,
  ended: Promise<void>,
): Promise<Learned> {
  const lines = new BurstLines(clock, settings.language, tell);
  let over = () => {};
  const done = new Promise<void>((resolve) => {
    over = resolve;
  });
  const lesson = new Lesson(settings, lines, tell, over);
  await listen(
    settings,
    clock,
    (burst) => lesson.heard(burst),
    async () => {
      lesson.begin();
      void obey(typed, lesson, over);
      await Promise.race([done, ended]);
    },
  );
  lines.end();
  return { proposal: lesson.proposal(), heardAnything: lesson.heardAnything };
}

async function obey(typed: TypedLines, lesson: Lesson, over: () => void): Promise<void> {
  for (;;) {
    const line = await typed.next();
    if (line === undefined) break;
    lesson.typed(line);
  }
  over();
}

/** Listens for a while, and puts what came in groups. */
async function overhear(settings: LearnSettings, clock: Clock, ended: Promise<void>): Promise<Learned> {
  const { seconds, keys, language } = settings;
  const lines = new BurstLines(clock, language, tell);
  const overhearing = new Overhearing();
  const from = clock.monotonicMilliseconds();
  await listen(
    settings,
    clock,
    (burst) => {
      overhearing.heard(burst);
      lines.tell(burst, '');
    },
    async () => {
      tell(listenWords(seconds, keys)[language]);
      await Promise.race([sleep(clock, 'learn: listen', seconds * 1_000), ended]);
    },
  );
  lines.end();
  const { groups, proposal } = overhearing.judge(keys, from, clock.monotonicMilliseconds());
  if (groups.length > 0) for (const line of groupLines(groups, language)) tell(line);
  const { left } = overhearing;
  if (left > 0) tell(language === 'en' ? `${left} more were not judged` : `另有 ${left} 串没有分析`);
  return { proposal, heardAnything: groups.length > 0 };
}

/** Opens the wire, recorded where that is wanted, and hears it until `work` is over. */
async function listen(
  settings: LearnSettings,
  clock: Clock,
  heard: (burst: Burst) => void,
  work: () => Promise<void>,
): Promise<void> {
  const { busName, bus, record, language } = settings;
  const say = (text: Text) => tell(text[language]);
  const plain = await realWiring(clock, silentLog).carrier(busName, bus);
  const recording =
    record === undefined
      ? undefined
      : recordToFile(record, settings, plain, clock, (why) =>
          say({ 'zh-CN': `录制停止：${why}`, en: `The recording has ended: ${why}` }),
        );
  const carrier = recording?.carrier ?? plain;
  const listener = new LineListener(reopeningWire(carrier, clock), clock, {
    burst: heard,
    lost: ({ message }) => say({ 'zh-CN': `${message}，等它回来`, en: `${message}; waiting for it` }),
    back: () => say({ 'zh-CN': '线路恢复', en: 'The wire is back' }),
  });
  try {
    await listener.open().catch((thrown: unknown) => {
      throw asHallwardError(thrown, 'wire.unusable');
    });
    say(openedWords(settings, carrier.address));
    await work();
  } finally {
    await listener.close();
    await recording?.close();
  }
}

/** Prints the YAML, and what is doubtful. */
function conclude(settings: LearnSettings, { proposal, heardAnything }: Learned): number {
  const { language, bus } = settings;
  if (proposal === null) {
    tell((heardAnything ? nothingLearned() : nothingHeard(bus))[language]);
    return exitCodes.no;
  }
  tell('');
  const shape = shapeWords(proposal, language);
  if (shape !== undefined) tell(shape);
  tell(confidenceWords(proposal.confidence, language));
  for (const doubt of proposal.doubts) tell(`- ${doubtWords(doubt, language)}`);
  tell(`${usageOf(settings.isConfigured, proposal.purpose)[language]}\n`);
  process.stdout.write(yamlOf(proposal, settings));
  return exitCodes.done;
}

/** Everything but the YAML goes to stderr. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A signal ends the learning, with what was learned; a second one ends the process. */
function endOfLearning(): { readonly ended: Promise<void> } {
  let resolve = () => {};
  let hasEnded = false;
  const ended = new Promise<void>((done) => {
    resolve = done;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (hasEnded) process.exit(exitCodes.no);
      hasEnded = true;
      resolve();
    });
  }
  return { ended };
}
