/** GPIO chips and I2C buses: there, ours to open; the chips behind them only where nobody is disturbed. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError } from '../../kernel/errors.js';
import type { Configuration, GpioBusConfig, I2cBusConfig } from '../../supervisor/config/schema.js';
import { readChips, readLines, readToolsVersion } from '../../transports/gpio-tools-text.js';
import { systemI2cAdapter } from '../../transports/i2c-adapter.js';
import { findTool, runTool } from '../../transports/tool-process.js';
import { groupName, type Machine, may, readText } from './machine.js';
import { type Check, check, type Finding, findingsOf, same, say } from './types.js';

const toolMilliseconds = 2_000;
const consumerOfOurs = /hallward|gpiomon|gpioset|onoff|sysfs/;

/** @param running a controller has the lines: the chip's device is then not opened, not even to be listed */
export function checkGpio(
  machine: Machine,
  name: string,
  { chip, access }: GpioBusConfig,
  { devices }: Configuration,
  { running, clock }: { readonly running: boolean; readonly clock: Clock },
): Check {
  const subject = `buses.${name}`;
  return check(subject, async () => {
    const { ok, problem, notTried } = findingsOf(subject);
    const options = { path: machine.searchPath, clock, timeoutMilliseconds: toolMilliseconds };
    const labels = await sysfsLabels(machine);
    const nodes = (await readdir(join(machine.root, '/dev')).catch(() => [] as string[])).filter((node) =>
      /^gpiochip\d+$/.test(node),
    );
    const denied = await deniedNode(machine, nodes);
    if (denied !== undefined && access !== 'sysfs') {
      return [
        problem(
          'gpio.denied',
          say(
            `用户 ${machine.account.name} 不能打开 /dev/${denied.node}（属于 ${denied.group} 组）`,
            `the user ${machine.account.name} may not open /dev/${denied.node} (group ${denied.group})`,
          ),
          denied.group === 'root'
            ? same(
                'sudo groupadd --force --system gpio && sudo install -m 644 deploy/99-hallward.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger',
              )
            : same(
                `sudo usermod -aG ${denied.group} ${machine.account.name} && sudo systemctl restart hallward`,
              ),
        ),
      ];
    }
    if (labels.includes(chip) && (running || access === 'sysfs')) {
      return [ok('gpio.label', say(`芯片 ${chip} 在`, `the chip ${chip} is there`))];
    }
    if (running) {
      return [
        notTried(
          'gpio.running',
          say(
            '控制器正在运行，不打扰它；引脚问题由它自己报告',
            'the controller is running and not disturbed; it tells itself of lines',
          ),
          same('hallward watch'),
        ),
      ];
    }
    if ((await findTool('gpiodetect', machine.searchPath)) === undefined) {
      if (labels.includes(chip))
        return [ok('gpio.label', say(`芯片 ${chip} 在（sysfs）`, `the chip ${chip} is there (sysfs)`))];
      return [
        problem(
          'gpio.no-tools',
          say('没有安装 gpiod 工具', 'the gpiod tools are not installed'),
          same('sudo apt-get install gpiod'),
        ),
      ];
    }
    const chips = readChips((await runTool('gpiodetect', [], options)).output);
    const own = chips.find(({ label }) => label === chip);
    if (own === undefined) {
      const there = [...new Set([...chips.map(({ label }) => label), ...labels])].join(', ');
      const found =
        there === ''
          ? say(
              `没有叫 ${chip} 的 GPIO 芯片，也看不到别的`,
              `no GPIO chip is called ${chip}, and none is seen`,
            )
          : say(
              `没有叫 ${chip} 的 GPIO 芯片；现有 ${there}`,
              `no GPIO chip is called ${chip}; there are ${there}`,
            );
      return [
        problem(
          'gpio.absent',
          found,
          there === '' ? same('sudo gpiodetect') : same(`${subject}.chip: ${there.split(', ')[0]}`),
        ),
      ];
    }
    const version = readToolsVersion((await runTool('gpiodetect', ['--version'], options)).output) ?? 2;
    const listing = version === 2 ? ['--chip', own.name] : [own.name];
    const lines = readLines((await runTool('gpioinfo', listing, options)).output, version);
    const wanted = linesOf(devices, name);
    const taken = lines.filter(
      (line) =>
        line.consumer !== null && (wanted.has(line.offset) || (line.name !== null && wanted.has(line.name))),
    );
    if (taken.length === 0) {
      const free =
        wanted.size === 0 ? same('') : say(`，${wanted.size} 个引脚空闲`, `, ${wanted.size} lines are free`);
      return [ok('gpio.good', say(`芯片 ${chip} 在${free['zh-CN']}`, `the chip ${chip} is there${free.en}`))];
    }
    return taken.map(({ offset, consumer }) =>
      problem(
        'gpio.line-held',
        say(`引脚 ${offset} 被 ${consumer} 占用`, `line ${offset} is held by ${consumer}`),
        consumerOfOurs.test(consumer ?? '')
          ? same('sudo systemctl stop hallward')
          : say(
              '在 /boot/firmware/config.txt 中停用占用它的功能（dtoverlay），或换一个引脚',
              'take the dtoverlay that uses it out of /boot/firmware/config.txt, or use another line',
            ),
      ),
    );
  });
}

async function sysfsLabels(machine: Machine): Promise<string[]> {
  const folder = '/sys/class/gpio';
  const names = await readdir(join(machine.root, folder)).catch(() => [] as string[]);
  const labels = await Promise.all(
    names
      .filter((name) => /^gpiochip\d+$/.test(name))
      .map((name) => readText(machine, `${folder}/${name}/label`)),
  );
  return labels.filter((label) => label !== null);
}

async function deniedNode(machine: Machine, nodes: readonly string[]) {
  for (const node of nodes) {
    const stats = await stat(join(machine.root, '/dev', node)).catch(() => undefined);
    if (stats !== undefined && !may(machine.account, stats, 'both'))
      return { node, group: groupName(machine, stats.gid) };
  }
  return undefined;
}

/** Lines that devices on this bus use, by number or name. */
function linesOf(devices: Configuration['devices'], bus: string): Set<number | string> {
  const found = new Set<number | string>();
  const collect = (value: unknown): void => {
    if (typeof value === 'number' || typeof value === 'string') found.add(value);
    else if (typeof value === 'object' && value !== null)
      for (const one of Object.values(value)) collect(one);
  };
  for (const entry of entriesOn(devices, bus)) {
    for (const option of ['line', 'lines', 'buttons', 'lamp']) collect(entry[option]);
  }
  return found;
}

/** Devices and parts of devices on a bus. */
function entriesOn(devices: Configuration['devices'], bus: string): Readonly<Record<string, unknown>>[] {
  return Object.values(devices)
    .flatMap((device) => [device, ...Object.values(device.parts ?? {})])
    .filter((entry) => entry.bus === bus);
}

/**
 * @param touch chips are asked, where no controller runs: one byte is read of each, as `i2cdetect -r` does
 */
export function checkI2c(
  machine: Machine,
  name: string,
  { number }: I2cBusConfig,
  { devices, buses }: Configuration,
  { running, touch, clock }: { readonly running: boolean; readonly touch: boolean; readonly clock: Clock },
): Check {
  const subject = `buses.${name}`;
  return check(subject, async () => {
    const { ok, problem, notTried } = findingsOf(subject);
    const path = `/dev/i2c-${number}`;
    const stats = await stat(join(machine.root, path)).catch(() => undefined);
    if (stats === undefined) {
      const there = (await readdir(join(machine.root, '/dev')).catch(() => [] as string[])).filter((node) =>
        /^i2c-\d+$/.test(node),
      );
      const others =
        there.length === 0 ? same('') : say(`；现有 ${there.join(', ')}`, `; there are ${there.join(', ')}`);
      return [
        problem(
          'i2c.absent',
          say(`没有 ${path}${others['zh-CN']}`, `${path} is not there${others.en}`),
          same(
            'sudo raspi-config nonint do_i2c 0\necho i2c-dev | sudo tee -a /etc/modules && sudo modprobe i2c-dev',
          ),
        ),
      ];
    }
    if (!may(machine.account, stats, 'both')) {
      const group = groupName(machine, stats.gid);
      return [
        problem(
          'i2c.denied',
          say(
            `用户 ${machine.account.name} 不能打开 ${path}（属于 ${group} 组）`,
            `the user ${machine.account.name} may not open ${path} (group ${group})`,
          ),
          same(
            `sudo usermod -aG ${group === 'root' ? 'i2c' : group} ${machine.account.name} && sudo systemctl restart hallward`,
          ),
        ),
      ];
    }
    const addresses = addressesOn({ devices, buses }, name);
    const there = ok('i2c.there', say(`${path} 在`, `${path} is there`));
    if (addresses.length === 0) return [there];
    const list = addresses.map(hex).join(', ');
    if (running)
      return [
        there,
        notTried(
          'i2c.running',
          say(
            `控制器正在运行，没有查询芯片 ${list}`,
            `the controller is running: the chips ${list} were not asked`,
          ),
          same('hallward watch'),
        ),
      ];
    if (!touch)
      return [
        there,
        notTried(
          'i2c.not-touched',
          say(`没有查询芯片 ${list}`, `the chips ${list} were not asked`),
          same('hallward doctor --touch'),
        ),
      ];
    return askChips(subject, number, addresses, clock);
  });
}

async function askChips(
  subject: string,
  number: number,
  addresses: readonly number[],
  clock: Clock,
): Promise<Finding[]> {
  const { ok, problem } = findingsOf(subject);
  const connection = await systemI2cAdapter({ number }, clock).open(() => {});
  const findings: Finding[] = [];
  try {
    for (const address of addresses) {
      try {
        await connection.transfer({ address, readLength: 1 });
        findings.push(
          ok('i2c.answers', say(`芯片 ${hex(address)} 有应答`, `the chip ${hex(address)} answers`)),
        );
      } catch (error) {
        const reason = error instanceof HallwardError ? error.message : String(error);
        findings.push(
          problem(
            'i2c.silent',
            say(`芯片 ${hex(address)} 没有应答`, `the chip ${hex(address)} does not answer: ${reason}`),
            say(
              `检查电源、SDA/SCL 接线和地址跳线；sudo i2cdetect -y ${number}`,
              `check power, SDA and SCL, address jumpers; sudo i2cdetect -y ${number}`,
            ),
          ),
        );
      }
    }
  } finally {
    await connection.close();
  }
  return findings;
}

/** Addresses of devices, parts, expanders and converters on an I2C bus, without doubles. */
function addressesOn({ devices, buses }: Pick<Configuration, 'devices' | 'buses'>, name: string): number[] {
  const behind = Object.values(buses).filter((bus) => 'bus' in bus && bus.bus === name);
  const all = [...entriesOn(devices, name), ...behind].map(
    (entry) => (entry as { address?: unknown }).address,
  );
  const found = all.filter(
    (address): address is number => typeof address === 'number' && address > 0 && address < 0x80,
  );
  return [...new Set(found)].sort((one, other) => one - other);
}

function hex(address: number): string {
  return `0x${address.toString(16).toUpperCase().padStart(2, '0')}`;
}
