/** What a proposal is doubtful about, for a person, with what to do. */
import type { Language, Text } from '../../kernel/text.js';
import type { Confidence, Doubt, Proposal } from '../../protocols/key-learning.js';
import type { SeenChecksum } from '../../protocols/learning/shape.js';
import { keyList } from './words.js';

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

const confidences: Readonly<Record<Confidence, Text>> = {
  high: both('高：每个键多次一致', 'high: each key was heard several times alike'),
  medium: both('中：可用，但请看下面的说明', 'medium: it will work, but read what follows'),
  low: both('低：使用前必须有人核对', 'low: somebody must look at it before it is used'),
};

/** How sure the proposal is. */
export function confidenceWords(confidence: Confidence, language: Language): string {
  return language === 'en'
    ? `Confidence ${confidences[confidence].en}`
    : `可信度${confidences[confidence]['zh-CN']}`;
}

/** One line for one doubt. */
export function doubtWords(doubt: Doubt, language: Language): string {
  return textOf(doubt, keyList(doubt.keys, language))[language];
}

function textOf({ code, bytes = '', count = 0, milliseconds = 0, ignored }: Doubt, keys: string): Text {
  const seconds = (milliseconds / 1_000).toFixed(1);
  const fate = ignoredWords(ignored);
  switch (code) {
    case 'short':
      return both(
        `${keys}只有一两个字节：线上的干扰可能被当成按键`,
        `${keys}: only one or two bytes; noise on the line may look like a key`,
      );
    case 'begins-another':
      return both(
        `${keys}：前一个是后一个的开头，要等下一字节或静默才能分辨`,
        `${keys}: the first begins the second; it is known only after the next byte or a silence`,
      );
    case 'same-bytes':
      return both(
        `${keys}发送相同的字节，只保留第一个`,
        `${keys} send the same bytes; only the first is kept`,
      );
    case 'too-long':
      return both(
        `${keys}超过 32 字节，配置放不下；请录制线路 (--record) 交给供应商`,
        `${keys}: more than 32 bytes, which no configuration takes; record the line (--record) for the supplier`,
      );
    case 'heard-once':
      return both(`${keys}只听到一次，请再按几次核对`, `${keys}: heard only once; press again to be sure`);
    case 'strays':
      return both(
        `按${keys}时还听到 ${count} 次别的字节（干扰或按错）`,
        `${keys}: other bytes came ${count} times meanwhile (noise, or another key)`,
      );
    case 'release':
      return both(
        `松开按键时发送 ${bytes}：${fate['zh-CN']}`,
        `${bytes} follows when a key is let go: ${fate.en}`,
      );
    case 'heartbeat':
      return both(
        `${bytes} 每 ${seconds} 秒自己发一次，不是按键：${fate['zh-CN']}`,
        `${bytes} comes by itself every ${seconds} s, so it is no key: ${fate.en}`,
      );
    case 'checksum':
      return both(
        `${keys}的校验字节与其他键的规律不符，可能有误码：请重学这个键`,
        `${keys}: the checksum is not as in the other keys; damaged, perhaps: learn it again`,
      );
    case 'never-alike':
      return both(
        `${keys}每次发送的都不同，固定字节表无法使用：换波特率再试，或录制线路 (--record) 交给供应商`,
        `${keys}: never twice the same, so a table cannot hold it; try another baud rate, or record the line (--record) for the supplier`,
      );
    case 'missing':
      return both(`没有学到：${keys}`, `Not learned: ${keys}`);
    case 'order':
      return both(
        `没有逐个询问：假定按键顺序是 ${keys}，请核对`,
        `Nobody was asked which key is which: it is taken that they were pressed in the order ${keys}`,
      );
    case 'left-over':
      return both(`还听到 ${bytes}，没有对应的键`, `${bytes} was heard, too, and belongs to no key`);
    case 'noise':
      return both(
        `有 ${count} 串只出现一次、不像按键的字节：干扰，或波特率不对`,
        `${count} bursts came once and look like no key: noise, or the wrong baud rate`,
      );
    case 'babble':
      return both(
        '线路几乎不停：不像键盘，波特率不对，或接到了别的设备',
        'The line hardly falls silent: no keypad, the wrong baud rate, or another device',
      );
    case 'perhaps-window':
      return both(
        `每行都有 ${bytes}：若是窗口号且多个窗口共用此线，把它写成 {window} 并去掉 window 一行`,
        `${bytes} stands in each line: if it is the window, and others share the line, write {window} for it and leave out the option window`,
      );
    case 'cards':
      return both(
        '看起来是刷卡登录：{staff} 是卡号',
        'These look like cards of staff who log in: {staff} is their number',
      );
  }
}

/** What becomes of bytes that mean nothing. */
function ignoredWords(ignored: boolean | undefined): Text {
  if (ignored === true) {
    return both(
      '已写入 ignore，不算按键也不算干扰；若其实是按键，请从中删去',
      'it stands under ignore, neither a press nor noise; take it out there if it is a key after all',
    );
  }
  if (ignored === false) {
    return both(
      '不能写入 ignore（超过 32 字节、多于 16 串，或与按键的字节互为开头），会计为线路噪声 (bus.noisy)，能关就关掉',
      'it cannot stand under ignore (more than 32 bytes, more than 16 rows, or it begins like a key), so it counts as noise on the line (bus.noisy); switch it off if you can',
    );
  }
  return both(
    '会计为线路噪声 (bus.noisy)，能关就关掉',
    'it counts as noise on the line (bus.noisy); switch it off if you can',
  );
}

const checksums: Readonly<Record<SeenChecksum, Text>> = {
  sum8: both('和', 'the sum'),
  xor: both('异或', 'the exclusive or'),
  'sum8-negative': both('和的补码', 'the negative sum'),
  'crc16-modbus': both('CRC-16/MODBUS', 'the CRC-16/MODBUS'),
};

/** What the rows have in common; `undefined` where there is nothing to say. */
export function shapeWords(proposal: Proposal, language: Language): string | undefined {
  if (proposal.protocol !== 'serial-keys') return undefined;
  const { head, tail, length, changing, checksum } = proposal.shape;
  if (length === null || (head === 0 && tail === 0 && checksum === null)) return undefined;
  const same = [
    ...(head > 0 ? [both(`开头 ${head} 个`, `the first ${head}`)] : []),
    ...(tail > 0 ? [both(`末尾 ${tail} 个`, `the last ${tail}`)] : []),
  ];
  const places = changing.map((place) => place + 1).join(', ');
  const parts = [
    both(`每个键 ${length} 字节`, `Each key has ${length} bytes`),
    ...(same.length === 0
      ? []
      : [
          both(
            `${same.map((one) => one['zh-CN']).join('和')}相同`,
            `${same.map(({ en }) => en).join(' and ')} always the same`,
          ),
        ]),
    both(`变化的是第 ${places} 个`, `what differs: byte ${places}`),
  ];
  if (checksum !== null) {
    const { kind, from, at } = checksum;
    const name = checksums[kind];
    parts.push(
      both(
        `第 ${at + 1} 字节是第 ${from + 1} 到 ${at} 字节的${name['zh-CN']}`,
        `byte ${at + 1} is ${name.en} of bytes ${from + 1} to ${at}`,
      ),
    );
  }
  return parts.map((part) => part[language]).join(language === 'en' ? '; ' : '；');
}
