/** `hallward config get`: what runs on a controller, an earlier revision, its report, or its history. */
import type { Json } from '../../kernel/json.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import { jsonText } from '../safe-text.js';
import { readSettings } from '../watch/settings.js';
import { Board } from './board.js';
import { toYaml } from './document.js';
import { historyLines, localTime } from './history-view.js';
import type { Reported } from './reading.js';
import { inSession, numberOption, openBoard, type Session } from './session.js';
import { targetsOf } from './targets.js';
import { errorLines, kindWords, sourceWords } from './words.js';

const program = 'config get';

export async function run(input: CommandInput): Promise<number> {
  const { values } = input;
  const asJson = values.json === true;
  const revision = numberOption(input, 'revision', program, { least: 0, most: Number.MAX_SAFE_INTEGER });
  const wishes = [revision !== undefined, values.history === true, values.reported === true];
  if (wishes.filter(Boolean).length > 1) {
    throw new CommandFailed(exitCodes.usage, `hallward ${program}: one of --revision, --history, --reported`);
  }
  const settings = await readSettings(input, program);
  const targets = targetsOf(input, settings, { program, several: false });
  const address = { hall: targets.hall, controller: targets.names[0] ?? '' };
  return inSession({ input, settings, program, address }, async (session) => {
    if (values.history === true) {
      const history = await (await Board.open(address, session.talk, session.clock)).history();
      if (asJson) print(jsonText(history, 2));
      else print(historyLines(history, settings.timezone, session.language).join('\n'));
    } else if (revision !== undefined) {
      const document = await (await Board.open(address, session.talk, session.clock)).document(revision);
      print(asJson ? jsonText(document, 2) : toYaml(document.config).trimEnd());
    } else {
      const board = await openBoard(address, session, program);
      const value = values.reported === true ? (board.report as unknown as Json) : board.report.config;
      print(asJson ? jsonText(value, 2) : toYaml(value).trimEnd());
      say(`${address.hall}/${address.controller}`, board, settings.timezone, session);
    }
    return exitCodes.done;
  });
}

/** On stderr, so that what stands on stdout is the document alone. */
function say(
  who: string,
  board: Board & { report: Reported },
  timezone: string,
  { language }: Session,
): void {
  const { report, isOnline, state } = board;
  const words = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { running } = report;
  const [source, hash] = [sourceWords(running, language), running.hash.slice(0, 12)];
  const at = localTime(report.at, timezone);
  const lines = [
    words(
      `${who}：正在运行：${source}，摘要 ${hash}，回报于 ${at}`,
      `${who}: ${source} runs, hash ${hash}, reported at ${at}`,
    ),
  ];
  if (!isOnline) {
    lines.push(
      words(
        `现在不在线（${state}）：以上是它最后的回报`,
        `it is not online now (${state}): this is what it said last`,
      ),
    );
  }
  if (report.state === 'applying') lines.push(words('正在应用一次推送', 'a push is being applied'));
  else if (report.state !== 'applied') {
    const push =
      report.revision === null
        ? words('最近一次推送', 'the last push was ')
        : words(`推送的版本 ${report.revision} `, `revision ${report.revision} was `);
    lines.push(`${push}${kindWords[report.state][language]}`);
    lines.push(...errorLines(report.errors, language).map((line) => `  ${line}`));
  }
  for (const line of lines) process.stderr.write(`# ${line}\n`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
