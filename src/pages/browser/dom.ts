/** Small helpers for making pages. Text goes in as text only, never as markup. */
import type { Both, Language, Wait } from './messages.js';

type Child = Node | string | null;

/** An element with a class (may be empty) and children; `null` children are left out. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  if (className !== '') element.className = className;
  element.append(...children.filter((child): child is Node | string => child !== null));
  return element;
}

/** A button that tells of each press, by touch or by key. */
export function button(className: string, press: () => void, ...children: Child[]): HTMLButtonElement {
  const element = make('button', className, ...children);
  element.type = 'button';
  element.addEventListener('click', press);
  return element;
}

/** Puts children in the place of those that were there. */
export function fill(element: Element, ...children: Child[]): void {
  while (element.firstChild !== null) element.removeChild(element.firstChild);
  element.append(...children.filter((child): child is Node | string => child !== null));
}

/** Changes a text only where it differs, so that nothing is read aloud twice. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes type smaller until it fits the width of its box, and the given share of its parent's height, down to `least` of
 * what the style sheet says.
 */
export function shrink(element: HTMLElement, { least = 0.35, share = Number.POSITIVE_INFINITY } = {}): void {
  element.style.fontSize = '';
  const full = Number.parseFloat(getComputedStyle(element).fontSize);
  const room = share * (element.parentElement?.clientHeight ?? 0);
  let size = full;
  // Not `scrollHeight`: that counts the room which a font keeps above and below its lines.
  const isOver = () => element.scrollWidth > element.clientWidth + 1 || element.offsetHeight > room;
  while (size > full * least && isOver()) {
    size *= 0.94;
    element.style.fontSize = `${size}px`;
  }
}

export const both = (chinese: string, english: string): Both => ({ 'zh-CN': chinese, en: english });

/** How long it takes, in words; people ahead are shown besides. */
export function waitWords(wait: Wait): Both {
  if (wait === null) return both('等候时间暂无法估计', 'no estimate of the wait');
  const { low, high } = wait;
  if (high <= 1) return both('约 1 分钟', 'about 1 minute');
  const range = low === high || low === 0 ? `${high}` : `${low}–${high}`;
  return low === 0
    ? both(`${range} 分钟以内`, `up to ${range} minutes`)
    : both(`约 ${range} 分钟`, `about ${range} minutes`);
}

/** `09:03` of minutes since midnight. */
export function clockWords(minutes: number): string {
  const whole = Math.floor(minutes) % 1440;
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.floor(whole / 60))}:${pad(whole % 60)}`;
}

export function join(texts: readonly Both[], language: Language): string {
  return texts.map((text) => text[language]).join(language === 'en' ? ', ' : '、');
}

/** A name for one touch, so that it is done once however often it is sent. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
