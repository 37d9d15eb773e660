/** Questions about configurations (docs/contract.md, section 5). */
import * as v from 'valibot';
import { deviceOutcomes, documentSources } from '../config-words.js';
import { type CommandDeclaration, count, gives, name, signature, takes } from './declaration.js';

const revision = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));
const hash = v.pipe(v.string(), v.maxLength(80));
const source = v.picklist(documentSources);

export const configCommands = {
  'config.plan': {
    about: {
      'zh-CN': '试算：推送这份配置会改变什么；不执行',
      en: 'What a push of this configuration would do, without doing it',
    },
    arguments: takes({
      revision: v.optional(revision),
      config: v.pipe(
        v.record(v.string(), v.unknown()),
        v.description('as in config/desired: the document without hall, controller, storage, hub.configKey'),
      ),
      signature: v.optional(signature),
    }),
    result: gives({
      verdict: v.picklist(['change', 'nothing', 'refused']),
      errors: v.array(v.strictObject({ path: v.string(), message: v.string() })),
      devices: v.record(v.string(), v.picklist(deviceOutcomes)),
      buses: v.pipe(v.array(name), v.description('those that would be opened anew')),
      calling: v.pipe(v.boolean(), v.description('the calling would change')),
      hub: v.pipe(v.boolean(), v.description('the way to the hub would change')),
      running: v.strictObject({ revision: count, hash, source }),
      highest: v.pipe(count, v.description('the highest revision seen so far')),
    }),
    who: ['admin'],
    asks: true,
    largestBytes: 1024 * 1024,
    examples: [{ revision: 8, config: { language: 'zh-CN' } }],
  },
  'config.history': {
    about: { 'zh-CN': '最近十次配置', en: 'The latest ten revisions, newest first' },
    arguments: takes({}),
    result: gives({
      revisions: v.pipe(
        v.array(
          v.strictObject({
            revision: count,
            at: v.string(),
            hash: v.nullable(hash),
            source,
            outcome: v.picklist(['applied', 'rolled-back', 'rejected']),
            running: v.boolean(),
          }),
        ),
        v.maxLength(10),
      ),
      highest: count,
    }),
    who: ['admin'],
    asks: true,
    examples: [{}],
  },
  'config.get': {
    about: {
      'zh-CN': '取某一版配置原文；不写版本即文件中的配置',
      en: 'The document of a revision as it was pushed; without one, that of the file',
    },
    arguments: takes({ revision: v.optional(count) }),
    result: gives({ revision: count, config: v.record(v.string(), v.unknown()), hash }),
    who: ['admin'],
    asks: true,
    examples: [{}, { revision: 7 }],
  },
} as const satisfies Record<string, CommandDeclaration>;
