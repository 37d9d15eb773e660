import type { Text } from '../../kernel/text.js';
import { type Proposal, proposeFromKeys } from '../../protocols/key-learning.js';
import type { Burst } from '../../protocols/learning/bursts.js';
import { GuidedLearning, type GuidedResult } from '../../protocols/learning/guided.js';
import type { BurstLines } from './burst-lines.js';
import type { LearnSettings } from './settings.js';
import { askWords, guideWords, heardWords, keyWords } from './words.js';

/** Bursts after which the question is not said again, since there is nothing new. */
const quiet = new Set(['repeat', 'release', 'heartbeat', 'unasked']);

/** The talk with the person at the keypad: asks for each key, says what was heard. */
export class Lesson {
  readonly #learning: GuidedLearning;
  #heardAnything = false;

  /** @param over called once when all keys are done, or the person has enough */
  constructor(
    private readonly settings: Pick<LearnSettings, 'keys' | 'rounds' | 'language'>,
    private readonly lines: BurstLines,
    private readonly say: (line: string) => void,
    private readonly over: () => void,
  ) {
    this.#learning = new GuidedLearning(settings.keys, settings.rounds);
  }

  begin(): void {
    this.#say(guideWords(this.settings.rounds));
    this.#ask();
  }

  heard(burst: Burst): void {
    this.#heardAnything = true;
    const heard = this.#learning.heard(burst);
    this.lines.tell(burst, heardWords(heard, this.settings.language));
    if (!quiet.has(heard.what)) this.#ask();
  }

  /** The person has typed a line. */
  typed(line: string): void {
    const { asked } = this.#learning;
    if (asked === undefined) return;
    const { language } = this.settings;
    const word = line.trim().toLowerCase();
    if (word === 'q') {
      this.over();
      return;
    }
    if (word === '') {
      this.#learning.skip();
      this.say(
        language === 'en'
          ? `${keyWords(asked.key, language)} is skipped`
          : `跳过${keyWords(asked.key, language)}`,
      );
    } else if (word === 'r') this.#learning.again();
    else this.say(language === 'en' ? 'Enter: skip · r: again · q: end' : '回车：跳过 · r：重来 · q：结束');
    this.#ask();
  }

  get heardAnything(): boolean {
    return this.#heardAnything;
  }

  result(): GuidedResult {
    return this.#learning.result();
  }

  proposal(): Proposal | null {
    return proposeFromKeys(this.result(), this.settings.keys);
  }

  #ask(): void {
    const { asked } = this.#learning;
    if (asked === undefined) this.over();
    else this.say(askWords(asked, this.settings.language));
  }

  #say(text: Text): void {
    this.say(text[this.settings.language]);
  }
}
