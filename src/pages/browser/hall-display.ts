/** Hall display: what a hall sees from ten metres. It shows; nobody touches it. */
import { both, clockWords, fill, join, make, shrink, waitWords } from './dom.js';
import { live } from './live.js';
import type { Both, DisplayCall, DisplayQueue, DisplayState, Language } from './messages.js';

/** How long one message, or one group of queues, stands before the next. */
const TURN_SECONDS = 8;
const QUEUES_AT_ONCE = 4;
/** A new call draws attention this long. */
const FLASH_MILLISECONDS = 8_000;

const title = make('h1', 'title');
const paused = make('p', 'paused');
const time = make('p', 'time');
const calls = make('main', 'calls');
const queues = make('section', 'queues');
const message = make('p', 'message');
message.setAttribute('aria-live', 'off');
calls.setAttribute('aria-live', 'polite');
document.body.append(
  make('div', 'display', make('header', '', title, paused, time), calls, queues, make('footer', '', message)),
);

let state: DisplayState | undefined;
let shown = new Set<string>();
const flashUntil = new Map<string, number>();
let turn = 0;

function callElement(call: DisplayCall, isNewest: boolean, language: Language): HTMLElement {
  const badge = call.priority ? make('span', 'badge', both('优先', 'Priority')[language]) : null;
  const window = make('div', 'window', call.window[language]);
  const flashes = (flashUntil.get(call.key) || 0) > performance.now();
  const classes = `call${isNewest ? ' newest' : ''}${flashes ? ' flash' : ''}`;
  return make('article', classes, make('div', 'number', call.number), make('div', 'where', badge, window));
}

const inCalls = (selector: string) => Array.from(calls.querySelectorAll<HTMLElement>(selector));

function showCalls({ calls: all, places, language }: DisplayState): void {
  const columns = places > 3 ? 2 : 1;
  calls.style.setProperty('--columns', String(columns));
  calls.style.setProperty('--rows', String(Math.ceil(places / columns)));
  const until = performance.now() + FLASH_MILLISECONDS;
  // What stood there when the page was opened is nothing new.
  if (shown.size > 0) for (const { key } of all) if (!shown.has(key)) flashUntil.set(key, until);
  for (const [key, end] of Array.from(flashUntil)) {
    if (end <= performance.now() || !all.some((call) => call.key === key)) flashUntil.delete(key);
  }
  shown = new Set(['', ...all.map(({ key }) => key)]);
  const empty = make('p', 'empty', both('暂无叫号', 'Nobody has been called yet')[language]);
  fill(calls, ...(all.length === 0 ? [empty] : all.map((call, at) => callElement(call, at === 0, language))));
  for (const element of inCalls('.number')) shrink(element);
  for (const element of inCalls('.window'))
    shrink(element, { share: element.previousSibling === null ? 0.9 : 0.6 });
}

function queueElement({ label, waiting, wait, closed }: DisplayQueue, language: Language): HTMLElement {
  const people = both(`${waiting} 人等候`, `${waiting} waiting`);
  const line: Both = closed === null ? waitWords(wait) : closed;
  return make(
    'article',
    `queue${closed === null ? '' : ' closed'}`,
    make('div', 'label', label),
    make('div', 'people', people[language]),
    make('div', 'wait', line[language]),
  );
}

function showQueues({ queues: all, language }: DisplayState): void {
  const groups = Math.max(1, Math.ceil(all.length / QUEUES_AT_ONCE));
  const from = (turn % groups) * QUEUES_AT_ONCE;
  queues.hidden = all.length === 0;
  queues.style.setProperty('--tiles', String(Math.min(QUEUES_AT_ONCE, Math.max(1, all.length))));
  fill(queues, ...all.slice(from, from + QUEUES_AT_ONCE).map((queue) => queueElement(queue, language)));
  for (const element of Array.from(queues.querySelectorAll<HTMLElement>('.queue > div')))
    shrink(element, { least: 0.6 });
}

function showMessage({ messages, language }: DisplayState): void {
  const one = messages[turn % Math.max(1, messages.length)];
  message.className = one?.trouble ? 'message trouble' : 'message';
  message.textContent = one === undefined ? '' : one.text[language];
  (message.parentElement as HTMLElement).hidden = one === undefined;
  shrink(message, { share: 1 });
}

function show(next: DisplayState): void {
  state = next;
  const { language } = next;
  title.textContent = next.title === null ? both('请按号办理', 'Now serving')[language] : next.title;
  const names = join(next.paused, language);
  paused.textContent = names === '' ? '' : both(`暂停服务：${names}`, `Paused: ${names}`)[language];
  shrink(title);
  shrink(paused, { share: 1 });
  showMessage(next);
  showQueues(next);
  showCalls(next);
}

live<DisplayState>({
  show,
  tick(minutes) {
    time.textContent = minutes === null ? '' : clockWords(minutes);
    const calmed = Array.from(flashUntil).some(([, until]) => until <= performance.now());
    if (state !== undefined && calmed) showCalls(state);
  },
});

setInterval(() => {
  turn++;
  if (state === undefined) return;
  showMessage(state);
  showQueues(state);
}, TURN_SECONDS * 1_000);

addEventListener('resize', () => {
  if (state !== undefined) show(state);
});
