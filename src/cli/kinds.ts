import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import type { DeviceKind, ProtocolDeclaration } from '../devices/kind.js';
import { deviceKinds, findKind } from '../devices/registry.js';
import { knownHint } from '../kernel/near-name.js';
import { deviceSchema, deviceWithPartsSchema, partSchema } from '../supervisor/config/schema.js';
import { table } from './columns.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';

/** `hallward kinds`: the kinds of devices; with a name, that kind's protocols and options. */
export async function run(input: CommandInput): Promise<number> {
  const name = input.positionals[0];
  if (name === undefined) {
    const text =
      input.values.json === true
        ? JSON.stringify(deviceKinds.map(describe), null, 2)
        : table(
            deviceKinds.map((kind) => [kind.kind, waysOf(kind), `${kind.title['zh-CN']}  ${kind.title.en}`]),
          ).join('\n');
    process.stdout.write(`${text}\n`);
    return exitCodes.done;
  }
  const kind = findKind(name);
  if (kind === undefined) {
    const kinds = deviceKinds.map((one) => one.kind);
    throw new CommandFailed(exitCodes.usage, `there is no kind "${name}"${knownHint(name, kinds)}`);
  }
  process.stdout.write(
    input.values.json === true ? `${JSON.stringify(describe(kind), null, 2)}\n` : page(kind),
  );
  return exitCodes.done;
}

interface OptionProperty {
  readonly description?: string;
  readonly default?: unknown;
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, OptionProperty>>;
  readonly required?: readonly string[];
}

/** The protocols, or the parts, of a kind in one line. */
function waysOf({ protocols, parts }: DeviceKind): string {
  return parts === undefined ? Object.keys(protocols).join(', ') : `parts: ${Object.keys(parts).join(', ')}`;
}

function propertiesOf(schema: v.GenericSchema): ObjectSchema {
  return toJsonSchema(schema, { typeMode: 'input', errorMode: 'ignore' }) as unknown as ObjectSchema;
}

function describe(kind: DeviceKind): object {
  const { protocols, parts, readings, faults, title, about } = kind;
  return {
    kind: kind.kind,
    title,
    about,
    ...(parts === undefined
      ? { protocols: describeProtocols(protocols, (name, one) => deviceSchema(kind, name, one)) }
      : {
          options: propertiesOf(deviceWithPartsSchema(kind, v.strictObject({}))),
          parts: Object.fromEntries(
            Object.entries(parts).map(([part, { about: what, required = false, protocols: ways }]) => [
              part,
              { about: what, required, protocols: describeProtocols(ways, partSchema) },
            ]),
          ),
        }),
    readings,
    faults: faults.map((fault) => fault.code),
  };
}

function describeProtocols(
  protocols: DeviceKind['protocols'],
  schemaOf: (protocol: string, declaration: ProtocolDeclaration) => v.GenericSchema,
): object {
  return Object.fromEntries(
    Object.entries(protocols).map(([name, declaration]) => {
      const { about, buses, proofOfLife } = declaration;
      return [name, { about, buses, proofOfLife, options: propertiesOf(schemaOf(name, declaration)) }];
    }),
  );
}

/** Each option with whether it must be given, or what it is if it is not. */
function optionLines({ properties, required = [] }: ObjectSchema, hidden: readonly string[]): string[] {
  return table(
    Object.entries(properties)
      .filter(([option]) => !hidden.includes(option))
      .map(([option, property]) => [
        `  ${option}`,
        required.includes(option)
          ? 'required'
          : property.default === undefined
            ? ''
            : `default ${JSON.stringify(property.default)}`,
        property.description ?? '',
      ]),
  );
}

function protocolLines(name: string, declaration: ProtocolDeclaration, schema: v.GenericSchema): string[] {
  return [
    '',
    `protocol ${name} over ${declaration.buses.join(' or ')}; proof of life: ${declaration.proofOfLife}`,
    `  ${declaration.about.en}`,
    ...optionLines(propertiesOf(schema), ['kind', 'protocol']),
  ];
}

function page(kind: DeviceKind): string {
  const lines = [
    `${kind.kind}: ${kind.title.en} (${kind.title['zh-CN']})`,
    `${kind.about.en}`,
    kind.about['zh-CN'],
  ];
  for (const [name, declaration] of Object.entries(kind.protocols)) {
    lines.push(...protocolLines(name, declaration, deviceSchema(kind, name, declaration)));
  }
  if (kind.parts !== undefined) {
    const own = propertiesOf(deviceWithPartsSchema(kind, v.strictObject({})));
    lines.push('', 'options', ...optionLines(own, ['kind', 'parts']));
  }
  /** By what it says: the part that said it first. */
  const said = new Map<string, string>();
  for (const [part, { about, required, protocols }] of Object.entries(kind.parts ?? {})) {
    lines.push('', `part ${part}${required ? ' (required)' : ''}: ${about.en}; ${about['zh-CN']}`);
    const ways = Object.entries(protocols).flatMap(([name, declaration]) =>
      protocolLines(name, declaration, partSchema(name, declaration)).slice(1),
    );
    const first = said.get(ways.join('\n'));
    lines.push(...(first === undefined ? ways : [`  as ${first}`]));
    said.set(ways.join('\n'), first ?? part);
  }
  const readings = Object.entries(kind.readings);
  if (readings.length > 0) {
    lines.push(
      '',
      'readings',
      ...table(readings.map(([name, { about }]) => [`  ${name}`, about.en, about['zh-CN']])),
    );
  }
  return `${lines.join('\n')}\n`;
}
