/**
 * Commands that a controller takes, each declared once (docs/contract.md, section 6): its arguments, its result, who may
 * send it. What checks a command, the AsyncAPI document and docs/commands.md follow from this.
 */
import type * as v from 'valibot';
import { callingCommands } from './commands/calling.js';
import { configCommands } from './commands/config.js';
import type { CommandDeclaration } from './commands/declaration.js';
import { tellingCommands } from './commands/telling.js';
import { upkeepCommands } from './commands/upkeep.js';

export { ticketNumberPattern } from './commands/declaration.js';

/** An id that a sender gives a command, so that it can be said twice and done once. Safe as a topic's last level. */
export const commandIdPattern = /^[A-Za-z0-9-]{1,64}$/;

/** The largest payload of a command in bytes, where its declaration says nothing else. */
const usualLargestBytes = 64 * 1024;

export const commands = {
  ...callingCommands,
  ...tellingCommands,
  ...upkeepCommands,
  ...configCommands,
} as const;

/** The groups in which people look for them. */
export const commandGroups = [
  { title: { 'zh-CN': '叫号与窗口', en: 'Tickets and windows' }, commands: callingCommands },
  {
    title: { 'zh-CN': '屏、语音、纸与公告', en: 'Boards, voices, paper and notices' },
    commands: tellingCommands,
  },
  { title: { 'zh-CN': '故障与设备', en: 'Faults and devices' }, commands: upkeepCommands },
  { title: { 'zh-CN': '配置', en: 'Configuration' }, commands: configCommands },
] as const;

export type CommandName = keyof typeof commands;
export type CommandArguments<Name extends CommandName> = v.InferOutput<(typeof commands)[Name]['arguments']>;

/** The declaration of a command, as all have one. */
export function commandDeclaration(name: CommandName): CommandDeclaration {
  return commands[name];
}

/** The arguments of each command. */
export const commandSchemas = Object.fromEntries(
  Object.entries(commands).map(([name, declaration]) => [name, declaration.arguments]),
) as { readonly [Name in CommandName]: (typeof commands)[Name]['arguments'] };

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(commands, text);
}

/** The largest payload in bytes that a command of this name may have; of an unknown one, what most may have. */
export function largestCommandBytes(name: string): number {
  return (isCommandName(name) ? commandDeclaration(name).largestBytes : undefined) ?? usualLargestBytes;
}
