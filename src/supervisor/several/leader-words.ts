/** What a hand tells its staff of its leader. */
import type { Text } from '../../kernel/text.js';

export interface Words {
  readonly text: Text;
  readonly action: Text;
}

/** What staff are told when the leader is away. */
export function downWords(leader: string, prefix: string): Words {
  return {
    text: {
      'zh-CN': `叫号主机 ${leader} 中断`,
      en: `The controller ${leader}, which leads the calling, is away`,
    },
    action: {
      'zh-CN': `请按打印的等候名单口头叫号；新来的人发放 ${prefix} 字头的人工号，按“下一位”叫号；主机恢复后自动继续`,
      en: `Call out the printed list; give newcomers numbers with ${prefix} and press next; it goes on by itself afterwards`,
    },
  };
}

/** And when it is back. */
export function upWords(leader: string): Words {
  return {
    text: { 'zh-CN': `叫号主机 ${leader} 已恢复`, en: `The controller ${leader} leads the calling again` },
    action: {
      'zh-CN': '人工号叫完后自动恢复正常叫号',
      en: 'Normal calling goes on once nobody waits with a manual number',
    },
  };
}
