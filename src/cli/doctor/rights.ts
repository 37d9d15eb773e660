/** The rights that a controller needs at its broker, and what is said of one that it does not have. */
import type { Topics } from '../../protocols/hub/topics.js';
import { type Finding, findingsOf, say } from './types.js';

/** Takes the place of a `+`: nothing real is called so. */
export const madeUp = 'doctor-test';

type Access = 'write' | 'read' | 'readwrite';

export interface Right {
  readonly access: Access;
  /** As an ACL line names it. */
  readonly filter: string;
  /** Where it is tried. */
  readonly topic: string;
  /** The topic has one name: what others keep there is what is published. */
  readonly fixed: boolean;
}

/** What a controller is in a hall of several boards. */
export interface Roles {
  readonly leads: boolean;
  readonly follows: boolean;
}

/** Rights of every controller, and of one that leads others or is led (deploy/mosquitto/hallward.acl). */
export function rightsOf(topics: Topics, { leads, follows }: Roles): readonly Right[] {
  const { root } = topics;
  const made = (access: Access, below: string): Right => ({
    access,
    filter: `${root}/${below}`,
    topic: `${root}/${below.replaceAll('+', madeUp)}`,
    fixed: !below.includes('+'),
  });
  return [
    made('readwrite', 'status'),
    ...topics.allRetainedState.map((filter) => made('readwrite', filter.slice(root.length + 1))),
    made('write', 'event/+'),
    made('write', 'health'),
    made('write', 'reply/+'),
    made('write', 'config/reported'),
    ...(leads ? [made('write', 'leading')] : []),
    ...(follows ? [made('write', 'following')] : []),
    made('read', 'command/+'),
    made('read', 'config/desired'),
  ];
}

interface Who {
  readonly subject: string;
  readonly hall: string;
  readonly controller: string;
  readonly username: string | undefined;
  readonly probe: { readonly protocol: 5 | 4 };
}

/** A right that the broker denies, with the lines that give it. */
export function missingRight(
  { username, controller, subject }: Who,
  { filter, access }: Right,
  denied: ReadonlySet<'read' | 'write'>,
  words: string,
): Finding {
  const user = username ?? controller;
  const no = denied.size === 2 ? 'readwrite' : [...denied][0]!;
  const level = `/${controller}/`;
  const pattern = filter.replace(level, '/%u/');
  const many = user === controller ? `\npattern ${access} ${pattern}` : '';
  const what = {
    read: say('读', 'read'),
    write: say('写', 'write'),
    readwrite: say('读写', 'read and write'),
  }[no];
  return findingsOf(subject).problem(
    `right.${no}`,
    say(
      `用户 ${user} 不能${what['zh-CN']} ${filter}：${words}`,
      `the user ${user} may not ${what.en} ${filter}: ${words}`,
    ),
    say(
      `/etc/mosquitto/hallward.acl 中加上（第一种只给它，第二种给所有控制器）：\nuser ${user}\ntopic ${access} ${filter}${many}\nsudo systemctl restart mosquitto`,
      `in /etc/mosquitto/hallward.acl (for this one${many === '' ? '' : ', or for all controllers'}):\nuser ${user}\ntopic ${access} ${filter}${many}\nsudo systemctl restart mosquitto`,
    ),
  );
}

/** A right that could not be tried to its end. */
export function unprovenRight({ subject, hall, controller, probe }: Who, { filter, access }: Right): Finding {
  const { notTried } = findingsOf(subject);
  if (probe.protocol === 4) {
    return notTried(
      'right.unproven',
      say(
        `${filter}：MQTT 3.1.1 的服务器不说明是否拒绝`,
        `${filter}: a broker of MQTT 3.1.1 does not say whether it refuses`,
      ),
      say(`核对 ACL：topic ${access} ${filter}`, `look at the ACL: topic ${access} ${filter}`),
    );
  }
  const address = `--hall ${hall} --controller ${controller} …`;
  const other = filter.endsWith('/desired')
    ? `hallward config push FILE ${address}`
    : `hallward command config.history ${address}`;
  return notTried(
    'right.unproven',
    say(
      `${filter}：服务器答应了订阅，是否送达只有发一条才知道`,
      `${filter}: the subscription is granted; only a message proves that it is delivered`,
    ),
    say(
      `hallward doctor --as admin --as-password-file 文件；或 ${other}\nACL 中应有：topic read ${filter}`,
      `hallward doctor --as admin --as-password-file FILE; or ${other}\nthe ACL has: topic read ${filter}`,
    ),
  );
}
