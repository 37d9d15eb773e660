/** `hallward command NAME key=value …`: sends one command to a controller and prints its reply. */
import { createPrivateKey, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IClientOptions, MqttClient } from 'mqtt';
import { v4 as uuidV4 } from 'uuid';
import { canonicalJson } from '../kernel/canonical-json.js';
import { type Clock, rfc3339, sleep, systemClock } from '../kernel/clock.js';
import { nearName } from '../kernel/near-name.js';
import type { Language } from '../kernel/text.js';
import { commandSchemas } from '../protocols/hub/commands.js';
import type { Reply } from '../protocols/hub/payloads.js';
import { namePattern, topicsOf } from '../protocols/hub/topics.js';
import type { CommandInput } from './command-input.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';
import { readSettings, type WatchSettings } from './watch/settings.js';

const answerMilliseconds = 10_000;
const reachMilliseconds = 5_000;

export async function run(input: CommandInput): Promise<number> {
  const language = languageOf(input);
  const [name = '', ...pairs] = input.positionals;
  checkName(name);
  const settings = await readSettings(input, 'command');
  const { hall, controller } = addressOf(input, settings);
  const id = uuidV4();
  const clock = systemClock();
  const expiresAt = rfc3339(clock.wallMilliseconds() + answerMilliseconds);
  const payload = { id, expiresAt, ...argumentsOf(pairs) };
  const signature = await signatureOf(input.values.sign, { hall, controller, name, ...payload });
  const reply = await ask(
    settings,
    hall,
    controller,
    name,
    { ...payload, ...(signature === undefined ? {} : { signature }) },
    clock,
    language,
  );
  print(reply, input.values.json === true);
  // The time-out that was not needed must not keep the process.
  setImmediate(() => process.exit());
  process.exitCode = reply.ok ? exitCodes.done : exitCodes.no;
  return process.exitCode;
}

function checkName(name: string): void {
  const known = Object.keys(commandSchemas);
  if (known.includes(name)) return;
  const near = name === '' ? undefined : nearName(name, known);
  const problem = name === '' ? 'which command?' : `there is no command "${name}"`;
  const hint = near === undefined ? `known are ${known.join(', ')}` : `did you mean "${near}"?`;
  throw new CommandFailed(exitCodes.usage, `hallward command: ${problem}; ${hint}`);
}

function addressOf({ values }: CommandInput, settings: WatchSettings): { hall: string; controller: string } {
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
  if (typeof file !== 'string') return undefined;
  try {
    const key = createPrivateKey(await readFile(file));
    return sign(null, Buffer.from(canonicalJson(signed)), key).toString('base64');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(exitCodes.usage, `hallward command: --sign ${file}: ${reason}`);
  }
}

async function ask(
  settings: WatchSettings,
  hall: string,
  controller: string,
  name: string,
  payload: { readonly id: string },
  clock: Clock,
  language: Language,
): Promise<Reply> {
  const { connectAsync } = await import('mqtt');
  const topics = topicsOf(hall, controller);
  const { urls, ...credentials } = settings.hub;
  const url = urls[0] ?? '';
  const options: IClientOptions = {
    ...credentials,
    protocolVersion: 5,
    reconnectPeriod: 0,
    connectTimeout: reachMilliseconds,
    clientId: `hallward-command-${payload.id.slice(0, 8)}`,
  };
  let client: MqttClient;
  try {
    client = await connectAsync(url, options, false);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailed(exitCodes.unavailable, `hallward command: the hub ${url}: ${reason}`);
  }
  try {
    const replied = new Promise<Reply>((resolve) => {
      client.on('message', (_topic, bytes) => resolve(JSON.parse(bytes.toString()) as Reply));
    });
    await client.subscribeAsync(topics.reply(payload.id), { qos: 1 });
    await client.publishAsync(topics.command(name), JSON.stringify(payload), { qos: 1 });
    const late = sleep(clock, 'command: no answer', answerMilliseconds).then(() => undefined);
    const reply = await Promise.race([replied, late]);
    if (reply !== undefined) return reply;
    const seconds = answerMilliseconds / 1000;
    throw new CommandFailed(
      exitCodes.unavailable,
      language === 'zh-CN'
        ? `hallward command: ${hall}/${controller} ${seconds} 秒内没有应答；用 hallward watch 看它是否在线`
        : `hallward command: no answer from ${hall}/${controller} within ${seconds} s; hallward watch shows whether it is online`,
    );
  } finally {
    await client.endAsync(true);
  }
}

function print(reply: Reply, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(reply)}\n`);
  else if (!reply.ok) process.stderr.write(`${reply.error?.code}: ${reply.error?.message}\n`);
  else if (reply.result === undefined) process.stdout.write('ok\n');
  else {
    for (const [key, value] of Object.entries(reply.result as Record<string, unknown>)) {
      process.stdout.write(`${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
    }
  }
}
