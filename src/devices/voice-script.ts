/** An announcement as the frames of a speech module, each with the time that it takes. */
import type { VoiceCodec } from '../protocols/voice-codec.js';
import { encodeSpeech, speakable, splitSpeech } from '../protocols/voice-text.js';
import { type AnnouncementStyle, sentencesOf } from './announcement.js';
import { type PercentByHour, percentAt } from './by-hour.js';
import type { Announcement } from './capabilities.js';

/** What one module's tags look like. */
export interface VoiceDialect {
  readonly codec: VoiceCodec;
  /** Tags before a text: they last until a reset, so every frame carries its own. */
  tags(volumePercent: number, sounds: boolean): string;
  /** The built-in sound that goes before; `null` for none. */
  readonly chime: string | null;
}

export interface VoiceSettings {
  readonly style: AnnouncementStyle;
  readonly dialect: VoiceDialect;
  /** Silence between two sentences. */
  readonly gapMilliseconds: number;
  readonly volumePercent: number;
  readonly volumeByHour: PercentByHour;
}

/** One frame. */
export interface Utterance {
  readonly frame: Uint8Array;
  /** Silence before it. */
  readonly pauseMilliseconds: number;
  /** No module says it quicker: an end before that is none. */
  readonly leastMilliseconds: number;
  /** No module takes longer: then it hangs. */
  readonly mostMilliseconds: number;
}

/** No module says a Chinese character quicker; a usual pace is 250. */
const leastPerCharacter = 30;
/** At the slowest pace, pauses of punctuation included. A letter may be spelled, and takes as long. */
const mostPerCharacter = 700;
const mostBeside = 3_000;
const mostChime = 8_000;

/**
 * The frames of an announcement, the chime first. None where there is nothing in it that a module can say.
 * @param localMinutes for the volume by hour; `null` where the time is not known
 */
export function utterancesOf(
  announcement: Announcement,
  settings: VoiceSettings,
  localMinutes: number | null,
): Utterance[] {
  const { dialect, style, gapMilliseconds } = settings;
  const volume = percentAt(settings.volumeByHour, localMinutes, settings.volumePercent);
  const tags = dialect.tags(volume, false);
  const room = dialect.codec.mostTextBytes - tags.length;
  const utterances: Utterance[] = [];
  for (const sentence of sentencesOf(announcement, style)) {
    for (const [index, piece] of splitSpeech(speakable(sentence.text), room).entries()) {
      const pauseMilliseconds = index === 0 && utterances.length > 0 ? gapMilliseconds : 0;
      utterances.push(spoken(dialect.codec, tags, piece, pauseMilliseconds));
    }
  }
  if (utterances.length === 0 || dialect.chime === null) return utterances;
  const { bytes, encoding } = encodeSpeech(dialect.tags(volume, true) + dialect.chime);
  const frame = dialect.codec.speak(bytes, encoding);
  return [{ frame, pauseMilliseconds: 0, leastMilliseconds: 0, mostMilliseconds: mostChime }, ...utterances];
}

function spoken(codec: VoiceCodec, tags: string, piece: string, pauseMilliseconds: number): Utterance {
  const { bytes, encoding } = encodeSpeech(tags + piece);
  const chinese = piece.match(/\p{Script=Han}/gu)?.length ?? 0;
  return {
    frame: codec.speak(bytes, encoding),
    pauseMilliseconds,
    leastMilliseconds: chinese * leastPerCharacter,
    mostMilliseconds: mostBeside + [...piece].length * mostPerCharacter,
  };
}
