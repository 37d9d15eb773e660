import { faultCatalogue } from '../supervisor/fault-catalogue.js';
import { table } from './columns.js';
import type { CommandInput } from './command-input.js';
import { exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';

/** `hallward faults`: the fault catalogue. */
export async function run(input: CommandInput): Promise<number> {
  const faults = [...faultCatalogue.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
  if (input.values.json === true) {
    process.stdout.write(`${JSON.stringify(faults, null, 2)}\n`);
    return exitCodes.done;
  }
  const language = languageOf(input);
  for (const fault of faults) {
    const facts = `${fault.status} · ${fault.severity} · ${fault.audience}`;
    process.stdout.write(
      `${table([[fault.code, facts]]).join('')}\n    ${fault.text[language]}\n    → ${fault.action[language]}\n`,
    );
    for (const { buses, because, text = fault.text, action } of fault.variants ?? []) {
      const where = [buses.join(', '), ...(because === undefined ? [] : [because])].join(' · ');
      process.stdout.write(`    ${where}\n      ${text[language]}\n      → ${action[language]}\n`);
    }
  }
  return exitCodes.done;
}
