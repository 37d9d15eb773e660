import { beforeEach, describe, expect, it } from 'vitest';
import { type BoardOrder, ToldBoards } from '../../src/hall/told-boards.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { MemoryCommits } from '../supervisor/world.js';

const plain = { urgent: false, priority: false, blink: false, paused: false, closed: false };
const number = (text: string): BoardOrder => ({ is: 'view', text, look: plain });
const words = (text: string, milliseconds: number): BoardOrder => ({
  ...{ is: 'words', text, milliseconds, look: plain },
});
const hour = 3_600_000;

let clock: VirtualClock;
let commits: MemoryCommits;
/** As after a start: all that is known is what was stored. */
const told = (boot = 'boot') => new ToldBoards({ clock, boot, state: commits.state });
const tell = (device: string, order: BoardOrder) => {
  const boards = told();
  boards.tell(device, order);
  commits.commit(boards.change(device));
};

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
});

describe('what a board was told', () => {
  it('is the last number, and the words above it with the time that they have left', async () => {
    tell('board-5', number('A001'));
    tell('board-5', words('11-30', 10_000));
    tell('board-5', number('A002'));
    expect(told().standing('board-5')).toEqual([number('A002')]);
    tell('board-5', words('11-30', 10_000));
    tell('board-5', words('11-45', 10_000));
    await clock.advance(4_000);
    expect(told().standing('board-5')).toEqual([number('A002'), words('11-45', 6_000)]);
    await clock.advance(6_000);
    expect(told().standing('board-5')).toEqual([number('A002')]);
    tell('board-5', words('11-50', 10_000));
    tell('board-5', words('', 0));
    expect(told().standing('board-5')).toEqual([number('A002')]);
    expect(told().standing('board-6')).toEqual([]);
  });

  it('does not stand there again on the next morning, nor where nobody knows how old it is', async () => {
    tell('board-5', number('A001'));
    await clock.advance(12 * hour);
    expect(told().standing('board-5')).toHaveLength(1);
    expect(told('another boot').standing('board-5')).toHaveLength(1);
    clock.trust = 'untrusted';
    expect(told('another boot').standing('board-5')).toEqual([]);
    clock.trust = 'synced';
    await clock.advance(1);
    expect(told().standing('board-5')).toEqual([]);
  });

  it('is forgotten once, where somebody else says over and over what is to be shown', () => {
    expect(told().forgotten('board-5')).toBeUndefined();
    tell('board-5', number('A001'));
    commits.commit(told().forgotten('board-5') ?? {});
    expect(told().standing('board-5')).toEqual([]);
    expect(told().forgotten('board-5')).toBeUndefined();
  });

  it('is the newest, in whatever order the boards answer', () => {
    const boards = told();
    // A number, words over it and the next number come before the board has answered the first.
    boards.tell('board-5', number('A001'));
    boards.tell('board-5', words('11-30', 10_000));
    expect(boards.standing('board-5')).toEqual([number('A001'), words('11-30', 10_000)]);
    commits.commit(boards.change('board-5'));
    expect(told().standing('board-5')).toEqual([number('A001'), words('11-30', 10_000)]);
    boards.tell('board-5', number('A002'));
    commits.commit(boards.change('board-5'));
    commits.commit(boards.change('board-5'));
    expect(told().standing('board-5')).toEqual([number('A002')]);
    // Meanwhile somebody else leads: what is answered late is not kept.
    boards.tell('board-5', number('A003'));
    commits.commit(boards.allForgotten() ?? {});
    commits.commit(boards.change('board-5'));
    expect(told().standing('board-5')).toEqual([]);
    expect(boards.allForgotten()).toBeUndefined();
  });

  it('is nothing where what is stored cannot be read', () => {
    for (const stored of ['text', [], [{ order: { is: 'view' } }], { is: 'calls' }]) {
      commits.state.set('told/board-5', stored);
      expect(told().standing('board-5')).toEqual([]);
    }
  });
});
