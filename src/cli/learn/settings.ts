/** What `hallward learn` was asked for: which wire, which keys, how. */
import { nearHint } from '../../kernel/near-name.js';
import type { Language } from '../../kernel/text.js';
import { type KeypadPurpose, purposeOf } from '../../protocols/key-learning.js';
import { loadFile } from '../../supervisor/config/load.js';
import { formatProblem } from '../../supervisor/config/problems.js';
import type { ByteBusConfig, Configuration } from '../../supervisor/config/schema.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import { languageOf } from '../language.js';

type LearnBus = Extract<ByteBusConfig, { type: 'serial' | 'tcp' }>;

/** The device that the proposal is for. */
interface LearnDevice {
  readonly name: string;
  /** `null` where it is not known yet. */
  readonly window: string | null;
}

export interface LearnSettings {
  readonly busName: string;
  readonly bus: LearnBus;
  /** The bus stands in a configuration already. */
  readonly isConfigured: boolean;
  readonly device: LearnDevice;
  /** Names of keys, in the order in which they are asked for. */
  readonly keys: readonly string[];
  readonly rounds: number;
  /** File for the recording. */
  readonly record: string | undefined;
  /** How long is listened where no keys are asked for. */
  readonly seconds: number;
  /** Listen only, without asking for keys. */
  readonly plain: boolean;
  readonly findBaudRate: boolean;
  readonly language: Language;
}

const callKeys = ['next', 'recall', 'skip', 'pause', 'done'];
const rateKeys = ['5', '4', '3', '2', '1'];
const standardFile = '/etc/hallward/hallward.yaml';
const standardSeconds = 30;
const standardRounds = 3;

/**
 * Reads the options. Throws `CommandFailed`: 64 for a wrong option or a bus that is not there, 78 for an invalid
 * configuration.
 * @param isTerminal somebody can be asked
 */
export function readSettings(input: CommandInput, isTerminal: boolean): LearnSettings {
  const { values } = input;
  const language = languageOf(input);
  const path = textOf(input, 'path');
  const name = textOf(input, 'bus');
  if ((path === undefined) === (name === undefined)) {
    throw usage('--bus NAME (a bus of the configuration) or --path /dev/… (a port): one of the two');
  }
  if (path === undefined && values['baud-rate'] !== undefined) {
    throw usage('--baud-rate goes with --path; that of a bus stands in the configuration');
  }
  if (name === undefined && values.config !== undefined) throw usage('--config goes with --bus');
  const keys = keysOf(textOf(input, 'keys'));
  const purpose = purposeOf(keys);
  const plain = values.plain === true || values.seconds !== undefined || !isTerminal;
  const findBaudRate = values['find-baud-rate'] === true;
  if (findBaudRate && plain) {
    throw usage('--find-baud-rate asks for keys: it needs a terminal, without --plain or --seconds');
  }
  const where =
    path === undefined
      ? configuredBus(name ?? '', textOf(input, 'config') ?? standardFile, purpose)
      : plainPort(path, numberOf(input, 'baud-rate', 110, 4_000_000) ?? 9_600, purpose);
  if (findBaudRate && where.bus.type !== 'serial') {
    throw usage('--find-baud-rate: a serial server keeps the baud rate to itself; set it there');
  }
  return {
    ...where,
    keys,
    rounds: numberOf(input, 'rounds', 2, 9) ?? standardRounds,
    record: textOf(input, 'record'),
    seconds: numberOf(input, 'seconds', 1, 3_600) ?? standardSeconds,
    plain,
    findBaudRate,
    language,
  };
}

type Where = Pick<LearnSettings, 'busName' | 'bus' | 'isConfigured' | 'device'>;

function plainPort(path: string, baudRate: number, purpose: KeypadPurpose): Where {
  const format = { parity: 'none', dataBits: 8, stopBits: 1, rs485: 'auto' } as const;
  return {
    busName: 'keys',
    bus: { type: 'serial', path, baudRate, ...format },
    isConfigured: false,
    device: { name: kindOf(purpose), window: null },
  };
}

function configuredBus(name: string, file: string, purpose: KeypadPurpose): Where {
  const { configuration, problems } = loadFile(file);
  if (configuration === undefined) {
    const lines = problems.map(formatProblem).join('\n');
    throw new CommandFailed(
      exitCodes.invalidConfiguration,
      `${lines}\nhallward learn: ${file} is not valid; --path /dev/… needs no configuration`,
    );
  }
  const bus = Object.hasOwn(configuration.buses, name) ? configuration.buses[name] : undefined;
  const usable = Object.entries(configuration.buses)
    .filter(([, { type }]) => type === 'serial' || type === 'tcp')
    .map(([one]) => one);
  if (bus === undefined) {
    const hint = nearHint(name, usable, `; ${listOf(usable)}`);
    throw usage(`--bus: ${file} has no bus "${name}"${hint}`);
  }
  if (bus.type !== 'serial' && bus.type !== 'tcp') {
    throw usage(
      `--bus: "${name}" is of type ${bus.type}; keypads speak on serial and tcp; ${listOf(usable)}`,
    );
  }
  return { busName: name, bus, isConfigured: true, device: deviceOn(configuration, name, purpose) };
}

/** The only device of its kind on the bus is meant; else a new one, with a name that is free. */
function deviceOn({ devices, buses }: Configuration, bus: string, purpose: KeypadPurpose): LearnDevice {
  const kind = kindOf(purpose);
  const there = Object.entries(devices).filter(([, device]) => device.bus === bus && device.kind === kind);
  const [only] = there;
  if (only !== undefined && there.length === 1) return { name: only[0], window: only[1].window ?? null };
  const isTaken = (name: string) => Object.hasOwn(devices, name) || Object.hasOwn(buses, name);
  let name: string = kind;
  for (let number = 2; isTaken(name); number++) name = `${kind}-${number}`;
  return { name, window: null };
}

/** The kind of device that such keys belong to. */
export function kindOf(purpose: KeypadPurpose): 'caller' | 'evaluator' {
  return purpose === 'rate' ? 'evaluator' : 'caller';
}

function keysOf(text: string | undefined): string[] {
  if (text === undefined) return callKeys;
  const keys = text.split(',').map((key) => key.trim());
  const known = keys.some((key) => rateKeys.includes(key)) ? rateKeys : callKeys;
  for (const [place, key] of keys.entries()) {
    if (keys.indexOf(key) < place) throw usage(`--keys: "${key}" stands there twice`);
    if (known.includes(key)) continue;
    const hint = nearHint(key, [...callKeys, ...rateKeys]);
    throw usage(
      `--keys: found "${key}", expected ${callKeys.join(',')} (a caller) or ${rateKeys.join(',')} (rating buttons)${hint}`,
    );
  }
  return keys;
}

function textOf({ values }: CommandInput, option: string): string | undefined {
  const value = values[option];
  if (value === '') throw usage(`--${option}: found nothing`);
  return typeof value === 'string' ? value : undefined;
}

function numberOf(input: CommandInput, option: string, least: number, most: number): number | undefined {
  const text = textOf(input, option);
  if (text === undefined) return undefined;
  const number = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw usage(`--${option}: found "${text}", expected ${least} to ${most}`);
}

function listOf(names: readonly string[]): string {
  return names.length === 0 ? 'it has no serial or tcp bus' : `there are ${names.join(', ')}`;
}

function usage(message: string): CommandFailed {
  return new CommandFailed(exitCodes.usage, `hallward learn: ${message}`);
}
