/** Commands to single devices: tests, finding one among many, taking one out of service. */
import type { Json } from '../kernel/json.js';
import type { Language } from '../kernel/text.js';
import type { CommandHandlers, CommandOutcome } from './command-desk.js';
import type { DeviceRack } from './device-rack.js';
import type { SignWords } from './device-sign.js';
import type { DeviceSigns, TestAnswer } from './device-signs.js';
import { refused } from './refused.js';

export interface DeviceDeskOptions {
  readonly rack: Pick<DeviceRack, 'disable' | 'enable' | 'isDisabled'>;
  readonly signs: DeviceSigns;
  /** Names of the devices, in the order of the configuration. */
  readonly devices: () => readonly string[];
  readonly labelOf: (device: string) => string;
  readonly hall: string;
  readonly language: () => Language;
  /** `2026-11-22 09:03`, the hall's own time; `null` where nobody knows it. */
  readonly localTime: () => string | null;
  /** Somebody is being served in the hall. */
  readonly isServing: () => boolean;
}

type DeviceCommand = 'device.test' | 'device.identify' | 'device.disable' | 'device.enable' | 'hall.test';

/** Long enough for a person to look up. */
const signMilliseconds = 3_000;

const refusals: Readonly<Record<string, string>> = {
  'hall.covered': 'The fire alarm stands, or the hall is blanked: nothing else is shown or said.',
  'device.busy': 'People are being called or asked there now; test it when nobody is served.',
};

const unknown = (device: string) => refused('device.unknown', `There is no device ${device}.`);

export class DeviceDesk {
  #hallTest: { stopped: boolean } | undefined;

  constructor(private readonly options: DeviceDeskOptions) {}

  get commands(): Pick<CommandHandlers, DeviceCommand> {
    return {
      'device.test': ({ device }) =>
        this.#give(device, this.#testWords(device), { milliseconds: signMilliseconds, blinks: false }),
      'device.identify': ({ device, seconds }) =>
        this.#give(device, this.#nameWords(device), { milliseconds: seconds * 1_000, blinks: true }),
      'device.disable': ({ device, reason, by = null }) => this.#disable(device, reason, by),
      'device.enable': ({ device }) => this.#enable(device),
      'hall.test': () => this.#testAll(),
    };
  }

  /** Ends every sign, and a test of the hall. */
  stop(): void {
    if (this.#hallTest !== undefined) this.#hallTest.stopped = true;
    this.options.signs.stop();
  }

  async #give(
    device: string,
    words: SignWords,
    { milliseconds, blinks }: { milliseconds: number; blinks: boolean },
  ): Promise<CommandOutcome> {
    const { rack, signs, devices } = this.options;
    if (!devices().includes(device)) return unknown(device);
    if (rack.isDisabled(device)) {
      return refused('device.disabled', `${device} is out of service; device.enable puts it back.`);
    }
    if (this.#hallTest !== undefined) return isTested;
    const refusal = signs.refusalOf(device);
    if (refusal !== undefined) return refused(refusal, refusals[refusal] ?? refusal);
    const { answer } = await signs.give(device, words, milliseconds, blinks);
    return { ok: true, result: answer as unknown as Json };
  }

  async #disable(device: string, reason: string, by: string | null): Promise<CommandOutcome> {
    const switched = await this.options.rack.disable(device, reason, by);
    if (switched === 'unknown') return unknown(device);
    return { ok: true, result: { device, disabled: true, already: switched === 'already' } };
  }

  async #enable(device: string): Promise<CommandOutcome> {
    const switched = await this.options.rack.enable(device);
    if (switched === 'unknown') return unknown(device);
    return { ok: true, result: { device, disabled: false, already: switched === 'already' } };
  }

  /** One device after the other, each until its sign is over. */
  async #testAll(): Promise<CommandOutcome> {
    const { signs, rack, devices, isServing } = this.options;
    if (this.#hallTest !== undefined) return isTested;
    if (isServing()) {
      return refused(
        'hall.open',
        'Somebody is being served; test the hall before it opens or after it closes.',
      );
    }
    const run = { stopped: false };
    this.#hallTest = run;
    const answers: TestAnswer[] = [];
    try {
      for (const device of devices()) {
        if (run.stopped)
          return refused('hall.test-stopped', 'The controller stops; the test did not come to its end.');
        if (rack.isDisabled(device)) {
          answers.push({ device, what: 'reading', ...outOfService });
          continue;
        }
        const { answer, over } = await signs.give(device, this.#testWords(device), signMilliseconds, false);
        answers.push(answer);
        await over;
      }
    } finally {
      this.#hallTest = undefined;
    }
    const ok = answers.every(({ result }) => result !== 'failed');
    return { ok: true, result: { ok, devices: answers } as unknown as Json };
  }

  #testWords(device: string): SignWords {
    const { hall, labelOf, localTime, language } = this.options;
    const time = localTime() ?? '';
    const label = labelOf(device);
    const printed =
      language() === 'en'
        ? ['Test slip: not a ticket', `Hall ${hall}`, `Device ${label}`, time]
        : ['测试纸条，不是号票', `大厅 ${hall}`, `设备 ${label}`, time];
    const word = language() === 'en' ? 'Test' : '测试';
    return { shown: word, said: word, printed: printed.filter((line) => line !== '') };
  }

  #nameWords(device: string): SignWords {
    const label = this.options.labelOf(device);
    return { ...this.#testWords(device), shown: label, said: label };
  }
}

const outOfService = { result: 'passive', reason: 'device.disabled', afterMilliseconds: null } as const;

const isTested = refused('hall.test-running', 'The whole hall is being tested; wait for its end.');
