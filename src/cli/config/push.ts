/** `hallward config push FILE`: a configuration to one controller or to many, with what became of it on each. */
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import { readSigningKey } from '../signing.js';
import { readSettings } from '../watch/settings.js';
import { pushAndShow, waitOf } from './pushing.js';
import { inSession, numberOption, readFileOf } from './session.js';
import { checkNamed, findControllers, targetsOf } from './targets.js';

const program = 'config push';

export async function run(input: CommandInput, path: string): Promise<number> {
  const { values } = input;
  const file = readFileOf(path, program);
  const waitMilliseconds = waitOf(input, program);
  const revision = numberOption(input, 'revision', program, { least: 1, most: Number.MAX_SAFE_INTEGER });
  const key = typeof values.sign === 'string' ? await readSigningKey(values.sign, program) : undefined;
  const settings = await readSettings(input, program);
  const named = {
    ...(file.hall ? { hall: file.hall } : {}),
    ...(file.controller ? { controller: file.controller } : {}),
  };
  const targets = targetsOf(input, settings, { program, several: true, file: named });
  checkNamed(targets, file, program);
  return inSession({ input, settings, program }, async (session) => {
    const addresses = await findControllers(targets, session.talk);
    if (addresses.length === 0) {
      const words =
        session.language === 'en'
          ? `no controller of ${targets.hall} that fits ${targets.names.join(', ')} is online; hallward watch shows which there are`
          : `大厅 ${targets.hall} 没有符合 ${targets.names.join('、')} 的控制器在线；用 hallward watch 查看`;
      throw new CommandFailed(exitCodes.unavailable, `hallward ${program}: ${words}`);
    }
    if (file.leftOut.length > 0 && values.json !== true) {
      const list = file.leftOut.join(', ');
      process.stderr.write(
        session.language === 'en'
          ? `not pushed, for only the board's own file can say it: ${list}\n`
          : `以下内容只能写在控制器自己的文件里，不随推送发送：${list}\n`,
      );
    }
    const request = {
      config: file.config,
      ...(revision === undefined ? {} : { revision }),
      ...(key === undefined ? {} : { key }),
      offline: values.offline === true,
      dryRun: values['dry-run'] === true,
      waitMilliseconds,
    };
    const keepGoing = values['keep-going'] === true;
    return pushAndShow(addresses, request, session, { keepGoing, asJson: values.json === true });
  });
}
