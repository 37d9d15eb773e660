import { toJsonSchema } from '@valibot/to-json-schema';
import { documentSchema } from './schema.js';

/**
 * The JSON Schema (draft 2020-12) of the configuration, for editors. What a schema cannot say (an address twice on
 * a bus, a bus that is not there) only `hallward check` finds.
 */
export function configurationJsonSchema(): object {
  const schema = toJsonSchema(documentSchema(), {
    target: 'draft-2020-12',
    typeMode: 'input',
    errorMode: 'ignore',
  });
  return { ...schema, title: 'Hallward configuration' };
}
