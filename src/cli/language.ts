import type { Language } from '../kernel/text.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';

/** The language asked for by `--language`, else the one of the terminal. Throws for one we don't speak. */
export function languageOf(input: CommandInput): Language {
  const asked = input.values.language;
  if (asked === 'zh-CN' || asked === 'en') return asked;
  if (asked !== undefined) throw new CommandFailed(exitCodes.usage, '--language: zh-CN or en');
  const { LC_ALL, LC_MESSAGES, LANG } = process.env;
  return (LC_ALL || LC_MESSAGES || LANG || '').startsWith('zh') ? 'zh-CN' : 'en';
}
