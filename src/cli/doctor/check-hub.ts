/** The way to the hub, step by step: files, name, port, TLS, login, rights, will. The first step that fails is told. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { connackWords, isAboutTheUser } from '../../hub/broker-words.js';
import type { ConnectionCredentials, ConnectionEnd } from '../../hub/connection-types.js';
import { type HubTarget, parseHubUrl } from '../../hub/hub-url.js';
import type { HubCredentials } from '../../hub/types.js';
import type { Clock } from '../../kernel/clock.js';
import { systemCode } from '../../kernel/errors.js';
import { clientIdOf } from '../../protocols/hub/topics.js';
import type { Configuration, HubConfig } from '../../supervisor/config/schema.js';
import { readHubSettings } from '../../supervisor/hub-settings.js';
import { chineseReason } from '../../supervisor/reason-words.js';
import { reach, reachWords } from './check-network.js';
import { judgeCertificate, judgeFailedTls, lookAtTls } from './hub-certificate.js';
import { judgeFileRights, judgeOwnCertificate } from './hub-files.js';
import { Probe, type ProbeOptions } from './hub-probe.js';
import { tryRights } from './hub-rights.js';
import type { Machine } from './machine.js';
import { type Check, type Finding, findingsOf, same, say } from './types.js';

/** All steps at one broker, each of which has a bound of its own. */
const limitMilliseconds = 60_000;

export interface HubCheckOptions {
  readonly machine: Machine;
  readonly clock: Clock;
  /** Who may send commands, to prove that they arrive. */
  readonly commander: { readonly username: string; readonly password: string } | undefined;
}

type Tell = (finding: Finding) => void;

/** A check for each broker, after one for the files. */
export function checkHub(configuration: Configuration, hub: HubConfig, options: HubCheckOptions): Check[] {
  const { machine, clock } = options;
  const reading = readHubSettings(hub).credentials();
  // Told by the first check; the others need not say it again.
  reading.catch(() => {});
  const files: Check = {
    subject: 'hub',
    async run(tell) {
      const { problem } = findingsOf('hub');
      const rights = await judgeFileRights(machine, hub);
      for (const finding of rights) tell(finding);
      try {
        for (const finding of judgeOwnCertificate(configuration, hub, await reading, clock)) tell(finding);
      } catch (error) {
        if (rights.length > 0) return;
        const reason = (error as Error).message;
        tell(problem('hub.files', say(chineseReason({ reason }) ?? reason, reason)));
      }
    },
  };
  const urls = typeof hub.url === 'string' ? [hub.url] : hub.url;
  return [files, ...urls.map((url) => checkBroker(configuration, parseHubUrl(url), reading, options))];
}

function checkBroker(
  configuration: Configuration,
  target: HubTarget,
  reading: Promise<HubCredentials>,
  options: HubCheckOptions,
): Check {
  const subject = target.url;
  return {
    subject,
    limitMilliseconds,
    async run(tell) {
      const { notTried, warning } = findingsOf(subject);
      const { clock } = options;
      const credentials = await reading.catch(() => undefined);
      if (!(await canBeReached(subject, target, clock, tell))) return;
      if (
        !target.tls &&
        !isLoopback(target.host) &&
        credentials !== undefined &&
        credentials.passwords.length > 0
      ) {
        tell(
          warning(
            'hub.plain',
            say('密码不加密地经过网络', 'the password crosses the network unencrypted'),
            same(`hub: { url: "mqtts://${target.host}:8883", ca: /etc/hallward/ca.pem }`),
          ),
        );
      }
      if (credentials === undefined) {
        tell(
          notTried(
            'hub.no-credentials',
            say('读不到密码或证书文件，没有登录', 'without its files no login was tried'),
          ),
        );
        return;
      }
      if (target.tls && !(await hasGoodTls(subject, target, credentials, clock, tell))) return;
      const login = await logIn(subject, configuration, target, credentials, clock, tell);
      if (login === undefined) return;
      const { commander } = options;
      const { hall, controller, leader, calling } = configuration;
      const roles = {
        leads: calling?.standbyFor !== undefined || (calling?.hands ?? []).length > 0,
        follows: leader !== undefined,
      };
      const asCommander: ConnectionCredentials | undefined = commander && {
        ...trustOf(credentials),
        ...commander,
      };
      await tryRights({
        ...{ subject, hall, controller, clock, tell, roles, probe: login, username: credentials.username },
        commander: asCommander && { credentials: asCommander },
      });
    },
  };
}

async function canBeReached(
  subject: string,
  { host, port }: HubTarget,
  clock: Clock,
  tell: Tell,
): Promise<boolean> {
  const { ok, problem } = findingsOf(subject);
  if (isIP(host) === 0) {
    const found = await lookup(host, { all: true }).catch((error: unknown) => systemCode(error) ?? 'error');
    if (typeof found === 'string') {
      const words = reachWords(found);
      tell(
        problem(
          'hub.name',
          say(`主机名 ${host}：${words['zh-CN']}`, `host name ${host}: ${words.en}`),
          say(
            `getent hosts ${host}；或在 /etc/hosts 中写上它的地址`,
            `getent hosts ${host}; or its address in /etc/hosts`,
          ),
        ),
      );
      return false;
    }
  }
  const code = await reach(host, port, clock);
  if (code === undefined) {
    tell(ok('hub.reached', say(`端口 ${port} 有应答`, `port ${port} answers`)));
    return true;
  }
  const words = reachWords(code);
  // Whoever refuses is there.
  const ping = code === 'ECONNREFUSED' ? '' : `ping -c 3 ${host}\n`;
  const look = `sudo systemctl status mosquitto; sudo ss -ltnp 'sport = :${port}'`;
  tell(
    problem(
      'hub.unreached',
      say(`${host}:${port}：${words['zh-CN']}`, `${host}:${port}: ${words.en}`),
      say(`${ping}在服务器上：${look}`, `${ping}at the broker: ${look}`),
    ),
  );
  return false;
}

async function hasGoodTls(
  subject: string,
  target: HubTarget,
  credentials: HubCredentials,
  clock: Clock,
  tell: Tell,
): Promise<boolean> {
  const seen = await lookAtTls(target, credentials, clock);
  const findings =
    seen instanceof Error
      ? [judgeFailedTls(subject, target, seen)]
      : judgeCertificate(subject, target, seen, credentials.ca, clock);
  for (const finding of findings) tell(finding);
  return findings.every(({ outcome }) => outcome !== 'problem');
}

/** Tries each password. Resolves with what the broker takes; tells why, where it takes none. */
async function logIn(
  subject: string,
  { hall, controller }: Configuration,
  target: HubTarget,
  credentials: HubCredentials,
  clock: Clock,
  tell: Tell,
): Promise<ProbeOptions | undefined> {
  const { ok, warning, problem } = findingsOf(subject);
  const clientId = `${clientIdOf(hall, controller)}-doctor`;
  const { passwords, username } = credentials;
  const tries: readonly (string | undefined)[] = passwords.length === 0 ? [undefined] : passwords;
  let end: ConnectionEnd | undefined;
  for (const [index, password] of tries.entries()) {
    for (const protocol of [5, 4] as const) {
      const options: ProbeOptions = {
        ...{ target, clientId, protocol, clock },
        credentials: {
          ...trustOf(credentials),
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
        },
      };
      const opened = await Probe.open(options);
      if (opened instanceof Probe) {
        await opened.close();
        const line =
          tries.length > 1
            ? say(`，密码文件第 ${index + 1} 行`, `, line ${index + 1} of the password file`)
            : same('');
        const who = username ?? '-';
        tell(
          ok(
            'hub.login',
            say(
              `MQTT ${protocol === 5 ? '5' : '3.1.1'}，用户 ${who}${line['zh-CN']}`,
              `MQTT ${protocol === 5 ? '5' : '3.1.1'}, user ${who}${line.en}`,
            ),
          ),
        );
        if (protocol === 4)
          tell(
            warning(
              'hub.old',
              say(
                '服务器只支持 MQTT 3.1.1：拒收和无人接收都看不出来',
                'the broker speaks MQTT 3.1.1 only: refusals go unnoticed',
              ),
              say('换用支持 MQTT 5 的服务器，如 mosquitto 2', 'a broker of MQTT 5, such as mosquitto 2'),
            ),
          );
        return options;
      }
      end = opened;
      if (end.kind !== 'version' && end.kind !== 'silent') break;
    }
    if (!isAboutTheUser(end?.reasonCode)) break;
  }
  const words = end?.words ?? '';
  const chinese = chineseReason({ reason: words }) ?? words;
  if (!isAboutTheUser(end?.reasonCode)) {
    tell(
      problem(
        'hub.refused',
        say(`登录失败：${chinese}`, `no login: ${words}`),
        same('sudo journalctl -u mosquitto -n 20'),
      ),
    );
    return undefined;
  }
  const code = connackWords(end?.reasonCode ?? 0);
  const user = username ?? controller;
  tell(
    problem(
      'hub.login-refused',
      username === undefined
        ? say(`服务器要求用户名和密码：${code}`, `the broker wants a user name and a password: ${code}`)
        : say(
            `用户 ${user} 或密码错误（试了 ${tries.length} 个）：${code}`,
            `the user ${user} or the password is wrong (${tries.length} tried): ${code}`,
          ),
      say(
        `在服务器上：sudo mosquitto_passwd /etc/mosquitto/hallward.passwords ${user} && sudo systemctl reload mosquitto\n同一个密码写入 hub.passwordFile`,
        `at the broker: sudo mosquitto_passwd /etc/mosquitto/hallward.passwords ${user} && sudo systemctl reload mosquitto\nthe same password into the file of hub.passwordFile`,
      ),
    ),
  );
  return undefined;
}

/** Whom we trust and our certificate, without a user. */
function trustOf({ ca, cert, key }: HubCredentials): ConnectionCredentials {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
