/** Checks messages by a generated AsyncAPI document, with ajv and nothing of ours: as a stranger would. */
import { Ajv, type ValidateFunction } from 'ajv';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document that a test looks into
type Any = any;

/** A message as somebody saw it at the broker. */
export interface SeenMessage {
  readonly topic: string;
  readonly text: string;
  readonly qos: number;
  readonly contentType?: string | undefined;
}

/** `#/a/b.c` in a document. */
export function resolve(document: Any, reference: string): Any {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce((at, step) => at?.[step], document);
}

export class AsyncApiChecker {
  readonly #ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
  readonly #channels: { readonly key: string; readonly pattern: RegExp; readonly channel: Any }[];
  readonly #validators = new Map<string, ValidateFunction>();
  /** Names of the commands whose ids were seen: their replies are checked by them. */
  readonly #asked = new Map<string, string>();

  /** @param document parsed; what it lists is taken as all that may be there */
  constructor(private readonly document: Any) {
    this.#ajv.addSchema({ $id: 'doc', components: closed(document.components) });
    this.#channels = Object.entries<Any>(document.channels).map(([key, channel]) => ({
      key,
      channel,
      pattern: new RegExp(`^${channel.address.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
    }));
  }

  /** What is wrong with a message; nothing where it is as the document says. */
  problems(message: SeenMessage): string[] {
    const { topic, text, qos } = message;
    const found = this.#channels.find(({ pattern }) => pattern.test(topic));
    if (found === undefined) return [`${topic}: no channel has this address`];
    const { key, channel } = found;
    const operations = Object.values<Any>(this.document.operations).filter(
      (operation) => operation.channel.$ref === `#/channels/${key}`,
    );
    const replied = Object.values<Any>(this.document.operations).some(
      (operation) => operation.reply?.channel.$ref === `#/channels/${key}`,
    );
    if (operations.length === 0 && !replied) return [`${topic}: no operation speaks of ${key}`];
    const promised = operations.find(({ action }) => action === 'send')?.bindings.mqtt;
    if (promised !== undefined && promised.qos !== qos) return [`${topic}: QoS ${qos}, not ${promised.qos}`];
    if (text === '') return promised?.retain === true ? [] : [`${topic}: nothing in it`];
    const payload = JSON.parse(text);
    const last = topic.slice(topic.lastIndexOf('/') + 1);
    if (key === 'command') this.#asked.set(payload.id, last);
    const name =
      key === 'reply' ? this.#asked.get(payload.id) : key === 'event' || key === 'command' ? last : key;
    if (name === undefined) return [`${topic}: a reply that nobody asked for`];
    const schema = channel.messages[name];
    // Of a command that there is not; the reply says so.
    if (schema === undefined && key !== 'event') return [];
    if (schema === undefined) return [`${topic}: no message ${name}`];
    const { contentType } = schema;
    const isType = contentType === undefined || [undefined, contentType].includes(message.contentType);
    if (!isType) return [`${topic}: content type ${message.contentType}`];
    return this.#validate(`${key} ${name}`, schema.payload, payload).map((problem) => `${topic}: ${problem}`);
  }

  #validate(key: string, schema: Any, payload: unknown): string[] {
    let validate = this.#validators.get(key);
    if (validate === undefined) {
      validate = this.#ajv.compile(outward(closed(schema)));
      this.#validators.set(key, validate);
    }
    if (validate(payload)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message} ${JSON.stringify(params)} in ${JSON.stringify(payload)}`,
    );
  }
}

/** What is not listed is not allowed: a key that the document forgot is found. */
function closed(schema: Any, within = ''): Any {
  if (Array.isArray(schema)) return schema.map((one) => closed(one, within));
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries<Any>(schema).map(([key, value]) => [
    key,
    key === 'properties'
      ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, closed(one)]))
      : closed(value, key),
  ]);
  const open = schema.properties === undefined || schema.additionalProperties !== undefined;
  // The two halves of an event: neither lists what the other one does.
  const isHalf = within === 'allOf' || schema.title === 'CloudEvents 1.0 envelope';
  return { ...Object.fromEntries(entries), ...(open || isHalf ? {} : { additionalProperties: false }) };
}

/** References into the document, from a schema that is compiled by itself. */
function outward(schema: Any): Any {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"doc#/'));
}
