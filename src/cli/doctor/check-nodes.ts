/** Serial ports and USB printers: there, by a name that stays, ours to open, nobody else's, and quick. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { systemCode } from '../../kernel/errors.js';
import type { BusConfig } from '../../supervisor/config/schema.js';
import { groupName, holdersOf, type Machine, may, readText } from './machine.js';
import { type Check, check, type Finding, findingsOf, same, say } from './types.js';

type NodeBus = Extract<BusConfig, { type: 'serial' | 'firmata' | 'usb-printer' }>;

/** Groups that open devices, by the bus. */
const groups = { serial: 'dialout', firmata: 'dialout', 'usb-printer': 'lp' } as const;
const mostNamed = 4;

/** @param running a controller has the storage: then who has the port open is no surprise */
export function checkNodeBus(machine: Machine, name: string, bus: NodeBus, running: boolean): Check {
  const subject = `buses.${name}`;
  return check(subject, async () => {
    const { ok, problem } = findingsOf(subject);
    const { path } = bus;
    const file = await realpath(path).catch((error: unknown) => ({ system: systemCode(error) ?? 'error' }));
    if (typeof file !== 'string') return [await absent(machine, subject, bus, file.system)];
    const stats = await stat(file);
    if (!stats.isCharacterDevice()) {
      return [problem('node.no-device', say(`${path} 不是设备`, `${path} is no device`))];
    }
    const findings: Finding[] = [...judgeName(machine, subject, path)];
    if (!may(machine.account, stats, 'both')) findings.push(denied(machine, subject, bus, stats.gid));
    const held = await heldBy(machine, subject, path, file, running);
    findings.push(...held.findings);
    if (bus.type !== 'usb-printer') findings.push(...(await judgeLatency(machine, subject, file)));
    if (findings.some(({ outcome }) => outcome !== 'ok')) return findings;
    return [ok('node.good', say(`${path} → ${file}${held.by['zh-CN']}`, `${path} → ${file}${held.by.en}`))];
  });
}

async function absent(machine: Machine, subject: string, bus: NodeBus, system: string): Promise<Finding> {
  const { problem } = findingsOf(subject);
  const { path, type } = bus;
  const printers = type === 'usb-printer';
  const folders = printers ? ['/dev/usb', '/dev/hallward'] : ['/dev/serial/by-id', '/dev/hallward'];
  const there = (await Promise.all(folders.map((folder) => namesIn(machine, folder)))).flat();
  const named = there.slice(0, mostNamed).join(', ') + (there.length > mostNamed ? ' …' : '');
  const what =
    named === ''
      ? say('没有插任何设备', 'nothing is plugged in')
      : say(`现有 ${named}`, `there are ${named}`);
  return problem(
    'node.absent',
    say(`找不到 ${path}（${system}）；${what['zh-CN']}`, `${path} is not there (${system}); ${what.en}`),
    named === ''
      ? say(
          '插好转接器，检查供电，再运行 dmesg | tail',
          'plug the adapter in, check its power, then: dmesg | tail',
        )
      : say(`把 ${subject}.path 改成上面的名称`, `${subject}.path: one of these names`),
  );
}

/** `/dev/ttyUSB0` is another adapter after the next start. */
function judgeName(machine: Machine, subject: string, path: string): Finding[] {
  if (!/^\/dev\/(ttyUSB|ttyACM|usb\/lp)\d+$/.test(path)) return [];
  const { warning } = findingsOf(subject);
  const printers = path.includes('/lp');
  const folder = printers ? '/dev/hallward' : '/dev/serial/by-id';
  return [
    warning(
      'node.name-changes',
      say(
        `${path} 重新插拔或重启后会变成别的设备`,
        `${path} is another device after a restart or another socket`,
      ),
      same(`ls -l ${join(machine.root, folder)}`),
    ),
  ];
}

function denied(machine: Machine, subject: string, { path, type }: NodeBus, groupId: number): Finding {
  const { account } = machine;
  const group = groupName(machine, groupId);
  const usable = group === 'root' ? groups[type] : group;
  return findingsOf(subject).problem(
    'node.denied',
    say(
      `用户 ${account.name} 不能打开 ${path}（属于 ${group} 组）`,
      `the user ${account.name} may not open ${path} (group ${group})`,
    ),
    group === 'root'
      ? same(
          'sudo install -m 644 deploy/99-hallward.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger',
        )
      : same(`sudo usermod -aG ${usable} ${account.name} && sudo systemctl restart hallward`),
  );
}

async function heldBy(machine: Machine, subject: string, path: string, file: string, running: boolean) {
  const { warning, problem } = findingsOf(subject);
  const { holders, complete } = await holdersOf(machine, file);
  const [holder] = holders;
  if (holder !== undefined && running && /hallward/.test(holder.command)) {
    return { findings: [], by: say('，控制器正在使用', ', in use by the controller') };
  }
  if (holder !== undefined) {
    const { processId, command } = holder;
    const found = say(
      `${path} 正被其他程序使用：${command}（进程 ${processId}）`,
      `${path} is in use by ${command} (process ${processId})`,
    );
    return { findings: [problem('node.in-use', found, same(`sudo kill ${processId}`))], by: same('') };
  }
  if (complete || running) return { findings: [], by: same('') };
  const found = say(
    `看不到其他用户的程序是否占用 ${path}`,
    `whether a program of another user has ${path} cannot be seen`,
  );
  return { findings: [warning('node.holders-hidden', found, same('sudo hallward doctor'))], by: same('') };
}

/** FTDI chips hold received bytes back, 16 ms as they come. */
async function judgeLatency(machine: Machine, subject: string, file: string): Promise<Finding[]> {
  const timer = `/sys/bus/usb-serial/devices/${basename(file)}/latency_timer`;
  const value = await readText(machine, timer);
  if (value === null || Number(value) <= 1) return [];
  return [
    findingsOf(subject).warning(
      'serial.latency',
      say(
        `FTDI 转接器延迟 ${value} ms，应为 1 ms`,
        `this FTDI adapter keeps bytes for ${value} ms; 1 ms is right`,
      ),
      same(
        `echo 1 | sudo tee ${timer}\nsudo install -m 644 deploy/99-hallward.rules /etc/udev/rules.d/ && sudo udevadm control --reload && sudo udevadm trigger`,
      ),
    ),
  ];
}

async function namesIn(machine: Machine, folder: string): Promise<string[]> {
  const names = await readdir(join(machine.root, folder)).catch(() => [] as string[]);
  return names.sort().map((name) => `${folder}/${name}`);
}
