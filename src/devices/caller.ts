/**
 * Caller (呼叫器): the keypad at a window with which staff call the next visitor.
 *
 * There is no public standard for what these keypads send; the bytes of each key stand in the configuration
 * (`hallward learn` will find them). A keypad speaks only when pressed, so its silence proves nothing.
 */
import * as v from 'valibot';
import { Listeners } from '../kernel/listeners.js';
import { compileLinePattern, serialLines } from '../protocols/serial-lines.js';
import type { CallerKey, Press } from './capabilities.js';
import { ignore, ignoreClaims, ignoreProblems, keyClaims, listenToKeys } from './key-table.js';
import { busOf, type DeviceKind } from './kind.js';
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

const logins = v.pipe(
  v.record(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,40}$/, 'a staff number')), keyBytes),
  v.description('Bytes with which staff log in, by staff number: { "0317": "AA 05 11 C0" }'),
);

const pattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      const { fields } = compileLinePattern(dataset.value);
      if (!fields.includes('staff')) addIssue({ message: 'a pattern with {staff}' });
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
    }
  }),
  v.description('One line of text for each card; {staff} stands for its digits: "{staff}", "CARD {staff}"'),
);

/** What stands before a staff number in the common table of keys, where no key's name can be. */
const loginMark = 'login ';

const optionsSchema = v.object({
  window: v.string(),
  keys: v.optional(v.record(v.string(), v.string()), {}),
  logins: v.optional(v.record(v.string(), v.string()), {}),
  ignore: v.optional(v.array(v.string()), []),
  pattern: v.optional(v.string()),
  debounceMilliseconds: v.number(),
});

export const caller: DeviceKind = {
  kind: 'caller',
  title: { 'zh-CN': '呼叫器', en: 'Caller keypad' },
  about: {
    'zh-CN': '窗口工作人员用来叫号、重呼、过号、暂停、办结的键盘',
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
      options: { keys, logins: v.optional(logins), ignore },
      problems: (config) => ignoreProblems(config, 'keys', 'logins'),
      claims: (config) => [
        ...keyClaims(config.keys),
        ...keyClaims(config.logins, 'logins'),
        ...ignoreClaims(config.ignore),
      ],
    },
    'serial-lines': {
      about: {
        'zh-CN': '读卡器：每次刷卡发送一行数字，工作人员以此登录窗口',
        en: 'Card reader: each card is a line of digits, with which staff log in at the window',
      },
      buses: ['serial', 'tcp'],
      proofOfLife: 'none',
      options: { pattern },
      claims: (config) =>
        typeof config.pattern === 'string' ? [{ path: ['pattern'], text: `lines "${config.pattern}"` }] : [],
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
        const { window } = options;
        const device = context.name;
        if (options.pattern !== undefined) {
          const line = compileLinePattern(options.pattern);
          stopListening = busOf(context, 'bytes').listen(serialLines, line, (frame, atMilliseconds) => {
            const { staff } = frame;
            if (staff !== undefined) listeners.tell({ device, window, key: 'login', staff, atMilliseconds });
          });
          return;
        }
        const keyRows = {
          ...options.keys,
          ...Object.fromEntries(
            Object.entries(options.logins).map(([staff, hex]) => [loginMark + staff, hex]),
          ),
        };
        stopListening = listenToKeys(context, { ...options, keys: keyRows }, (key, atMilliseconds) =>
          listeners.tell(
            key.startsWith(loginMark)
              ? { device, window, key: 'login', staff: key.slice(loginMark.length), atMilliseconds }
              : { device, window, key, atMilliseconds },
          ),
        );
      },
      async stop() {
        stopListening();
      },
    };
  },
};
