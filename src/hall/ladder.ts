/**
 * The ladder: which ways of telling people work, and what carries on where one does not. A board dead: voice and
 * displays carry its calls. No voice: boards blink. A printer out: another one, else the pages. Each step down or up is
 * an event that says what the staff should do; what is down now stands in a retained topic. It is no fault of its own:
 * the device that failed has one, and one cause has one fault.
 */
import { fillText, type Text } from '../kernel/text.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { ChannelsState } from '../protocols/hub/payloads.js';
import type { HallPorts } from './ports.js';

export type ChannelName = 'board' | 'voice' | 'printer' | 'display';

/** One way of telling people, as it is now. */
export interface Channel {
  readonly channel: ChannelName;
  /** The window of a board; else the device, or `hall` for all voices together. */
  readonly at: string;
  /** What people call it. */
  readonly label: Text;
  readonly down: boolean;
  /** What carries on instead. */
  readonly carriedBy: readonly Carrier[];
}

/** Something that carries on: a device, or `voice`, `boards`. */
export interface Carrier {
  readonly name: string;
  readonly label: Text;
}

const downTexts: Readonly<
  Record<ChannelName, { readonly text: Text; readonly carried: Text; readonly alone: Text }>
> = {
  board: {
    text: { 'zh-CN': '{at}号窗口屏不显示', en: 'The board of window {at} shows nothing' },
    carried: {
      'zh-CN': '叫号由{carriedBy}继续；请引导等候的人看其他屏幕，并检修窗口屏',
      en: 'Calls go on by {carriedBy}; point people to other screens, and have the board seen to',
    },
    alone: {
      'zh-CN': '没有其他屏幕或语音：请到窗口前口头叫号，并检修窗口屏',
      en: 'Nothing else shows or says it: call out the numbers at the window, and have the board seen to',
    },
  },
  voice: {
    text: { 'zh-CN': '语音叫号不响', en: 'The voice is silent' },
    carried: {
      'zh-CN': '叫号由{carriedBy}继续；请提醒看不见屏幕的人，并检修语音',
      en: 'Calls go on by {carriedBy}; help those who cannot see them, and have the voice seen to',
    },
    alone: {
      'zh-CN': '没有屏幕可用：请口头叫号，并检修语音',
      en: 'No board works either: call out the numbers, and have the voice seen to',
    },
  },
  printer: {
    text: { 'zh-CN': '{label}不能出票', en: '{label} gives out no paper' },
    carried: {
      'zh-CN': '请取号的人到{carriedBy}取票，并给{label}装纸或检修',
      en: 'Send people to {carriedBy} for their tickets, and see to {label}',
    },
    alone: {
      'zh-CN': '没有其他打印机：屏幕显示号码，请提醒取号的人记下；并给{label}装纸或检修',
      en: 'No other printer: numbers are shown on the screen, remind people to note them; see to {label}',
    },
  },
  display: {
    text: { 'zh-CN': '大厅屏{label}没有显示', en: 'The hall display {label} is off' },
    carried: {
      'zh-CN': '叫号由{carriedBy}继续；请打开屏幕上的浏览器',
      en: 'Calls go on by {carriedBy}; open the page on that screen again',
    },
    alone: {
      'zh-CN': '没有其他屏幕或语音：请口头叫号，并打开屏幕上的浏览器',
      en: 'Nothing else shows or says calls: call out the numbers, and open the page again',
    },
  },
};

const upText: Text = { 'zh-CN': '{label}已恢复', en: '{label} is back' };
const upAction: Text = { 'zh-CN': '无需处理', en: 'Nothing to do' };

/** What people are told of a channel that is down. */
function wordsOf(channel: Channel): { readonly text: Text; readonly action: Text } {
  const { text, carried, alone } = downTexts[channel.channel];
  const { at, label, carriedBy } = channel;
  const carriers = {
    'zh-CN': carriedBy.map((one) => one.label['zh-CN']).join('、'),
    en: carriedBy.map((one) => one.label.en).join(', '),
  };
  const fill = (words: Text) => ({
    'zh-CN': fillText(words, { at, label: label['zh-CN'], carriedBy: carriers['zh-CN'] })['zh-CN'],
    en: fillText(words, { at, label: label.en, carriedBy: carriers.en }).en,
  });
  return { text: fill(text), action: fill(carriedBy.length > 0 ? carried : alone) };
}

export class Ladder {
  #down = new Map<string, Channel>();

  constructor(private readonly ports: Pick<HallPorts, 'commit'>) {}

  /** The channels that are down. */
  get down(): readonly Channel[] {
    return [...this.#down.values()];
  }

  /**
   * Compares how things are with how they were, and records what has changed; `undefined` where nothing has, else
   * resolves when others may be told.
   */
  look(channels: readonly Channel[]): Promise<void> | undefined {
    const down = new Map(channels.filter((one) => one.down).map((one) => [keyOf(one), one]));
    const known = new Map(channels.map((one) => [keyOf(one), one]));
    const events: NewEvent[] = [];
    for (const [key, channel] of down) if (!this.#down.has(key)) events.push(step(channel, 'down'));
    for (const [key, channel] of this.#down) {
      if (!down.has(key)) events.push(step(known.get(key) ?? channel, 'up'));
    }
    const changed = JSON.stringify([...down.values()]) !== JSON.stringify([...this.#down.values()]);
    this.#down = down;
    const synced = events.length > 0 ? this.ports.commit({ events }).synced : Promise.resolve();
    return changed ? synced : undefined;
  }

  /** What is down now, as others are told it (`R/channels`). */
  get state(): ChannelsState['down'] {
    return this.down.map((channel) => ({
      channel: channel.channel,
      at: channel.at,
      carriedBy: channel.carriedBy.map(({ name }) => name),
      ...wordsOf(channel),
    }));
  }
}

const keyOf = ({ channel, at }: Channel): string => `${channel} ${at}`;

function step(channel: Channel, state: 'down' | 'up'): NewEvent {
  const { at, label, carriedBy } = channel;
  const words =
    state === 'down'
      ? wordsOf(channel)
      : {
          text: {
            'zh-CN': fillText(upText, { label: label['zh-CN'] })['zh-CN'],
            en: fillText(upText, { label: label.en }).en,
          },
          action: upAction,
        };
  return {
    type: 'channel.changed',
    subject: 'controller',
    data: { channel: channel.channel, at, state, carriedBy: carriedBy.map(({ name }) => name), ...words },
  };
}
