/** What `hallward learn` says. */
import type { HallwardError } from '../../kernel/errors.js';
import type { Language, Text } from '../../kernel/text.js';
import type { KeypadPurpose } from '../../protocols/key-learning.js';
import { hexOf } from '../../protocols/learning/bursts.js';
import type { Asked, Heard } from '../../protocols/learning/guided.js';
import type { LearnSettings } from './settings.js';

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

const keyTexts: Readonly<Record<string, Text>> = {
  next: both('下一位', 'next'),
  recall: both('重呼', 'recall'),
  skip: both('过号', 'skip'),
  pause: both('暂停', 'pause'),
  done: both('办结', 'done'),
  '5': both('非常满意', '5, very satisfied'),
  '4': both('满意', '4, satisfied'),
  '3': both('基本满意', '3, fairly satisfied'),
  '2': both('不满意', '2, dissatisfied'),
  '1': both('非常不满意', '1, very dissatisfied'),
};

/** What people call a key. */
export function keyWords(key: string, language: Language): string {
  const text = keyTexts[key]?.[language] ?? key;
  return language === 'en' ? `"${text}"` : `“${text}”`;
}

/** The names of several keys. */
export function keyList(keys: readonly string[], language: Language): string {
  return keys.map((key) => keyWords(key, language)).join(language === 'en' ? ', ' : '、');
}

export function openedWords({ bus, busName, isConfigured }: LearnSettings, address: string): Text {
  const rate = bus.type === 'serial' ? `, ${bus.baudRate} baud` : '';
  const line = `${isConfigured ? `${busName}: ` : ''}${address}${rate}`;
  return both(`正在监听 ${line}`, `Listening on ${line}`);
}

export function guideWords(rounds: number): Text {
  return both(
    `每个键按 ${rounds} 次，每按一次等一下提示。回车：没有这个键；r 回车：重来；Ctrl-C：结束并给出已学到的。`,
    `Press each key ${rounds} times, and wait for the prompt each time. Enter: there is no such key; r Enter: again; Ctrl-C: end, with what was learned.`,
  );
}

export function askWords({ key, press, rounds }: Asked, language: Language): string {
  const name = keyWords(key, language);
  return language === 'en'
    ? `Press ${name}, ${rounds} times (${press}/${rounds})`
    : `请按${name}键 ${rounds} 次 (${press}/${rounds})`;
}

export function listenWords(seconds: number, keys: readonly string[]): Text {
  return both(
    `监听 ${seconds} 秒；请依次按：${keyList(keys, 'zh-CN')}，每个键按几次`,
    `Listening for ${seconds} s. Press, in this order and each several times: ${keyList(keys, 'en')}`,
  );
}

/** What a burst was, as it is told beside its bytes; empty where there is nothing to say. */
export function heardWords(heard: Heard, language: Language): string {
  const { 'zh-CN': chinese, en } = textOf(heard, language);
  return language === 'en' ? en : chinese;
}

function textOf(heard: Heard, language: Language): Text {
  switch (heard.what) {
    case 'press':
      return both(`第 ${heard.press} 次`, `press ${heard.press}`);
    case 'learned':
      return both(`${keyWords(heard.key, language)}学会了`, `${keyWords(heard.key, language)} is learned`);
    case 'repeat':
      return both('同一次按键的重复（按住或抖动）', 'the same press again: held, or bouncing');
    case 'release':
      return both('松开按键', 'the key is let go');
    case 'heartbeat': {
      const seconds = secondsOf(heard.periodMilliseconds);
      const chinese = `每 ${seconds} 秒自己发一次，不算按键（若是您按的：r 回车）`;
      return both(chinese, `comes by itself every ${seconds} s: no key (if it was you: r Enter)`);
    }
    case 'doubtful-pace': {
      const seconds = secondsOf(heard.periodMilliseconds);
      return both(
        `每 ${seconds} 秒一次，太均匀了，像是自己发的：请再按一次`,
        `every ${seconds} s, as steady as a clock: press once more`,
      );
    }
    case 'other-key': {
      const other = keyWords(heard.other, language);
      return both(
        `这是${other}键的字节，请按要求的键`,
        `the bytes of ${other}: press the key that is asked for`,
      );
    }
    case 'same-as': {
      const [key, other] = [keyWords(heard.key, language), keyWords(heard.other, language)];
      return both(
        `${key}与${other}的字节完全相同，无法区分；跳过`,
        `${key} sends the same as ${other}: they cannot be told apart; left out`,
      );
    }
    case 'differs':
      return differsWords(heard);
    case 'unasked':
      return both('', '');
  }
}

function differsWords({ before, changing, neverAlike }: Extract<Heard, { what: 'differs' }>): Text {
  if (neverAlike) {
    return both(
      '每次都不一样：波特率可能不对（--find-baud-rate），或者字节里有计数器',
      'never twice the same: the wrong baud rate, perhaps (--find-baud-rate), or there is a counter in it',
    );
  }
  const places = changing.map((place) => place + 1).join(', ');
  const where = places === '' ? both('', '') : both(`（第 ${places} 字节不同）`, ` (byte ${places})`);
  const hex = hexOf(before.subarray(0, 16));
  return both(
    `与上一次 ${hex} 不同${where['zh-CN']}，请再按同一个键`,
    `not the same as before, ${hex}${where.en}: press the same key again`,
  );
}

/** Why the wire cannot be listened to, with what to do. */
export function failureWords(error: HallwardError, { bus }: LearnSettings): Text {
  const { message } = error;
  if (error.code === 'wire.busy' || (error.code === 'wire.refused' && bus.type === 'tcp')) {
    return both(
      `${message}。若是控制器占用：先停止 (sudo systemctl stop hallward)，学完再启动 (sudo systemctl start hallward)`,
      `${message}. If the controller has it: sudo systemctl stop hallward, learn, then sudo systemctl start hallward`,
    );
  }
  return both(message, message);
}

export function nothingHeard(bus: LearnSettings['bus']): Text {
  const again =
    bus.type === 'serial'
      ? both('、波特率 (--find-baud-rate)', ', baud rate (--find-baud-rate)')
      : both('', '');
  return both(
    `什么也没听到。请检查：电源、接线（键盘的 TX 接 RX，共地；RS-485 的 A/B）${again['zh-CN']}`,
    `Nothing was heard. Look at power, wiring (TX of the keypad to RX, common ground; A and B of RS-485)${again.en}`,
  );
}

/** The rate that was found is not the configured one. */
export function otherRate(bus: string, baudRate: number): Text {
  return both(
    `配置里 ${bus} 的波特率不对：请改为 baudRate: ${baudRate}`,
    `The configuration has another baud rate for ${bus}: set baudRate: ${baudRate} there`,
  );
}

export function nothingLearned(): Text {
  return both('没有学到任何按键', 'No key was learned');
}

export function usageOf(isConfigured: boolean, purpose: KeypadPurpose): Text {
  const what = purpose === 'rate' ? both('评价器', 'rating buttons') : both('呼叫器', 'keypad');
  const where = isConfigured
    ? both('写入配置的 devices 部分', 'Put this into the section devices of the configuration')
    : both('写入配置文件', 'Put this into the configuration');
  return both(
    `${where['zh-CN']}（${what['zh-CN']}），改好窗口号，然后：hallward check 配置文件`,
    `${where.en} (${what.en}), set the window, then: hallward check FILE`,
  );
}

function secondsOf(milliseconds: number): string {
  return (milliseconds / 1_000).toFixed(1);
}
