/**
 * The screen of the ticket machine: an MQTT client which asks the controller for tickets, and takes back those who were
 * passed over. Its printer is on a wire.
 */
import { v4 as uuidV4 } from 'uuid';
import type { Clock } from '../../kernel/clock.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import { controllerName, hallName } from './floor-plan.js';
import { endClient, hubClient } from './hub-client.js';

const replyMilliseconds = 2_000;
const largestReplyBytes = 16_384;

/** What a visitor wants. */
export interface Wish {
  readonly queue: string;
  readonly priority: boolean;
}

/** What stands on the paper that a visitor gets. */
export interface Paper {
  /** The ticket's id, in its QR code. */
  readonly ticket: string;
  readonly number: string;
}

export interface Kiosk {
  /** Takes one ticket; `undefined`: there was none to be had now. One call at a time, by the same visitor until then. */
  issue(wish: Wish): Promise<Paper | undefined>;
  /** Whoever was passed over is here again. False: nothing came of it. */
  comeBack(ticket: string): Promise<boolean>;
  close(): Promise<void>;
}

type Reply = Readonly<Record<string, unknown>>;

export function startKiosk(port: number, clock: Clock): Kiosk {
  const client = hubClient(port, 'kiosk');
  const topics = topicsOf(hallName, controllerName);
  const replyPrefix = topics.reply('');
  let listening = false;
  /** The ticket asked for: its id stays until it was answered, so that no visitor gets two. */
  let issueId: string = uuidV4();
  /** A ticket that came when nobody waited for the answer any more: the visitor takes it with the next touch. */
  let leftOver: Paper | undefined;
  /** By the id of its command: who waits for an answer; told `undefined` where none comes. */
  const waiting = new Map<string, (reply: Reply | undefined) => void>();

  client.on('connect', () => {
    client.subscribe(topics.reply('+'), { qos: 1 }, (error) => {
      listening = error == null;
    });
  });
  client.on('close', () => {
    listening = false;
    for (const answered of [...waiting.values()]) answered(undefined);
  });
  client.on('message', (topic, payload) => {
    const id = topic.startsWith(replyPrefix) ? topic.slice(replyPrefix.length) : '';
    const answered = waiting.get(id);
    if (answered === undefined && id !== issueId) return;
    const read = readJsonObject(payload, largestReplyBytes);
    const reply = read.ok ? read.value : {};
    if (id === issueId) issueId = uuidV4();
    if (answered === undefined) leftOver = paperOf(reply);
    else answered(reply);
  });

  function ask(id: string, name: string, args: object): Promise<Reply | undefined> {
    if (!listening) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const timer = clock.after(`demo: ${name}`, replyMilliseconds, () => waiting.get(id)?.(undefined));
      waiting.set(id, (reply) => {
        waiting.delete(id);
        timer.cancel();
        resolve(reply);
      });
      client.publish(topics.command(name), JSON.stringify({ id, ...args }), { qos: 1 });
    });
  }

  return {
    async issue(wish) {
      const paper = leftOver;
      leftOver = undefined;
      return paper ?? paperOf(await ask(issueId, 'ticket.issue', wish));
    },
    comeBack: async (ticket) => (await ask(uuidV4(), 'ticket.return', { ticket }))?.ok === true,
    async close() {
      await endClient(client);
      for (const answered of [...waiting.values()]) answered(undefined);
    },
  };
}

/** The ticket in a reply; `undefined` where it has none. */
function paperOf(reply: Reply | undefined): Paper | undefined {
  const { ticket, number } = { ...(reply?.result as object | undefined) } as Reply;
  if (reply?.ok !== true || typeof ticket !== 'string' || typeof number !== 'string') return undefined;
  return { ticket, number };
}
