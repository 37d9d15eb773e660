/** The screen of the ticket machine: an MQTT client which asks the controller for tickets. Its printer is on a wire. */
import { v4 as uuidV4 } from 'uuid';
import type { Clock } from '../../kernel/clock.js';
import { readJsonObject } from '../../protocols/hub/read-json.js';
import { topicsOf } from '../../protocols/hub/topics.js';
import { controllerName, hallName, queueName } from './floor-plan.js';
import { endClient, hubClient } from './hub-client.js';

const replyMilliseconds = 2_000;
const largestReplyBytes = 16_384;

export interface Kiosk {
  /** Takes one ticket. False: there was none to be had now. One call at a time. */
  issue(): Promise<boolean>;
  close(): Promise<void>;
}

export function startKiosk(port: number, clock: Clock): Kiosk {
  const client = hubClient(port, 'kiosk');
  const topics = topicsOf(hallName, controllerName);
  let listening = false;
  /** The command in hand: its id stays until it was answered, so that no visitor gets two tickets. */
  let id: string = uuidV4();
  let answered: ((ok: boolean) => void) | undefined;
  /** A ticket that came when nobody waited for the answer any more: the next visitor takes it. */
  let leftOver = false;

  client.on('connect', () => {
    client.subscribe(topics.reply('+'), { qos: 1 }, (error) => {
      listening = error == null;
    });
  });
  client.on('close', () => {
    listening = false;
    answered?.(false);
  });
  client.on('message', (topic, payload) => {
    if (topic !== topics.reply(id)) return;
    const reply = readJsonObject(payload, largestReplyBytes);
    id = uuidV4();
    const ok = reply.ok && reply.value.ok === true;
    if (answered === undefined) leftOver = ok;
    else answered(ok);
  });

  return {
    issue() {
      if (leftOver) {
        leftOver = false;
        return Promise.resolve(true);
      }
      if (!listening) return Promise.resolve(false);
      return new Promise((resolve) => {
        const timer = clock.after('demo: ticket', replyMilliseconds, () => answered?.(false));
        answered = (ok) => {
          answered = undefined;
          timer.cancel();
          resolve(ok);
        };
        const command = JSON.stringify({ id, queue: queueName });
        client.publish(topics.command('ticket.issue'), command, { qos: 1 });
      });
    },
    close: () => endClient(client),
  };
}
