import { asyncApiDocument } from '../protocols/hub/asyncapi.js';
import { exitCodes } from './exit-codes.js';
import { printWhole } from './print-whole.js';

/** `hallward asyncapi`: the AsyncAPI 3 document of the hub protocol on stdout. */
export async function run(): Promise<number> {
  await printWhole(`${JSON.stringify(asyncApiDocument(), null, 2)}\n`);
  return exitCodes.done;
}
