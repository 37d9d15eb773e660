/** Everything a scenario starts, ended after it; where it failed, what the programs said is shown. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IClientOptions } from 'mqtt';
import { afterEach, type TestContext, vi } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from '../../broker/support/broker.js';
import { Program, writeConfiguration } from './program.js';
import { type Document, type HallOptions, VirtualHall } from './virtual-hall.js';
import { Watcher } from './watcher.js';

/** Call it once in a file (or `describe`). */
export function scenario() {
  // The machine may be busy with something else; what is waited for has limits of its own.
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
  const { test, end } = stage();
  afterEach(end);
  return test;
}

/** The same for one of several tests that run at once (`describe.concurrent` with a `timeout`), called in the test. */
export function scenarioOf(context: TestContext) {
  const { test, end } = stage();
  context.onTestFinished(end);
  return test;
}

export type Scenario = ReturnType<typeof stage>['test'];

function stage() {
  const ends: (() => unknown)[] = [];
  const programs: Program[] = [];
  const end = async ({ task }: TestContext) => {
    const failed = task.result?.state === 'fail';
    for (const program of programs.splice(0)) {
      if (failed) console.error(`program ${program.pid} said:\n${program.output.slice(-6_000)}`);
      program.signal('SIGCONT');
      await program.kill();
    }
    for (const end of ends.splice(0).reverse()) await end();
  };

  const test = {
    atEnd(end: () => unknown): void {
      ends.push(end);
    },
    folder(): string {
      const folder = mkdtempSync(join(tmpdir(), 'hallward-scenario-'));
      ends.push(() => rmSync(folder, { recursive: true, force: true }));
      return folder;
    },
    async broker(options?: BrokerOptions): Promise<Broker> {
      const broker = await startBroker({
        ...options,
        lines: ['max_queued_messages 0', ...(options?.lines ?? [])],
      });
      return test.adopt(broker);
    },
    adopt(broker: Broker): Broker {
      ends.push(() => broker.dispose());
      return broker;
    },
    hall(options?: HallOptions): VirtualHall {
      const hall = new VirtualHall(test.folder(), options);
      ends.push(() => hall.close());
      return hall;
    },
    async watch(broker: Broker, root: string, options?: IClientOptions): Promise<Watcher> {
      const watcher = await Watcher.start(broker, root, options);
      ends.push(() => watcher.end());
      return watcher;
    },
    /** `hallward ARGS`. */
    program(args: readonly string[], prefix: readonly string[] = []): Program {
      const program = new Program(args, prefix);
      programs.push(program);
      return program;
    },
    /** Starts a controller with a document. */
    start(hall: VirtualHall, document: Document = hall.document()): Program {
      const file = writeConfiguration(hall.folder, document);
      return test.program(['run', '--config', file]);
    },
    /** Starts a controller with a document, and waits until it runs with all its wires open. */
    async run(hall: VirtualHall, document: Document = hall.document()) {
      const controller = test.start(hall, document);
      await controller.says('running');
      await controller.says('bus open', Object.keys(document.buses).length);
      return controller;
    },
    /** A broker, a hall that knows it, a watcher, and a running controller. */
    async all(options: HallOptions = {}, brokerOptions?: BrokerOptions) {
      const broker = await test.broker(brokerOptions);
      const hall = test.hall({ hub: broker.url, ...options });
      const watcher = await test.watch(broker, hall.root);
      const controller = await test.run(hall);
      await watcher.see('status', 'online', ({ state }) => state === 'online');
      return { broker, hall, watcher, controller };
    },
  };
  return { test, end };
}
