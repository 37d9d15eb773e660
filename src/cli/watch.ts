import { type Clock, sleep, systemClock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Language } from '../kernel/text.js';
import { hasColour } from './colour.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';
import { ChangeFinder } from './watch/changes.js';
import { HubWatch } from './watch/hub-watch.js';
import { failureWords } from './watch/hub-words.js';
import { LiveTable, showLines } from './watch/live.js';
import { reportOf } from './watch/report.js';
import { readSettings, type WatchSettings } from './watch/settings.js';
import { renderWatch } from './watch/view.js';

/** Where nobody says how wide the paper is. */
const usualColumns = 120;
const narrowestColumns = 60;

/** `hallward watch`: a live table of what the hub knows of a hall, or the same once. */
export async function run(input: CommandInput): Promise<number> {
  const language = languageOf(input);
  const { values } = input;
  const once = values.once === true;
  if (values.json === true && !once) throw usage('--json goes with --once');
  const seconds = secondsOf(input, once);
  const settings = await readSettings(input);
  const clock = systemClock();
  const watch = new HubWatch({ settings: settings.hub, hall: settings.hall, clock });
  const ending = endOfWatch();
  try {
    await Promise.race([watch.start(), ending.ended]);
    if (once) {
      if (seconds !== undefined)
        await Promise.race([sleep(clock, 'watch: listen', seconds * 1_000), ending.ended]);
      if (!ending.hasEnded()) printOnce(watch, settings, language, values.json === true);
    } else if (!ending.hasEnded()) {
      await live(watch, settings, language, clock, ending, values.plain === true);
    }
  } catch (error) {
    if (!(error instanceof HallwardError) || !error.code.startsWith('hub.')) throw error;
    const who = settings.hub.username ?? null;
    throw new CommandFailed(exitCodes.unavailable, `hallward watch: ${failureWords(error, who, language)}`);
  } finally {
    await watch.stop();
  }
  // The library's timers must not keep the process.
  setImmediate(() => process.exit(exitCodes.done));
  return exitCodes.done;
}

function printOnce(watch: HubWatch, settings: WatchSettings, language: Language, json: boolean): void {
  const view = watch.view();
  if (json) {
    process.stdout.write(`${JSON.stringify(reportOf(view), null, 2)}\n`);
    return;
  }
  const { columns = Number(process.env.COLUMNS) || usualColumns, isTTY } = process.stdout;
  const setting = {
    view,
    choice: { language, faultsOnly: false, offset: 0 },
    timezone: settings.timezone,
    columns: Math.max(narrowestColumns, columns),
    latest: [],
  };
  const lines = renderWatch(setting, Number.POSITIVE_INFINITY, { colour: isTTY === true && hasColour() });
  process.stdout.write(`${lines.map((line) => line.trimEnd()).join('\n')}\n`);
}

async function live(
  watch: HubWatch,
  settings: WatchSettings,
  language: Language,
  clock: Clock,
  ending: Ending,
  plain: boolean,
): Promise<void> {
  const { stdin, stdout } = process;
  const { timezone } = settings;
  const asLines = plain || stdin.isTTY !== true || stdout.isTTY !== true;
  const changes = new ChangeFinder({ timezone, fullNames: asLines });
  const options = { watch, changes, timezone, language, clock };
  if (asLines) {
    const stop = showLines(options, stdout);
    await ending.ended;
    stop();
    return;
  }
  const table = new LiveTable({
    ...options,
    input: stdin,
    output: stdout,
    colour: hasColour(),
    end: ending.end,
  });
  // Whatever ends the process: the terminal as it was.
  const leave = () => table.close();
  process.on('exit', leave);
  process.on('uncaughtExceptionMonitor', leave);
  table.open();
  await ending.ended;
  leave();
}

interface Ending {
  readonly ended: Promise<void>;
  readonly end: () => void;
  readonly hasEnded: () => boolean;
}

/** Signals that end the watch; the second one ends it at once. */
function endOfWatch(): Ending {
  let resolve = () => {};
  let hasEnded = false;
  const ended = new Promise<void>((done) => {
    resolve = done;
  });
  const end = () => {
    hasEnded = true;
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => (hasEnded ? process.exit(exitCodes.done) : end()));
  }
  return { ended, end, hasEnded: () => hasEnded };
}

function secondsOf({ values }: CommandInput, once: boolean): number | undefined {
  const text = values.seconds;
  if (text === undefined) return undefined;
  if (!once) throw usage('--seconds goes with --once');
  const seconds = typeof text === 'string' && /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds > 0 && seconds <= 3_600) return seconds;
  throw usage(`--seconds: found "${String(text)}", expected up to 3600`);
}

function usage(message: string): CommandFailed {
  return new CommandFailed(exitCodes.usage, `hallward watch: ${message}`);
}
