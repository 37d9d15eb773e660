/** `hallward doctor`: tries what a new installation gets wrong, and says what mends it. */
import { readFile } from 'node:fs/promises';
import stringWidth from 'string-width';
import { type Clock, systemClock } from '../kernel/clock.js';
import { loadFile } from '../supervisor/config/load.js';
import { TimeTrust } from '../supervisor/time-trust.js';
import { hasColour } from './colour.js';
import type { CommandInput } from './command-input.js';
import { controllerRuns } from './doctor/check-storage.js';
import { newestFile } from './doctor/check-system.js';
import { checkConfiguration, stagesOf } from './doctor/checks.js';
import { lookAtMachine } from './doctor/machine.js';
import { jsonOf, linesOf, summaryOf } from './doctor/report.js';
import { runChecks } from './doctor/run-checks.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';

const standardFile = '/etc/hallward/hallward.yaml';
const progressWords = { 'zh-CN': '正在检查', en: 'still trying' } as const;

export async function run(input: CommandInput): Promise<number> {
  const { values } = input;
  const language = languageOf(input);
  const json = values.json === true;
  const file = typeof values.config === 'string' ? values.config : standardFile;
  const commander = await commanderOf(input);
  const machine = lookAtMachine();
  const loaded = loadFile(file);
  const storage = loaded.configuration?.storage.path;
  const clock = await judgingClock(storage);
  const running = storage === undefined ? false : ((await controllerRuns(machine, storage)) ?? false);
  const stages = [
    [checkConfiguration(file, loaded, running)],
    ...stagesOf(loaded, { machine, clock, running, touch: values.touch === true, commander }),
  ];
  const cells = Math.max(...stages.flat().map(({ subject }) => stringWidth(subject)));
  const colour = process.stdout.isTTY === true && hasColour();
  const findings = await runChecks(stages, {
    clock,
    found: (finding) => {
      if (json) return;
      const { columns } = process.stdout;
      const lines = linesOf(finding, cells, language, colour, columns);
      for (const line of lines) process.stdout.write(`${line}\n`);
    },
    slow: (subject) => {
      if (!json) process.stderr.write(`${progressWords[language]} ${subject} …\n`);
    },
  });
  process.stdout.write(json ? `${jsonOf(findings)}\n` : `\n${summaryOf(findings, language)}\n`);
  const bad = findings.some(({ outcome }) => outcome === 'problem');
  const status =
    loaded.configuration === undefined ? exitCodes.invalidConfiguration : bad ? exitCodes.no : exitCodes.done;
  process.exitCode = status;
  // A check that hangs must not keep the process.
  setImmediate(() => process.exit());
  return status;
}

/** The machine's clock, judged as a controller judges it: it can't be before what was recorded. */
async function judgingClock(storage: string | undefined): Promise<Clock> {
  const plain = systemClock();
  const trust = new TimeTrust({
    wallMilliseconds: () => plain.wallMilliseconds(),
    monotonicMilliseconds: () => plain.monotonicMilliseconds(),
  });
  const newest = storage === undefined ? null : await newestFile(storage);
  if (newest !== null) trust.notBefore(newest);
  return systemClock(() => trust.quality());
}

/** Who may send commands, where that is to be proven. */
async function commanderOf({ values }: CommandInput) {
  const { as: username, 'as-password-file': file } = values;
  if (username === undefined && file === undefined) return undefined;
  if (typeof username !== 'string' || typeof file !== 'string') {
    throw new CommandFailed(exitCodes.usage, 'hallward doctor: --as and --as-password-file belong together');
  }
  try {
    const text = await readFile(file, 'utf8');
    return { username, password: text.split(/\r?\n/)[0] ?? '' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new CommandFailed(
      exitCodes.usage,
      `hallward doctor: --as-password-file: ${file} cannot be read (${code})`,
    );
  }
}
