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
export { type SimulatedAds1115, simulatedAds1115 } from './ads1115.js';
export {
  type SimulatedAlphaSign,
  type SimulatedAlphaSignOptions,
  simulatedAlphaSign,
} from './alpha-sign.js';
export {
  type HeardSound,
  type SimulatedAudioOptions,
  type SimulatedAudioPanel,
  simulatedAudio,
} from './audio.js';
export type { PrinterQuirks, SimulatedPrinter, SimulatedPrinterOptions } from './escpos-panel.js';
export { simulatedPrinter } from './escpos-printer.js';
export type { Slip, SlipLine, SlipPicture } from './escpos-slips.js';
export type { Cable, FarEnd } from './far-end.js';
export {
  type SimulatedFirmataBoard,
  type SimulatedFirmataOptions,
  simulatedFirmataBoard,
} from './firmata-board.js';
export {
  type SimulatedGpio,
  type SimulatedGpioOptions,
  type SimulatedGpioPanel,
  type SimulatedLine,
  simulatedGpio,
} from './gpio.js';
export { type SimulatedHt16k33, simulatedHt16k33 } from './ht16k33.js';
export {
  type SimulatedI2cChip,
  type SimulatedI2cOptions,
  type SimulatedI2cPanel,
  simulatedI2c,
} from './i2c.js';
export { type SimulatedIppPrinter, simulatedIppPrinter } from './ipp-printer.js';
export { type SimulatedKeypad, simulatedKeypad } from './keypad.js';
export { type SimulatedLd2410, simulatedLd2410 } from './ld2410.js';
export { type RadarSpot, type SimulatedLd2450, simulatedLd2450 } from './ld2450.js';
export { type SimulatedMcp23017, type SimulatedPin, simulatedMcp23017 } from './mcp23017.js';
export {
  type MemoryCable,
  type MemoryCableOptions,
  type MemoryCablePanel,
  memoryCable,
} from './memory-cable.js';
export type { Shown, SimulatedPanel } from './modbus-panel.js';
export { type SimulatedPanels, type SimulatedPanelsOptions, simulatedPanels } from './modbus-panels.js';
export {
  type SimulatedOnbonArea,
  type SimulatedOnbonCard,
  type SimulatedOnbonCardOptions,
  simulatedOnbonCard,
} from './onbon-card.js';
export { type SimulatedPcf857x, simulatedPcf857x } from './pcf857x.js';
export { type ProcessWires, processWires } from './process-wires.js';
export { type HostedWires, hostWires, type WireHost } from './process-wires-host.js';
export { type PtyCable, type PtyCableOptions, ptyCable } from './pty-cable.js';
export { type RatingLineOptions, type SimulatedRatingLine, simulatedRatingLine } from './rating-line.js';
export { type SimulatedSgp4x, simulatedSgp4x } from './sgp4x.js';
export type { ShownText, SimulatedTextBoard } from './shown-text.js';
export { type SimulatedSht, simulatedSht } from './sht.js';
export { type SimulatedSnmpPrinter, simulatedSnmpPrinter } from './snmp-printer.js';
export { spawnWithoutCables } from './spawn-without-cables.js';
export type { Heard, SimulatedVoice } from './spoken-text.js';
export { simulatedSyn6288 } from './syn6288.js';
export { type TcpCable, type TcpCableOptions, tcpCable } from './tcp-cable.js';
export {
  type ReadFrame,
  type SimulatedTemplateBoard,
  type SimulatedTemplateBoardOptions,
  simulatedTemplateBoard,
} from './template-board.js';
export { type SimulatedVl53l0x, simulatedVl53l0x } from './vl53l0x.js';
export { type SimulatedVl53l1x, simulatedVl53l1x } from './vl53l1x.js';
export type { SimulatedVoiceOptions } from './voice-chip.js';
export { simulatedXfs5152 } from './xfs5152.js';
