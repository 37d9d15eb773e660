import { toJsonSchema } from '@valibot/to-json-schema';
import type { DeviceKind } from '../devices/kind.js';
import { deviceKinds, findKind } from '../devices/registry.js';
import { nearName } from '../kernel/near-name.js';
import { deviceSchema } from '../supervisor/config/schema.js';
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
            deviceKinds.map((kind) => [
              kind.kind,
              Object.keys(kind.protocols).join(', '),
              `${kind.title['zh-CN']}  ${kind.title.en}`,
            ]),
          ).join('\n');
    process.stdout.write(`${text}\n`);
    return exitCodes.done;
  }
  const kind = findKind(name);
  if (kind === undefined) {
    const near = nearName(
      name,
      deviceKinds.map((one) => one.kind),
    );
    const known = deviceKinds.map((one) => one.kind).join(', ');
    throw new CommandFailed(
      exitCodes.usage,
      `there is no kind "${name}"${near === undefined ? `; known: ${known}` : `; did you mean "${near}"?`}`,
    );
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

function optionsOf(kind: DeviceKind, protocol: string): ObjectSchema {
  const declaration = kind.protocols[protocol]!;
  return toJsonSchema(deviceSchema(kind, protocol, declaration), {
    typeMode: 'input',
    errorMode: 'ignore',
  }) as unknown as ObjectSchema;
}

function describe(kind: DeviceKind): object {
  return {
    kind: kind.kind,
    title: kind.title,
    about: kind.about,
    protocols: Object.fromEntries(
      Object.entries(kind.protocols).map(([name, { about, buses, proofOfLife }]) => [
        name,
        { about, buses, proofOfLife, options: optionsOf(kind, name) },
      ]),
    ),
    readings: kind.readings,
    faults: kind.faults.map((fault) => fault.code),
  };
}

function page(kind: DeviceKind): string {
  const lines = [
    `${kind.kind}: ${kind.title.en} (${kind.title['zh-CN']})`,
    `${kind.about.en}`,
    kind.about['zh-CN'],
  ];
  for (const [name, declaration] of Object.entries(kind.protocols)) {
    const { properties, required = [] } = optionsOf(kind, name);
    lines.push(
      '',
      `protocol ${name} over ${declaration.buses.join(' or ')}; proof of life: ${declaration.proofOfLife}`,
      `  ${declaration.about.en}`,
      ...table(
        Object.entries(properties)
          .filter(([option]) => option !== 'kind' && option !== 'protocol')
          .map(([option, property]) => [
            `  ${option}`,
            required.includes(option)
              ? 'required'
              : property.default === undefined
                ? ''
                : `default ${JSON.stringify(property.default)}`,
            property.description ?? '',
          ]),
      ),
    );
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
