/** What is said of the hub itself: away, silent, or refusing; in both languages, with what to do. */
import { reasonWords } from '../../hub/broker-words.js';
import type { HallwardError } from '../../kernel/errors.js';
import type { Language } from '../../kernel/text.js';
import { chineseReason } from '../../supervisor/reason-words.js';
import type { HallView } from './hall-view.js';
import { ageWords, momentWords } from './words.js';

/** The hub is away: what has happened, and what to make of what is shown. */
export function awayWords({ hub, atMilliseconds }: HallView, timezone: string, language: Language): string[] {
  const since = momentWords(hub.sinceMilliseconds, timezone, atMilliseconds);
  const age = ageWords(atMilliseconds - hub.sinceMilliseconds, language);
  if (hub.connected) {
    return language === 'en'
      ? ['THE HUB IS BACK: reading again what it knows', 'What stands below is still from before.']
      : ['中心已恢复：正在重新读取', '以下内容仍是断开之前的。'];
  }
  return language === 'en'
    ? [
        `THE HUB IS AWAY for ${age}: ${hub.detail}`,
        `All below is as of ${since} and may be wrong by now; trying again. Check the broker and the network.`,
      ]
    : [
        `中心断开 ${age}：${chineseReason({ reason: hub.detail })}`,
        `以下内容停在 ${since}，现在可能已经变化；正在自动重连，请检查 MQTT 服务和网络。`,
      ];
}

/** Nothing was heard: why that may be. */
export function nothingWords(hall: string | null, language: Language): string {
  const topics = `hallward/v1/${hall ?? '+'}/#`;
  if (language === 'en') {
    const where = hall === null ? 'any hall' : `the hall "${hall}"`;
    return `No controller of ${where} is known to the hub: is the name right, does one run, and may this user read ${topics}?`;
  }
  const where = hall === null ? '任何大厅' : `大厅“${hall}”`;
  return `中心没有${where}的控制器：请检查名称、控制器是否在运行，以及此账号能否读取 ${topics}`;
}

/** CONNACK codes that speak of the user: 3.1.1 section 3.2.2.3, 5 section 3.2.2.2. */
const userCodes: readonly unknown[] = [4, 5, 0x86, 0x87];

/** A right that is missing at the hub: whose, and where rights stand. */
function deniedWords(error: HallwardError, username: string | null, language: Language): string {
  const { url, topic, filter, reasonCode } = error.evidence;
  const code = typeof reasonCode === 'number' ? ` (${reasonWords(reasonCode)})` : '';
  if (language === 'en') {
    const who = username === null ? 'you without a user name' : `the user "${username}"`;
    const what = topic === undefined ? `read ${filter}` : `write ${topic}`;
    return `the hub ${url} does not let ${who} ${what}${code}: ask as a user whose role may, or mend hallward.acl at the broker`;
  }
  const who = username === null ? '没有用户名的连接' : `用户“${username}”`;
  const what = topic === undefined ? `读 ${filter}` : `写 ${topic}`;
  return `中心 ${url} 不允许${who}${what}${code}：请换有此权限的账号，或修改 MQTT 服务器上的 hallward.acl`;
}

/** As a person at a command line has it: files are named by options, and no controller is there. */
function asTyped(message: string): string {
  return message
    .replace(/`(ca|cert|key)`/g, '--$1')
    .replaceAll("this controller's clock", "this machine's clock");
}

/** Why there is no first connection, or what the hub does not let us do; and what to do. */
export function failureWords(error: HallwardError, username: string | null, language: Language): string {
  const { url, topic, filter, reasonCode } = error.evidence;
  if (error.kind === 'refused' && (topic ?? filter) !== undefined)
    return deniedWords(error, username, language);
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  if (error.kind !== 'refused') {
    return say(
      `连不上中心 ${url}：${chineseReason({ reason: error.message })}；请检查 --url 以及 MQTT 服务是否在运行`,
      `the hub ${url} cannot be reached: ${error.message}; check --url and that the broker runs`,
    );
  }
  if (!userCodes.includes(reasonCode)) {
    const [chinese, english] = [chineseReason({ reason: error.message }), asTyped(error.message)];
    const reason = chinese === error.message ? english : `${chinese}（${english}）`;
    return say(`中心 ${url} 拒绝：${reason}`, `the hub ${url} refuses: ${english}`);
  }
  return username === null
    ? say(
        `中心 ${url} 要求用户名和密码（--username、--password-file）：${error.message}`,
        `the hub ${url} wants a user name and password (--username, --password-file): ${error.message}`,
      )
    : say(
        `中心 ${url} 拒绝用户“${username}”：用户名或密码错误，或此用户没有权限：${error.message}`,
        `the hub ${url} refuses the user "${username}": user name or password wrong, or not allowed: ${error.message}`,
      );
}
