/**
 * What the link connects with: read anew for each attempt, so that a password or a certificate that was changed on disk
 * counts at the next one; the passwords one after the other; and the dates of the certificates, looked at with each
 * reading and once a day.
 */
import type { Clock, Timer } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';
import { isAboutTheUser } from './broker-words.js';
import { dayMilliseconds, expiringOf } from './certificate-dates.js';
import type { ConnectionCredentials, ConnectionEnd } from './connection-types.js';
import { Passwords } from './passwords.js';
import type { ExpiringCertificate, HubCredentials, HubSettings } from './types.js';

/** A file on a disk that hangs may take for ever. */
const readingMilliseconds = 10_000;

export class Keyring {
  readonly #passwords = new Passwords();
  #expiring: readonly ExpiringCertificate[] = [];
  #daily: Timer | undefined;
  #stopped = false;
  /** Of those who wait for the disk. */
  readonly #waiting = new Set<(error: HallwardError) => void>();
  #last: { readonly url: string; readonly line: number; readonly of: number } | undefined;

  /** @param changed told when `expiring` may have changed */
  constructor(
    private readonly settings: HubSettings,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly changed: () => void,
  ) {}

  /** Certificates of ours that end within 30 days, as far as a trusted clock could tell. */
  get expiring(): readonly ExpiringCertificate[] {
    return this.#expiring;
  }

  /**
   * What to connect to a broker with. Rejects with a `HallwardError` in words for a person, within 10 s: to be tried
   * again with the next attempt.
   */
  async read(url: string): Promise<ConnectionCredentials> {
    const { passwords, ...rest } = await this.#read();
    const { password, line } = this.#passwords.next(url, passwords);
    this.#last = { url, line, of: passwords.length };
    return { ...rest, ...(password === undefined ? {} : { password }) };
  }

  /** The broker has let us in. Returns what to log of it: which of several passwords it was, never its content. */
  taken(): object {
    if (this.#last === undefined) return {};
    const { url, line, of } = this.#last;
    this.#passwords.taken(url);
    return of > 1 ? { passwordLine: line, passwordLines: of } : {};
  }

  /** A try ended. True where the broker refused the password and there is another one to be tried at once. */
  refused({ kind, reasonCode }: ConnectionEnd): boolean {
    if (this.#last === undefined || kind !== 'refused' || !isAboutTheUser(reasonCode)) return false;
    const { url, line, of } = this.#last;
    if (!this.#passwords.refused(url)) return false;
    const fields = { hub: url, passwordLine: line, passwordLines: of };
    this.log.info(fields, 'hub: this password is refused; the next line of hub.passwordFile is tried');
    return true;
  }

  /** Who waits for credentials gets a rejection with `hub.stopped`. */
  stop(): void {
    this.#stopped = true;
    this.#daily?.cancel();
    for (const giveUp of this.#waiting) {
      giveUp(new HallwardError('hub.stopped', 'cancelled', 'the link to the hub was stopped'));
    }
  }

  async #read(): Promise<HubCredentials> {
    const credentials = await this.#inTime(this.settings.credentials());
    // A clock that is wrong knows nothing of dates; what was found before stands.
    if (this.clock.quality() !== 'untrusted') {
      this.#expiring = expiringOf(credentials, this.clock.wallMilliseconds());
    }
    this.#again();
    return credentials;
  }

  async #lookAgain(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (this.#stopped) return;
      const reason = (error as Error).message;
      this.log.warn({ reason }, 'hub: the files with our credentials cannot be used any more');
      this.#again();
    }
    this.changed();
  }

  #again(): void {
    this.#daily?.cancel();
    if (this.#stopped) return;
    this.#daily = this.clock.after('hub.certificates', dayMilliseconds, () => void this.#lookAgain());
  }

  #inTime(reading: Promise<HubCredentials>): Promise<HubCredentials> {
    return new Promise((resolve, reject) => {
      const giveUp = (error: HallwardError) => {
        done();
        reject(error);
      };
      const timer = this.clock.after('hub.credentials', readingMilliseconds, () => {
        const words = 'the files that hub names cannot be read: the disk does not answer';
        giveUp(new HallwardError('hub.files-hang', 'timeout', words));
      });
      const done = () => {
        timer.cancel();
        this.#waiting.delete(giveUp);
      };
      this.#waiting.add(giveUp);
      reading.then(resolve, reject).finally(done);
    });
  }
}
