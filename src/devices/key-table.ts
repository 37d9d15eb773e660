/** What every device with a `keys:` table shares: the bytes of its keys, and the presses that they make. */
import { parseHex } from '../kernel/bytes.js';
import { compileKeyTable, serialKeys } from '../protocols/serial-keys.js';
import { KeyInput } from './key-input.js';
import { busOf, type Claim, type DeviceContext } from './kind.js';

/**
 * What a table of keys takes of its bus: each byte sequence.
 * @param option the table's name in the configuration
 */
export function keyClaims(table: unknown, option = 'keys'): Claim[] {
  if (typeof table !== 'object' || table === null) return [];
  return Object.entries(table).flatMap(([key, hex]) => {
    const bytes = typeof hex === 'string' ? parseHex(hex) : undefined;
    return bytes === undefined
      ? []
      : [{ path: [option, key], text: `key bytes ${Buffer.from(bytes).toString('hex').toUpperCase()}` }];
  });
}

/**
 * Hears the keys of a table on the device's bus and tells each press once; a stuck key becomes a fault of the device.
 * Returns the function that ends it.
 * @param keys key names to hex, as they passed the schema.
 * @param pressed `atMilliseconds` is monotonic.
 */
export function listenToKeys(
  context: DeviceContext,
  keys: Readonly<Record<string, string>>,
  debounceMilliseconds: number,
  pressed: (key: string, atMilliseconds: number) => void,
): () => void {
  const { clock, reports } = context;
  const input = new KeyInput(clock, {
    debounceMilliseconds,
    pressed,
    stuck: (key, heldMilliseconds) =>
      reports.raise('device.stuck-input', { key, heldMilliseconds: Math.round(heldMilliseconds) }),
    released: () => reports.clear('device.stuck-input'),
  });
  const stopListening = busOf(context, 'bytes').listen(serialKeys, compileKeyTable(keys), (frame, at) =>
    input.heard(frame.key, at),
  );
  return () => {
    stopListening();
    input.stop();
  };
}
