/**
 * Virtual halls for tests: cables whose other end is played by simulated devices, which talk in bytes and know
 * nothing of the controller.
 *
 * ```ts
 * const { carrier, farEnd, cable } = memoryCable({ clock, byteMicroseconds: 1042 }); // or ptyCable() for a real port
 * const panels = simulatedPanels(farEnd, clock, { addresses: [5, 6] });
 * // ... run a controller over the carrier, call A001 to window 5 ...
 * panels.panel(5).shows(); // "   001", as a person sees it
 * panels.panel(5).power.off();
 * cable.cut();
 * ```
 */
export { systemClock } from '../kernel/clock.js';
export { VirtualClock } from '../kernel/virtual-clock.js';
export type { Cable, FarEnd } from './far-end.js';
export { type SimulatedKeypad, simulatedKeypad } from './keypad.js';
export {
  type MemoryCable,
  type MemoryCableOptions,
  type MemoryCablePanel,
  memoryCable,
} from './memory-cable.js';
export type { Shown, SimulatedPanel } from './modbus-panel.js';
export { type SimulatedPanels, type SimulatedPanelsOptions, simulatedPanels } from './modbus-panels.js';
export { type PtyCable, type PtyCableOptions, ptyCable } from './pty-cable.js';
export { type RatingLineOptions, type SimulatedRatingLine, simulatedRatingLine } from './rating-line.js';
export { spawnWithoutCables } from './spawn-without-cables.js';
