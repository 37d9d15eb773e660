/** `hallward config reset --to N | --to-file`: an earlier document once more, as a new revision. */
import { HallwardError } from '../../kernel/errors.js';
import { pushable } from '../../supervisor/config/pushable.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import { readSigningKey } from '../signing.js';
import { readSettings } from '../watch/settings.js';
import { Board } from './board.js';
import { historyLines } from './history-view.js';
import { pushAndShow, waitOf } from './pushing.js';
import { inSession, numberOption } from './session.js';
import { targetsOf } from './targets.js';

const program = 'config reset';

export async function run(input: CommandInput): Promise<number> {
  const { values } = input;
  const to = numberOption(input, 'to', program, { least: 0, most: Number.MAX_SAFE_INTEGER });
  if (to !== undefined && values['to-file'] === true) {
    throw new CommandFailed(exitCodes.usage, `hallward ${program}: --to or --to-file, not both`);
  }
  const wanted = values['to-file'] === true ? 0 : to;
  const waitMilliseconds = waitOf(input, program);
  const key = typeof values.sign === 'string' ? await readSigningKey(values.sign, program) : undefined;
  const settings = await readSettings(input, program);
  const targets = targetsOf(input, settings, { program, several: false });
  const address = { hall: targets.hall, controller: targets.names[0] ?? '' };
  return inSession({ input, settings, program, address }, async (session) => {
    const { language, talk, clock } = session;
    const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
    const board = await Board.open(address, talk, clock);
    const history = async () => {
      const { revisions, highest } = await board.history();
      // What was rejected is not kept, so nobody can go back to it.
      const kept = revisions.filter(({ outcome }) => outcome !== 'rejected');
      return historyLines({ revisions: kept, highest }, settings.timezone, language).join('\n');
    };
    if (wanted === undefined) {
      const words = say('请用 --to N 或 --to-file 说明回到哪一个', 'say where to with --to N or --to-file');
      throw new CommandFailed(exitCodes.usage, `hallward ${program}: ${words}\n${await history()}`);
    }
    let found: Awaited<ReturnType<Board['document']>>;
    try {
      found = await board.document(wanted);
    } catch (error) {
      const isUnknown = error instanceof HallwardError && error.evidence.code === 'config.unknown-revision';
      if (!isUnknown) throw error;
      const words = say(
        `控制器没有保留版本 ${wanted}；可以回到：`,
        `it has not kept revision ${wanted}; you can go back to:`,
      );
      throw new CommandFailed(exitCodes.no, `hallward ${program}: ${words}\n${await history()}`);
    }
    board.close();
    const request = {
      config: pushable(found.config).config,
      ...(key === undefined ? {} : { key }),
      offline: false,
      dryRun: values['dry-run'] === true,
      waitMilliseconds,
    };
    return pushAndShow([address], request, session, { keepGoing: false, asJson: values.json === true });
  });
}
