/** Commands in the AsyncAPI document: a request and its reply for each. */
import { type CommandName, commandDeclaration, commandIdPattern, commands } from '../commands.js';
import { type JsonSchema, jsonSchemaOf, reference } from './schemas.js';

const names = Object.keys(commands) as CommandName[];

interface ObjectSchema {
  readonly type: 'object';
  readonly properties: JsonSchema;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

/** Schemas that all commands share. */
export const commandSharedSchemas: Readonly<Record<string, JsonSchema>> = {
  commandId: {
    type: 'string',
    pattern: commandIdPattern.source,
    description:
      'given by the sender; the same id within 24 h gets the first answer again and does nothing twice',
  },
  expiresAt: { type: 'string', maxLength: 40, description: 'RFC 3339; not carried out after it' },
  refusal: {
    title: 'Refused',
    type: 'object',
    properties: {
      id: reference('components', 'schemas', 'commandId'),
      ok: { const: false },
      error: {
        type: 'object',
        properties: {
          code: { type: 'string', description: 'stable, such as arguments.invalid or window.unknown' },
          message: { type: 'string', description: 'for a person' },
        },
        required: ['code', 'message'],
        additionalProperties: false,
      },
    },
    required: ['id', 'ok', 'error'],
    additionalProperties: false,
  },
};

/** What is sent, by the command's name. */
export function commandMessages(): Readonly<Record<string, object>> {
  return perCommand((name) => {
    const { about, arguments: args, examples } = commandDeclaration(name);
    const schema = jsonSchemaOf(args) as unknown as ObjectSchema;
    return {
      name,
      title: about.en,
      description: about['zh-CN'],
      correlationId: { location: '$message.payload#/id' },
      payload: {
        ...schema,
        properties: {
          id: reference('components', 'schemas', 'commandId'),
          expiresAt: reference('components', 'schemas', 'expiresAt'),
          ...schema.properties,
        },
        required: ['id', ...(schema.required ?? [])],
      },
      examples: examples.map((one) => ({ payload: { id: 'k2f8', ...one } })),
    };
  });
}

/** What is answered, by the command's name. */
export function replyMessages(): Readonly<Record<string, object>> {
  return perCommand((name) => ({
    name: `${name} reply`,
    title: `Reply to ${name}`,
    correlationId: { location: '$message.payload#/id' },
    payload: { oneOf: [answerSchema(name), reference('components', 'schemas', 'refusal')] },
  }));
}

/** One operation for each: received, and answered at the topic that the id names. */
export function commandOperations(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    names.map((name) => {
      const { about, who, largestBytes } = commandDeclaration(name);
      return [
        `command.${name}`,
        {
          action: 'receive',
          channel: reference('channels', 'command'),
          title: about.en,
          description: about['zh-CN'],
          messages: [reference('channels', 'command', 'messages', name)],
          bindings: { mqtt: { qos: 1, retain: false, bindingVersion: '0.2.0' } },
          reply: {
            channel: reference('channels', 'reply'),
            messages: [reference('channels', 'reply', 'messages', name)],
          },
          'x-who': who,
          ...(largestBytes === undefined ? {} : { 'x-largest-bytes': largestBytes }),
        },
      ];
    }),
  );
}

function answerSchema(name: CommandName): JsonSchema {
  const { result } = commandDeclaration(name);
  const isOptional = result?.type === 'optional';
  const schema = result === null ? {} : { result: jsonSchemaOf(result) };
  return {
    title: 'Done',
    type: 'object',
    properties: { id: reference('components', 'schemas', 'commandId'), ok: { const: true }, ...schema },
    required: ['id', 'ok', ...(result === null || isOptional ? [] : ['result'])],
    additionalProperties: false,
  };
}

function perCommand(make: (name: CommandName) => object): Readonly<Record<string, object>> {
  return Object.fromEntries(names.map((name) => [name, make(name)]));
}
