/** Halls to measure expected waits in. */
import { type CallingSettings, standardRules } from '../../src/calling/settings.js';
import type { HallPlan, QueuePlan, WindowPlan } from './simulated-days.js';

const base: Omit<CallingSettings, 'queues'> = {
  windows: {},
  matters: {},
  timezone: 'Asia/Shanghai',
  rules: standardRules,
  evaluatorWindows: [],
};

const bump = (time: number, centre: number) => Math.exp(-((time - centre) ** 2));

/** A peak at ten, a lower one at three, so many visitors an hour at the first. */
const twoPeaks = (most: number) => (time: number) =>
  time < 8.5 || time > 16.7 ? 0 : (most / 1.35) * (0.35 + bump(time, 10) + 0.7 * bump(time, 15));

const queue = (visitorsAtPeak: number, serviceMinutes: number, variation = 0.7): QueuePlan => ({
  arrivals: twoPeaks(visitorsAtPeak),
  serviceMinutes,
  variation,
});

const allDay: WindowPlan = { open: [[9, 17]] };
const earlyLunch: WindowPlan['open'] = [
  [9, 11.5],
  [12.5, 17],
];
const lateLunch: WindowPlan['open'] = [
  [9, 12.5],
  [13.5, 17],
];

const windows = (count: number, plan: (place: number) => WindowPlan): Record<string, WindowPlan> =>
  Object.fromEntries(Array.from({ length: count }, (_, place) => [String(place + 1), plan(place)]));

const oneQueue = { a: { prefix: 'A', windows: ['1', '2', '3', '4'] } };

export const hallPlans: Readonly<Record<string, HallPlan>> = {
  'one queue, four windows': {
    settings: { ...base, queues: oneQueue },
    days: 15,
    queues: { a: queue(40, 7) },
    windows: windows(4, () => allDay),
  },
  'lunch in turns, priority, no-shows, two speeds': {
    settings: { ...base, queues: oneQueue, evaluatorWindows: 'all' },
    days: 15,
    priorityShare: 0.1,
    noShowShare: 0.1,
    queues: { a: queue(40, 7) },
    windows: windows(4, (place) => ({
      open: place < 2 ? earlyLunch : lateLunch,
      slowness: place % 2 === 0 ? 0.8 : 1.5,
    })),
  },
  'closed at noon': {
    settings: { ...base, queues: oneQueue, hours: { 'mon-sun': ['09:00-11:30', '13:30-17:00'] } },
    days: 15,
    noShowShare: 0.1,
    queues: { a: queue(38, 7) },
    windows: windows(4, () => ({
      open: [
        [9, 11.5],
        [13.5, 17],
      ],
    })),
  },
  'four queues share twelve windows': {
    settings: {
      ...base,
      queues: {
        a: { prefix: 'A', windows: ['1', '2', '3', '4', '5'] },
        b: { prefix: 'B', windows: ['4', '5', '6', '7'] },
        c: { prefix: 'C', windows: ['8', '9', '10'] },
        d: { prefix: 'D', windows: ['10', '11', '12', '1'] },
      },
    },
    days: 15,
    priorityShare: 0.08,
    noShowShare: 0.1,
    queues: { a: queue(38, 8), b: queue(19, 12, 0.6), c: queue(40, 5, 1), d: queue(15, 15, 0.5) },
    windows: windows(12, (place) => ({
      open: place % 2 === 0 ? lateLunch : earlyLunch,
      slowness: place % 3 === 0 ? 1.4 : 0.9,
    })),
  },
  'a window opens at the peak': {
    settings: { ...base, queues: { a: { prefix: 'A', windows: ['1', '2', '3'] } } },
    days: 15,
    queues: { a: queue(27, 7) },
    windows: { '1': allDay, '2': allDay, '3': { open: [[10, 12]] } },
  },
  'everything takes 1.8 times as long from the ninth day on': {
    settings: { ...base, queues: oneQueue },
    days: 15,
    queues: { a: queue(30, 7) },
    windows: windows(4, () => allDay),
    slowdown: (day, hourOfDay) => (day > 8 || (day === 8 && hourOfDay > 10) ? 1.8 : 1),
  },
};
