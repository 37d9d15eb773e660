/** Buses whose secrets stand in files: these are read when there is something to ask, and again after that failed. */
import { HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import type { BusBase, WireState } from '../transports/ports.js';
import type { IppBus } from '../transports/ports-ipp.js';
import type { SnmpBinding, SnmpBus } from '../transports/ports-snmp.js';
import { readSecretFile } from './secret-file.js';

const code = 'bus.file-unreadable';

/**
 * The content of a file that a bus's entry names, without its line end. Rejects with `bus.file-unreadable` (refused),
 * naming the setting, and never with what stands in the file.
 * @param leastCharacters a shorter one is none
 * @param isSecret false for a certificate, which everybody may read
 */
export async function secretOf(
  setting: string,
  file: string,
  leastCharacters = 1,
  isSecret = true,
): Promise<string> {
  const secret = (await readSecretFile({ setting, file, code, isSecret })).replace(/\r?\n$/, '');
  if (secret.length >= leastCharacters) return secret;
  const words = `${setting}: ${file} holds ${secret.length} characters; a pass phrase has at least ${leastCharacters}`;
  throw new HallwardError(code, 'refused', words, { file, system: null });
}

/**
 * What is made when it is first needed. Until then it is as if it were open: nothing has failed yet. Where the far end
 * refuses or is silent, the next request is made with what the files hold then: the secret may have been the reason.
 */
class LateBus<Inner extends BusBase> implements BusBase {
  #inner: Inner | undefined;
  #making: Promise<Inner> | undefined;
  #isClosed = false;
  /** Requests so far, and what buses that were given up had sent: a file that can't be read is no work that hangs. */
  #asked = 0;
  #sentBefore = 0;
  readonly #changed = new Listeners<[]>();

  /** @param hasSecrets whether `make` reads files */
  constructor(
    readonly name: string,
    private readonly make: () => Promise<Inner>,
    private readonly hasSecrets: boolean,
  ) {}

  get state(): WireState {
    return this.#isClosed ? 'closed' : (this.#inner?.state ?? 'open');
  }

  get lostBecause(): HallwardError | undefined {
    return this.#inner?.lostBecause;
  }

  get sent(): number | null {
    // Before anybody has asked nothing can be sent: that is not the way's fault.
    return this.#asked === 0 ? null : this.#asked + this.#sentBefore + (this.#inner?.sent ?? 0);
  }

  onChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // One that is being made is closed as soon as it is there.
    const made = await this.#making?.catch(() => undefined);
    await made?.close();
  }

  /**
   * Asks the bus itself. Rejects with why it can't be made, and is tried again with the next request. What is wrong with
   * the settings is told as a refusal: they can be mended while we run.
   */
  protected async ask<Result>(request: (inner: Inner) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new HallwardError('bus.closed', 'cancelled', `${this.name} is closed`);
    this.#asked++;
    let inner: Inner | undefined;
    try {
      inner = await this.#made();
      return await request(inner);
    } catch (thrown) {
      if (!(thrown instanceof HallwardError)) throw thrown;
      if (inner !== undefined && this.hasSecrets && mayBeTheSecret(thrown)) this.#giveUp(inner);
      if (thrown.kind !== 'usage') throw thrown;
      const { code, message, evidence } = thrown;
      throw new HallwardError(code, 'refused', `buses.${this.name}: ${message}`, evidence);
    }
  }

  #made(): Promise<Inner> {
    this.#making ??= this.make().then(
      (made) => {
        this.#inner = made;
        made.onChange(() => {
          if (this.#inner === made) this.#changed.tell();
        });
        return made;
      },
      (error: unknown) => {
        this.#making = undefined;
        throw error;
      },
    );
    return this.#making;
  }

  #giveUp(inner: Inner): void {
    if (this.#inner !== inner || this.#isClosed) return;
    this.#sentBefore += inner.sent ?? 0;
    this.#inner = undefined;
    this.#making = undefined;
    void inner.close();
  }
}

/** A wrong community is answered by silence. A refusal with a status is about what was asked for, not about us. */
function mayBeTheSecret({ kind, evidence }: HallwardError): boolean {
  return kind === 'timeout' || (kind === 'refused' && typeof evidence.status !== 'string');
}

export class LateSnmpBus extends LateBus<SnmpBus> implements SnmpBus {
  readonly type = 'snmp';

  get(oids: readonly string[]): Promise<readonly SnmpBinding[]> {
    return this.ask((inner) => inner.get(oids));
  }

  subtree(oid: string, most: number): Promise<readonly SnmpBinding[]> {
    return this.ask((inner) => inner.subtree(oid, most));
  }
}

export class LateIppBus extends LateBus<IppBus> implements IppBus {
  readonly type = 'ipp';

  constructor(
    name: string,
    readonly printerUri: string,
    make: () => Promise<IppBus>,
    hasSecrets: boolean,
  ) {
    super(name, make, hasSecrets);
  }

  exchange(message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
    return this.ask((inner) => inner.exchange(message, signal));
  }
}
