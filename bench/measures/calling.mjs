import { setTimeout as pause } from 'node:timers/promises';
import { CallingBed } from '../bed/calling-bed.mjs';
import { processorMilliseconds } from '../bed/processes.mjs';
import { percentile } from '../statistics.mjs';

const settleMilliseconds = 4_000;
const patienceMilliseconds = 10_000;
/** Somebody impatient presses again so soon after the restart. */
const pressMilliseconds = 50;
const dayMilliseconds = 24 * 3600 * 1000;
const ticketsADay = 100_000;

/**
 * Calling: from the press of `next` to the board and to the hall display, with 32 boards asked all the time on one line;
 * what a ticket costs; and how soon after kill -9 the next one is called, with 5,000 waiting.
 */
export async function calling({ root, quick }) {
  const bed = await CallingBed.make(root);
  try {
    await bed.open();
    await pause(settleMilliseconds);
    const presses = await pressesToBoards(bed, quick ? 60 : 600);
    const cost = await costOfTickets(bed, quick ? 200 : 2_000);
    const restart = await restartFull(bed, quick ? 500 : 5_000, quick ? 1 : 5);
    return { ...presses, ...cost, ...restart };
  } finally {
    await bed.close();
  }
}

/** Each press beyond the transaction that was under way on the wire; the frame itself takes no time on a pseudo terminal. */
async function pressesToBoards(bed, count) {
  const board = [];
  const display = [];
  let pressed;
  let shown;
  /** What the screen was sent since the press. */
  let pieces = [];
  bed.onShown = (window, text, at) => {
    if (window === pressed && /^\d+$/.test(text)) shown ??= { text, at };
  };
  await bed.watchDisplay((text, at) => pieces.push({ text, at }));
  await bed.issueMany(count);
  for (let press = 0; press < count; press++) {
    await pause(60 + 80 * Math.random());
    pressed = bed.windows[press % bed.windows.length];
    shown = undefined;
    pieces = [];
    const began = performance.now();
    bed.press(pressed);
    await until(() => shown !== undefined, 'a board shows the call');
    board.push(shown.at - Math.min(shown.at, bed.wireFreeAt(began)));
    let seen;
    await until(() => {
      seen = firstWith(`A${shown.text}"`, pieces);
      return seen !== undefined;
    }, `the hall display shows ${shown.text}`);
    display.push(seen.at - began);
  }
  bed.onShown = () => {};
  return {
    boardP50Milliseconds: percentile(board, 50),
    boardP99Milliseconds: percentile(board, 99),
    displayP50Milliseconds: percentile(display, 50),
    displayP99Milliseconds: percentile(display, 99),
  };
}

/** The piece with which a text is there. */
function firstWith(text, pieces) {
  let all = '';
  for (const piece of pieces) {
    all += piece.text;
    if (all.includes(text)) return piece;
  }
  return undefined;
}

/** A ticket, its call and its end, over what the boards' polls cost anyway. */
async function costOfTickets(bed, count) {
  const perMillisecond = 0.05;
  const resting = 5_000;
  const before = processorMilliseconds(bed.pid);
  await pause(resting);
  const rest = (processorMilliseconds(bed.pid) - before) / resting;
  const from = processorMilliseconds(bed.pid);
  const began = performance.now();
  for (let ticket = 0; ticket < count; ticket++) {
    void bed.issue();
    bed.press(bed.windows[ticket % bed.windows.length]);
    const due = began + ticket / perMillisecond;
    await pause(Math.max(0, due - performance.now()));
  }
  await bed.issue();
  const took = performance.now() - began;
  const ticketMilliseconds = (processorMilliseconds(bed.pid) - from - rest * took) / count;
  return { ticketMilliseconds, dayPercent: (100 * ticketsADay * ticketMilliseconds) / dayMilliseconds };
}

/** From the start of the process to the first call: what comes first, the board or the event at the hub. */
async function restartFull(bed, waiting, rounds) {
  await bed.issueMany(waiting);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    await bed.kill();
    let calledAt;
    const [window] = bed.windows;
    const before = bed.panels.panel(Number(window)).shows().trim();
    bed.onCalled = (at) => {
      calledAt ??= at;
    };
    bed.onShown = (at, text, when) => {
      if (at === window && /^\d+$/.test(text) && text !== before) calledAt ??= when;
    };
    // What was recorded before comes first.
    await pause(settleMilliseconds / 2);
    calledAt = undefined;
    const began = performance.now();
    bed.start();
    while (calledAt === undefined) {
      if (performance.now() - began > patienceMilliseconds) throw new Error('no call after the restart');
      bed.press(window);
      await pause(pressMilliseconds);
    }
    times.push(calledAt - began);
    await pause(settleMilliseconds / 2);
  }
  bed.onCalled = () => {};
  return { restartMilliseconds: percentile(times, 50), restartMostMilliseconds: Math.max(...times) };
}

async function until(holds, words) {
  const end = performance.now() + patienceMilliseconds;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${words}`);
    await pause(1);
  }
}
