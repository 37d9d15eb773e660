/**
 * The command lines of the gpiod tools: version 1 takes the chip first and knows modes of holding, version 2 takes it
 * as an option and always holds. Lines are given by offset and levels as they are on the wire (1 is high), so that no
 * version's idea of "active" matters.
 */
import { edgeFormat, type ToolsVersion } from './gpio-tools-text.js';
import type { GpioBias } from './ports-gpio.js';

type Tool = 'gpioinfo' | 'gpioget' | 'gpiomon' | 'gpioset';

export interface ToolCommand {
  readonly tool: Tool | 'gpiodetect';
  readonly arguments: readonly string[];
}

function bias(version: ToolsVersion, asked: GpioBias): string[] {
  if (asked === 'as-is') return [];
  return [`--bias=${asked === 'disabled' && version === 1 ? 'disable' : asked}`];
}

function command(
  version: ToolsVersion,
  tool: Tool,
  chip: string,
  options: readonly string[],
  lines: readonly (string | number)[],
): ToolCommand {
  const whose = version === 1 ? [...options, chip] : [...options, '--chip', chip];
  return { tool, arguments: [...whose, ...lines.map(String)] };
}

/** Lists the lines of a chip. */
export const infoCommand = (version: ToolsVersion, chip: string) =>
  command(version, 'gpioinfo', chip, [], []);

/** Reads levels once, printed as `0` and `1`. Version 2 gives the pull 10 ms to settle; version 1 can't. */
export function getCommand(version: ToolsVersion, chip: string, asked: GpioBias, offsets: readonly number[]) {
  const plain = version === 1 ? [] : ['--numeric', '--hold-period=10ms'];
  return command(version, 'gpioget', chip, [...plain, ...bias(version, asked)], offsets);
}

/** Prints every edge until it is ended. */
export function monitorCommand(
  version: ToolsVersion,
  chip: string,
  asked: GpioBias,
  offsets: readonly number[],
) {
  const plain = version === 1 ? ['--line-buffered'] : ['--banner', '--consumer=hallward'];
  const options = [...plain, `--format=${edgeFormat}`, ...bias(version, asked)];
  return command(version, 'gpiomon', chip, options, offsets);
}

/** Brings a line to a level and holds it: version 1 until its standard input ends, version 2 until it is ended. */
export function holdCommand(version: ToolsVersion, chip: string, offset: number, high: boolean) {
  const options = version === 1 ? ['--mode=wait'] : ['--banner', '--consumer=hallward'];
  return command(version, 'gpioset', chip, options, [`${offset}=${high ? 1 : 0}`]);
}

/** Brings a line to a level and lets go of it. */
export function setOnceCommand(version: ToolsVersion, chip: string, offset: number, high: boolean) {
  const options = version === 1 ? ['--mode=exit'] : ['--toggle=0'];
  return command(version, 'gpioset', chip, options, [`${offset}=${high ? 1 : 0}`]);
}
