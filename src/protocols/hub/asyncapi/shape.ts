/** JSON Schemas in few words, for a table: `{ticket, number, held?}`. */
import type { JsonSchema } from './schemas.js';

/** Names and types of an object's properties, `?` where they may be absent. */
export interface Field {
  readonly name: string;
  readonly required: boolean;
  /** `text`, `number`, `true, false`, `"a" | "b"`, `{…}`. */
  readonly type: string;
  readonly description?: string;
  readonly default?: unknown;
}

/** The properties of an object's schema, in their order. */
export function fieldsOf(schema: JsonSchema): readonly Field[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []) as readonly string[];
  return Object.entries(properties).map(([name, one]) => ({
    name,
    required: required.includes(name),
    type: typeWords(one),
    ...(typeof one.description === 'string' ? { description: one.description } : {}),
    ...('default' in one ? { default: one.default } : {}),
  }));
}

/** What a schema takes, in few words. */
export function typeWords(schema: JsonSchema): string {
  const { type, anyOf, items } = schema;
  if (Array.isArray(anyOf)) return [...new Set(anyOf.map(typeWords))].join(' | ');
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  if (type === 'array') return `list of ${typeWords((items ?? {}) as JsonSchema)}`;
  if (type === 'object' && schema.properties !== undefined) return shapeOf(schema);
  if (type === 'object') {
    const values = (schema.additionalProperties ?? {}) as JsonSchema;
    return Object.keys(values).length === 0 ? 'object' : `{name: ${typeWords(values)}}`;
  }
  if (type === 'string') return 'text';
  if (type === 'integer') return 'whole number';
  return typeof type === 'string' ? type : 'anything';
}

/** `{ticket, number, held?}`. */
export function shapeOf(schema: JsonSchema): string {
  const names = fieldsOf(schema).map(({ name, required }) => (required ? name : `${name}?`));
  return `{${names.join(', ')}}`;
}
