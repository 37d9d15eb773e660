import { rmSync } from 'node:fs';
import { type Clock, systemClock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Language } from '../kernel/text.js';
import type { CommandInput } from './command-input.js';
import type { Demo } from './demo/demo.js';
import { startDemo } from './demo/demo-hall.js';
import { farewell, plainGreeting, plainLines } from './demo/plain.js';
import { Screen } from './demo/screen.js';
import { renderDemo } from './demo/view.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';
import { portOf } from './port.js';

/** An orderly end may take this long; then the process ends all the same. */
const stopMilliseconds = 4_500;

/** `hallward demo`: a virtual hall with an embedded broker, until q, Ctrl-C or SIGTERM. */
export async function run(input: CommandInput): Promise<number> {
  const language = languageOf(input);
  const port = portOf(input, 'demo');
  const { stdin, stdout } = process;
  const live = input.values.plain !== true && stdin.isTTY === true && stdout.isTTY === true;
  const clock = systemClock();
  const folders: string[] = [];
  const screens: Screen[] = [];
  // Whatever ends the process: the terminal as it was, and no file.
  const leave = () => {
    for (const screen of screens) screen.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', leave);
  // Before a message about a fault of ours is printed, or it would be lost with the alternate screen.
  process.on('uncaughtExceptionMonitor', leave);

  const ending = endOfDemo(clock);
  let demo: Demo;
  try {
    demo = await startDemo({
      clock,
      port,
      language,
      seed: Math.floor(Math.random() * 2 ** 32),
      folderMade: (folder) => folders.push(folder),
    });
  } catch (error) {
    if (!(error instanceof HallwardError)) throw error;
    const help = error.code.startsWith('broker.') ? '; choose another with --port, or leave it out' : '';
    throw new CommandFailed(exitCodes.unavailable, `hallward demo: ${error.message}${help}`);
  }
  const shown = live ? showLive(demo, language, clock, screens, ending.end) : showPlain(demo, language);
  await ending.ended;
  const last = farewell(demo.model(), shown.language());
  await demo.stop();
  leave();
  stdout.write(`${last}\n`);
  // Whatever a library left open must not keep the process.
  setImmediate(() => process.exit(exitCodes.done));
  return exitCodes.done;
}

/** Signals and keys that end the demo; the second one ends it at once. */
function endOfDemo(clock: Clock): { readonly ended: Promise<void>; readonly end: () => void } {
  let resolve = () => {};
  const ended = new Promise<void>((done) => {
    resolve = done;
  });
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    clock.after('stop by force', stopMilliseconds, () => process.exit(exitCodes.done));
    resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  return { ended, end };
}

interface Shown {
  language(): Language;
}

function showPlain(demo: Demo, language: Language): Shown {
  const print = (lines: readonly string[]) => {
    if (lines.length > 0 && process.stdout.writable) process.stdout.write(`${lines.join('\n')}\n`);
  };
  const { timezone } = demo.model();
  print(plainGreeting(demo.model(), language));
  demo.onTold((told) => print(plainLines(told, timezone, language)));
  return { language: () => language };
}

function showLive(demo: Demo, first: Language, clock: Clock, screens: Screen[], end: () => void): Shown {
  let language = first;
  const { NO_COLOR, TERM } = process.env;
  const colour = (NO_COLOR === undefined || NO_COLOR === '') && TERM !== 'dumb';
  const keys: Readonly<Record<string, () => void>> = {
    r: demo.hands.row,
    k: demo.hands.keypad,
    n: demo.hands.noise,
    b: () => void demo.hands.broker(),
    p: demo.hands.paper,
    v: demo.hands.voice,
    f: demo.hands.fire,
    o: demo.hands.toner,
    w: demo.hands.water,
    x: () => void demo.hands.power(),
    l: () => {
      language = language === 'en' ? 'zh-CN' : 'en';
    },
    q: end,
    // Ctrl-C, which is no signal while keys come one by one.
    'ctrl-c': end,
  };
  const screen = new Screen({
    clock,
    input: process.stdin,
    output: process.stdout,
    render: (columns, rows) => renderDemo(demo.model(), language, columns, rows, { colour }),
    key(key) {
      if (/^[1-9]$/.test(key)) demo.hands.board(key);
      else if (Object.hasOwn(keys, key)) keys[key]?.();
    },
    gone: end,
  });
  screens.push(screen);
  screen.open();
  return { language: () => language };
}
