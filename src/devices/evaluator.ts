/**
 * Evaluator (评价器): the five buttons (好差评) with which a visitor rates a service, 5 very satisfied to 1 very
 * dissatisfied. As with callers there is no public standard; keys or lines are configured.
 */
import * as v from 'valibot';
import { Listeners } from '../kernel/listeners.js';
import { compileLinePattern, serialLines } from '../protocols/serial-lines.js';
import type { Press } from './capabilities.js';
import { gpioButtons, gpioEvaluator } from './evaluator-gpio.js';
import { ignore, ignoreClaims, ignoreProblems, keyClaims, listenToKeys } from './key-table.js';
import { busOf, type DeviceKind } from './kind.js';
import { keyBytes, milliseconds, windowName } from './options.js';

const keys = v.pipe(
  v.strictObject({
    '1': v.optional(keyBytes),
    '2': v.optional(keyBytes),
    '3': v.optional(keyBytes),
    '4': v.optional(keyBytes),
    '5': v.optional(keyBytes),
  }),
  v.check((table) => Object.keys(table).length > 0, 'at least one level'),
  v.description('Bytes each level sends, in hex: { "5": "45 35 0A", "1": "45 31 0A" }'),
);

const pattern = v.pipe(
  v.string(),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    try {
      const compiled = compileLinePattern(dataset.value);
      if (!compiled.fields.includes('level')) addIssue({ message: 'a pattern with {level}' });
    } catch (error) {
      addIssue({ message: error instanceof Error ? error.message : String(error) });
    }
  }),
  v.description(
    'One line of text for each rating; {window} and {level} stand for what varies: "E,{window},{level}"',
  ),
);

const optionsSchema = v.object({
  window: v.optional(v.string()),
  keys: v.optional(v.record(v.string(), v.string()), {}),
  ignore: v.optional(v.array(v.string()), []),
  pattern: v.optional(v.string()),
  debounceMilliseconds: v.optional(v.number(), 0),
});

export const evaluator: DeviceKind = {
  kind: 'evaluator',
  title: { 'zh-CN': '评价器', en: 'Rating buttons' },
  about: {
    'zh-CN': '办事群众对服务评价的按键，5 为非常满意，1 为非常不满意',
    en: 'Buttons with which visitors rate a service, 5 very satisfied to 1 very dissatisfied',
  },
  options: {},
  protocols: {
    'serial-keys': {
      about: { 'zh-CN': '每个按键发送固定字节', en: 'Each button sends fixed bytes' },
      buses: ['serial', 'tcp'],
      proofOfLife: 'none',
      options: {
        window: windowName,
        keys,
        ignore,
        debounceMilliseconds: milliseconds(
          'A second press of the same button within this time is the same press.',
          300,
          0,
          5000,
        ),
      },
      problems: (config) => ignoreProblems(config, 'keys'),
      claims: (config) => [...keyClaims(config.keys), ...ignoreClaims(config.ignore)],
    },
    'serial-lines': {
      about: {
        'zh-CN': '每次评价发送一行文本，可多个窗口共用一条线',
        en: 'Each rating is a line of text; many windows may share one line',
      },
      buses: ['serial', 'tcp'],
      proofOfLife: 'none',
      options: {
        pattern,
        window: v.optional(
          v.pipe(windowName, v.description('Window, where the line itself does not name one by {window}')),
        ),
      },
      problems: ({ pattern: template, window }) =>
        window === undefined && !String(template).includes('{window}')
          ? [
              {
                path: ['pattern'],
                message: 'names no {window}; put it into the pattern, or give the device a window',
              },
            ]
          : [],
      claims: (config) =>
        typeof config.pattern === 'string' ? [{ path: ['pattern'], text: `lines "${config.pattern}"` }] : [],
    },
    'gpio-buttons': gpioButtons,
  },
  readings: {},
  faults: [],
  create(config, context) {
    const listeners = new Listeners<[Press]>();
    if (config.protocol === 'gpio-buttons') return gpioEvaluator(config, context, listeners);
    const options = v.parse(optionsSchema, config);
    const device = context.name;
    const line = options.pattern === undefined ? undefined : compileLinePattern(options.pattern);
    let stopListening = () => {};
    return {
      capabilities: {
        presses: {
          purpose: 'rate',
          window: line?.fields.includes('window') ? null : (options.window ?? null),
          onPress: (listener) => listeners.add(listener),
        },
      },
      start() {
        stopListening =
          line === undefined
            ? listenToKeys(context, options, (key, atMilliseconds) =>
                listeners.tell({ device, window: options.window ?? '', key, atMilliseconds }),
              )
            : busOf(context, 'bytes').listen(serialLines, line, (frame, at) =>
                listeners.tell({
                  device,
                  window: frame.window ?? options.window ?? '',
                  key: frame.level ?? '',
                  atMilliseconds: at,
                }),
              );
      },
      async stop() {
        stopListening();
      },
    };
  },
};
