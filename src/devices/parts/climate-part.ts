/**
 * Temperature and humidity, by a sensor of Sensirion's on I2C: SHT3x or SHT4x (`protocols/sht.ts`). Asked every ten
 * seconds: more often would warm it. What a wrong address or the other family looks like is found out and said.
 */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import { type AirValues, type ShtFamily, sht3x, sht4x } from '../../protocols/sht.js';
import type { OptionEntries, PartConfig, ProtocolDeclaration } from '../kind.js';
import { milliseconds } from '../options.js';
import { AskedChip, addressText } from './asked-chip.js';
import { FrozenGuard } from './frozen-guard.js';
import type { SensorPart } from './part.js';
import { type Look, PolledPart } from './polled-part.js';

export type Climate = AirValues;

/** The last digits of a live sensor tremble all the time. */
const frozenMilliseconds = 30 * 60_000;

const families: Readonly<Record<string, ShtFamily>> = { sht3x, sht4x };
const protocolOf = (family: ShtFamily) => (family === sht3x ? 'sht3x' : 'sht4x');

const optionsSchema = v.object({ address: v.number(), pollMilliseconds: v.number() });

function shtProtocol(family: ShtFamily): ProtocolDeclaration {
  const known = family.addresses.map(addressText).join(' or ');
  return {
    about: {
      'zh-CN': `温湿度传感器 ${family.name}（Sensirion，I2C）`,
      en: `Temperature and humidity sensor ${family.name} by Sensirion, on I2C`,
    },
    buses: ['i2c'],
    proofOfLife: 'answers',
    options: {
      address: v.optional(
        v.pipe(
          v.number(),
          v.check((address) => family.addresses.includes(address), known),
          v.description(`I2C address: ${known}`),
        ),
        0x44,
      ),
      pollMilliseconds: milliseconds('How often it is asked.', 10_000, 1_000, 600_000),
    } satisfies OptionEntries,
    claims: ({ address = 0x44 }) =>
      typeof address === 'number' ? [{ path: ['address'], text: `address ${addressText(address)}` }] : [],
  };
}

/** Tells temperature and humidity of the air. */
export const climatePart: SensorPart<Climate> = {
  about: {
    'zh-CN': '温湿度传感器：空气的温度与湿度',
    en: 'Climate sensor: temperature and humidity of the air',
  },
  protocols: { sht3x: shtProtocol(sht3x), sht4x: shtProtocol(sht4x) },
  create(config, context, events) {
    const { address, pollMilliseconds } = v.parse(optionsSchema, config);
    const chip = new AskedChip(context);
    const look = new ShtLook(chip, familyOf(config), address, () => context.clock.monotonicMilliseconds());
    const polled = new PolledPart(context, chip.bus, pollMilliseconds, look, events);
    return {
      start: () => polled.start(),
      stop() {
        polled.stop();
        chip.stop();
      },
    };
  },
};

function familyOf({ protocol }: PartConfig): ShtFamily {
  const family = families[protocol];
  if (family === undefined) throw new HallwardError('device.wrong-protocol', 'internal', protocol);
  return family;
}

class ShtLook implements Look<Climate> {
  readonly #frozen = new FrozenGuard(frozenMilliseconds);
  /** The chip has proved to be the right one, and was never away since. */
  #isKnown = false;
  /** Our own tries at addresses that are not ours. */
  readonly #tries = new Map<number, number>();

  constructor(
    private readonly chip: AskedChip,
    private readonly family: ShtFamily,
    private readonly address: number,
    private readonly now: () => number,
  ) {}

  async begin(): Promise<void> {
    const { identify, reset, readIdentity } = this.family;
    try {
      readIdentity(await this.chip.ask(this.address, identify));
      this.#isKnown = true;
    } catch (thrown) {
      throw await this.#explain(thrown);
    }
    // Also what a chip needs that hangs.
    await this.chip.ask(this.address, reset);
  }

  async look(): Promise<Climate> {
    const answer = await this.chip.ask(this.address, this.family.measure);
    const values = this.family.readMeasurement(answer);
    this.#frozen.check(answer, this.now());
    return values;
  }

  /** What it means that the chip could not be identified. */
  async #explain(thrown: unknown): Promise<unknown> {
    if (!(thrown instanceof HallwardError)) return thrown;
    const { family } = this;
    const address = addressText(this.address);
    if (isAbsent(thrown)) {
      this.#isKnown = false;
      this.#frozen.reset();
      return (await this.#findElsewhere()) ?? thrown;
    }
    if (thrown.kind !== 'garbled' || thrown.code === 'i2c.failed' || this.#isKnown) return thrown;
    const text =
      `what answers at ${address} does not speak as an ${family.name} does (${thrown.message}): ` +
      'check the type of the sensor and its wires';
    return new HallwardError('sensor.wrong-chip', 'garbled', text, { ...thrown.evidence, address });
  }

  /** The other family at this address, or a sensor at another address that nobody uses; both are easily mistaken. */
  async #findElsewhere(): Promise<HallwardError | undefined> {
    const own = this.address;
    const other = this.family === sht3x ? sht4x : sht3x;
    if (await this.#answersAs(other, own)) {
      const text = `an ${other.name} answers at ${addressText(own)}, not an ${this.family.name}: set protocol: ${protocolOf(other)}`;
      return new HallwardError('sensor.wrong-chip', 'garbled', text, { address: addressText(own) });
    }
    for (const found of [this.family, other]) {
      for (const address of found.addresses) {
        if (address === own || this.#isUsed(address) || !(await this.#answersAs(found, address))) continue;
        const protocol = found === this.family ? '' : ` and protocol: ${protocolOf(found)}`;
        const text = `nothing answers at ${addressText(own)}, but an ${found.name} does at ${addressText(address)}: set address: ${addressText(address)}${protocol}, or change the sensor's address pin`;
        const evidence = { address: addressText(own), found: addressText(address) };
        return new HallwardError('sensor.other-address', 'absent', text, evidence);
      }
    }
    return undefined;
  }

  /** Somebody else speaks to this address. */
  #isUsed(address: number): boolean {
    return this.chip.transfersWith(address) > (this.#tries.get(address) ?? 0);
  }

  async #answersAs(family: ShtFamily, address: number): Promise<boolean> {
    const before = this.chip.transfersWith(address);
    try {
      family.readIdentity(await this.chip.ask(address, family.identify));
      return true;
    } catch (thrown) {
      if (!(thrown instanceof HallwardError)) throw thrown;
      return false;
    } finally {
      const own = this.chip.transfersWith(address) - before;
      this.#tries.set(address, (this.#tries.get(address) ?? 0) + own);
    }
  }
}

/** Nobody acknowledges: a chip without power, or none at all. */
function isAbsent(thrown: unknown): boolean {
  return thrown instanceof HallwardError && thrown.code === 'i2c.no-answer';
}
