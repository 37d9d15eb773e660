import type { HallwardError } from '../../kernel/errors.js';
import type { Text } from '../../kernel/text.js';
import {
  type Connection,
  connectionsOf,
  type DeviceConfig,
  type DeviceContext,
  type DeviceKind,
} from '../kind.js';
import type { Part, SensorPart } from './part.js';

/** What a device does with what a part tells. */
interface PartListener<Values> {
  values(values: Values, atMilliseconds: number): void;
  /** What it measured is not known any more. */
  unknown(): void;
}

/** The faults that parts bring to their device. */
const partFaults = ['device.unresponsive', 'device.bad-reading', 'device.line-unavailable'] as const;
type PartFault = (typeof partFaults)[number];

/**
 * The parts of one device: makes those that are configured, starts and stops them, and keeps the device's faults true,
 * each with the parts that it is about. A part on a lost bus has no fault of its own: the bus has one.
 */
export class Parts {
  readonly #parts: Part[] = [];
  readonly #connections: ReadonlyMap<string, Connection>;
  /** What is wrong with which part. */
  readonly #troubles = new Map<string, { readonly fault: PartFault; readonly error: HallwardError }>();
  /** An earlier life of the device may have raised any of them. */
  readonly #raised = new Set<PartFault>(partFaults);

  constructor(
    private readonly kind: DeviceKind,
    config: DeviceConfig,
    private readonly context: DeviceContext,
  ) {
    this.#connections = new Map(connectionsOf(kind, config).map((one) => [one.part ?? '', one]));
  }

  has(part: string): boolean {
    return this.#connections.has(part);
  }

  /** Makes a part that measures, where it is configured. */
  sensor<Values>(part: string, kind: SensorPart<Values>, listener: PartListener<Values>): void {
    const connection = this.#connections.get(part);
    const bus = this.context.partBuses.get(part);
    if (connection === undefined || bus === undefined) return;
    const { reports, clock, name } = this.context;
    const { declaration, config } = connection;
    const proves = declaration.proofOfLife !== 'none';
    const guarded = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        reports.crashed(error);
      }
    };
    const made = kind.create(
      config,
      { name: `${name} ${part}`, bus, clock },
      {
        values: (values, at) =>
          guarded(() => {
            if (proves) reports.alive();
            this.#well(part);
            listener.values(values, at);
          }),
        unknown: (error) =>
          guarded(() => {
            listener.unknown();
            this.#trouble(part, error);
          }),
        crashed: (error) => reports.crashed(error),
      },
    );
    this.#parts.push(made);
  }

  start(): void {
    for (const part of this.#parts) part.start();
  }

  stop(): void {
    for (const part of this.#parts) part.stop();
  }

  #words(fault: PartFault, parts: readonly string[]): Text {
    const abouts = parts.map((part) => this.kind.parts?.[part]?.about ?? { 'zh-CN': part, en: part });
    return sayings[fault]({
      'zh-CN': abouts.map((about) => nameOf(about['zh-CN'])).join('、'),
      en: abouts.map((about) => nameOf(about.en)).join(', '),
    });
  }

  /** What is wrong with a part, by the error's kind; a bus that is lost is no trouble of the part's. */
  #trouble(part: string, error: HallwardError): void {
    if (error.code.startsWith('wire.') || error.code.startsWith('bus.')) {
      this.#well(part);
      return;
    }
    const fault = faultOf(error);
    this.#troubles.set(part, { fault, error });
    this.#say();
  }

  #well(part: string): void {
    if (this.#troubles.delete(part) || this.#raised.size > this.#troubles.size) this.#say();
  }

  #say(): void {
    const { reports } = this.context;
    for (const fault of partFaults) {
      const those = [...this.#troubles].filter(([, trouble]) => trouble.fault === fault);
      const [first] = those;
      if (first === undefined) {
        if (this.#raised.delete(fault)) reports.clear(fault);
        continue;
      }
      const parts = those.map(([part]) => part);
      const { error } = first[1];
      this.#raised.add(fault);
      const evidence = { ...error.evidence, part: parts.join(', '), reason: error.message, code: error.code };
      reports.raise(fault, evidence, parts, { text: this.#words(fault, parts) });
    }
  }
}

/** What a part is called: its description up to where it explains. */
const nameOf = (about: string): string => about.split(/[:：;；,，]/)[0]!.trim();

/** What is wrong with those parts of {device}. */
const sayings: Readonly<Record<PartFault, (parts: Text) => Text>> = {
  'device.unresponsive': (parts) => ({
    'zh-CN': `{device}的${parts['zh-CN']}无应答：{reason}`,
    en: `{device}: no answer from ${parts.en} ({reason})`,
  }),
  'device.bad-reading': (parts) => ({
    'zh-CN': `{device}的${parts['zh-CN']}数据异常：{reason}`,
    en: `{device}: impossible readings from ${parts.en} ({reason})`,
  }),
  'device.line-unavailable': (parts) => ({
    'zh-CN': `{device}的${parts['zh-CN']}引脚无法使用：{reason}`,
    en: `{device}: the line of ${parts.en} cannot be used ({reason})`,
  }),
};

function faultOf({ kind, code }: HallwardError): PartFault {
  if (kind === 'garbled') return 'device.bad-reading';
  return code.startsWith('gpio.') ? 'device.line-unavailable' : 'device.unresponsive';
}
