/**
 * What the gpiod tools (libgpiod 1.6 and 2.x) print, read. Pure. Their text is no interface that anybody promised, so
 * whatever does not look as expected is no value, never a guess.
 */

/** A chip as `gpiodetect` lists it. */
export interface ListedChip {
  /** `gpiochip0`: changes with the kernel and the order of plugging. */
  readonly name: string;
  readonly label: string;
}

/** A line as `gpioinfo` lists it. */
export interface ListedLine {
  readonly offset: number;
  readonly name: string | null;
  /** Who has it; `null` if nobody. `unknown` where it is in use and nobody says by whom. */
  readonly consumer: string | null;
}

/** An edge as `gpiomon` prints it in our format: `offset kind time`. */
export interface PrintedEdge {
  readonly offset: number;
  readonly high: boolean;
}

export type ToolsVersion = 1 | 2;

/** The major version from `gpiodetect --version`; `undefined` for one that is not known. */
export function readToolsVersion(text: string): ToolsVersion | undefined {
  const major = /^\S*gpiodetect \(libgpiod\) v(\d+)\./m.exec(text)?.[1];
  return major === '1' ? 1 : major === '2' ? 2 : undefined;
}

/** Lines such as `gpiochip0 [pinctrl-bcm2835] (54 lines)`, the same in both versions. A link to a chip is no other. */
export function readChips(text: string): ListedChip[] {
  const chips = new Map<string, ListedChip>();
  for (const line of text.split('\n')) {
    const [, name, label] = /^(\S+) \[(.*)\] \(\d+ lines?\)$/.exec(line) ?? [];
    if (name !== undefined && label !== undefined && !chips.has(name)) chips.set(name, { name, label });
  }
  return [...chips.values()];
}

/** What `gpioinfo` prints of one chip: its lines, in their order. */
export function readLines(text: string, version: ToolsVersion): ListedLine[] {
  const read = version === 1 ? readLine1 : readLine2;
  return text.split('\n').flatMap((line) => read(line) ?? []);
}

/** `line  25:     "GPIO25"    "gpioset"  output  active-high [used]`; without a name `unnamed`, if free `unused`. */
function readLine1(line: string): ListedLine | undefined {
  const match =
    /^\s*line\s+(\d+):\s+(?:unnamed|"(.*?)")\s+(?:(\w+)|"(.*)")\s+(?:input|output)\s+active-\w+(?:\s+\[(.*)\])?\s*$/.exec(
      line,
    );
  if (match === null) return undefined;
  const [, offset, name, word, consumer, flags] = match;
  const free = word === 'unused' && !/\bused\b/.test(flags ?? '');
  const holder = consumer ?? (word === 'unused' ? 'unknown' : word);
  return { offset: Number(offset), name: name ?? null, consumer: free ? null : (holder ?? 'unknown') };
}

/** `line  17:	"GPIO17"        	input bias=pull-up edges=both consumer="gpiomon"`; the consumer stands last. */
function readLine2(line: string): ListedLine | undefined {
  const match = /^\s*line\s+(\d+):\s+(?:unnamed|"(.*?)"|(\S+))\s+(?:input|output)(?:\s(.*))?$/.exec(line);
  if (match === null) return undefined;
  const [, offset, quoted, bare, attributes = ''] = match;
  const named = /\bconsumer="?(.*?)"?\s*$/.exec(attributes)?.[1];
  const used = named ?? (/(^|[\s[])used\b/.test(attributes) ? 'unknown' : null);
  return { offset: Number(offset), name: quoted ?? bare ?? null, consumer: used };
}

/** Whether `consumer` has the line. */
export const isHeld = (lines: readonly ListedLine[], offset: number, consumer: string) =>
  lines.some((line) => line.offset === offset && line.consumer === consumer);

/** `1 0`, one number for each line that was asked for; `undefined` for anything else. */
export function readLevels(text: string, count: number): boolean[] | undefined {
  const words = text.trim().split(/\s+/);
  if (words.length !== count || !words.every((word) => word === '0' || word === '1')) return undefined;
  return words.map((word) => word === '1');
}

/** `17 1`; version 1 writes 1 for rising and 0 for falling, version 2 writes 1 and 2. */
export function readEdge(line: string, version: ToolsVersion): PrintedEdge | undefined {
  const [, offset, kind] = /^(\d{1,4}) ([012])$/.exec(line) ?? [];
  if (offset === undefined || kind === undefined) return undefined;
  if (kind === (version === 1 ? '2' : '0')) return undefined;
  return { offset: Number(offset), high: kind === '1' };
}

/** Format of `gpiomon` that `readEdge` reads. */
export const edgeFormat = '%o %e';

/** What version 2 says (`--banner`) once the lines are its own: `Monitoring line`, `Setting line`. */
export const isBanner = (line: string) => /^(Monitoring|Setting) lines? '.*\.\.\.$/.test(line);

/** The last thing that a tool complained of, without its own path before it. */
export function readComplaint(text: string): string {
  const last = text.trim().split('\n').at(-1) ?? '';
  return last.replace(/^\S*\/?gpio(?:detect|info|get|set|mon): /, '').slice(0, 200);
}
