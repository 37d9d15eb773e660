import { configurationJsonSchema } from '../supervisor/config/json-schema.js';
import { exitCodes } from './exit-codes.js';
import { printWhole } from './print-whole.js';

/** `hallward schema`: the JSON Schema of the configuration on stdout. */
export async function run(): Promise<number> {
  await printWhole(`${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
  return exitCodes.done;
}
