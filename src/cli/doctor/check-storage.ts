/** The folder of the event log: there, writable, room, and on what it lies. */
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../kernel/errors.js';
import { storageLockName } from '../../store/lock.js';
import type { Configuration } from '../../supervisor/config/schema.js';
import { groupName, type Machine, may, unitValue } from './machine.js';
import { type Check, check, type Finding, findingsOf, same, say } from './types.js';

const megabyte = 1024 * 1024;
const volatile = new Set(['tmpfs', 'ramfs']);
/** A file system of another computer: a sync there promises nothing of a disk, and it may hang. */
const remote = new Set(['nfs', 'nfs4', 'cifs', 'smb3', 'fuse.sshfs', '9p']);
/** One where the order of what is written is not kept through a power cut. */
const weak = new Set(['vfat', 'exfat', 'msdos', 'ntfs', 'ntfs3', 'fuseblk']);

/** Whether a controller has this storage now, looked up without touching it. `null` where that cannot be told. */
export async function controllerRuns(machine: Machine, directory: string): Promise<boolean | null> {
  const found = await stat(directory).catch(() => null);
  if (found === null) return false;
  const sockets = await readFile(join(machine.root, '/proc/net/unix'), 'utf8').catch(() => null);
  if (sockets === null) return null;
  // Abstract names begin with @, and are filled up with more of them.
  const name = `@${storageLockName(found)}`;
  return sockets.split('\n').some((line) => line.replace(/@+$/, '').endsWith(name));
}

export function checkStorage(machine: Machine, { storage }: Configuration): Check {
  return check('storage', async () => {
    const { ok, warning, problem, notTried } = findingsOf('storage');
    const { path, maxMegabytes } = storage;
    const { account, unit } = machine;
    const found = await stat(path).catch((error: unknown) => systemCode(error) ?? 'error');
    if (found === 'EACCES') {
      return [
        notTried(
          'storage.hidden',
          say(`看不到 ${path}`, `${path} cannot be looked at by us`),
          same('sudo hallward doctor'),
        ),
      ];
    }
    const make = `sudo install -d -o ${account.name} -m 750 ${path}`;
    if (typeof found === 'string') {
      if (
        unit !== undefined &&
        unitValue(unit, 'StateDirectory') !== undefined &&
        path === '/var/lib/hallward'
      ) {
        return [
          ok('storage.coming', say(`${path} 会在服务启动时创建`, `${path} is made when the service starts`)),
        ];
      }
      return [
        problem(
          'storage.missing',
          say(`${path} 不存在（${found}）`, `${path} is not there (${found})`),
          same(make),
        ),
      ];
    }
    if (!found.isDirectory()) {
      return [problem('storage.no-folder', say(`${path} 不是文件夹`, `${path} is no folder`))];
    }
    const findings: Finding[] = [];
    if (!may(account, found, 'both')) {
      const rights = `${found.uid}:${groupName(machine, found.gid)} ${(found.mode & 0o777).toString(8)}`;
      findings.push(
        problem(
          'storage.denied',
          say(
            `用户 ${account.name} 不能写 ${path}（${rights}）`,
            `the user ${account.name} may not write ${path} (${rights})`,
          ),
          same(`sudo chown -R ${account.name} ${path} && sudo chmod 750 ${path}`),
        ),
      );
    }
    const space = await statfs(path);
    const free = Math.floor((space.bavail * space.bsize) / megabyte);
    if (free < maxMegabytes) {
      findings.push(
        (free < 16 ? problem : warning)(
          'storage.little-room',
          say(
            `只剩 ${free} MB，storage.maxMegabytes 是 ${maxMegabytes}`,
            `${free} MB are free, storage.maxMegabytes is ${maxMegabytes}`,
          ),
          say(
            `sudo journalctl --vacuum-size=100M；或调小 storage.maxMegabytes`,
            `sudo journalctl --vacuum-size=100M; or a smaller storage.maxMegabytes`,
          ),
        ),
      );
    }
    const { type, device } = await mountOf(machine, path);
    findings.push(...judgeFileSystem(path, type));
    if (findings.length > 0) return findings;
    const card = /mmcblk/.test(device) ? say('，SD 卡', ', an SD card') : same('');
    return [
      ok(
        'storage.good',
        say(
          `${path}：${type}${card['zh-CN']}，剩余 ${free} MB`,
          `${path}: ${type}${card.en}, ${free} MB free`,
        ),
      ),
    ];
  });
}

function judgeFileSystem(path: string, type: string): Finding[] {
  const { warning, problem } = findingsOf('storage');
  if (volatile.has(type)) {
    return [
      problem(
        'storage.volatile',
        say(
          `${path} 在内存中（${type}）：断电后评价和号码全部丢失`,
          `${path} is in memory (${type}): a power cut takes all ratings and numbers`,
        ),
        say('storage.path 改到磁盘或 SD 卡上', 'storage.path on a disk or SD card'),
      ),
    ];
  }
  if (remote.has(type) || weak.has(type)) {
    return [
      warning(
        'storage.weak',
        say(
          `${path} 在 ${type} 上：断电后不能保证已写的还在`,
          `${path} is on ${type}: what was written may be gone after a power cut`,
        ),
        say('storage.path 改到本机的 ext4 上', 'storage.path on an ext4 of this board'),
      ),
    ];
  }
  return [];
}

/** Type and device of the file system that a path lies on (proc(5), mountinfo). */
async function mountOf(machine: Machine, path: string): Promise<{ type: string; device: string }> {
  const text = await readFile(join(machine.root, '/proc/self/mountinfo'), 'utf8').catch(() => '');
  let best = { point: '', type: '?', device: '' };
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const point = left.split(' ')[4] ?? '';
    const [type = '?', device = ''] = right.split(' ');
    const holds = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    if (point !== '' && holds && point.length >= best.point.length) best = { point, type, device };
  }
  return best;
}
