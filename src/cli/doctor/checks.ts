/** Which checks a configuration calls for. */
import { existsSync } from 'node:fs';
import type { Clock } from '../../kernel/clock.js';
import type { LoadedFile } from '../../supervisor/config/load.js';
import { formatProblem } from '../../supervisor/config/problems.js';
import type { Configuration } from '../../supervisor/config/schema.js';
import { checkHub, type HubCheckOptions } from './check-hub.js';
import { checkGpio, checkI2c } from './check-lines.js';
import { checkPages, checkSnmp, checkTcp } from './check-network.js';
import { checkNodeBus } from './check-nodes.js';
import { checkSound } from './check-sound.js';
import { checkStorage } from './check-storage.js';
import { checkClock, checkNode, checkService, checkTimeZone } from './check-system.js';
import type { Machine } from './machine.js';
import { type Check, check, findingsOf, type Stage, same, say } from './types.js';

/** So many names are looked up at once: each takes a thread of Node's pool, which has four. */
const besideEachOther = 3;

export interface DoctorOptions {
  readonly machine: Machine;
  readonly clock: Clock;
  /** A controller has the storage of this configuration. */
  readonly running: boolean;
  /** Chips on I2C may be asked. */
  readonly touch: boolean;
  readonly commander: HubCheckOptions['commander'];
}

/** The document itself. */
export function checkConfiguration(file: string, loaded: LoadedFile, running: boolean): Check {
  return check('configuration', async () => {
    const { ok, warning, problem } = findingsOf('configuration');
    const isThere = existsSync(file);
    const help = isThere
      ? same(`hallward check ${file}`)
      : say('用 --config 说明文件在哪里', 'hallward doctor --config FILE, where it lies elsewhere');
    const notes = loaded.notes.map((note) => warning('configuration.note', same(formatProblem(note))));
    const problems = loaded.problems.map((one) =>
      problem('configuration.invalid', same(formatProblem(one)), help),
    );
    if (problems.length > 0) return [...problems, ...notes];
    const state = running ? say('，控制器正在运行', ', and its controller is running') : same('');
    return [
      ok('configuration.valid', say(`${file} 有效${state['zh-CN']}`, `${file} is valid${state.en}`)),
      ...notes,
    ];
  });
}

/** All else, in stages; what needs a valid document is left out where there is none. */
export function stagesOf({ configuration }: LoadedFile, options: DoctorOptions): readonly Stage[] {
  const { machine, clock } = options;
  const always: readonly Stage[] = [
    [checkNode()],
    [checkService(machine)],
    [checkClock(machine, clock, configuration?.storage.path)],
  ];
  if (configuration === undefined) {
    const rest = check('…', async () => [
      findingsOf('…').notTried(
        'configuration.needed',
        say('配置无效，其余未检查', 'the rest needs a valid configuration'),
      ),
    ]);
    return [...always, [rest]];
  }
  const { local, network } = busChecks(configuration, options);
  const hub = configuration.hub === undefined ? [] : checkHub(configuration, configuration.hub, options);
  return [
    ...always,
    [checkTimeZone(configuration, clock)],
    [checkStorage(machine, configuration)],
    // One after the other: what hangs in the kernel keeps a thread.
    ...local.map((one) => [one]),
    ...inGroups(network),
    ...hub.map((one) => [one]),
  ];
}

function busChecks(configuration: Configuration, { machine, clock, running, touch }: DoctorOptions) {
  const local: Check[] = [];
  const network: Check[] = [];
  for (const [name, bus] of Object.entries(configuration.buses)) {
    switch (bus.type) {
      case 'serial':
      case 'firmata':
      case 'usb-printer':
        local.push(checkNodeBus(machine, name, bus, running));
        break;
      case 'gpio':
        local.push(checkGpio(machine, name, bus, configuration, { running, clock }));
        break;
      case 'i2c':
        local.push(checkI2c(machine, name, bus, configuration, { running, touch, clock }));
        break;
      case 'audio':
        local.push(checkSound(machine, name, bus));
        break;
      case 'page':
        local.push(checkPages('http', bus, running));
        break;
      case 'tcp':
      case 'ipp':
        network.push(checkTcp(name, bus, { running, clock }));
        break;
      case 'snmp':
        network.push(checkSnmp(name, bus, clock));
        break;
      // Expanders and converters are chips on an I2C bus, and looked at there.
      case 'expander':
      case 'adc':
        break;
    }
  }
  return { local, network };
}

function inGroups(checks: readonly Check[]): Stage[] {
  const stages: Stage[] = [];
  for (let index = 0; index < checks.length; index += besideEachOther) {
    stages.push(checks.slice(index, index + besideEachOther));
  }
  return stages;
}
