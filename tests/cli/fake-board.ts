/**
 * A controller as the hub sees one, played by an independent MQTT client from the words of docs/contract.md alone: it
 * answers `config.history`, `config.get` and `config.plan`, and does with a push what the test says.
 */
import type { MqttClient } from 'mqtt';
import type { Broker } from '../broker/support/broker.js';
import { connectClient } from '../broker/support/hall.js';

export interface Pushed {
  readonly revision: number;
  readonly config: Record<string, unknown>;
  readonly signature?: string;
}

type Reported = Record<string, unknown>;

export interface FakeBoardOptions {
  readonly hall?: string;
  /** What runs at first, from the file. */
  readonly config?: Record<string, unknown>;
  /** What is done with a push; the default applies it. */
  readonly push?: (board: FakeBoard, pushed: Pushed) => unknown;
  /** Instead of an answer: `undefined` keeps silent, text is sent as it is. */
  readonly answer?: (name: string, command: Record<string, unknown>) => object | string | undefined;
  readonly state?: 'online' | 'lost' | 'stopped';
}

export const start = {
  hall: 'jinshan',
  controller: 'row-a',
  devices: { 'board-5': { kind: 'window-board' } },
};

/** Text that would clear a screen, turn it round and ring, if it got there. */
export const nasty = 'bad\u001b[2J\u202e\u0007\u009b31m value';

export class FakeBoard {
  readonly pushes: Pushed[] = [];
  readonly commands: { name: string; command: Record<string, unknown> }[] = [];
  readonly history: { revision: number; outcome: string; config: Record<string, unknown> }[] = [];
  running: { revision: number; hash: string; source: 'file' | 'hub' } = {
    revision: 0,
    hash: 'f0',
    source: 'file',
  };
  config: Record<string, unknown>;
  highest = 0;
  #ticks = 0;

  private constructor(
    readonly client: MqttClient,
    readonly name: string,
    private readonly options: FakeBoardOptions,
  ) {
    this.config = options.config ?? { ...start, controller: name };
  }

  static async start(broker: Broker, name: string, options: FakeBoardOptions = {}): Promise<FakeBoard> {
    const client = await connectClient(broker, { reconnectPeriod: 50 });
    client.on('error', () => {});
    const board = new FakeBoard(client, name, options);
    client.on('message', (topic, payload) => {
      const below = topic.slice(board.root.length + 1);
      if (below === 'config/desired') board.#desired(payload);
      else board.#command(below.replace('command/', ''), JSON.parse(payload.toString()));
    });
    if (options.state === undefined || options.state === 'online') {
      await client.subscribeAsync([`${board.root}/config/desired`, `${board.root}/command/+`], { qos: 1 });
    }
    await board.say('status', { state: options.state ?? 'online', session: 1, connection: 1 });
    await board.report({ revision: 0, state: 'applied' });
    return board;
  }

  get root(): string {
    return `hallward/v1/${this.options.hall ?? 'jinshan'}/${this.name}`;
  }

  say(topic: string, payload: object | string, retain = true): Promise<unknown> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return this.client.publishAsync(`${this.root}/${topic}`, text, { qos: 1, retain });
  }

  report(reported: Reported): Promise<unknown> {
    const { running, config } = this;
    const at = new Date(Date.UTC(2026, 10, 21, 1, 2, 3) + ++this.#ticks).toISOString();
    return this.say('config/reported', {
      hash: 'h',
      at,
      errors: [],
      devices: {},
      running,
      config,
      ...reported,
    });
  }

  /** Says that it is in force, as a controller does. */
  async apply({ revision, config }: Pushed, devices: object = { 'board-5': 'restarted', 'board-6': 'kept' }) {
    const { hall, controller, hub } = this.config;
    this.config = { hall, controller, ...(hub === undefined ? {} : { hub }), ...config };
    this.running = { revision, hash: `h${revision}`, source: 'hub' };
    this.history.unshift({ revision, outcome: 'applied', config });
    await this.report({ revision, state: 'applied', devices });
  }

  async refuse(
    { revision, config }: Pushed,
    state: 'rejected' | 'rolled-back',
    errors: readonly { path: string; message: string }[],
  ) {
    this.history.unshift({ revision, outcome: state, config });
    await this.report({ revision, state, errors });
  }

  #desired(payload: Uint8Array): void {
    const pushed = JSON.parse(new TextDecoder().decode(payload)) as Pushed;
    this.pushes.push(pushed);
    this.highest = Math.max(this.highest, pushed.revision);
    if (this.options.push === undefined) void this.apply(pushed);
    else void this.options.push(this, pushed);
  }

  #command(name: string, command: Record<string, unknown>): void {
    this.commands.push({ name, command });
    const answer = this.options.answer ? this.options.answer(name, command) : this.usualAnswer(name, command);
    if (answer === undefined) return;
    void this.say(
      `reply/${command.id}`,
      typeof answer === 'string' ? answer : { id: command.id, ...answer },
      false,
    );
  }

  usualAnswer(name: string, command: Record<string, unknown>): object {
    const { running, highest } = this;
    switch (name) {
      case 'config.history': {
        const at = '2026-11-21T01:02:03.004Z';
        const revisions = this.history.slice(0, 10).map(({ revision, outcome }) => {
          return {
            revision,
            at,
            hash: `h${revision}`,
            source: 'hub',
            outcome,
            running: running.revision === revision,
          };
        });
        return { ok: true, result: { revisions, highest } };
      }
      case 'config.get': {
        const found = this.history.find(({ revision }) => revision === command.revision);
        if (command.revision === undefined)
          return { ok: true, result: { revision: 0, config: start, hash: 'f0' } };
        if (found === undefined) {
          return { ok: false, error: { code: 'config.unknown-revision', message: 'It is not kept.' } };
        }
        return { ok: true, result: { revision: found.revision, config: found.config, hash: 'h' } };
      }
      default:
        return {
          ok: true,
          result: {
            verdict: 'change',
            errors: [],
            devices: { 'board-5': 'restarted', 'board-6': 'kept' },
            buses: ['row'],
            calling: false,
            hub: false,
            running,
            highest,
          },
        };
    }
  }
}
