import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Clock } from '../kernel/clock.js';
import type { HallwardError } from '../kernel/errors.js';
import { Listeners } from '../kernel/listeners.js';
import { snmpErrors } from './snmp-errors.js';
import { agentName, type SnmpAgentOptions } from './snmp-session.js';

/** Where an agent is. A name that is not found in time is looked for on, by the same look-up. */
export class SnmpAddress {
  /** The one look-up under way: each takes a thread, of which the process has four. */
  #lookup: Promise<string> | undefined;
  /** Told at the end, so that nobody waits for a name. */
  readonly #closed = new Listeners<[HallwardError]>();

  constructor(
    private readonly options: SnmpAgentOptions,
    private readonly clock: Clock,
  ) {}

  /** Its IP address. Rejects with `snmp.unreachable` where the name is not found in time. */
  find(): Promise<string> {
    const { host, timeoutMilliseconds } = this.options;
    if (isIP(host) !== 0) return Promise.resolve(host);
    this.#lookup ??= lookup(host)
      .then(({ address }) => address)
      .finally(() => {
        this.#lookup = undefined;
      });
    const looking = this.#lookup;
    const agent = agentName(this.options);
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(`${agent}: address`, timeoutMilliseconds, () => {
        end();
        reject(snmpErrors.unreachable(agent, new Error('its name is not found in time')));
      });
      const forget = this.#closed.add((error) => {
        end();
        reject(error);
      });
      const end = () => {
        timer.cancel();
        forget();
      };
      looking.then(
        (address) => {
          end();
          resolve(address);
        },
        (thrown) => {
          end();
          reject(snmpErrors.unreachable(agent, thrown));
        },
      );
    });
  }

  /** Whoever waits for it waits no longer. */
  close(error: HallwardError): void {
    this.#closed.tell(error);
  }
}
