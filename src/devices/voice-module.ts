/**
 * Drives a speech module: says one thing after the other and finds out what became of each; asks now and then whether
 * it lives. An announcement counts as said when the module has accepted it, was busy for as long as its words take at
 * the least, and answers that it is idle.
 */
import type { VoiceCodec } from '../protocols/voice-codec.js';
import type { ByteBus, Priority } from '../transports/ports.js';
import type { Announcement, SpeakResult, Speaks } from './capabilities.js';
import { busOf, type Device, type DeviceContext } from './kind.js';
import { pollsUntilSilent, VoiceHealth } from './voice-health.js';
import { failed, type VoiceJob, VoiceJobs } from './voice-jobs.js';
import { type StatusAnswer, VoiceLink } from './voice-link.js';
import { type Utterance, utterancesOf, type VoiceSettings } from './voice-script.js';

export interface VoiceModuleOptions extends VoiceSettings {
  readonly windows: readonly string[] | null;
}

/** How often an idle module is asked. */
const pollMilliseconds = 3_000;
/** How soon it is asked again when it did not answer, and how often one that is dead or stuck is. */
const doubtMilliseconds = 400;
const troubledMilliseconds = 2_000;
/** While it speaks: its word that it has ended may have been lost. */
const lookMilliseconds = 1_000;
/** A module that says nothing for us (its controller was restarted) may speak so long to its end. */
const foreignMilliseconds = 60_000;
/** A stop takes effect within this. */
const stopMilliseconds = 1_000;
/** It is tried this often to free a module that hangs. */
const freeMilliseconds = 10_000;
const sleepMilliseconds = 100;
/** A frame that was refused, lost or cut off by a reset is said once more. */
const mostTries = 2;

type Spoken = 'said' | 'cancelled' | 'gone' | 'silent' | 'stuck' | 'refused' | 'restarted';

const reasons: Readonly<Record<Exclude<Spoken, 'said'>, string>> = {
  cancelled: 'cancelled',
  gone: 'bus.lost',
  silent: 'device.unresponsive',
  stuck: 'voice.stuck-busy',
  refused: 'voice.refused',
  restarted: 'voice.restarts',
};

export class VoiceModule implements Device {
  readonly capabilities: { readonly speaks: Speaks };
  readonly #bus: ByteBus;
  readonly #link: VoiceLink;
  readonly #jobs: VoiceJobs;
  readonly #codec: VoiceCodec;
  readonly #health: VoiceHealth;
  #stopWatching = () => {};
  #loop: Promise<void> = Promise.resolve();
  #stopped = false;
  #freedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: VoiceModuleOptions,
    private readonly context: DeviceContext,
  ) {
    this.#bus = busOf(context, 'bytes');
    this.#codec = options.dialect.codec;
    this.#link = new VoiceLink(this.#bus, this.#codec, context.clock, context.name, (reply) => {
      if (reply === 'idle') this.#health.ended();
    });
    this.#jobs = new VoiceJobs(options.windows, () => this.#link.nudge());
    this.#health = new VoiceHealth(context.clock, context.reports, this.#jobs, () => this.#isGone);
    this.capabilities = { speaks: this.#jobs.speaks };
  }

  start(): void {
    this.context.reports.readings({ said: 0, speaking: null });
    this.#link.start();
    this.#stopWatching = this.#bus.onChange(() => {
      if (this.#isGone) {
        this.#link.cancel();
        this.#health.lost();
      }
      this.#link.nudge();
    });
    this.#loop = this.#work().catch((error: unknown) => {
      this.#jobs.close();
      this.context.reports.crashed(error);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopWatching();
    this.#link.stop();
    this.#jobs.close();
    await this.#loop;
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  get #isGone(): boolean {
    return this.#stopped || this.#bus.state === 'lost' || this.#bus.state === 'closed';
  }

  async #work(): Promise<void> {
    let pollAt = this.#now;
    while (!this.#stopped) {
      if (this.#bus.state !== 'open') {
        if (this.#isGone) this.#jobs.failAll('bus.lost');
        const isChanged = () => this.#bus.state === 'open' || (this.#isGone && !this.#jobs.isEmpty);
        await this.#link.until('bus opens', lookMilliseconds, isChanged);
        pollAt = this.#now;
        continue;
      }
      const job = this.#jobs.next();
      if (job !== undefined) {
        await this.#serve(job);
        pollAt = this.#now + this.#pause;
      } else if (pollAt <= this.#now) {
        await this.#poll();
        pollAt = this.#now + this.#pause;
      } else {
        this.#link.restarts = 0;
        const isUrgent = () => !this.#jobs.isEmpty || this.#bus.state !== 'open' || this.#link.restarts > 0;
        await this.#link.until('poll', pollAt - this.#now, isUrgent);
        // It has just started and is known to live at once.
        if (this.#link.restarts > 0) pollAt = this.#now;
      }
    }
  }

  get #pause(): number {
    if (this.#health.isTroubled) return troubledMilliseconds;
    return this.#health.isInDoubt ? doubtMilliseconds : pollMilliseconds;
  }

  async #serve(job: VoiceJob): Promise<void> {
    const result = await this.#say(job.announcement, job.signal);
    if (result.result !== 'failed') this.#health.announced();
    job.finish(this.#stopped && result.result === 'failed' ? failed('device.disabled') : result);
  }

  async #say(announcement: Announcement, signal: AbortSignal): Promise<SpeakResult> {
    const utterances = utterancesOf(announcement, this.options, this.context.localMinutes());
    if (utterances.length === 0) return failed('voice.nothing-to-say');
    for (const utterance of utterances) {
      if (utterance.pauseMilliseconds > 0) {
        const isOver = () => signal.aborted || this.#isGone;
        await this.#link.until('pause', utterance.pauseMilliseconds, isOver);
      }
      const spoken = await this.#utter(utterance, signal);
      if (spoken !== 'said') return failed(reasons[spoken]);
    }
    return { result: 'confirmed' };
  }

  async #utter(utterance: Utterance, signal: AbortSignal): Promise<Spoken> {
    let spoken: Spoken = 'silent';
    for (let tries = 0; tries < mostTries; tries++) {
      spoken = await this.#tryToUtter(utterance, signal);
      if (spoken !== 'refused' && spoken !== 'restarted' && spoken !== 'silent') break;
      // One that did not answer its status either is dead, and another try would only take time.
      if (this.#health.isDead) break;
    }
    if (spoken === 'said') this.#health.utters();
    if (spoken === 'refused') this.#health.refusesSpeech();
    if (spoken === 'restarted') this.#health.raise('voice.restarts', 'it starts anew while it speaks');
    return spoken;
  }

  async #tryToUtter(utterance: Utterance, signal: AbortSignal): Promise<Spoken> {
    const hindrance = await this.#makeIdle(signal);
    if (hindrance !== undefined) return hindrance;
    this.#link.restarts = 0;
    this.#link.saidIdle = false;
    const answer = await this.#link.command(utterance.frame, 'call');
    if (this.#isGone) return 'gone';
    if (answer === 'accepted') return this.#untilSaid(utterance, signal);
    if (answer === 'silent') await this.#ask('call');
    return signal.aborted ? this.#takeBack() : answer;
  }

  /** It has accepted the frame. */
  async #untilSaid(utterance: Utterance, signal: AbortSignal): Promise<Spoken> {
    const begun = this.#now;
    this.#health.speaks(true);
    for (;;) {
      const left = begun + utterance.mostMilliseconds - this.#now;
      const isOver = () => signal.aborted || this.#isGone || this.#link.restarts > 0 || this.#link.saidIdle;
      const pause = Math.min(this.#health.isInDoubt ? doubtMilliseconds : lookMilliseconds, left);
      await this.#link.until('end of speech', pause, isOver);
      if (this.#isGone) return 'gone';
      if (signal.aborted) return this.#takeBack();
      if (this.#link.restarts > 0) return 'restarted';
      this.#link.saidIdle = false;
      const status = await this.#ask('call');
      if (this.#isGone) return 'gone';
      // An end that came too soon is none: the frame was lost, and something else was taken for its answer.
      if (status === 'idle') return this.#now - begun < utterance.leastMilliseconds ? 'refused' : 'said';
      if (this.#health.isDead) return 'silent';
      if (status === 'busy' && this.#now - begun >= utterance.mostMilliseconds) {
        await this.#free(`busy for ${Math.round((this.#now - begun) / 1_000)} s with one sentence`);
        return 'stuck';
      }
    }
  }

  /** Nothing is sent while it speaks: a new frame would cut off the one before. */
  async #makeIdle(signal: AbortSignal): Promise<Exclude<Spoken, 'said'> | undefined> {
    let status: StatusAnswer = 'silent';
    for (let tries = 0; tries < pollsUntilSilent; tries++) {
      status = await this.#ask('call');
      if (this.#isGone) return 'gone';
      if (signal.aborted) return 'cancelled';
      if (status === 'idle') return undefined;
      // One that hangs is freed at its own pace.
      if (status === 'busy') {
        return this.#health.isStuck ? 'stuck' : this.#afterStop(signal);
      }
      if (this.#health.isDead) return 'silent';
    }
    return status === 'refused' ? 'refused' : 'silent';
  }

  async #afterStop(signal: AbortSignal): Promise<Exclude<Spoken, 'said'> | undefined> {
    const status = await this.#quiet();
    if (this.#isGone) return 'gone';
    if (signal.aborted) return 'cancelled';
    if (status === 'idle') return undefined;
    if (status !== 'busy') return 'silent';
    await this.#free('busy, and does not obey a stop');
    return this.#health.isStuck ? 'stuck' : undefined;
  }

  async #takeBack(): Promise<Spoken> {
    await this.#quiet();
    return this.#isGone ? 'gone' : 'cancelled';
  }

  /** Stops what it says. Gives the last status. */
  async #quiet(): Promise<StatusAnswer> {
    const until = this.#now + stopMilliseconds;
    await this.#link.command(this.#codec.stop, 'call');
    for (;;) {
      const status = await this.#ask('call');
      if (status === 'idle' || this.#isGone || this.#now >= until) return status;
    }
  }

  /** It hangs in BUSY: told, and tried to be freed by a stop, then by sleep and waking up. */
  async #free(reason: string): Promise<void> {
    this.#freedAt = this.#now;
    this.#health.raise('voice.stuck-busy', reason);
    if ((await this.#quiet()) === 'idle' || this.#isGone) return;
    await this.#link.tell(this.#codec.sleep, sleepMilliseconds);
    // Any command wakes some, and is lost by that.
    await this.#link.tell(this.#codec.wake ?? this.#codec.status, sleepMilliseconds);
    await this.#ask('command');
  }

  async #poll(): Promise<void> {
    const status = await this.#ask('poll');
    if (status !== 'busy' || this.#isGone) return;
    if (!this.#health.isStuck) {
      if (this.#health.lastsMilliseconds < foreignMilliseconds) return;
      await this.#free('busy for a minute, and nobody has asked it to speak');
    } else if (this.#now - this.#freedAt >= freeMilliseconds) {
      await this.#free('busy, and neither a stop nor sleep ends it');
    }
  }

  /** Asks for the status, and draws from it what it says of the module. */
  async #ask(priority: Priority): Promise<StatusAnswer> {
    const status = await this.#link.status(priority);
    if (this.#isGone) return 'silent';
    this.#health.answered(status);
    return status;
  }
}
