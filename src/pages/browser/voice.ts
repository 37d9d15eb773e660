/** Reads aloud, where the browser has a voice; says nothing where it has none. */
import type { Language } from './messages.js';

let isOn = false;

export function setVoice(on: boolean): void {
  isOn = on && 'speechSynthesis' in window;
}

/** Says it now, in place of what was being said. */
export function speak(text: string, language: Language): void {
  if (!isOn || text === '') return;
  try {
    speechSynthesis.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.lang = language === 'en' ? 'en-US' : 'zh-CN';
    speechSynthesis.speak(words);
  } catch {
    // A browser without a speech program: the page is read by eye.
  }
}

/** `A023` letter by letter, digit by digit. */
export const spelled = (number: string) => number.split('').join(' ');
