/** The machine as the doctor sees it: its files, who will run Hallward, and who has a device open. */
import { readFileSync, type Stats } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** Who runs Hallward. */
export interface Account {
  readonly name: string;
  readonly userId: number;
  readonly groupIds: readonly number[];
}

export interface Unit {
  readonly file: string;
  readonly text: string;
}

export interface Machine {
  /** Put before `/sys`, `/proc`, `/etc`, `/run` and `/dev`; empty but in tests. */
  readonly root: string;
  /** The service's user where there is one, else ours. */
  readonly account: Account;
  /** Unit of systemd, where it is installed. */
  readonly unit: Unit | undefined;
  /** For programs that are asked. */
  readonly searchPath: string;
}

const unitFolders = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** Looks at the machine: a few small files. Never throws. */
export function lookAtMachine(root = '', searchPath = process.env.PATH ?? ''): Machine {
  const unit = unitFolders
    .map((folder) => `${folder}/hallward.service`)
    .map((file) => ({ file, text: textOf(join(root, file)) }))
    .find(({ text }) => text !== '');
  return { root, account: serviceAccount(root, unit) ?? ownAccount(), unit, searchPath };
}

/** The value of a line of a unit, the last that stands there. */
export function unitValue(unit: Unit, key: string): string | undefined {
  return [...unit.text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].at(-1)?.[1]?.trim();
}

/** Whether a user may do this with a file, by its mode bits. */
export function may(account: Account, { mode, uid, gid }: Stats, wish: 'read' | 'write' | 'both'): boolean {
  if (account.userId === 0) return true;
  const bits = wish === 'read' ? 4 : wish === 'write' ? 2 : 6;
  const shift = uid === account.userId ? 6 : account.groupIds.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}

/** A group's name by its number; the number where it has none. */
export function groupName(machine: Machine, id: number): string {
  const line = linesOf(machine.root, '/etc/group').find((fields) => fields[2] === String(id));
  return line?.[0] ?? String(id);
}

export interface Holder {
  readonly processId: number;
  readonly command: string;
}

/**
 * Which processes have a file open.
 * @returns `complete` is false where processes of others could not be looked at
 */
export async function holdersOf(
  machine: Machine,
  file: string,
): Promise<{ readonly holders: readonly Holder[]; readonly complete: boolean }> {
  const proc = join(machine.root, '/proc');
  const holders: Holder[] = [];
  let complete = true;
  for (const entry of await readdir(proc).catch(() => [] as string[])) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      const folder = join(proc, entry, 'fd');
      for (const one of await readdir(folder)) {
        if ((await readlink(join(folder, one)).catch(() => '')) !== file) continue;
        holders.push({ processId: Number(entry), command: await commandOf(join(proc, entry)) });
        break;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') complete = false;
    }
  }
  return { holders, complete };
}

async function commandOf(folder: string): Promise<string> {
  const line = await readFile(join(folder, 'cmdline'), 'utf8').catch(() => '');
  return line.split('\0').filter(Boolean).join(' ').slice(0, 80) || '?';
}

/** A small file's text without blanks around it; `null` where it cannot be read. */
export async function readText(machine: Machine, file: string): Promise<string | null> {
  return readFile(join(machine.root, file), 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

function serviceAccount(root: string, unit: Unit | undefined): Account | undefined {
  const name = unit === undefined ? undefined : unitValue(unit, 'User');
  const user = linesOf(root, '/etc/passwd').find((fields) => fields[0] === name);
  if (unit === undefined || name === undefined || user === undefined) return undefined;
  const extra = (unitValue(unit, 'SupplementaryGroups') ?? '').split(/\s+/);
  const groups = linesOf(root, '/etc/group').filter(
    ([group = '', , , members = '']) => extra.includes(group) || members.split(',').includes(name),
  );
  const groupIds = [user[3], ...groups.map((fields) => fields[2])].map(Number);
  return { name, userId: Number(user[2]), groupIds };
}

function ownAccount(): Account {
  const userId = process.getuid?.() ?? 0;
  let name = String(userId);
  try {
    name = userInfo().username;
  } catch {
    // A user without an entry in the password file.
  }
  return { name, userId, groupIds: [process.getgid?.() ?? 0, ...(process.getgroups?.() ?? [])] };
}

function linesOf(root: string, file: string): string[][] {
  return textOf(join(root, file))
    .split('\n')
    .map((line) => line.split(':'));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
