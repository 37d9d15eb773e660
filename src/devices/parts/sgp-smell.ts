/**
 * Smell by a gas sensor SGP40 or SGP41 (`protocols/sgp4x.ts`), asked once a second as its index needs it
 * (`protocols/gas-index.ts`). Only the organic compounds are used: they are what a washroom smells of.
 */
import * as v from 'valibot';
import { sleep } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import { GasIndex } from '../../protocols/gas-index.js';
import {
  conditioningMilliseconds,
  readSgpModel,
  readSgpRaw,
  readSgpSelfTest,
  readSgpSerial,
  type SgpModel,
  sgp4xAddress,
  sgpCondition,
  sgpFeatureSet,
  sgpHeaterOff,
  sgpMeasure,
  sgpSelfTest,
  sgpSerial,
  usualAir,
} from '../../protocols/sgp4x.js';
import type { ProtocolDeclaration } from '../kind.js';
import { AskedChip, addressText } from './asked-chip.js';
import { FrozenGuard } from './frozen-guard.js';
import type { Part, PartContext, PartEvents } from './part.js';
import { type Look, PolledPart } from './polled-part.js';
import { type LearnedGas, learnedGasSchema, type Smell, type SmellHelp } from './smell.js';

/** The pace that the index is made for. */
const everyMilliseconds = 1_000;
const frozenMilliseconds = 10 * 60_000;
/** Of a fresh index: until then its average still climbs from nothing. */
const settlingSamples = 120;
/**
 * Sensirion: what was learned is good for an interruption of ten minutes. It may have been kept some minutes before,
 * and after longer the index would be wrong for hours, while learning anew takes one.
 */
const memoryMilliseconds = 30 * 60_000;
/** A sensor that was away for longer learns anew. */
const awayMilliseconds = 30 * 60_000;
/** A sensor that loses its power again and again is conditioned no more often than this. */
const conditioningPauseMilliseconds = 60_000;

export function sgpProtocol(model: SgpModel): ProtocolDeclaration {
  return {
    about: {
      'zh-CN': `气体传感器 ${model}（Sensirion，I2C 地址 0x59）`,
      en: `Gas sensor ${model} by Sensirion, on I2C at 0x59`,
    },
    buses: ['i2c'],
    proofOfLife: 'answers',
    options: {},
    claims: () => [{ path: ['protocol'], text: `address ${addressText(sgp4xAddress)}` }],
  };
}

export function sgpSmell(
  model: SgpModel,
  help: SmellHelp,
  context: PartContext,
  events: PartEvents<Smell>,
): Part {
  const chip = new AskedChip(context);
  const look = new SgpLook(model, chip, help, context);
  const polled = new PolledPart(context, chip.bus, everyMilliseconds, look, events);
  return {
    start: () => polled.start(),
    stop() {
      polled.stop();
      chip.stop();
      void look.leave();
    },
  };
}

class SgpLook implements Look<Smell> {
  readonly #frozen = new FrozenGuard(frozenMilliseconds);
  #sensor = '';
  #index = new GasIndex();
  /** Samples until its average has settled. */
  #settling = settlingSamples;
  #sampledAt = 0;
  #conditioningBegan: number | undefined;
  /** It was found without power, or never seen: conditioned once it answers. */
  #wasAway = true;
  /** The chip has proved to be the right one, and was never away since. */
  #isKnown = false;

  constructor(
    private readonly model: SgpModel,
    private readonly chip: AskedChip,
    private readonly help: SmellHelp,
    private readonly context: PartContext,
  ) {}

  async begin(): Promise<void> {
    try {
      await this.#identify();
    } catch (thrown) {
      throw this.#explain(thrown);
    }
    if (!this.#wasAway) return;
    this.#wasAway = false;
    const began = this.#conditioningBegan;
    if (began === undefined || this.#now - began >= conditioningPauseMilliseconds) {
      this.#conditioningBegan = this.#now;
    }
  }

  /**
   * A chip that is just being conditioned must not be left so. It takes no command while it measures: then it is tried
   * once more, a moment after the part has stopped.
   */
  async leave(): Promise<void> {
    if (!this.#isConditioning) return;
    const off = { address: sgp4xAddress, write: sgpHeaterOff.write };
    const { clock, name } = this.context;
    try {
      await this.chip.bus.transfer(off, 'command');
    } catch {
      await sleep(clock, `${name}: heater off`, sgpCondition().waitMilliseconds);
      // Where that fails, too, there is nobody left to tell.
      await this.chip.bus.transfer(off, 'command').catch(() => undefined);
    }
  }

  async look(): Promise<Smell> {
    try {
      const answer = await this.chip.ask(sgp4xAddress, this.#request());
      const raw = readSgpRaw(answer);
      this.#frozen.check(answer.subarray(0, 3), this.#now);
      return this.#smell(raw);
    } catch (thrown) {
      this.#noteAbsence(thrown);
      throw thrown;
    }
  }

  get #now(): number {
    return this.context.clock.monotonicMilliseconds();
  }

  get #isConditioning(): boolean {
    const began = this.#conditioningBegan;
    return (
      this.model === 'SGP41' &&
      began !== undefined &&
      this.#now - began < conditioningMilliseconds - 2 * everyMilliseconds
    );
  }

  async #identify(): Promise<void> {
    // First of all: what was being conditioned when the answers failed is so still.
    if (this.#conditioningBegan !== undefined) await this.chip.ask(sgp4xAddress, sgpHeaterOff);
    const serial = readSgpSerial(await this.chip.ask(sgp4xAddress, sgpSerial));
    const found = readSgpModel(await this.chip.ask(sgp4xAddress, sgpFeatureSet));
    if (found !== this.model) {
      throw wrongChip(
        found === null
          ? `the chip at ${addressText(sgp4xAddress)} is no SGP40 or SGP41: check the type of the sensor`
          : `an ${found} answers, not an ${this.model}: set protocol: ${found.toLowerCase()}`,
        { serial },
      );
    }
    const { passed, word } = readSgpSelfTest(this.model, await this.chip.ask(sgp4xAddress, sgpSelfTest));
    if (!passed) {
      const text = `its self test fails (${word}): the ${this.model} is broken, replace it`;
      throw new HallwardError('sensor.self-test', 'garbled', text, { serial, word });
    }
    this.#isKnown = true;
    this.#takeUp(`${this.model} ${serial}`);
  }

  /** Goes on with the index of this very sensor, or begins a new one. */
  #takeUp(sensor: string): void {
    const sameSensor = sensor === this.#sensor;
    if (sameSensor && this.#now - this.#sampledAt < awayMilliseconds) {
      if (this.#wasAway) this.#index.interrupted();
      return;
    }
    const learned = this.#sensor === '' ? this.#remembered(sensor) : undefined;
    this.#sensor = sensor;
    this.#index = new GasIndex(learned);
    this.#settling = learned === undefined ? settlingSamples : 0;
    this.#sampledAt = this.#now;
  }

  #remembered(sensor: string): LearnedGas | undefined {
    const { clock } = this.context;
    const kept = v.safeParse(learnedGasSchema, this.help.memory());
    if (!kept.success || kept.output.sensor !== sensor || clock.quality() === 'untrusted') return undefined;
    const age = clock.wallMilliseconds() - kept.output.at;
    return age >= 0 && age <= memoryMilliseconds ? kept.output : undefined;
  }

  #request() {
    const air = this.help.climate() ?? usualAir;
    return this.#isConditioning ? sgpCondition(air) : sgpMeasure(this.model, air);
  }

  #smell(raw: number): Smell {
    const index = this.#index.process(raw);
    this.#sampledAt = this.#now;
    const isSettled = this.#settling === 0;
    if (!isSettled) this.#settling--;
    const learned = this.#index.learned;
    return {
      smellIndex: isSettled ? index : null,
      ammoniaPartsPerMillion: null,
      learned:
        learned === null
          ? null
          : { sensor: this.#sensor, ...learned, at: this.context.clock.wallMilliseconds() },
    };
  }

  #noteAbsence(thrown: unknown): void {
    if (!(thrown instanceof HallwardError) || thrown.code !== 'i2c.no-answer') return;
    this.#wasAway = true;
    this.#isKnown = false;
    this.#frozen.reset();
  }

  /** What it means that the chip could not be identified. */
  #explain(thrown: unknown): unknown {
    this.#noteAbsence(thrown);
    if (!(thrown instanceof HallwardError) || thrown.kind !== 'garbled') return thrown;
    if (!thrown.code.startsWith('sensor.') || thrown.code === 'sensor.self-test' || this.#isKnown)
      return thrown;
    if (thrown.code === 'sensor.wrong-chip') return thrown;
    return wrongChip(
      `what answers at ${addressText(sgp4xAddress)} does not speak as an ${this.model} does (${thrown.message}): check the type of the sensor and its wires`,
      thrown.evidence,
    );
  }
}

function wrongChip(text: string, evidence: HallwardError['evidence']): HallwardError {
  return new HallwardError('sensor.wrong-chip', 'garbled', text, {
    ...evidence,
    address: addressText(sgp4xAddress),
  });
}
