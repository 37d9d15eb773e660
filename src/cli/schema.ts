import { configurationJsonSchema } from '../supervisor/config/json-schema.js';
import { exitCodes } from './exit-codes.js';

/** `hallward schema`: the JSON Schema of the configuration on stdout. */
export async function run(): Promise<number> {
  process.stdout.write(`${JSON.stringify(configurationJsonSchema(), null, 2)}\n`);
  return exitCodes.done;
}
