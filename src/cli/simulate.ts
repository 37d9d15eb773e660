import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { sleep, systemClock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import { isMapping } from '../kernel/json.js';
import { silentLog } from '../kernel/log.js';
import type { Text } from '../kernel/text.js';
import { checkLoaded, loadFile, profileFinder } from '../supervisor/config/load.js';
import { formatProblem } from '../supervisor/config/problems.js';
import { InvalidConfiguration } from '../supervisor/launch.js';
import type { CommandInput } from './command-input.js';
import type { HallEvent } from './demo/model.js';
import { eventWords } from './demo/words.js';
import { CommandFailed, exitCodes } from './exit-codes.js';
import { languageOf } from './language.js';
import { portOf } from './port.js';
import { both } from './simulate/front.js';
import { carryOut, help, type OrderContext } from './simulate/orders.js';
import { startSimulation } from './simulate/simulation.js';

/** An orderly end may take this long. */
const stopMilliseconds = 4_500;

/** `hallward simulate FILE`: a configuration with every wire simulated, and a front panel to type at. */
export async function run(input: CommandInput): Promise<number> {
  const file = input.positionals[0];
  if (file === undefined)
    throw new CommandFailed(exitCodes.usage, 'usage: hallward simulate FILE [--port N]');
  const language = languageOf(input);
  const { configuration, document } = readWithoutHub(file);
  const clock = systemClock();
  const time = () => new Date(clock.wallMilliseconds()).toTimeString().slice(0, 8);
  const say = (text: string) => {
    if (text !== '') process.stdout.write(`${text}\n`);
  };
  const simulation = await startSimulation({
    file,
    document,
    configuration,
    port: portOf(input, 'simulate'),
    clock,
    log: silentLog,
    tell: (name, text) => say(`${time()}  ${name} ${text[language]}`),
    event: (type, data) => {
      const event = { type, data } as HallEvent;
      say(`${time()}  ${eventWords(event)[language]}`);
      if (event.type === 'fault.raised') say(`          → ${event.data.action[language]}`);
    },
  }).catch((error: unknown) => {
    if (error instanceof InvalidConfiguration) failInvalid(file, error.problems);
    if (error instanceof HallwardError) {
      throw new CommandFailed(exitCodes.unavailable, `hallward simulate: ${error.message}`);
    }
    throw error;
  });
  const context: OrderContext = {
    fronts: simulation.fronts,
    issue: simulation.issue,
    wait: (seconds) => sleep(clock, 'simulate: wait', seconds * 1_000),
    language,
  };
  say(greeting(file, simulation.port, simulation.pages)[language]);
  say(`${help(context, '')}\n`);
  await obey(context, say);
  clock.after('stop by force', stopMilliseconds, () => process.exit(exitCodes.done));
  await simulation.stop();
  setImmediate(() => process.exit(exitCodes.done));
  return exitCodes.done;
}

/** Carries out one line after the other, until `quit`, the end of the input or a signal. */
function obey(context: OrderContext, say: (text: string) => void): Promise<void> {
  return new Promise((resolve) => {
    const lines = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: process.stdin.isTTY,
    });
    let over = false;
    // A signal does not wait for what was typed before.
    const leave = () => {
      over = true;
      lines.close();
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
    lines.on('SIGINT', leave);
    let work = Promise.resolve();
    lines.on('line', (line) => {
      work = work.then(async () => {
        if (over) return;
        const said = await carryOut(line, context);
        if (said === 'quit') leave();
        else say(said);
      });
    });
    lines.on('close', () => void work.then(resolve));
  });
}

/** Takes the place of the hub's address until the simulation has a broker of its own. */
const playHub = { url: 'mqtt://127.0.0.1:1883' };

/** The file, checked as for a real start but for the hub: the real one, with its secrets, is not for play. */
function readWithoutHub(file: string) {
  const loaded = loadFile(file);
  const document =
    isMapping(loaded.document) && loaded.document.hub !== undefined
      ? { ...loaded.document, hub: playHub }
      : loaded.document;
  if (loaded.hash === '') failInvalid(file, loaded.problems);
  const { configuration, problems } = checkLoaded(document, profileFinder(dirname(file)));
  if (configuration === undefined) failInvalid(file, problems);
  return { configuration, document };
}

function failInvalid(file: string, problems: readonly { path: string; message: string }[]): never {
  const lines = problems.map(formatProblem).join('\n');
  throw new CommandFailed(exitCodes.invalidConfiguration, `${lines}\n${file}: invalid`);
}

/** @param pages where a browser finds its pages; `null` where it has none */
function greeting(file: string, port: number, pages: string | null): Text {
  const watch = `hallward watch --url mqtt://127.0.0.1:${port}`;
  const listen = `mosquitto_sub -h 127.0.0.1 -p ${port} -v -t 'hallward/#'`;
  return both(
    [
      `${file}：真实的控制器，全部线路由模拟器代替。`,
      `值守：${watch}`,
      `旁听：${listen}`,
      ...(pages === null ? [] : [`网页：${pages}（用本机的浏览器打开）`]),
      '',
    ].join('\n'),
    [
      `${file}: a real controller, every wire simulated.`,
      `Watch:   ${watch}`,
      `Listen:  ${listen}`,
      ...(pages === null ? [] : [`Pages:   ${pages} (for a browser on this machine)`]),
      '',
    ].join('\n'),
  );
}
