/** What a bus's fault says of it: words that fit its type, and its place in the configuration. */
import type { FaultWords } from '../devices/kind.js';
import type { Evidence } from '../kernel/errors.js';
import type { BusConfig } from './config/schema.js';
import { faultCatalogue } from './fault-catalogue.js';

/**
 * The words for this type of bus where they are others than those for all.
 * @param because code of the error
 */
export function busWords(
  fault: 'bus.lost' | 'bus.noisy',
  { type }: BusConfig,
  because: string | null = null,
): FaultWords {
  const { variants = [] } = faultCatalogue.get(fault) ?? {};
  const fits = variants.find(
    (variant) => variant.buses.includes(type) && (variant.because ?? because) === because,
  );
  if (fits === undefined) return {};
  const { text, action } = fits;
  return text === undefined ? { action } : { text, action };
}

/** Where a person looks for the bus. */
export function busPlace(config: BusConfig): Evidence {
  switch (config.type) {
    case 'serial':
    case 'firmata':
    case 'usb-printer':
      return { path: config.path };
    case 'tcp':
      return { host: config.host, port: config.port };
    case 'gpio':
      return { chip: config.chip };
    case 'i2c':
      return { number: config.number };
    case 'expander':
    case 'adc':
      return { bus: config.bus };
    case 'audio':
      return { card: config.card };
    case 'snmp':
      return { host: config.host };
    case 'ipp':
    case 'page':
      return {};
  }
}
