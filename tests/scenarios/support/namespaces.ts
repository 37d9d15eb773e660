/**
 * Machines on a network of their own: Linux network namespaces, joined by a bridge, whose links can be cut. Needs root
 * with CAP_NET_ADMIN; where that is missing, `haveNamespaces` is false and says so once.
 */
import { spawnSync } from 'node:child_process';

function ip(...args: string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${error?.message ?? stderr}`);
}

function canMake(): boolean {
  const name = `hw${process.pid}try`;
  try {
    ip('netns', 'add', name);
    // A namespace alone is not enough: some sandboxes have no veth or bridge.
    ip('-n', name, 'link', 'add', 'try', 'type', 'bridge');
    return true;
  } catch {
    return false;
  } finally {
    spawnSync('ip', ['netns', 'del', name]);
  }
}

export const haveNamespaces = process.platform === 'linux' && process.getuid?.() === 0 && canMake();
if (!haveNamespaces) {
  console.warn('no network namespaces here (root with CAP_NET_ADMIN makes them): those tests are left out');
}

/** One switch with machines at it; the test itself is at it, too, with the address `.254`. */
export class Network {
  readonly #prefix: string;
  readonly #lan: string;
  readonly #names = new Set<string>();

  /** @param subnet `10.77.0`: the first three numbers of all addresses */
  constructor(
    letter: string,
    readonly subnet: string,
  ) {
    // Names of interfaces have 15 characters at most.
    this.#prefix = `hw${process.pid % 100_000}${letter}`;
    this.#lan = `${this.#prefix}lan`;
    ip('netns', 'add', this.#lan);
    ip('-n', this.#lan, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', this.#lan, 'link', 'set', 'br0', 'up');
    this.#plug('me', undefined, 254);
  }

  /** Puts a machine at the switch, and makes it where it is not there yet. */
  machine(machine: Machine, number: number): void {
    this.#plug(machine.name, machine.namespace, number);
  }

  /** Pulls the cable of a machine out of the switch, or puts it back. */
  link(machine: Machine, state: 'up' | 'down'): void {
    ip('-n', this.#lan, 'link', 'set', `p-${machine.name}`, state);
  }

  close(): void {
    spawnSync('ip', ['link', 'del', `${this.#prefix}me`]);
    spawnSync('ip', ['netns', 'del', this.#lan]);
  }

  #plug(name: string, namespace: string | undefined, number: number): void {
    if (this.#names.has(name)) throw new Error(`${name} is at the switch already`);
    this.#names.add(name);
    const end = `${this.#prefix}${name}`;
    ip('link', 'add', end, 'type', 'veth', 'peer', 'name', `p-${name}`, 'netns', this.#lan);
    ip('-n', this.#lan, 'link', 'set', `p-${name}`, 'master', 'br0', 'up');
    const at = namespace === undefined ? [] : ['-n', namespace];
    if (namespace !== undefined) ip('link', 'set', end, 'netns', namespace);
    ip(...at, 'address', 'add', `${this.subnet}.${number}/24`, 'dev', end);
    ip(...at, 'link', 'set', end, 'up');
  }
}

/** A machine of its own. */
export class Machine {
  readonly namespace: string;

  constructor(readonly name: string) {
    this.namespace = `hw${process.pid % 100_000}-${name}`;
    ip('netns', 'add', this.namespace);
    ip('-n', this.namespace, 'link', 'set', 'lo', 'up');
  }

  /** What stands before a command that is to run there. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace];
  }

  close(): void {
    spawnSync('ip', ['netns', 'del', this.namespace]);
  }
}
