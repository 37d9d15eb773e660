/**
 * What a controller must be allowed at the broker, and how each right is tried without a trace: published is below made-up
 * names, never retained, gone after a second; where a topic has one name only, what stands there is said once more.
 * MQTT 5 tells a refusal (PUBACK, SUBACK). Mosquitto's ACL file grants every subscription and is silent when it delivers:
 * reading is proven by hearing what was published.
 */
import type { ConnectionEnd, IncomingMessage } from '../../hub/connection-types.js';
import { type Clock, rfc3339, sleep } from '../../kernel/clock.js';
import type { ControllerStatus } from '../../protocols/hub/payloads.js';
import { type Topics, topicsOf } from '../../protocols/hub/topics.js';
import { version } from '../../version.js';
import { type Answer, answerWords, isNo, Probe, type ProbeOptions } from './hub-probe.js';
import { madeUp, missingRight, type Right, type Roles, rightsOf, unprovenRight } from './rights.js';
import { type Finding, findingsOf, say } from './types.js';

/** What stands at the broker comes at once; one that is slow has this long. */
const retainedMilliseconds = 500;
const echoMilliseconds = 1_500;
const willMilliseconds = 3_000;

export interface RightsOptions {
  readonly subject: string;
  readonly hall: string;
  readonly controller: string;
  readonly roles: Roles;
  readonly probe: ProbeOptions;
  readonly username: string | undefined;
  readonly clock: Clock;
  /** Somebody who may send commands: proves that they arrive. */
  readonly commander?: Pick<ProbeOptions, 'credentials'> | undefined;
  readonly tell: (finding: Finding) => void;
}

/** Tries every right, then the will. Tells one `ok` for what is right, and each that is missing with its ACL line. */
export async function tryRights(options: RightsOptions): Promise<void> {
  const { subject, hall, controller, tell } = options;
  const { problem } = findingsOf(subject);
  const opened = await Probe.open(options.probe);
  if (!(opened instanceof Probe)) {
    tell(
      problem(
        'hub.connection-lost',
        say(`连接中断：${opened.words}`, `the connection was lost: ${opened.words}`),
      ),
    );
    return;
  }
  const topics = topicsOf(hall, controller);
  const trial = new Trial(options, topics, opened);
  try {
    await trial.run();
  } finally {
    await trial.probe.close();
  }
}

class Trial {
  /** Rights that the broker has denied, with its words. */
  readonly #missing = new Map<Right, { access: Set<'read' | 'write'>; words: string }>();
  /** Rights that were seen to be there. What is neither is not known. */
  readonly #given = new Set<Right>();
  readonly #rights: readonly Right[];

  constructor(
    private readonly options: RightsOptions,
    private readonly topics: Topics,
    public probe: Probe,
  ) {
    this.#rights = rightsOf(topics, options.roles);
  }

  async run(): Promise<void> {
    const { subject, tell, probe } = this.options;
    await this.#subscribe();
    await sleep(this.options.clock, 'doctor: what stands', retainedMilliseconds);
    for (const right of this.#rights) {
      if (right.access !== 'read') await this.#write(right);
      if (!this.probe.isOpen && !(await this.#reopen())) break;
    }
    await this.#listenForEchoes();
    await this.#proveCommands();
    for (const [right, { access, words }] of this.#missing) {
      tell(missingRight(this.options, right, access, words));
    }
    const { ok } = findingsOf(subject);
    const given = this.#given.size;
    if (given > 0)
      tell(ok('right.given', say(`${given} 项权限正常`, `${given} rights are as they should be`)));
    for (const right of this.#rights) {
      if (!this.#missing.has(right) && !this.#given.has(right)) tell(unprovenRight(this.options, right));
    }
    if (probe.protocol === 5) await this.#tryWill();
  }

  async #subscribe(): Promise<void> {
    for (const right of this.#rights) {
      if (right.access === 'write') continue;
      const answer = await this.probe.subscribe(right.filter);
      if (isNo(answer)) this.#deny(right, 'read', answer);
      if (!this.probe.isOpen && !(await this.#reopen())) return;
    }
  }

  async #write(right: Right): Promise<void> {
    const answer = await this.probe.publish(right.topic, this.#payloadFor(right));
    if (isNo(answer)) this.#deny(right, 'write', answer);
    // MQTT 3.1.1 acknowledges what it throws away.
    else if (answer !== 'silent' && this.options.probe.protocol === 5 && right.access === 'write')
      this.#given.add(right);
  }

  /** A topic of one name gets what stands there; where nothing does, what says nothing. */
  #payloadFor(right: Right): string {
    if (!right.fixed) return '{}';
    const standing = this.#lastAt(right.topic);
    if (standing !== undefined) return Buffer.from(standing.payload).toString('utf8');
    return right.topic === this.topics.status ? stoppedStatus(this.options.clock) : '{}';
  }

  #lastAt(topic: string): IncomingMessage | undefined {
    return this.probe.messages.filter((message) => message.topic === topic).at(-1);
  }

  /** What may be written and read comes back to us; what stood at the broker has come already. */
  async #listenForEchoes(): Promise<void> {
    const { clock, probe } = this.options;
    const until = clock.monotonicMilliseconds() + echoMilliseconds;
    for (const right of this.#rights) {
      if (this.#missing.has(right) || right.access === 'write') continue;
      const isOnlyRead = right.access === 'read';
      const left = isOnlyRead ? 0 : Math.max(0, until - clock.monotonicMilliseconds());
      const heard = await this.probe.hears(({ topic }) => topic === right.topic, left);
      if (heard) this.#given.add(right);
      else if (!isOnlyRead && probe.protocol === 5 && this.probe.isOpen) {
        this.#deny(right, 'read', { closed: 'what was published does not come back' });
      }
    }
  }

  /** Another user says a command that changes nothing (`config.history`); it must come to us. */
  async #proveCommands(): Promise<void> {
    const { commander, probe, hall, controller, tell, subject, clock } = this.options;
    if (commander === undefined) return;
    const clientId = `hallward-${hall}-${controller}-doctor-asks`;
    const other = await Probe.open({ ...probe, ...commander, clientId });
    const { problem } = findingsOf(subject);
    if (!(other instanceof Probe)) {
      tell(
        problem(
          'hub.commander',
          say(`--as 的用户连不上：${other.words}`, `the user of --as cannot connect: ${other.words}`),
          say(
            '核对 --as 和 --as-password-file',
            'compare --as and --as-password-file with what the broker has',
          ),
        ),
      );
      return;
    }
    try {
      await this.#proveOne(this.topics.allCommands, async () => {
        const topic = this.topics.command('config.history');
        const id = `doctor-${Math.round(clock.wallMilliseconds()).toString(36)}`;
        const answer = await other.publish(topic, JSON.stringify({ id }));
        return isNo(answer) ? undefined : topic;
      });
      // Not published: a controller acts on it. What stands there must be seen by us as it is by them.
      await this.#proveOne(this.topics.configDesired, async () => {
        const answer = await other.subscribe(this.topics.configDesired);
        const stands = await other.hears(
          ({ topic }) => topic === this.topics.configDesired,
          retainedMilliseconds,
        );
        return isNo(answer) || !stands ? undefined : this.topics.configDesired;
      });
    } finally {
      await other.close();
    }
  }

  /** @param provoke gives the topic on which something must come now, if anything */
  async #proveOne(filter: string, provoke: () => Promise<string | undefined>): Promise<void> {
    const right = this.#rights.find((one) => one.filter === filter);
    if (right === undefined || this.#missing.has(right) || this.#given.has(right)) return;
    const topic = await provoke();
    if (topic === undefined || !this.probe.isOpen) return;
    if (await this.probe.hears((message) => message.topic === topic, echoMilliseconds))
      this.#given.add(right);
    else this.#deny(right, 'read', { closed: 'what others say there does not come' });
  }

  /** Connects with a will, goes as by a pulled cable, and listens. */
  async #tryWill(): Promise<void> {
    const { probe, hall, controller, subject, tell } = this.options;
    const { ok, problem, notTried } = findingsOf(subject);
    const topic = this.topics.device(madeUp);
    const right = this.#rights.find((one) => one.topic === topic);
    if (right === undefined || this.#missing.has(right) || !this.probe.isOpen) {
      tell(
        notTried(
          'will.not-tried',
          say('遗嘱没有检查：先补上以上权限', 'the will was not tried: first the rights above'),
        ),
      );
      return;
    }
    this.probe.messages.length = 0;
    const payload = '{"will":true}';
    const will = { topic, payload, retain: false };
    const dying = await Probe.open({
      ...probe,
      clientId: `hallward-${hall}-${controller}-doctor-will`,
      will,
    });
    if (!(dying instanceof Probe)) {
      tell(
        problem(
          'will.refused',
          say(`服务器不接受遗嘱：${dying.words}`, `the broker does not take a will: ${dying.words}`),
        ),
      );
      return;
    }
    dying.abort();
    const came = await this.probe.hears(
      (message) => message.topic === topic && Buffer.from(message.payload).toString() === payload,
      willMilliseconds,
    );
    if (came) {
      tell(ok('will.given', say('断线遗嘱会发布', 'the will is published when a connection breaks')));
      return;
    }
    tell(
      problem(
        'will.missing',
        say(
          `断线 ${willMilliseconds / 1000} 秒后遗嘱仍未发布：控制器断电时没有人知道`,
          `no will ${willMilliseconds / 1000} s after a connection broke: nobody hears of a board that lost power`,
        ),
        say('在服务器上允许遗嘱（will）', 'allow wills at the broker'),
      ),
    );
  }

  #deny(right: Right, access: 'read' | 'write', answer: Answer): void {
    const known = this.#missing.get(right) ?? {
      access: new Set<'read' | 'write'>(),
      words: answerWords(answer),
    };
    known.access.add(access);
    this.#missing.set(right, known);
  }

  /** A broker that answers a denied message by closing: the others are tried on a new connection. */
  async #reopen(): Promise<boolean> {
    const heard = this.probe.messages;
    const opened: Probe | ConnectionEnd = await Probe.open(this.options.probe);
    if (!(opened instanceof Probe)) return false;
    opened.messages.push(...heard);
    this.probe = opened;
    for (const right of this.#rights) {
      if (right.access !== 'write' && !this.#missing.get(right)?.access.has('read'))
        await opened.subscribe(right.filter);
    }
    return true;
  }
}

/** What is true where nobody has ever said anything: no controller runs. */
function stoppedStatus(clock: Clock): string {
  const at = rfc3339(clock.wallMilliseconds());
  const status: ControllerStatus = {
    state: 'stopped',
    session: 0,
    connection: 0,
    version,
    configRevision: 0,
    startedAt: at,
    at,
  };
  return JSON.stringify(status);
}
