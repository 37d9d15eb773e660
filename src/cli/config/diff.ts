/** `hallward config diff FILE`: how a file differs from what runs, and what the controller says it would touch. */
import { HallwardError } from '../../kernel/errors.js';
import { hasColour } from '../colour.js';
import type { CommandInput } from '../command-input.js';
import { exitCodes } from '../exit-codes.js';
import { askWords } from '../hub-asking.js';
import { jsonText } from '../safe-text.js';
import { readSigningKey, signatureOver } from '../signing.js';
import { readSettings } from '../watch/settings.js';
import { differencesOf } from './difference.js';
import { differenceLines } from './difference-view.js';
import { comparable } from './document.js';
import type { Plan } from './reading.js';
import { inSession, openBoard, readFileOf } from './session.js';
import { checkNamed, targetsOf } from './targets.js';
import { countWords, declinedWords, errorLines, planLines, signLines, sourceWords } from './words.js';

const program = 'config diff';

export async function run(input: CommandInput, path: string): Promise<number> {
  const { values } = input;
  const file = readFileOf(path, program);
  const key = typeof values.sign === 'string' ? await readSigningKey(values.sign, program) : undefined;
  const settings = await readSettings(input, program);
  const named = {
    ...(file.hall ? { hall: file.hall } : {}),
    ...(file.controller ? { controller: file.controller } : {}),
  };
  const targets = targetsOf(input, settings, { program, several: false, file: named });
  checkNamed(targets, file, program);
  const address = { hall: targets.hall, controller: targets.names[0] ?? '' };
  return inSession({ input, settings, program, address }, async (session) => {
    const { language } = session;
    const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
    const board = await openBoard(address, session, program);
    const { report } = board;
    const { config } = file;
    const differences = differencesOf(comparable(report.config, config), config);
    let plan: Plan | undefined;
    let silence: string | undefined;
    try {
      const revision = key === undefined ? undefined : (await board.history()).highest + 1;
      plan = await board.plan(
        key === undefined || revision === undefined
          ? { config }
          : { revision, config, signature: signatureOver(key, { ...address, revision, config }) },
      );
    } catch (error) {
      if (!(error instanceof HallwardError)) throw error;
      silence =
        error.code === 'ask.declined'
          ? declinedWords(error.evidence, language)
          : askWords(error, address, language);
    }
    const exitCode = exitOf(plan, differences.length);
    if (values.json === true) {
      const { running } = report;
      const shown = differences.map(({ path, ...values }) => ({ path, ...values }));
      process.stdout.write(`${jsonText({ differences: shown, plan: plan ?? null, running }, 2)}\n`);
      if (silence !== undefined) process.stderr.write(`hallward ${program}: ${silence}\n`);
      return exitCode;
    }
    const colour = process.stdout.isTTY === true && hasColour();
    const who = `${address.hall}/${address.controller}`;
    const lines: string[] = [];
    if (differences.length === 0) {
      lines.push(say(`与 ${who} 正在运行的没有差别`, `no difference from what runs on ${who}`));
    } else {
      lines.push(`--- ${who}: ${sourceWords(report.running, language)}`, `+++ ${path}`, '');
      lines.push(...differenceLines(differences, { colour, language }));
    }
    if (plan !== undefined) lines.push('', ...planned(plan, language));
    process.stdout.write(`${lines.join('\n')}\n`);
    if (silence !== undefined) {
      process.stderr.write(
        `hallward ${program}: ${say('无法得知会影响哪些设备', 'what would restart is not known')}: ${silence}\n`,
      );
    }
    return exitCode;
  });
}

function exitOf(plan: Plan | undefined, differences: number): number {
  if (plan === undefined) return exitCodes.unavailable;
  if (plan.verdict === 'refused' && !plan.errors.every(({ path }) => path === 'signature')) {
    return exitCodes.invalidConfiguration;
  }
  return differences === 0 ? exitCodes.done : exitCodes.no;
}

function planned(plan: Plan, language: 'zh-CN' | 'en'): string[] {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  switch (plan.verdict) {
    case 'nothing':
      return [say('控制器：推送它不会改变任何东西', 'the controller: a push of it would change nothing')];
    case 'refused':
      return [
        say('控制器会拒绝它：', 'the controller would reject it:'),
        ...indented([...errorLines(plan.errors, language), ...signLines(plan.errors, language)]),
      ];
    case 'change': {
      const counts = countWords(plan.devices, language);
      return [
        say(
          `控制器：推送它会影响的设备（${counts}）：`,
          `the controller: a push of it would touch (${counts}):`,
        ),
        ...indented(planLines(plan, language)),
      ];
    }
  }
}
