import { afterEach } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from './broker.js';
import { connectClient, startLink, subscribe, type TestLink } from './hall.js';

/** Starts brokers, links and clients, and ends them after each test. */
export function fixture() {
  const brokers: Broker[] = [];
  const links: TestLink[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const broker of brokers) broker.thaw();
    await Promise.all(links.splice(0).map(({ link }) => link.stop()));
    for (const end of ends.splice(0)) await end();
    for (const broker of brokers.splice(0)) await broker.dispose();
  });
  return {
    async broker(options?: BrokerOptions): Promise<Broker> {
      const broker = await startBroker(options);
      brokers.push(broker);
      return broker;
    },
    adopt(broker: Broker): Broker {
      brokers.push(broker);
      return broker;
    },
    link(...args: Parameters<typeof startLink>): TestLink {
      const started = startLink(...args);
      links.push(started);
      return started;
    },
    async subscribe(...args: Parameters<typeof subscribe>) {
      const subscriber = await subscribe(...args);
      ends.push(subscriber.end);
      return subscriber;
    },
    async client(...args: Parameters<typeof connectClient>) {
      const client = await connectClient(...args);
      ends.push(() => client.endAsync(true));
      return client;
    },
    atEnd(end: () => Promise<unknown>): void {
      ends.push(end);
    },
  };
}
