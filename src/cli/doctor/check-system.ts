/** The system below: Node, the service, the clock. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, rfc3339 } from '../../kernel/clock.js';
import type { Configuration } from '../../supervisor/config/schema.js';
import { runTool } from '../../transports/tool-process.js';
import { type Machine, unitValue } from './machine.js';
import { type Check, check, type Finding, findingsOf, same, say } from './types.js';

const leastNode = [20, 19] as const;
const toolMilliseconds = 3_000;

export function checkNode(version: string = process.versions.node): Check {
  return check('node', async () => {
    const { ok, problem } = findingsOf('node');
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const good = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
    if (good) return [ok('node.version', same(`Node ${version}`))];
    return [
      problem(
        'node.version',
        say(
          `Node ${version}，需要 ${leastNode.join('.')} 或更新`,
          `Node ${version}; ${leastNode.join('.')} or newer is needed`,
        ),
        same('curl -fsSL https://deb.nodesource.com/setup_22.x | sudo bash - && sudo apt-get install nodejs'),
      ),
    ];
  });
}

export function checkService(machine: Machine): Check {
  return check('service', async () => {
    const { ok, warning, notTried } = findingsOf('service');
    const { unit, root, account } = machine;
    if (!(await isThere(join(root, '/run/systemd/system')))) {
      return [notTried('service.no-systemd', say('这里没有 systemd', 'no systemd runs here'))];
    }
    if (unit === undefined) {
      return [
        warning(
          'service.missing',
          say(
            '没有安装 hallward.service：断电后不会自己启动',
            'hallward.service is not installed: nothing starts it after a power cut',
          ),
          same(
            'sudo install -m 644 deploy/hallward.service /etc/systemd/system/\nsudo systemctl daemon-reload && sudo systemctl enable --now hallward',
          ),
        ),
      ];
    }
    const findings: Finding[] = [];
    if (unitValue(unit, 'WatchdogSec') === undefined) {
      findings.push(
        warning(
          'service.no-watchdog',
          say(
            `${unit.file} 没有 WatchdogSec：程序卡死时没有人重启它`,
            `${unit.file} has no WatchdogSec: nobody restarts a program that hangs`,
          ),
          same('sudo systemctl edit hallward\n[Service]\nWatchdogSec=30'),
        ),
      );
    }
    const enabled = await isThere(join(root, '/etc/systemd/system/multi-user.target.wants/hallward.service'));
    if (!enabled) {
      findings.push(
        warning(
          'service.not-enabled',
          say('服务没有设为开机启动', 'the service does not start with the system'),
          same('sudo systemctl enable --now hallward'),
        ),
      );
    }
    if (findings.length > 0) return findings;
    return [
      ok(
        'service.installed',
        say(`${unit.file}，用户 ${account.name}`, `${unit.file}, user ${account.name}`),
      ),
    ];
  });
}

/**
 * @param storage the folder of the event log: the clock cannot be before what was written there
 */
export function checkClock(machine: Machine, clock: Clock, storage: string | undefined): Check {
  return check('clock', async () => {
    const { ok, warning, problem } = findingsOf('clock');
    const now = rfc3339(clock.wallMilliseconds());
    const newest = storage === undefined ? null : await newestFile(storage);
    const hasRtc = (await readdir(join(machine.root, '/sys/class/rtc')).catch(() => [])).length > 0;
    const rtc = hasRtc
      ? say('', '')
      : say('；没有 RTC 模块，断电后时间会错', '; no RTC module: after a power cut the time is wrong');
    if (clock.quality() === 'untrusted') {
      const later = newest === null ? '' : ` < ${rfc3339(newest)}`;
      return [
        problem(
          'clock.wrong',
          say(
            `时钟显示 ${now}，不可能${later}${rtc['zh-CN']}`,
            `the clock says ${now}, which cannot be${later}${rtc.en}`,
          ),
          same("sudo timedatectl set-ntp true\nsudo date -s '2026-11-22 09:00'"),
        ),
      ];
    }
    if (await isSynchronized(machine, clock)) {
      return [ok('clock.synchronised', say(`${now}，已对时`, `${now}, synchronised`))];
    }
    return [
      warning(
        'clock.alone',
        say(`${now}，没有对时${rtc['zh-CN']}`, `${now}, but no time server sets it${rtc.en}`),
        say(
          'sudo timedatectl set-ntp true\n大厅网络不通外网时：/etc/systemd/timesyncd.conf 中写 NTP=<MQTT 服务器地址>，由它提供时间（chrony）',
          "sudo timedatectl set-ntp true\nin a network without a way out: NTP=<the broker's computer> in /etc/systemd/timesyncd.conf, and chrony there",
        ),
      ),
    ];
  });
}

export function checkTimeZone({ timezone }: Configuration, clock: Clock): Check {
  return check('timezone', async () => {
    const { ok } = findingsOf('timezone');
    const options = { timeZone: timezone, hour: '2-digit', minute: '2-digit', hour12: false } as const;
    const local = new Intl.DateTimeFormat('en-GB', options).format(clock.wallMilliseconds());
    return [
      ok(
        'timezone.local',
        say(
          `${timezone}，大厅现在 ${local}（与手表核对）`,
          `${timezone}: it is ${local} in the hall (compare your watch)`,
        ),
      ),
    ];
  });
}

/** systemd-timesyncd says so by a file, every other program (chrony) by the kernel, which timedatectl reads. */
async function isSynchronized(machine: Machine, clock: Clock): Promise<boolean> {
  if (await isThere(join(machine.root, '/run/systemd/timesync/synchronized'))) return true;
  const options = { path: machine.searchPath, clock, timeoutMilliseconds: toolMilliseconds };
  const args = ['show', '--property=NTPSynchronized', '--value'];
  const outcome = await runTool('timedatectl', args, options).catch(() => undefined);
  return outcome?.output.trim() === 'yes';
}

/** Unix time in milliseconds at which the newest file of a folder was written; `null` where there is none. */
export async function newestFile(folder: string): Promise<number | null> {
  let newest: number | null = null;
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    const time = await stat(join(folder, name)).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    if (time !== null && (newest === null || time > newest)) newest = time;
  }
  return newest;
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
