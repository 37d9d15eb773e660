/** Rating page: silent until the hall invites; then five levels, reasons for a bad one, thanks. */
import { both, button, fill, make, newId } from './dom.js';
import { face } from './faces.js';
import { live } from './live.js';
import type { Both, RateAnswer, RateAsk, RatingState } from './messages.js';

const THANKS_MILLISECONDS = 4_000;
const SORRY_MILLISECONDS = 6_000;

const main = make('main', 'rating');
main.setAttribute('aria-live', 'polite');
document.body.append(main);

/** What stands on the screen. While `words` or `busy` stand, a change of the hall's does not wipe them. */
type Step = 'idle' | 'levels' | 'reasons' | 'busy' | 'words';
let step: Step = 'idle';
let state: RatingState | undefined;
/** The session that is being rated here. */
let session: string | null = null;
/** The last one that was taken: it is not offered again while the hall still says it. */
let rated: string | null = null;
let isLive = true;
let over: number | undefined;

const say = (text: Both) => text[state === undefined ? 'zh-CN' : state.language];

function show(next: Step, ...children: (HTMLElement | null)[]): void {
  step = next;
  main.className = `rating ${next}`;
  fill(main, ...children);
  for (const key of Array.from(main.querySelectorAll('button'))) key.disabled = !isLive;
}

function idle(): void {
  if (state === undefined) return;
  session = null;
  show(
    'idle',
    make('p', 'where', say(state.window)),
    make('p', 'hint', say(both('办理完毕后，请在此评价', 'After your visit, please rate it here'))),
  );
}

/** Words for a while, then whatever is true then. */
function words(text: Both, more: Both | null, milliseconds: number): void {
  show('words', make('h1', '', say(text)), more === null ? null : make('p', 'hint', say(more)));
  clearTimeout(over);
  over = setTimeout(begin, milliseconds);
}

function begin(): void {
  if (state === undefined) return;
  session = state.session === rated ? null : state.session;
  if (session === null) idle();
  else levels();
}

function levels(): void {
  if (state === undefined) return;
  const keys = state.levels.map(({ level, label }) => {
    const key = button('level', () => chosen(level), make('span', 'label', label));
    key.insertBefore(face(level), key.firstChild);
    key.dataset.level = String(level);
    return key;
  });
  show(
    'levels',
    make('h1', '', say(both('请评价本次服务', 'Please rate this service'))),
    make('p', 'where', say(state.window)),
    make('div', 'keys', ...keys),
  );
}

function chosen(level: number): void {
  // A second touch on a button that has gone already.
  if (state === undefined || session === null || step !== 'levels') return;
  const reasons = state.reasons.filter(({ forLevels }) => forLevels.indexOf(level) >= 0);
  if (reasons.length === 0) {
    void send(level, []);
    return;
  }
  const wanted = new Set<string>();
  const keys = reasons.map(({ code, label }) => {
    const key = button(
      'reason',
      () => {
        if (wanted.has(code)) wanted.delete(code);
        else wanted.add(code);
        key.setAttribute('aria-pressed', String(wanted.has(code)));
      },
      label,
    );
    key.setAttribute('aria-pressed', 'false');
    return key;
  });
  show(
    'reasons',
    make('h1', '', say(both('哪些方面需要改进？', 'What should be better?'))),
    make('p', 'hint', say(both('可多选，也可不选', 'any number, or none'))),
    make('div', 'keys', ...keys),
    make(
      'div',
      'ends',
      button('back', levels, say(both('返回', 'Back'))),
      button('submit', () => void send(level, Array.from(wanted)), say(both('提交', 'Submit'))),
    ),
  );
}

async function send(level: number, reasons: readonly string[]): Promise<void> {
  if (session === null || step === 'busy' || step === 'words') return;
  const ask: RateAsk = { id: newId(), session, level, reasons };
  show('busy', make('h1', '', say(both('正在提交……', 'Sending …'))));
  let answer = await line.ask<RateAnswer>('rate', ask);
  // Lost on its way, perhaps: the same id is not counted twice.
  if (answer === null) answer = await line.ask<RateAnswer>('rate', ask);
  if (answer === null) {
    const failed = both('没有提交成功', 'This could not be sent');
    words(
      failed,
      both('连接中断，请稍后再试', 'There is no connection; try again later'),
      SORRY_MILLISECONDS,
    );
  } else if (answer.ok) {
    rated = ask.session;
    words(both('感谢您的评价', 'Thank you'), null, THANKS_MILLISECONDS);
  } else {
    words(both('评价没有提交', 'This was not taken'), answer.message, SORRY_MILLISECONDS);
  }
}

const line = live<RatingState>({
  show(next) {
    const before = state;
    state = next;
    if (step === 'busy' || step === 'words') return;
    if (session !== null && next.session !== session) {
      const ended = both('本次评价已结束', 'The time for this rating is over');
      // Somebody who was choosing is told; somebody who did not begin is not bothered.
      if (step === 'reasons') words(ended, null, SORRY_MILLISECONDS);
      else begin();
    } else if (before === undefined || session !== next.session || before.language !== next.language) begin();
  },
  linked(now) {
    isLive = now;
    for (const key of Array.from(main.querySelectorAll('button'))) key.disabled = !isLive;
  },
  whenCut: both('暂不能评价', 'Ratings cannot be taken now'),
});
