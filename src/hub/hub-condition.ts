/** What the link knows, put together as the condition that its owner is told. */
import { degradedBy } from './birth.js';
import { reasonWords } from './broker-words.js';
import type { ExpiringCertificate, HeldType, HubCondition, HubProblem } from './types.js';

export interface HubFacts {
  readonly now: number;
  readonly clientId: string;
  readonly url: string | undefined;
  /** Of the open connection. */
  readonly protocol: 5 | 4 | undefined;
  readonly connected: boolean;
  /** How the last try or connection ended; `undefined` once one is up. */
  readonly lastEnd: { readonly problem: HubProblem; readonly detail: string } | undefined;
  readonly twin: boolean;
  /** Reason code with which our status was refused; 0: it was taken. */
  readonly statusRefused: number;
  readonly subscriptions: readonly { readonly filter: string; readonly reasonCode: number }[];
  readonly topics: readonly { readonly topic: string; readonly reasonCode: number }[];
  readonly heldTypes: readonly HeldType[];
  readonly expiring: readonly ExpiringCertificate[];
}

interface Judgement {
  readonly problem?: HubProblem;
  readonly detail: string;
}

/** The condition of these facts; `previous` itself where nothing has changed. */
export function judge(previous: HubCondition, facts: HubFacts): HubCondition {
  const { connected, protocol, url, heldTypes, now } = facts;
  const { problem, detail } = judgement(facts);
  const same = previous.connected === connected && previous.problem === problem;
  const condition: HubCondition = {
    connected,
    ...(protocol === undefined ? {} : { protocol }),
    ...(url === undefined ? {} : { url }),
    sinceMonotonicMilliseconds: same ? previous.sinceMonotonicMilliseconds : now,
    ...(problem === undefined ? {} : { problem }),
    detail,
    heldTypes,
    degraded: protocol === undefined ? [] : degradedBy(protocol),
    ...(facts.expiring.length === 0 ? {} : { expiring: facts.expiring }),
  };
  return JSON.stringify(condition) === JSON.stringify(previous) ? previous : condition;
}

function judgement(facts: HubFacts): Judgement {
  const { url, connected, lastEnd } = facts;
  if (facts.twin) {
    const where = connected ? 'connected all the same' : (lastEnd?.detail ?? 'not connected');
    const detail = `another controller connects as ${facts.clientId}; ${where}`;
    return { problem: 'duplicate-identity', detail };
  }
  if (!connected)
    return lastEnd ?? { detail: url === undefined ? 'not connected yet' : `${url}: connecting` };
  return judgeConnected(facts);
}

/** Connected, but is everything taken that we say, and given that we ask for? */
function judgeConnected({ url, statusRefused, subscriptions, topics, heldTypes }: HubFacts): Judgement {
  const words: string[] = [];
  if (statusRefused > 0) words.push(`our status: ${reasonWords(statusRefused)}`);
  for (const { filter, reasonCode } of subscriptions) {
    words.push(`subscription to ${filter}: ${reasonWords(reasonCode)}`);
  }
  if (topics[0] !== undefined) {
    const more = topics.length > 1 ? ` and ${topics.length - 1} more topics` : '';
    words.push(`${topics[0].topic}${more}: ${reasonWords(topics[0].reasonCode)}`);
  }
  const refused = words.length > 0 || heldTypes.some(({ reasonCode }) => reasonCode !== 0x10);
  for (const { type, reason } of heldTypes) words.push(`events ${type}: ${reason}`);
  if (words.length === 0) return { detail: `${url}: connected` };
  return { problem: refused ? 'refused' : 'not-listening', detail: `${url}: ${words.join('; ')}` };
}
