/** `hallward command NAME key=value …`: sends one command to a controller and prints its reply. */
import { systemClock } from '../kernel/clock.js';
import { knownHint } from '../kernel/near-name.js';
import {
  type CommandName,
  commandIdPattern,
  commandSchemas,
  isCommandName,
} from '../protocols/hub/commands.js';
import type { Reply } from '../protocols/hub/payloads.js';
import { namePattern } from '../protocols/hub/topics.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { type Address, ask, freshCommand, unavailable } from './hub-asking.js';
import { HubTalk } from './hub-talk.js';
import { languageOf } from './language.js';
import { escapeUnsafe, jsonText } from './safe-text.js';
import { readSigningKey, signatureOver } from './signing.js';
import { readSettings, type WatchSettings } from './watch/settings.js';

export async function run(input: CommandInput): Promise<number> {
  const language = languageOf(input);
  const [name = '', ...pairs] = input.positionals;
  checkName(name);
  const settings = await readSettings(input, 'command');
  const address = addressOf(input, settings);
  const clock = systemClock();
  const payload = { ...freshCommand(clock), ...argumentsOf(pairs) };
  if (!commandIdPattern.test(payload.id)) {
    throw new CommandFailed(
      exitCodes.usage,
      'hallward command: id: expected up to 64 letters, digits and "-"',
    );
  }
  const signature = await signatureOf(input.values.sign, { ...address, name, ...payload });
  const signed = { ...payload, ...(signature === undefined ? {} : { signature }) };
  const username = settings.hub.username ?? null;
  let talk: HubTalk | undefined;
  try {
    talk = await HubTalk.open({ settings: settings.hub, clock, tool: 'command' });
    const reply = await ask(talk, address, name, signed, clock);
    print(reply, input.values.json === true);
    process.exitCode = reply.ok ? exitCodes.done : exitCodes.no;
  } catch (error) {
    throw unavailable(error, 'command', { username, address, language });
  } finally {
    await talk?.close();
  }
  // The library's timers must not keep the process.
  setImmediate(() => process.exit());
  return process.exitCode;
}

function checkName(name: string): asserts name is CommandName {
  if (isCommandName(name)) return;
  const known = Object.keys(commandSchemas);
  const problem = name === '' ? 'say which command' : `there is no command "${name}"`;
  throw new CommandFailed(exitCodes.usage, `hallward command: ${problem}${knownHint(name, known)}`);
}

function addressOf({ values }: CommandInput, settings: WatchSettings): Address {
  const controller = values.controller ?? settings.controller;
  const { hall } = settings;
  if (hall === null || typeof controller !== 'string') {
    const message = 'hallward command: say --hall and --controller, or --config FILE of that controller';
    throw new CommandFailed(exitCodes.usage, message);
  }
  if (!namePattern.test(controller)) {
    throw new CommandFailed(exitCodes.usage, `hallward command: --controller: found "${controller}"`);
  }
  return { hall, controller };
}

/** `window=5` is text, `priority:=true` is JSON. */
function argumentsOf(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const match = /^([a-zA-Z]+)(:?=)(.*)$/s.exec(pair);
      if (match === null) {
        const message = `hallward command: found "${pair}", expected name=text or name:=JSON`;
        throw new CommandFailed(exitCodes.usage, message);
      }
      const [, key = '', sign, text = ''] = match;
      if (sign === '=') return [key, text];
      try {
        return [key, JSON.parse(text)];
      } catch {
        throw new CommandFailed(exitCodes.usage, `hallward command: ${key}: "${text}" is no JSON`);
      }
    }),
  );
}

async function signatureOf(file: unknown, signed: object): Promise<string | undefined> {
  return typeof file === 'string' ? signatureOver(await readSigningKey(file, 'command'), signed) : undefined;
}

function print(reply: Reply, asJson: boolean): void {
  const show = (text: string) => `${escapeUnsafe(text, true)}\n`;
  if (asJson) process.stdout.write(`${jsonText(reply)}\n`);
  else if (!reply.ok) process.stderr.write(show(`${reply.error?.code}: ${reply.error?.message}`));
  else if (reply.result === undefined) process.stdout.write('ok\n');
  else {
    for (const [key, value] of Object.entries(reply.result as Record<string, unknown>)) {
      process.stdout.write(show(`${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`));
    }
  }
}
