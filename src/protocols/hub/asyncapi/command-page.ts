/** `docs/commands.md`: every command with its arguments, its answer and an example, from the declarations. */
import { type CommandName, commandDeclaration, commandGroups } from '../commands.js';
import { jsonSchemaOf } from './schemas.js';
import { fieldsOf, shapeOf, typeWords } from './shape.js';

/** Where the examples are sent. */
const address = '--hall jinshan --controller row-a';

/** The page below its title, as Markdown. */
export function commandPage(): string {
  return commandGroups
    .map(({ title, commands }) => {
      const names = Object.keys(commands) as CommandName[];
      return `## ${title.en} · ${title['zh-CN']}\n\n${overview(names)}\n\n${names.map(section).join('\n\n')}\n`;
    })
    .join('\n');
}

function overview(names: readonly CommandName[]): string {
  const rows = names.map((name) => {
    const { about, who } = commandDeclaration(name);
    return [link(name), about.en, about['zh-CN'], who.join(', ')];
  });
  return tableOf(['command', 'does', '作用', 'who may'], rows);
}

function link(name: string): string {
  return `[\`${name}\`](#${name.replaceAll('.', '')})`;
}

function section(name: CommandName): string {
  const { arguments: args, result, examples, paper, asks, largestBytes } = commandDeclaration(name);
  const rows = fieldsOf(jsonSchemaOf(args))
    // Every command may carry it: said once, above.
    .filter((field) => field.name !== 'by' || field.required)
    .map((field) => [
      `\`${field.name}\``,
      field.type,
      field.required ? 'required' : field.default === undefined ? '' : `\`${JSON.stringify(field.default)}\``,
      field.description ?? '',
    ]);
  const notes = [
    ...(paper === true ? ['Paper: the reply cannot promise it.'] : []),
    ...(asks === true ? ['Only asks; nothing changes.'] : []),
    ...(largestBytes === undefined ? [] : [`May be up to ${largestBytes / 1024 / 1024} MiB.`]),
  ];
  return [
    `### ${name}`,
    ...(rows.length === 0 ? [] : [tableOf(['argument', 'is', 'if absent', ''], rows)]),
    `Result: ${resultWords(result === null ? undefined : jsonSchemaOf(result))}`,
    ...(notes.length === 0 ? [] : [notes.join(' ')]),
    `\`\`\`sh\n${examples.map((one) => line(name, one)).join('\n')}\n\`\`\``,
  ].join('\n\n');
}

function resultWords(schema: ReturnType<typeof jsonSchemaOf> | undefined): string {
  if (schema === undefined) return 'none.';
  const said = fieldsOf(schema)
    .filter(({ type, description }) => description !== undefined || type.includes('"'))
    .map(({ name, type, description }) =>
      [`- \`${name}\`: ${type}`, ...(description === undefined ? [] : [description])].join('; '),
    );
  const shape = shapeOf(schema) === '{}' ? typeWords(schema) : shapeOf(schema);
  return `\`${shape}\`${said.length === 0 ? '' : `\n\n${said.join('\n')}`}`;
}

/** The command line that sends it: text as `name=text`, all else as JSON. */
function line(name: string, args: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(args).map(([key, value]) =>
    quoted(typeof value === 'string' ? `${key}=${value}` : `${key}:=${JSON.stringify(value)}`),
  );
  return ['hallward command', name, ...pairs, address].join(' ');
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w.:=,/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`);
  return lines.join('\n');
}
