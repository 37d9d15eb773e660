/**
 * Caller (呼叫器): the keypad at a window with which staff call the next visitor.
 *
 * There is no public standard for what these keypads send; the bytes of each key stand in the configuration
 * (`hallward learn` will find them). A keypad speaks only when pressed, so its silence proves nothing.
 */
import * as v from 'valibot';
import { Listeners } from '../kernel/listeners.js';
import type { CallerKey, Press } from './capabilities.js';
import { keyClaims, listenToKeys } from './key-table.js';
import type { DeviceKind } from './kind.js';
import { keyBytes, milliseconds, windowName } from './options.js';

const callerKeys = ['next', 'recall', 'skip', 'pause', 'done'] as const satisfies readonly CallerKey[];

const keys = v.pipe(
  v.strictObject(
    Object.fromEntries(callerKeys.map((key) => [key, v.optional(keyBytes)])) as Record<
      CallerKey,
      v.OptionalSchema<typeof keyBytes, undefined>
    >,
  ),
  v.check((table) => Object.keys(table).length > 0, 'at least one key'),
  v.description('Bytes each key sends, in hex: { next: "AA 05 01 B0", recall: "AA 05 02 B1" }'),
);

const optionsSchema = v.object({
  window: v.string(),
  keys: v.record(v.string(), v.string()),
  debounceMilliseconds: v.number(),
});

export const caller: DeviceKind = {
  kind: 'caller',
  title: { 'zh-CN': '呼叫器', en: 'Caller keypad' },
  about: {
    'zh-CN': '窗口工作人员用来呼叫、重呼、过号、暂停、办结的键盘',
    en: 'The keypad with which staff at a window call, recall, skip, pause and finish',
  },
  options: {
    window: windowName,
    debounceMilliseconds: milliseconds(
      'A second press of the same key within this time is the same press.',
      300,
      0,
      5000,
    ),
  },
  protocols: {
    'serial-keys': {
      about: {
        'zh-CN': '每个按键发送固定字节（串口或串口服务器）',
        en: 'Each key sends fixed bytes (serial port or serial-to-TCP adapter)',
      },
      buses: ['serial', 'tcp'],
      proofOfLife: 'none',
      options: { keys },
      claims: (config) => keyClaims(config.keys),
    },
  },
  readings: {},
  faults: [],
  create(config, context) {
    const options = v.parse(optionsSchema, config);
    const listeners = new Listeners<[Press]>();
    let stopListening = () => {};
    return {
      capabilities: {
        presses: { purpose: 'call', window: options.window, onPress: (listener) => listeners.add(listener) },
      },
      start() {
        stopListening = listenToKeys(
          context,
          options.keys,
          options.debounceMilliseconds,
          (key, atMilliseconds) =>
            listeners.tell({ device: context.name, window: options.window, key, atMilliseconds }),
        );
      },
      async stop() {
        stopListening();
      },
    };
  },
};
