/** Window page: how many wait, whom the window serves, who comes next. For the staff. */
import { both, clockWords, fill, make, shrink } from './dom.js';
import { live } from './live.js';
import type { Both, Language, WindowState, WindowTicket } from './messages.js';

const stateWords: Readonly<Record<WindowState['state'], Both>> = {
  closed: both('未开放', 'Closed'),
  open: both('空闲', 'Free'),
  serving: both('办理中', 'Serving'),
  paused: both('暂停服务', 'Paused'),
};

const main = make('main', 'window');
const time = make('span', 'time');
document.body.append(main);

function ticket(title: Both, one: WindowTicket | null, language: Language): HTMLElement {
  const number = make('div', 'number', one === null ? '—' : one.number);
  const badge = one?.priority ? make('span', 'badge', both('优先', 'Priority')[language]) : null;
  const matter = make('div', 'matter', badge, one === null || one.matter === null ? '' : one.matter);
  return make('section', 'ticket', make('h2', '', title[language]), number, matter);
}

live<WindowState>({
  show(state) {
    const { language } = state;
    const known = both('控制器的配置中没有这个窗口', 'The controller’s configuration has no such window');
    const head = make(
      'header',
      '',
      make('h1', '', state.window[language]),
      make('span', `state ${state.state}`, stateWords[state.state][language]),
      make('span', 'business', state.business),
      time,
    );
    const waiting = make(
      'section',
      'waiting',
      make('h2', '', both('等候人数', 'Waiting')[language]),
      make('div', 'number', String(state.waiting)),
    );
    const troubles = state.troubles.map((text) => make('li', '', text[language]));
    fill(
      main,
      head,
      state.known ? null : make('p', 'troubles', known[language]),
      make(
        'div',
        'tickets',
        waiting,
        ticket(both('当前', 'Now'), state.current, language),
        ticket(both('下一位', 'Next'), state.next, language),
      ),
      troubles.length === 0 ? null : make('ul', 'troubles', ...troubles),
    );
    for (const element of Array.from(main.querySelectorAll<HTMLElement>('.number, .matter'))) shrink(element);
  },
  tick(minutes) {
    time.textContent = minutes === null ? '' : clockWords(minutes);
  },
});
