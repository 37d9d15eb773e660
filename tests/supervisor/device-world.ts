/**
 * A small hall in memory with real drivers on simulated wires, and the desk that commands to its devices go to: a row with
 * boards of windows 5 and 6, a voice, a printer, a fault lamp, rating buttons with a lamp, a keypad.
 */
import { Hall } from '../../src/hall/hall.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { DeviceState, FaultState } from '../../src/protocols/hub/payloads.js';
import {
  memoryCable,
  simulatedGpio,
  simulatedKeypad,
  simulatedPanels,
  simulatedPrinter,
  simulatedSyn6288,
} from '../../src/simulator/index.js';
import { BusRack } from '../../src/supervisor/bus-rack.js';
import { CaptureDesk } from '../../src/supervisor/capture-desk.js';
import type { CommandHandlers, CommandOutcome } from '../../src/supervisor/command-desk.js';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { profileFinder } from '../../src/supervisor/config/load.js';
import { DeviceDesk } from '../../src/supervisor/device-desk.js';
import { DeviceRack } from '../../src/supervisor/device-rack.js';
import { DeviceSigns } from '../../src/supervisor/device-signs.js';
import { DeviceStates } from '../../src/supervisor/device-states.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import { LocalTime } from '../../src/supervisor/local-time.js';
import { SignalDesk } from '../../src/supervisor/signal-desk.js';
import { hallSettings } from '../hall/settings.js';
import { MemoryCommits } from './world.js';

const byteMicroseconds = 1_042;
const lines = 28;

const serial = (name: string) => ({ type: 'serial', path: `/dev/serial/by-id/${name}`, baudRate: 9600 });
const panel = (window: string) => ({
  kind: 'window-board',
  label: `${window}号窗口屏`,
  window,
  bus: 'row',
  protocol: 'modbus-panel',
  profile: 'dm36b06',
  address: Number(window),
});

export const deviceDocument = {
  hall: 'jinshan',
  controller: 'row-a',
  buses: {
    row: serial('row'),
    voice: serial('voice'),
    keys: serial('keys'),
    printer: { type: 'tcp', host: '192.168.1.50', port: 9100 },
    gpio: { type: 'gpio', chip: 'simulated' },
  },
  devices: {
    'board-5': panel('5'),
    'board-6': panel('6'),
    speaker: { kind: 'voice', bus: 'voice', protocol: 'syn6288', chime: false, repeat: 1 },
    tickets: { kind: 'ticket-printer', bus: 'printer', protocol: 'escpos' },
    lamp: { kind: 'signal', bus: 'gpio', protocol: 'gpio-output', line: 25, faults: ['*'] },
    'rate-5': {
      kind: 'evaluator',
      window: '5',
      bus: 'gpio',
      protocol: 'gpio-buttons',
      buttons: { '5': 17, '1': 24 },
      lamp: 18,
    },
    'caller-5': {
      kind: 'caller',
      window: '5',
      bus: 'keys',
      protocol: 'serial-keys',
      keys: { next: 'AA 05 01 B0' },
    },
  },
} as const;

type Answer = CommandOutcome & { readonly result?: unknown };

/** @param before what an earlier life has stored, and the clock that goes on */
export async function deviceWorld(
  before: { clock?: VirtualClock; commits?: MemoryCommits; session?: number } = {},
  document: object = deviceDocument,
) {
  const { clock = new VirtualClock(), commits = new MemoryCommits(), session = 1 } = before;
  const checked = checkDocument(document, profileFinder(process.cwd()));
  if (checked.configuration === undefined) throw new Error(JSON.stringify(checked.problems));
  const { configuration } = checked;
  const cables = {
    row: memoryCable({ clock, byteMicroseconds }),
    voice: memoryCable({ clock, byteMicroseconds }),
    keys: memoryCable({ clock, byteMicroseconds }),
    printer: memoryCable({ clock }),
  };
  const panels = simulatedPanels(cables.row.farEnd, clock, { addresses: [5, 6] });
  const chip = simulatedSyn6288(cables.voice.farEnd, clock);
  const keypad = simulatedKeypad(cables.keys.farEnd, { next: 'AA 05 01 B0' });
  const printer = simulatedPrinter(cables.printer.farEnd, clock);
  const gpio = simulatedGpio({ label: 'simulated', lines, clock });

  const states = new Map<string, DeviceState | null>();
  const faultTopics = new Map<string, FaultState>();
  let ids = 0;
  const newId = () => `${session}-${++ids}`;
  const captures = new CaptureDesk({
    clock,
    newId,
    passed: (bus) => buses.passed(bus),
    busesOf: (device, parts) => rack.busesOf(device, parts),
  });
  const faults: FaultBook = new FaultBook({
    clock,
    log: silentLog,
    boot: 'boot',
    session,
    newId,
    commit: commits.commit,
    stored: commits.state,
    subjectOf: () => ({}),
    publish: (device, code, state) => {
      if (state === null) faultTopics.delete(`${device}/${code}`);
      else faultTopics.set(`${device}/${code}`, state);
    },
    capture: (raise) => captures.take(raise),
  });
  const deviceStates = new DeviceStates({
    clock,
    session,
    faultsOf: (device) => faults.of(device),
    publish: (device, state) => {
      states.set(device, state);
      const isDown = state?.status === 'failure' || state?.faults.includes('device.disabled') === true;
      hall.deviceFailed(device, isDown);
    },
  });
  faults.onChange((device) => deviceStates.refresh(device));
  const signals = new SignalDesk(faults);
  const nothing = () => {
    throw new Error('there is no such wire');
  };
  const buses: BusRack = new BusRack({
    clock,
    log: silentLog,
    wiring: {
      carrier: async (name) => cables[name as keyof typeof cables].carrier,
      gpioChip: async () => gpio.chip,
      i2cAdapter: async () => nothing(),
      audioOutput: async () => nothing(),
      snmpBus: async () => nothing(),
      ippBus: async () => nothing(),
    },
    faults,
    states: deviceStates,
  });
  const hall: Hall = new Hall({
    clock,
    boot: 'boot',
    log: silentLog,
    newId,
    state: commits.state,
    commit: commits.commit,
    publishQueue: () => {},
    publishWindow: () => {},
    publishRoom: () => {},
    publishChannels: () => {},
    raise: (fault) => faults.raise(fault),
    clear: (device, code) => faults.clear(device, code),
  });
  const signs = new DeviceSigns({
    clock,
    states: deviceStates,
    places: { signs: hall.signs, screen: () => hall.screen.now, pages: { sign: () => {} }, signals },
  });
  const time = new LocalTime(clock, () => configuration);
  const rack: DeviceRack = new DeviceRack({
    clock,
    log: silentLog,
    faults,
    states: deviceStates,
    buses,
    time,
    findProfile: profileFinder(process.cwd()),
    record: (event) => void commits.commit({ events: [event] }),
    memory: {
      get: (key) => commits.state.get(key),
      put: (key, value) => void commits.commit({ puts: { [key]: value } }),
    },
    attach: (device, capabilities) => {
      const undo = [hall.attach(device, capabilities), signs.add(device, capabilities)];
      if (capabilities.signals !== undefined) undo.push(signals.add(device, capabilities.signals));
      return () => {
        for (const one of undo) one();
      };
    },
  });
  const desk = new DeviceDesk({
    rack,
    signs,
    devices: () => Object.keys(configuration.devices),
    labelOf: (device) => configuration.devices[device]?.label ?? device,
    hall: configuration.hall,
    language: () => configuration.language,
    localTime: () => time.minute(),
    isServing: () => hall.signs.isServing,
  });

  hall.useCalling(
    hallSettings({
      queues: { general: { prefix: 'A', matter: 'registration', windows: ['5', '6'] } },
      windows: { '5': { unit: 'HR', staff: '0317' }, '6': { unit: 'HR', staff: '0321' } },
      evaluatorWindows: ['5'],
    }),
  );
  for (const [name, bus] of Object.entries(configuration.buses)) await buses.open(name, bus);
  for (const name of Object.keys(configuration.devices)) rack.start(name, configuration);
  await clock.advance(2_000);

  /** Sends a command and moves the clock on until it is answered, at most `seconds`. */
  const ask = async <Name extends keyof DeviceDesk['commands']>(
    name: Name,
    args: Parameters<CommandHandlers[Name]>[0],
    seconds = 60,
  ): Promise<Answer> => {
    const handler = desk.commands[name] as (args: unknown) => Promise<CommandOutcome>;
    let answer: CommandOutcome | undefined;
    void handler(args).then((outcome) => {
      answer = outcome;
    });
    for (let step = 0; step < seconds * 100 && answer === undefined; step++) await clock.advance(10);
    if (answer === undefined) throw new Error(`no answer to ${name}`);
    return answer;
  };

  return {
    ...{ clock, commits, cables, panels, chip, keypad, printer, gpio, configuration, ask },
    ...{ faults, faultTopics, states, deviceStates, signals, buses, hall, rack, signs, desk, captures },
    /** What a window's board shows, without dark digits. */
    shows: (window: 5 | 6) => panels.panel(window).shows().trim(),
    state: (device: string) => {
      const state = states.get(device);
      if (state == null) throw new Error(`nothing is said of ${device}`);
      return state;
    },
    call: (window: string) => {
      hall.desk?.act({ type: 'ticket.issue', queue: 'general' });
      hall.desk?.act({ type: 'next', window, device: 'test' });
    },
    async stop(): Promise<string[]> {
      desk.stop();
      faults.stop();
      hall.stop();
      await rack.stopAll();
      await buses.closeAll();
      panels.close();
      chip.close();
      return clock.pending();
    },
  };
}
