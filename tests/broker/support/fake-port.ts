import type { MessageOptions, Publication, PublishPort } from '../../../src/hub/publish-port.js';

export interface Sent {
  readonly topic: string;
  readonly payload: string;
  readonly options: MessageOptions;
  readonly publication: Publication;
}

/** A port that keeps what is sent until the test answers. */
export class FakePort implements PublishPort {
  readonly flying: Sent[] = [];
  readonly all: Sent[] = [];
  mostInFlight = 0;

  constructor(public limit = 20) {}

  hasRoom(): boolean {
    return this.flying.length < this.limit;
  }

  publish(topic: string, payload: string, options: MessageOptions, publication: Publication): void {
    if (!this.hasRoom()) throw new Error('no room');
    const sent = { topic, payload, options, publication };
    this.flying.push(sent);
    this.all.push(sent);
    this.mostInFlight = Math.max(this.mostInFlight, this.flying.length);
  }

  /** Answers the message that is `index`th in flight. */
  answer(reasonCode: number, index = 0): Sent {
    const [sent] = this.flying.splice(index, 1);
    if (sent === undefined) throw new Error('nothing in flight');
    sent.publication.acknowledged(reasonCode);
    return sent;
  }
}
