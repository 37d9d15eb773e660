/**
 * What a raw gas signal means to people: the VOC index, 1 to 500, where 100 is what is usual at this place.
 *
 * After Sensirion's "Gas Index Algorithm" 3.2, for volatile organic compounds at one sample a second (description:
 * application note "VOC Index for Experts"; reference: github.com/Sensirion/gas-index-algorithm, BSD-3-Clause), whose
 * constants these are. Written anew in floating point: the reference's fixed-point scaling falls away, and what is left
 * is a mean and a deviation that follow the signal slowly, and a curve. Agrees with the reference within 2.
 */

/** What has been learned, and is worth keeping over a restart. */
interface GasIndexState {
  /** Usual raw signal. */
  readonly mean: number;
  /** Its standard deviation. */
  readonly deviation: number;
}

/** No index is given for the first samples, while the hotplate warms up. */
const blackoutSamples = 46;
/** The raw signal that is possible. */
const lowestRaw = 20_001;
const highestRaw = 52_767;

/** From raw to index: by how many deviations it is off, times the gain, through a curve that ends at 500. */
const gain = 230;
const firstDeviation = 50;
const deviationBonus = 220;
const highestIndex = 500;
const curveCentre = 213;
const curveSlope = 0.0065;

/** Time constants of learning, in seconds: at first quick, then half a day. */
const meanSeconds = { first: 20, later: 12 * 3600 };
const deviationSeconds = { first: 2_500, later: 12 * 3600 };
/** When, after the start, learning turns from quick to slow. */
const meanLearnedSeconds = 0.75 * 3600;
const deviationLearnedSeconds = 1.45 * 3600;
const learnedSlope = 0.01;
/** What was handed over counts as this old. */
const handedOverSeconds = 3 * 3600;
/** The reference stops counting here; by then nothing depends on it any more. */
const longestSeconds = 32_766;

/** A bad smell is not learned from: learning stops above this index, for at most this long. */
const gateIndex = { first: 510, later: 340 };
const gateSlope = 0.09;
const longestGateMinutes = 3 * 60;
/** How fast the time of a closed gate is forgotten while it is open. */
const gateForgets = 0.3;

/** The index follows quickly where it moves much, slowly where it only trembles; seconds. */
const quickSeconds = 20;
const slowSeconds = 500;
const quicknessSlope = 0.2;

/** 1 far below `centre`, 0 far above. */
const falling = (value: number, centre: number, slope: number) =>
  1 / (1 + Math.exp(slope * (value - centre)));

/** Share of a new sample in an average with this time constant, at one sample a second. */
const share = (seconds: number) => 1 / (seconds + 1);

const between = (later: number, first: number, firstness: number) => later + (first - later) * firstness;

/** Makes indices of raw signals, one a second, and learns meanwhile what is usual. */
export class GasIndex {
  #samples = 0;
  #index = 0;
  #usual = new UsualSignal();
  #smooth = new AdaptiveAverage();

  /** @param learned goes on from what another one had learned at this sensor */
  constructor(learned?: GasIndexState) {
    if (learned !== undefined) this.#usual = new UsualSignal(learned);
  }

  /**
   * Takes the sample of this second.
   * @param raw compensated for humidity and temperature, 1 to 64999
   * @returns 1 to 500; `null` during the first 46 samples
   */
  process(raw: number): number | null {
    if (this.#samples < blackoutSamples) {
      this.#samples++;
      return null;
    }
    const signal = Math.min(highestRaw, Math.max(lowestRaw, raw));
    const { mean, deviation } = this.#usual;
    // The sensor's resistance falls as the air gets worse.
    const strength = (gain * (mean - signal)) / (deviation + deviationBonus);
    const curved = highestIndex * (1 - falling(strength, curveCentre, curveSlope));
    this.#index = Math.max(0.5, this.#smooth.take(curved));
    this.#usual.take(signal, this.#index);
    return Math.floor(this.#index + 0.5);
  }

  /** The sensor was without power for a while: it has to warm up, but what is usual has not changed. */
  interrupted(): void {
    this.#samples = 0;
    this.#smooth = new AdaptiveAverage();
  }

  /** What can be handed over; `null` before three hours, for until then it is no more than a guess. */
  get learned(): GasIndexState | null {
    const { mean, deviation, seconds } = this.#usual;
    return seconds < handedOverSeconds ? null : { mean, deviation };
  }
}

/** Mean and deviation of the signal in usual air. */
class UsualSignal {
  mean: number;
  deviation: number;
  seconds: number;
  #gateSeconds = 0;
  #gateMinutes = 0;
  #begun: boolean;

  constructor(learned?: GasIndexState) {
    this.#begun = learned !== undefined;
    // The reference begins at the lowest signal, so that the first index is low, not high.
    this.mean = learned?.mean ?? lowestRaw - 1;
    this.deviation = learned?.deviation ?? firstDeviation;
    this.seconds = learned === undefined ? 0 : handedOverSeconds;
  }

  take(signal: number, index: number): void {
    if (!this.#begun) {
      this.#begun = true;
      this.mean = signal;
      return;
    }
    const shares = this.#shares(index);
    const difference = signal - this.mean;
    this.deviation = Math.sqrt(
      (1 - shares.deviation) * (this.deviation ** 2 + shares.deviation * difference ** 2),
    );
    this.mean += shares.mean * difference;
  }

  /** How much of a sample is learned, by age and by how bad the air is. */
  #shares(index: number): { mean: number; deviation: number } {
    this.seconds = Math.min(longestSeconds, this.seconds + 1);
    this.#gateSeconds = Math.min(longestSeconds, this.#gateSeconds + 1);
    const isMeanNew = falling(this.seconds, meanLearnedSeconds, learnedSlope);
    const isDeviationNew = falling(this.seconds, deviationLearnedSeconds, learnedSlope) - isMeanNew;
    const meanGate = this.#gate(index, meanLearnedSeconds);
    const deviationGate = this.#gate(index, deviationLearnedSeconds);
    this.#countGate(meanGate);
    return {
      mean: meanGate * between(share(meanSeconds.later), share(meanSeconds.first), isMeanNew),
      deviation:
        deviationGate * between(share(deviationSeconds.later), share(deviationSeconds.first), isDeviationNew),
    };
  }

  /** 1 open to 0 closed. */
  #gate(index: number, learnedSeconds: number): number {
    const isNew = falling(this.#gateSeconds, learnedSeconds, learnedSlope);
    return falling(index, between(gateIndex.later, gateIndex.first, isNew), gateSlope);
  }

  #countGate(gate: number): void {
    const step = ((1 - gate) * (1 + gateForgets) - gateForgets) / 60;
    this.#gateMinutes = Math.max(0, this.#gateMinutes + step);
    // Closed for so long: it is no passing smell, it is what is usual now.
    if (this.#gateMinutes > longestGateMinutes) this.#gateSeconds = 0;
  }
}

/** An average whose time constant falls with the distance between a quick and a slow one. */
class AdaptiveAverage {
  #quick: number | undefined;
  #slow = 0;
  #value = 0;

  take(sample: number): number {
    if (this.#quick === undefined) {
      this.#quick = sample;
      this.#slow = sample;
      this.#value = sample;
    }
    this.#quick += share(quickSeconds) * (sample - this.#quick);
    this.#slow += share(slowSeconds) * (sample - this.#slow);
    const calm = Math.exp(-quicknessSlope * Math.abs(this.#quick - this.#slow));
    this.#value += share(between(quickSeconds, slowSeconds, calm)) * (sample - this.#value);
    return this.#value;
  }
}
