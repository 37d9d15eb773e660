/** Drives simulated I2C chips with the drivers of johnny-five, and prints what each side saw of it as JSON. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import {
  simulatedAds1115,
  simulatedHt16k33,
  simulatedI2c,
  simulatedMcp23017,
  simulatedPcf857x,
  simulatedSht,
  VirtualClock,
} from '../../dist/simulator/index.js';
import { JohnnyFiveIo } from './support/johnny-five-io.mjs';
import { virtualTimers } from './support/virtual-timers.mjs';

const clock = new VirtualClock();
virtualTimers(clock);
const five = createRequire(import.meta.url)('johnny-five');

/** A board with one chip: the line to a board is slow, and what asks all the time would be in the way of the others. */
async function boardWith(address, chip) {
  const { adapter, panel } = simulatedI2c({ clock });
  panel.attach(address, chip);
  const io = new JohnnyFiveIo(await adapter.open(() => {}), line);
  const board = new five.Board({ io, repl: false, sigint: false, debug: false });
  await once(board, 'ready');
  return { board, io };
}
const line = (milliseconds) => new Promise((resolve) => void clock.after('line', milliseconds, resolve));

/** Long enough for all that was asked to be written and read anew. */
const settled = () => clock.advance(3_000);

/** The world pulls these pins low and those high; the others are in the air. */
function world(chip, pins, { low = [], high = [] }) {
  for (let number = 0; number < pins; number++) {
    const pin = chip.pin(number);
    if (low.includes(number)) pin.low();
    else if (high.includes(number)) pin.high();
    else pin.float();
  }
}

const numbers = (pins) => Array.from({ length: pins }, (_, number) => number);

/** Pins where the chip pulls to ground, and where it drives up. */
function driven(chip, pins) {
  const those = (level) => numbers(pins).filter((number) => chip.pin(number).driven() === level);
  return { low: those('low'), high: those('high') };
}

/** Pins that the driver says are 1. */
const seenHigh = (expander) => numbers(expander.pins.length).filter((pin) => expander.pins[pin].value === 1);

/** Its pins as outputs, then as inputs. */
async function expander({ controller, address, pins, chip, asInput }) {
  const { board, io } = await boardWith(address, chip);
  const driver = new five.Expander({ board, controller, address });
  await settled();
  const result = { begun: driven(chip, pins), outputs: [], inputs: [] };
  for (const high of [[3], [0, 5, pins - 1], numbers(pins)]) {
    for (const pin of numbers(pins)) driver.digitalWrite(pin, high.includes(pin) ? 1 : 0);
    await settled();
    result.outputs.push({ ...driven(chip, pins), wrote: io.writes.at(-1) });
  }
  for (const pin of numbers(pins)) {
    driver.pinMode(pin, driver.MODES.INPUT);
    asInput(driver, pin);
    driver.digitalRead(pin, () => {});
  }
  for (const levels of [
    {},
    { low: [1, 4] },
    { low: numbers(pins), high: [] },
    { low: [0, pins - 1], high: [2] },
  ]) {
    world(chip, pins, levels);
    await settled();
    result.inputs.push(seenHigh(driver));
  }
  return { result, driver, io };
}

async function pcf857x(controller, address, pins) {
  const chip = simulatedPcf857x(pins);
  // It has no call for this: a pin is an input once a 1 is written to it.
  const asInput = (driver, pin) => driver.digitalWrite(pin, 1);
  const { result, io } = await expander({ controller, address, pins, chip, asInput });
  return { ...result, refused: io.refused };
}

/** A PCF8574 whose pin 6 was made an input, and nothing else. */
async function inputWithoutOne(address) {
  const chip = simulatedPcf857x(8);
  const { board } = await boardWith(address, chip);
  const driver = new five.Expander({ board, controller: 'PCF8574', address });
  driver.pinMode(6, driver.MODES.INPUT);
  driver.digitalRead(6, () => {});
  await settled();
  return { seen: driver.pins[6].value, driven: chip.pin(6).driven() };
}

async function mcp23017(address) {
  const chip = simulatedMcp23017();
  const asInput = (driver, pin) => driver.pullUp(pin, 1);
  const { result, driver, io } = await expander({ controller: 'MCP23017', address, pins: 16, chip, asInput });
  world(chip, 16, { high: [7] });
  for (const pin of numbers(16)) if (![2, 12].includes(pin)) driver.pullUp(pin, 0);
  await settled();
  const registers = Object.fromEntries(
    numbers(0x16).map((number) => [number.toString(16), chip.register(number)]),
  );
  return { ...result, withoutPullUps: seenHigh(driver), registers, refused: io.refused };
}

async function ads1115(address) {
  const chip = simulatedAds1115(clock);
  const { board, io } = await boardWith(address, chip);
  const driver = new five.Expander({ board, controller: 'ADS1115', address });
  const raw = {};
  for (const pin of numbers(4)) {
    driver.analogRead(pin, (value) => {
      raw[pin] = value;
    });
  }
  const seen = [];
  for (const volts of [
    [0.5, 1.25, 2.5, 3.3],
    [3.2999, 0.0002, 0, 1.1],
  ]) {
    for (const [channel, value] of volts.entries()) chip.channel(channel).volts(value);
    await settled();
    seen.push({ volts, raw: numbers(4).map((pin) => raw[pin]) });
  }
  // The slowest that the data sheet allows.
  chip.slowBy(0.1);
  chip.channel(2).volts(2.048);
  await settled();
  return { seen, slow: raw[2], wrote: [...new Set(io.writes)].sort(), refused: io.refused };
}

async function sht31d(address) {
  const chip = simulatedSht({ family: 'SHT3x', clock });
  const { board, io } = await boardWith(address, chip);
  chip.temperature(23.4);
  chip.humidity(61.8);
  const thermometer = new five.Thermometer({ board, controller: 'SHT31D', address });
  const hygrometer = new five.Hygrometer({ board, controller: 'SHT31D', address });
  await settled();
  const warm = { celsius: thermometer.celsius, percent: hygrometer.relativeHumidity };
  chip.temperature(-12.5);
  chip.humidity(8);
  await settled();
  const cold = { celsius: thermometer.celsius, percent: hygrometer.relativeHumidity };
  chip.raw(0x6336, 0x5a7c);
  await settled();
  const ticks = { celsius: thermometer.celsius, percent: hygrometer.relativeHumidity };
  const { resets } = chip;
  return { warm, cold, ticks, resets, refused: io.refused, wrote: [...new Set(io.writes)] };
}

async function ht16k33(address) {
  const chip = simulatedHt16k33();
  const { board, io } = await boardWith(address, chip);
  const dark = chip.shows();
  const digits = new five.Led.Digits({ board, controller: 'HT16K33', addresses: [address] });
  await settled();
  const setUp = io.writes.splice(0);
  const shown = [];
  for (const text of ['0123', '4567', '89E0', '  42', '12:34']) {
    digits.print(text);
    await settled();
    shown.push({ shows: chip.shows(), colon: chip.colon, wrote: io.writes.at(-1) });
  }
  const looks = [];
  io.writes.splice(0);
  for (const [brightness, blink] of [
    [100, false],
    [50, 'fast'],
    [0, 'normal'],
    [20, 'slow'],
  ]) {
    digits.brightness(brightness);
    digits.blink(blink);
    await settled();
    looks.push([chip.sixteenths, chip.blinkHertz, ...io.writes.splice(0)]);
  }
  digits.off();
  await settled();
  const off = chip.shows();
  digits.on();
  await settled();
  return { dark, setUp, shown, looks, off, on: chip.shows(), refused: io.refused };
}

const results = {
  pcf8574: await pcf857x('PCF8574', 0x20, 8),
  pcf8575: await pcf857x('PCF8575', 0x21, 16),
  inputWithoutOne: await inputWithoutOne(0x23),
  mcp23017: await mcp23017(0x22),
  ads1115: await ads1115(0x48),
  sht31d: await sht31d(0x44),
  ht16k33: await ht16k33(0x70),
};
process.stdout.write(JSON.stringify(results));
