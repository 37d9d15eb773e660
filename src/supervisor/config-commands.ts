/** Questions about configurations: what a push would do, and what ran before. */
import type { Json } from '../kernel/json.js';
import type { CommandHandlers } from './command-desk.js';
import { refused } from './refused.js';
import type { ConfigTransactions } from './transaction/transactions.js';

export function configCommands(
  transactions: Pick<ConfigTransactions, 'plan' | 'history' | 'highest' | 'running'>,
): Pick<CommandHandlers, 'config.plan' | 'config.history' | 'config.get'> {
  return {
    // As it came: a signature is over every key of it, and a push would be judged by every one, too.
    'config.plan': async (asked, { payload }) => ({
      ok: true,
      result: (await transactions.plan({
        ...asked,
        config: payload.config as typeof asked.config,
      })) as unknown as Json,
    }),
    'config.history': () => {
      const { running, highest } = transactions;
      const revisions = transactions.history().map(({ config: _, ...entry }) => ({
        ...entry,
        running: entry.source === running.source && entry.revision === running.revision,
      }));
      return { ok: true, result: { revisions, highest } };
    },
    'config.get': ({ revision = 0 }) => {
      const entry = transactions.history().find((one) => one.revision === revision);
      if (entry === undefined || entry.config === null) {
        const kept = entry === undefined ? 'is not among the latest' : 'was refused, and is not kept';
        return refused('config.unknown-revision', `Revision ${revision} ${kept}.`);
      }
      return { ok: true, result: { revision, config: entry.config as Json, hash: entry.hash } };
    },
  };
}
