/** Ticket kiosk: one touch on a matter gives a ticket; priority, several matters and help are one touch more. */
import { both, button, fill, join, make, newId, setText, shrink, waitWords } from './dom.js';
import { texts } from './kiosk-texts.js';
import { live } from './live.js';
import type { Both, HelpAsk, IssueAnswer, IssueAsk, KioskQueue, KioskState, Language } from './messages.js';
import { setVoice, speak, spelled } from './voice.js';

const RESULT_SECONDS = 15;
/** Somebody went away in the middle: the next visitor begins anew, in the hall's language. */
const IDLE_SECONDS = 45;

let state: KioskState | undefined;
let chosenLanguage: Language | null = null;
let priority: boolean = false;
let several: string[] | null = null;
let step: 'start' | 'busy' | 'end' = 'start';
let isLive = false;
let quietSeconds = 0;
/** Of this visitor's touch: the same while it is not known whether it was done. */
let visit = newId();

const language = (): Language => chosenLanguage || (state === undefined ? 'zh-CN' : state.language);
const say = (text: Both) => text[language()];

/** A button whose words can change while a finger is on it. */
function key(className: string, press: () => void) {
  const label = make('span', 'label');
  const sub = make('span', 'sub');
  const element = button(className, press, label, sub);
  // By keyboard, what has the focus is read; by touch, what is touched.
  element.addEventListener('focus', () => speak(`${label.textContent} ${sub.textContent}`, language()));
  return {
    element,
    set(text: string, more: string, enabled: boolean, pressed: boolean | null = null): void {
      setText(label, text);
      setText(sub, more);
      element.setAttribute('aria-disabled', String(!enabled));
      if (pressed === null) element.removeAttribute('aria-pressed');
      else element.setAttribute('aria-pressed', String(pressed));
    },
  };
}

const heading = make('h1', '');
const notice = make('div', 'notice');
notice.setAttribute('role', 'status');
const languageKey = button('language', () => {
  chosenLanguage = language() === 'en' ? 'zh-CN' : 'en';
  render();
});
const queueBox = make('div', 'queues');
queueBox.setAttribute('role', 'group');
const queueKeys = new Map<string, ReturnType<typeof key>>();
const takeKey = key('take', () => {
  if (several !== null && several.length > 0) void take(several[0] as string, several.slice(1));
});
const priorityKey = key('priority', pressPriority);
const severalKey = key('several', () => {
  several = several === null ? [] : null;
  render();
});
const helpKey = key('help', () => void pressHelp());
const start = make(
  'div',
  'start',
  make('header', '', heading, languageKey),
  notice,
  queueBox,
  takeKey.element,
  make('footer', '', priorityKey.element, make('div', 'pair', severalKey.element, helpKey.element)),
);
const end = make('div', 'end');
const main = make('main', '', start, end);
document.body.append(main);

const offered = () => (state === undefined ? [] : state.queues);
const isOpen = (queue: KioskQueue) => queue.closed === null;
const canAsk = () => isLive && step === 'start' && state?.leads === true && state.over === null;

function reset(): void {
  step = 'start';
  priority = false;
  several = null;
  chosenLanguage = null;
  visit = newId();
  quietSeconds = 0;
  fill(end);
  render();
}

function render(): void {
  if (state === undefined) return;
  document.documentElement.lang = language();
  main.className = `step-${step}`;
  start.hidden = step === 'end';
  end.hidden = step !== 'end';
  setText(
    heading,
    say(several !== null ? texts.chooseSeveral : priority ? texts.choosePriority : texts.choose),
  );
  setText(languageKey, say(texts.otherLanguage));
  languageKey.lang = language() === 'en' ? 'zh-CN' : 'en';
  queueBox.setAttribute('aria-label', heading.textContent || '');
  renderQueues();
  const one = offered().length === 1;
  takeKey.element.hidden = several === null;
  takeKey.set(say(texts.take((several || []).length)), '', canAsk() && (several || []).length > 0);
  const priorityText = priority ? texts.priorityOn : texts.priority;
  priorityKey.set(say(priorityText), priority ? '' : say(texts.prioritySub), canAsk(), one ? null : priority);
  severalKey.element.hidden = offered().length < 2;
  severalKey.set(say(several === null ? texts.several : texts.severalOff), '', canAsk(), several !== null);
  helpKey.set(say(state.helpWanted ? texts.helped : texts.help), '', isLive);
  setText(notice, noticeText());
  notice.hidden = notice.textContent === '';
}

function noticeText(): string {
  if (state === undefined) return '';
  const lines = [
    ...(step === 'busy' ? [say(texts.busy)] : []),
    ...(state.helpWanted ? [say(texts.helpSent)] : []),
    ...(helpFailed ? [say(texts.helpFailed)] : []),
    ...(!state.leads ? [say(texts.notLeading)] : state.queues.length === 0 ? [say(texts.noQueues)] : []),
    ...state.troubles.map(say),
  ];
  return lines.join(' · ');
}

/** Keeps the buttons that are there: a touch may have begun on one of them. */
function renderQueues(): void {
  const all = offered();
  for (const [name, { element }] of queueKeys) {
    if (all.some(({ queue }) => queue === name)) continue;
    element.remove();
    queueKeys.delete(name);
  }
  all.forEach((queue, at) => {
    let one = queueKeys.get(queue.queue);
    if (one === undefined) {
      one = key('queue', () => pressQueue(queue.queue));
      queueKeys.set(queue.queue, one);
    }
    if (queueBox.children[at] !== one.element)
      queueBox.insertBefore(one.element, queueBox.children[at] || null);
    const more =
      queue.closed !== null
        ? say(queue.closed)
        : `${say(texts.ahead(queue.waiting))}${say(both('，', ', '))}${say(waitWords(queue.wait))}`;
    const pressed = several === null ? null : several.indexOf(queue.queue) >= 0;
    one.set(queue.label, more, canAsk() && isOpen(queue), pressed);
  });
  queueBox.classList.toggle('some', all.length > 3);
  queueBox.classList.toggle('many', all.length > 4);
}

function pressQueue(name: string): void {
  const queue = offered().find((one) => one.queue === name);
  if (queue === undefined || !canAsk()) return;
  if (queue.closed !== null) {
    speak(say(queue.closed), language());
    return;
  }
  if (several === null) {
    void take(name, []);
    return;
  }
  several = several.indexOf(name) >= 0 ? several.filter((one) => one !== name) : [...several, name];
  speak(queue.label, language());
  render();
}

function pressPriority(): void {
  if (!canAsk()) return;
  priority = !priority;
  const only = offered().length === 1 ? offered()[0] : undefined;
  if (only !== undefined && isOpen(only)) {
    priority = true;
    void take(only.queue, []);
    return;
  }
  speak(say(priority ? texts.choosePriority : texts.choose), language());
  render();
}

let helpFailed = false;

async function pressHelp(): Promise<void> {
  if (state === undefined || !isLive) return;
  const wanted = !state.helpWanted;
  const answer = await line.ask<{ ok: boolean }>('help', { wanted } satisfies HelpAsk);
  helpFailed = answer === null || !answer.ok;
  if (helpFailed) speak(say(texts.helpFailed), language());
  else if (wanted) speak(say(texts.helpSent), language());
  render();
}

async function take(queue: string, onward: readonly string[]): Promise<void> {
  if (!canAsk()) return;
  step = 'busy';
  render();
  const ask: IssueAsk = { id: visit, queue, priority, onward };
  const answer = await line.ask<IssueAnswer>('issue', ask);
  step = 'end';
  if (answer === null) showFailure(say(texts.noAnswer), say(texts.noAnswerMore), () => retry(queue, onward));
  else if (answer.ok) showTicket(answer);
  else {
    visit = newId();
    showFailure(answer.message[language()], '', null);
  }
}

function retry(queue: string, onward: readonly string[]): void {
  step = 'start';
  void take(queue, onward);
  render();
}

/** Shows the end of a visit, and goes back by itself. */
function showEnd(title: HTMLElement, spoken: string, ...children: (HTMLElement | null)[]): void {
  const back = button('back', reset, say(texts.backIn(RESULT_SECONDS)));
  title.tabIndex = -1;
  fill(end, title, ...children, back);
  end.classList.toggle('with-qr', end.querySelector('.qr') !== null);
  render();
  for (const element of Array.from(end.querySelectorAll<HTMLElement>('.number, .paper'))) shrink(element);
  quietSeconds = 0;
  title.focus();
  speak(spoken, language());
}

function showFailure(title: string, more: string, again: (() => void) | null): void {
  const text = more === '' ? null : make('p', 'paper', more);
  const key = again === null ? null : button('again', again, say(texts.again));
  showEnd(make('h1', 'failed', title), `${title} ${more}`, text, key);
}

function showTicket(answer: Extract<IssueAnswer, { ok: true }>): void {
  const { number, ahead, wait, paper, printer, qr } = answer;
  const where =
    paper === 'near'
      ? texts.near
      : paper === 'none'
        ? texts.noPaper
        : printer === null
          ? texts.otherUnnamed
          : texts.other(printer);
  const people = say(ahead === 0 ? texts.next : texts.ahead(ahead));
  const windows = join(answer.windows, language());
  const title = make(
    'h1',
    'ticket',
    make('span', 'your', say(texts.yourNumber)),
    make('span', 'number', number),
  );
  let code: HTMLElement | null = null;
  if (paper === 'none' && qr !== null) {
    const image = make('img', '');
    image.src = `data:image/svg+xml,${encodeURIComponent(qr)}`;
    image.alt = say(texts.scan);
    code = make('figure', 'qr', image, make('figcaption', '', say(texts.scan)));
  }
  showEnd(
    title,
    `${say(texts.yourNumber)} ${spelled(number)}. ${people}. ${say(waitWords(wait))}. ${say(where)}`,
    make('p', 'ahead', `${people}${say(both('，', ', '))}${say(waitWords(wait))}`),
    make('p', 'paper', say(where)),
    windows === '' ? null : make('p', 'hint', say(texts.windows(windows))),
    code,
  );
}

const line = live<KioskState>({
  show(next) {
    state = next;
    setVoice(next.voice);
    if (next.helpWanted) helpFailed = false;
    render();
  },
  linked(now) {
    isLive = now;
    render();
  },
  tick() {
    quietSeconds++;
    if (step === 'end') {
      const back = end.querySelector('.back');
      if (back !== null) setText(back, say(texts.backIn(Math.max(0, RESULT_SECONDS - quietSeconds))));
      if (quietSeconds >= RESULT_SECONDS) reset();
    } else if (
      step === 'start' &&
      quietSeconds >= IDLE_SECONDS &&
      (several !== null || priority || chosenLanguage)
    ) {
      reset();
    }
  },
  whenCut: both('暂不能取号，请到咨询台', 'No tickets here now; please go to the information desk'),
});

for (const name of ['pointerdown', 'keydown']) {
  addEventListener(name, () => {
    quietSeconds = 0;
    helpFailed = false;
  });
}
