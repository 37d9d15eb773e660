/**
 * Voice (语音播报): calls numbers aloud, by a speech module on a serial line or by the board's own sound.
 *
 * SYN6288: data sheet V1.7 (Beijing Yutone), in https://github.com/libdriver/syn6288. XFS5152CE: development guide
 * (iFLYTEK), as in https://github.com/isdom/XFS5152CE. eSpeak NG: https://github.com/espeak-ng/espeak-ng.
 */
import * as v from 'valibot';
import type { Language } from '../kernel/text.js';
import { syn6288, syn6288Tags } from '../protocols/syn6288.js';
import { xfs5152, xfs5152Tags } from '../protocols/xfs5152.js';
import type { AnnouncementStyle } from './announcement.js';
import { hourProblems, hourRange } from './by-hour.js';
import type { DeviceKind, OptionEntries, ProtocolDeclaration } from './kind.js';
import { milliseconds, windowName } from './options.js';
import { voiceFaults } from './voice-faults.js';
import { VoiceModule } from './voice-module.js';
import type { VoiceDialect } from './voice-script.js';
import { VoiceSpeakers } from './voice-speakers.js';

const whole = (about: string, standard: number, least: number, most: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.description(about)),
    standard,
  );
const percent = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100));
const flag = (about: string, standard: boolean) =>
  v.optional(v.pipe(v.boolean(), v.description(about)), standard);
const soundName = (pattern: RegExp, expected: string) => v.pipe(v.string(), v.regex(pattern, expected));

const options: OptionEntries = {
  windows: v.optional(
    v.pipe(
      v.array(windowName),
      v.minLength(1),
      v.description('Windows whose calls it says, in quotes: ["5", "6"]; all if absent'),
    ),
  ),
  chime: flag('A chime goes before each announcement', true),
  repeat: whole('How often a call is said, 1 to 5', 2, 1, 5),
  one: v.optional(
    v.pipe(
      v.picklist(['yi', 'yao']),
      v.description('The digit 1 of a ticket in Chinese: 一 (yi), or 幺 (yao), which nobody mistakes for 七'),
    ),
    'yi',
  ),
  volumePercent: v.optional(v.pipe(percent, v.description('Volume, 1 to 100 percent')), 80),
  volumeByHour: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(hourRange, 'a time range such as "12:00-13:30"; it may pass midnight')),
        percent,
      ),
      v.description('Volume at times of the day: { "12:00-13:30": 30 }'),
    ),
    {},
  ),
  gapMilliseconds: milliseconds('Silence between two sentences.', 600, 0, 5_000),
};

const languages = {
  english: flag('A call is said in English, too, after the Chinese', false),
  language: v.optional(
    v.pipe(
      v.picklist(['zh-CN', 'en']),
      v.description("Language of the calls, the hall's if absent; en has no Chinese before it"),
    ),
  ),
};

const optionsSchema = v.object({
  windows: v.optional(v.array(v.string())),
  chime: v.boolean(),
  repeat: v.number(),
  one: v.picklist(['yi', 'yao']),
  volumePercent: v.number(),
  volumeByHour: v.record(v.string(), v.number()),
  gapMilliseconds: v.number(),
  english: v.optional(v.boolean(), false),
  language: v.optional(v.picklist(['zh-CN', 'en'])),
  speed: v.number(),
  chimeSound: v.optional(v.string()),
});
type Options = v.InferOutput<typeof optionsSchema>;

const problems: ProtocolDeclaration['problems'] = (config) =>
  hourProblems(v.parse(optionsSchema, config).volumeByHour).map(({ range, message }) => ({
    path: ['volumeByHour', range],
    message,
  }));

/** Replies carry no address: nobody else may talk on this wire. */
const module = (about: ProtocolDeclaration['about'], own: OptionEntries): ProtocolDeclaration => ({
  about,
  buses: ['serial', 'tcp'],
  proofOfLife: 'answers',
  options: own,
  claims: () => [{ path: ['bus'], text: 'the whole wire of a speech module' }],
  problems: (config) => problems(config),
});

function styleOf({ one, repeat, english, ...own }: Options, standard: Language): AnnouncementStyle {
  const language = own.language ?? standard;
  return { one, repeat, languages: language === 'en' ? ['en'] : english ? ['zh-CN', 'en'] : ['zh-CN'] };
}

export const voice: DeviceKind = {
  kind: 'voice',
  title: { 'zh-CN': '语音播报', en: 'Voice' },
  about: { 'zh-CN': '叫号语音：语音模块或本机声卡', en: 'Calls numbers aloud' },
  options,
  protocols: {
    syn6288: module(
      {
        'zh-CN': 'SYN6288 语音合成模块；只说中文，英文按字母读',
        en: 'Speech module SYN6288; speaks Chinese only and spells English',
      },
      {
        speed: whole('Pace, 0 (slow) to 5', 4, 0, 5),
        chimeSound: v.optional(
          v.pipe(
            soundName(
              /^(sound[a-y]|msg[a-h]|ring[a-o])$/,
              'a built-in sound: sounda to soundy, msga to msgh, ringa to ringo',
            ),
            v.description('The built-in sound of the chime: sounda to soundy, msga to msgh, ringa to ringo'),
          ),
          'sounda',
        ),
      },
    ),
    xfs5152: module(
      {
        'zh-CN': 'XFS5152CE 语音合成模块（串口），说中文和英文',
        en: 'Speech module XFS5152CE by its serial port; speaks Chinese and English',
      },
      {
        ...languages,
        speed: whole('Pace, 0 (slow) to 9', 5, 0, 9),
        chimeSound: v.optional(
          v.pipe(
            soundName(/^[a-z][a-z0-9_]{0,15}$/, "a built-in sound's name, as the module's data sheet has it"),
            v.description(
              "The built-in sound of the chime, by its name in the module's data sheet; none if absent",
            ),
          ),
        ),
      },
    ),
    espeak: {
      about: {
        'zh-CN': '本机声卡：espeak-ng 合成，aplay 播放',
        en: "The board's own sound card, by espeak-ng and aplay",
      },
      buses: ['audio'],
      // That the program ended well says that the card has played it; of the loudspeaker it says nothing.
      proofOfLife: 'none',
      options: { ...languages, speed: whole('Pace in words a minute, 80 to 300', 150, 80, 300) },
      claims: () => [{ path: ['bus'], text: 'the whole sound card' }],
      problems: (config) => problems(config),
    },
  },
  readings: {
    said: {
      about: {
        'zh-CN': '启动以来播报完的次数',
        en: 'Announcements said to their end since the controller started',
      },
    },
    speaking: { about: { 'zh-CN': '正在播报', en: 'It speaks now' } },
  },
  faults: voiceFaults,
  create(config, context) {
    const parsed = v.parse(optionsSchema, config);
    const { speed, chime, chimeSound = null } = parsed;
    const common = { ...parsed, windows: parsed.windows ?? null };
    if (config.protocol === 'espeak') {
      return new VoiceSpeakers(
        { ...common, style: styleOf(parsed, context.language), wordsPerMinute: speed },
        context,
      );
    }
    const sound = chime ? chimeSound : null;
    const isSyn6288 = config.protocol === 'syn6288';
    const dialect: VoiceDialect = isSyn6288
      ? { codec: syn6288, chime: sound, tags: (volume, sounds) => syn6288Tags(volume, speed, sounds) }
      : { codec: xfs5152, chime: sound, tags: (volume) => xfs5152Tags(volume, speed) };
    const style = styleOf(parsed, isSyn6288 ? 'zh-CN' : context.language);
    return new VoiceModule({ ...common, style, dialect }, context);
  },
};
