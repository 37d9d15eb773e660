/** Every word of `hallward config`, in both languages. */
import type { Language, Text } from '../../kernel/text.js';
import { askWords } from '../hub-asking.js';
import { cleanText } from '../watch/clean-text.js';
import { failureWords } from '../watch/hub-words.js';
import type { PushKind, PushNote, PushResult } from './push-result.js';
import type { Outcome, Plan, Reported } from './reading.js';

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

/** A message or path from a controller is never longer on the terminal. */
const longestMessageCharacters = 300;
/** More errors, or names, than these are counted only. */
const mostErrors = 20;
const mostNames = 12;

export const kindWords: Readonly<Record<PushKind, Text>> = {
  applied: both('已生效', 'applied'),
  rejected: both('已拒绝', 'rejected'),
  'rolled-back': both('已回退', 'rolled back'),
  'no-report': both('没有回报', 'no report'),
  overtaken: both('已被取代', 'overtaken'),
  standing: both('等待上线', 'waiting'),
  offline: both('不在线', 'not online'),
  unreachable: both('无法推送', 'unreachable'),
  'not-tried': both('未推送', 'not tried'),
  interrupted: both('已中断', 'interrupted'),
  'would-change': both('会改变', 'would change'),
  'would-not-change': both('无变化', 'no change'),
  'would-be-rejected': both('会被拒绝', 'would be rejected'),
};

const outcomeWords: Readonly<Record<Outcome, Text>> = {
  restarted: both('重启', 'restarted'),
  started: both('新增', 'started'),
  stopped: both('移除', 'stopped'),
  kept: both('不动', 'kept'),
};
const changes = ['restarted', 'started', 'stopped'] as const;

const noteWords: Readonly<Record<PushNote, Text>> = {
  'nobody-listens': both(
    '中心说没有人接收 config/desired：控制器的版本可能太旧，或账号权限不足（hallward doctor）',
    'the hub says that nobody listens to config/desired: an older controller, or its rights (hallward doctor)',
  ),
  'unsure-at-hub': both(
    '中心没有确认收到，推送可能没有成功',
    'the hub has not acknowledged it: the push may not stand there',
  ),
  'hub-changes': both(
    '这次推送更换了中心：结果会出现在新的中心（--url），连不上时控制器会自动回到这里',
    'this push changes the hub: the report comes at the new one (--url); where that does not answer, the controller returns here by itself',
  ),
  'went-away': both(
    '控制器在此期间离线；它回来时会带着完整的旧配置或新配置',
    'the controller went away meanwhile; it comes back with one whole configuration, the old or the new one',
  ),
  'number-taken': both(
    '同时有另一次推送用了这个版本号，这一次没有生效：先用 config diff 查看，再推送一次',
    'another push took this number at the same time, and this one did nothing: look with config diff, then push again',
  ),
  'already-running': both('正在运行的就是这个版本，没有再次推送', 'it runs already; nothing was pushed'),
  'unreadable-report': both(
    '控制器的回报无法识别：请核对两边的版本（hallward --version）',
    'its report cannot be read: compare the versions of both sides (hallward --version)',
  ),
  'never-heard': both(
    '中心没有这个控制器的任何消息：请核对名称（hallward watch 可以看到有哪些）',
    'the hub has nothing of such a controller: is the name right? hallward watch shows which there are',
  ),
  'nothing-published': both('没有向中心发布任何内容', 'nothing was published'),
};

/** `revision 4`. */
export function revisionWords(revision: number | null, language: Language): string {
  if (revision === null) return '';
  return language === 'en' ? `revision ${revision}` : `版本 ${revision}`;
}

/** `1 restarted, 255 kept`. */
export function countWords(devices: Readonly<Record<string, Outcome>>, language: Language): string {
  const outcomes = Object.values(devices);
  return (['restarted', 'started', 'stopped', 'kept'] as const)
    .map((outcome) => ({ outcome, number: outcomes.filter((one) => one === outcome).length }))
    .filter(({ number }) => number > 0)
    .map(({ outcome, number }) =>
      language === 'en'
        ? `${number} ${outcomeWords[outcome].en}`
        : `${outcomeWords[outcome][language]} ${number} 台`,
    )
    .join(language === 'en' ? ', ' : '，');
}

/** Whether a push touched, or would touch, any device. */
function touchesNothing(devices: Readonly<Record<string, Outcome>>): boolean {
  return Object.values(devices).every((outcome) => outcome === 'kept');
}

/** What stands at the end of a result's line. */
export function detailWords(result: PushResult, language: Language): string {
  const { kind, devices } = result;
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const counts = countWords(devices, language);
  switch (kind) {
    case 'applied':
      return touchesNothing(devices) && counts !== ''
        ? say(`没有变化，${counts}`, `nothing changed, ${counts}`)
        : counts;
    case 'would-change':
      return counts;
    case 'would-not-change':
      return say('与正在运行的相同', 'the same runs already');
    case 'rolled-back':
    case 'rejected':
    case 'would-be-rejected':
    case 'overtaken':
      return runsWords(result.running, language);
    case 'offline':
      return say(
        '没有推送；--offline 会把它留在中心，等控制器上线',
        'nothing was pushed; --offline leaves it at the hub until the controller is back',
      );
    case 'standing':
      return say(
        '留在中心，控制器上线后才会生效',
        'it stands at the hub, and counts when the controller is back',
      );
    case 'not-tried':
      return say(
        '第一台没有生效，所以没有继续（--keep-going 可以继续）',
        'the first controller did not take it (--keep-going goes on all the same)',
      );
    case 'interrupted':
      return result.notes.includes('nothing-published')
        ? ''
        : say('推送已留在中心，仍会生效', 'the push stands at the hub, and goes on');
    case 'no-report':
      return say('推送已留在中心，可能仍会生效', 'the push stands at the hub, and may still be applied');
    case 'unreachable':
      return '';
  }
}

function runsWords(running: Reported['running'] | undefined, language: Language): string {
  if (running === undefined) return '';
  const which = sourceWords(running, language);
  return language === 'en' ? `${which} runs` : `正在运行：${which}`;
}

/** `revision 3`, or that the file runs. */
export function sourceWords({ revision, source }: Reported['running'], language: Language): string {
  if (source === 'file') return language === 'en' ? "the board's file" : '控制器上的文件';
  return revisionWords(revision, language);
}

/** Lines that stand below a result: errors with their paths, why, and what to do next. */
export function furtherLines(result: PushResult, username: string | null, language: Language): string[] {
  const { address, reason, notes, plan } = result;
  const lines = [...errorLines(result.errors, language), ...signLines(result.errors, language)];
  if (reason !== undefined) {
    lines.push(
      reason.code === 'ask.declined'
        ? declinedWords(reason.evidence, language)
        : reason.code.startsWith('hub.')
          ? failureWords(reason, username, language)
          : askWords(reason, address, language),
    );
  }
  if (plan !== undefined) lines.push(...planLines(plan, language));
  lines.push(...notes.map((note) => noteWords[note][language]));
  const mayLookLater =
    result.kind === 'no-report' || (result.kind === 'interrupted' && !notes.includes('nothing-published'));
  if (mayLookLater) {
    const look = `hallward config get --hall ${address.hall} --controller ${address.controller} --reported`;
    lines.push(language === 'en' ? `look later: ${look}` : `稍后查看：${look}`);
  }
  return lines;
}

/** `devices.board-5.address: found …`, at most twenty of them. */
export function errorLines(errors: PushResult['errors'], language: Language): string[] {
  const lines = errors.slice(0, mostErrors).map(({ path, message }) => {
    const words = cleanText(message, longestMessageCharacters);
    return path === '' ? words : `${cleanText(path, longestMessageCharacters)}: ${words}`;
  });
  const more = errors.length - lines.length;
  if (more > 0) lines.push(language === 'en' ? `and ${more} more` : `另有 ${more} 处`);
  return lines;
}

/** What to do where a board takes signed documents only, and this one has no signature. */
export function signLines(errors: PushResult['errors'], language: Language): string[] {
  if (!errors.some(({ path, message }) => path === 'signature' && message.startsWith('missing'))) return [];
  return [language === 'en' ? 'sign it: --sign KEYFILE' : '请签名：--sign 私钥文件'];
}

/** What the controller says a push would touch. */
export function planLines(plan: Plan, language: Language): string[] {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const colon = say('：', ': ');
  const lines = changes.flatMap((outcome) => {
    const names = Object.entries(plan.devices).flatMap(([name, one]) => (one === outcome ? [name] : []));
    return names.length === 0
      ? []
      : [`${outcomeWords[outcome][language]}${colon}${nameList(names, language)}`];
  });
  if (plan.buses.length > 0) {
    lines.push(`${say('重新打开总线', 'buses opened again')}${colon}${nameList(plan.buses, language)}`);
  }
  if (plan.calling) lines.push(say('叫号规则会改变', 'the rules of the calling change'));
  if (plan.hub) lines.push(say('中心的连接会重建', 'the connection to the hub is made anew'));
  return lines;
}

function nameList(names: readonly string[], language: Language): string {
  const shown = names.slice(0, mostNames).map((name) => cleanText(name, 60));
  const more = names.length - shown.length;
  if (more > 0) shown.push(language === 'en' ? `and ${more} more` : `等共 ${names.length} 个`);
  return shown.join(language === 'en' ? ', ' : '、');
}

const declinedHelp: Readonly<Record<string, Text>> = {
  'command.unknown': both(
    '控制器版本较旧，不支持通过 MQTT 推送配置',
    'an older controller, which takes no configuration over MQTT',
  ),
  'config.unknown-revision': both(
    '用 hallward config get --history 查看有哪些版本',
    'hallward config get --history lists what there is',
  ),
};

/** A controller's "no" to a question, with what to do where that is known. */
export function declinedWords(
  { code, message }: Readonly<Record<string, unknown>>,
  language: Language,
): string {
  const words = cleanText(`${String(code)}: ${String(message)}`, longestMessageCharacters);
  const help = typeof code === 'string' && Object.hasOwn(declinedHelp, code) ? declinedHelp[code] : undefined;
  if (help === undefined) return words;
  return language === 'en' ? `${words} (${help.en})` : `${words}（${help[language]}）`;
}
