import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandRoles } from '../../src/protocols/hub/commands/declaration.js';
import {
  type CommandName,
  commandDeclaration,
  commandGroups,
  commandIdPattern,
  commands,
  isCommandName,
  largestCommandBytes,
} from '../../src/protocols/hub/commands.js';

const names = Object.keys(commands) as CommandName[];

/** Who may send each command by the shipped rules of the broker; whoever is no role is a controller that leads. */
function sendersByRules(): Map<string, Set<string>> {
  const rules = readFileSync(resolve(import.meta.dirname, '../../deploy/mosquitto/hallward.acl'), 'utf8');
  const senders = new Map<string, Set<string>>();
  let role = '';
  for (const line of rules.split('\n')) {
    const user = /^user (.+)$/.exec(line)?.[1];
    if (user !== undefined) role = (commandRoles as readonly string[]).includes(user) ? user : 'leader';
    const command = /^topic (?:write|readwrite) .*\/command\/(.+)$/.exec(line)?.[1];
    if (command !== undefined) senders.set(command, (senders.get(command) ?? new Set()).add(role));
  }
  return senders;
}

describe('the commands', () => {
  it('are each in one group', () => {
    const grouped = commandGroups.flatMap((group) => Object.keys(group.commands));
    expect(grouped).toEqual(names);
    expect(new Set(grouped).size).toBe(names.length);
  });

  it('may be sent by those whom the shipped rules of the broker let send them', () => {
    const senders = sendersByRules();
    const declared = names.map((name) => [name, [...commandDeclaration(name).who].sort()]);
    expect(declared).toEqual(names.map((name) => [name, [...(senders.get(name) ?? [])].sort()]));
  });

  it('have ids that can stand in a topic', () => {
    for (const id of ['a', 'A-1', 'x'.repeat(64)]) expect(id).toMatch(commandIdPattern);
    for (const id of ['', 'a+', 'a/b', '#', 'a\0', 'a\n', 'x'.repeat(65)]) {
      expect(id).not.toMatch(commandIdPattern);
    }
  });

  it('are no larger than 64 KiB, but for a whole configuration', () => {
    const large = names.filter((name) => largestCommandBytes(name) !== 64 * 1024);
    expect(large.map((name) => [name, largestCommandBytes(name)])).toEqual([['config.plan', 1024 * 1024]]);
    expect(largestCommandBytes('constructor')).toBe(64 * 1024);
    expect(isCommandName('constructor')).toBe(false);
  });
});
