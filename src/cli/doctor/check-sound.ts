/** Speech by the programs of the system: the programs, a card, the right to use it. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AudioBusConfig } from '../../supervisor/config/schema.js';
import { findTool } from '../../transports/tool-process.js';
import { groupName, type Machine, may, readText } from './machine.js';
import { type Check, check, findingsOf, same, say } from './types.js';

export function checkSound(machine: Machine, name: string, { card, program }: AudioBusConfig): Check {
  const subject = `buses.${name}`;
  return check(subject, async () => {
    const { ok, problem } = findingsOf(subject);
    for (const tool of [program, 'aplay']) {
      if ((await findTool(tool, machine.searchPath)) !== undefined) continue;
      return [
        problem(
          'audio.no-program',
          say(`没有安装 ${tool}`, `${tool} is not installed`),
          same('sudo apt-get install espeak-ng alsa-utils'),
        ),
      ];
    }
    // ` 1 [Device         ]: USB-Audio - USB Audio Device`
    const cards = [
      ...((await readText(machine, '/proc/asound/cards')) ?? '').matchAll(/^\s*\d+ \[(\S+)\s*\]/gm),
    ].map((match) => match[1] ?? '');
    if (cards.length === 0) {
      return [
        problem(
          'audio.no-card',
          say('没有声卡', 'there is no sound card'),
          say('插好 USB 声卡，再运行 aplay -L', 'plug a USB sound card in, then: aplay -L'),
        ),
      ];
    }
    const wanted = /CARD=([^,]+)/.exec(card)?.[1];
    if (wanted !== undefined && !cards.includes(wanted)) {
      const there = cards.join(', ');
      return [
        problem(
          'audio.other-card',
          say(
            `没有叫 ${wanted} 的声卡；现有 ${there}`,
            `no sound card is called ${wanted}; there are ${there}`,
          ),
          same(`${subject}.card: plughw:CARD=${cards[0]},DEV=0`),
        ),
      ];
    }
    const nodes = (await readdir(join(machine.root, '/dev/snd')).catch(() => [] as string[])).filter((node) =>
      node.startsWith('pcm'),
    );
    for (const node of nodes) {
      const stats = await stat(join(machine.root, '/dev/snd', node)).catch(() => undefined);
      if (stats === undefined || may(machine.account, stats, 'both')) continue;
      const group = groupName(machine, stats.gid);
      return [
        problem(
          'audio.denied',
          say(
            `用户 ${machine.account.name} 不能使用声卡（属于 ${group} 组）`,
            `the user ${machine.account.name} may not use the sound card (group ${group})`,
          ),
          same(
            `sudo systemctl edit hallward\n[Service]\nDeviceAllow=char-alsa rw\nSupplementaryGroups=${group}`,
          ),
        ),
      ];
    }
    return [
      ok(
        'audio.good',
        say(
          `${program}，声卡 ${wanted ?? cards.join(', ')}`,
          `${program}, sound card ${wanted ?? cards.join(', ')}`,
        ),
      ),
    ];
  });
}
