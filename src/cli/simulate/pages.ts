/** The pages of a simulated hall: served to this machine alone, and open to whoever sits at it. */
import { pageBus } from '../../devices/pages.js';
import { isMapping } from '../../kernel/json.js';
import type { BusConfig, Configuration } from '../../supervisor/config/schema.js';
import { freePortFrom } from '../demo/free-port.js';

const loopback = '127.0.0.1';

export interface LocalPages {
  readonly document: unknown;
  readonly configuration: Configuration;
  /** Where a browser finds them, with a `/` at its end; `null` where the configuration has none. */
  readonly url: string | null;
}

/**
 * A valid configuration with its pages on this machine's own address, on the configured port or the next that is free.
 * The tokens are left out: they are the real hall's.
 */
export async function withLocalPages(document: unknown, configuration: Configuration): Promise<LocalPages> {
  const bus = configuration.buses[pageBus];
  if (bus?.type !== 'page' || !isMapping(document)) return { document, configuration, url: null };
  const { http, devices } = document;
  const port = await freePortFrom(bus.port);
  const local = { address: loopback, port };
  return {
    document: {
      ...document,
      http: { ...withoutToken(http), ...local },
      devices: Object.fromEntries(
        Object.entries(isMapping(devices) ? devices : {}).map(([name, device]) => [
          name,
          withoutToken(device),
        ]),
      ),
    },
    configuration: { ...configuration, buses: { ...configuration.buses, [pageBus]: { ...bus, ...local } } },
    url: urlOf({ ...bus, ...local }),
  };
}

/** Where a browser finds the pages of a bus; `null` for another bus. */
export function urlOf(bus: BusConfig | undefined): string | null {
  return bus?.type === 'page' ? `http://${bus.address}:${bus.port}/` : null;
}

function withoutToken(section: unknown): object {
  const { tokenFile: _tokenFile, ...rest } = isMapping(section) ? section : {};
  return rest;
}
