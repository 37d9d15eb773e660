/**
 * An Arduino Uno as a process of its own: the ATmega328P instruction by instruction (npm's avr8js) with a real firmware
 * image in it, its USART at the far end of a pseudo terminal. A process of its own because a child that the controller
 * forks would inherit the pseudo terminal, and the cable could not be cut.
 *
 * Started by `uno.ts` with the image's file and the port's link as arguments; what it hears and tells stands there.
 */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import avr from 'avr8js';
import { ptyCable } from '../../../dist/simulator/index.js';

const {
  adcConfig,
  AVRADC,
  AVRIOPort,
  AVRTimer,
  AVRUSART,
  avrInstruction,
  CPU,
  PinState,
  portBConfig,
  portCConfig,
  portDConfig,
  timer0Config,
  timer1Config,
  timer2Config,
  usart0Config,
} = avr;

const hertz = 16_000_000;
const flashBytes = 0x8000;
/** Between two looks at what came in: 1 ms of the board's time. */
const sliceCycles = hertz / 1_000;
/** It never runs further ahead of itself than this after the machine was busy. */
const mostLateMilliseconds = 50;
const pinCount = 20;

const [, , imageFile, link] = process.argv;
const image = readHex(readFileSync(imageFile, 'utf8'));
const { farEnd, cable } = ptyCable({ link });
/** What the world does to each pin, and the volts at each analogue input. */
const world = Array.from({ length: pinCount }, () => 'floats');
const volts = Array.from({ length: 6 }, () => 0);
/** What the board drives out; `null` for an input. */
const driven = Array.from({ length: pinCount }, () => null);
const pulled = Array.from({ length: pinCount }, () => false);
let board;
let powered = true;
let heard = [];

/** Intel HEX: `:` length, address, type, bytes, checksum; only data records (00) and the end (01) are expected. */
function readHex(text) {
  const program = new Uint8Array(flashBytes);
  for (const line of text.split(/\r?\n/).filter((one) => one !== '')) {
    const bytes = Buffer.from(line.slice(1), 'hex');
    const [length, high, low, type] = bytes;
    if (line[0] !== ':' || bytes.reduce((sum, byte) => sum + byte, 0) % 256 !== 0)
      throw new Error(`not a line of Intel HEX: ${line}`);
    if (type === 1) break;
    if (type !== 0) throw new Error(`a record of type ${type}`);
    program.set(bytes.subarray(4, 4 + length), high * 256 + low);
  }
  return program;
}

/** Power on, or the reset button: everything begins anew. */
function boot() {
  const cpu = new CPU(new Uint16Array(image.buffer.slice(0)));
  const ports = [
    new AVRIOPort(cpu, portDConfig),
    new AVRIOPort(cpu, portBConfig),
    new AVRIOPort(cpu, portCConfig),
  ];
  for (const config of [timer0Config, timer1Config, timer2Config]) new AVRTimer(cpu, config);
  const adc = new AVRADC(cpu, adcConfig);
  for (const [channel, value] of volts.entries()) adc.channelValues[channel] = value;
  const usart = new AVRUSART(cpu, usart0Config, hertz);
  let sent = [];
  usart.onByteTransmit = (byte) => sent.push(byte);
  heard = [];
  board = {
    cpu,
    ports,
    adc,
    usart,
    spoke: false,
    flush() {
      if (sent.length > 0) {
        board.spoke = true;
        farEnd.send(Uint8Array.from(sent));
      }
      sent = [];
    },
  };
  for (const port of ports) port.addListener(() => settle());
  settle();
}

/** Pins 0 to 7 are PD0 to PD7, 8 to 13 PB0 to PB5, 14 to 19 (A0 to A5) PC0 to PC5. */
function whereIs(pin) {
  if (pin < 8) return [board.ports[0], pin];
  return pin < 14 ? [board.ports[1], pin - 8] : [board.ports[2], pin - 14];
}

/** The levels at the pins, by what the world does and what the board itself pulls or drives. */
function settle() {
  for (let pin = 0; pin < pinCount; pin++) {
    const [port, bit] = whereIs(pin);
    const state = port.pinState(bit);
    const isInput = state === PinState.Input || state === PinState.InputPullUp;
    const to = world[pin];
    if (isInput) port.setPin(bit, to === 'floats' ? state === PinState.InputPullUp : to === 'high');
    const out = isInput ? null : state === PinState.High;
    const pullsUp = state === PinState.InputPullUp;
    if (driven[pin] !== out || pulled[pin] !== pullsUp) {
      driven[pin] = out;
      pulled[pin] = pullsUp;
      process.send({ pin, driven: out, pullsUp });
    }
  }
}

/** One slice of the board's time. */
function runSlice() {
  const { cpu, usart } = board;
  const end = cpu.cycles + sliceCycles;
  while (cpu.cycles < end) {
    avrInstruction(cpu);
    cpu.tick();
    if (heard.length > 0 && !usart.rxBusy && usart.rxEnable && usart.writeByte(heard[0])) heard.shift();
  }
  board.flush();
}

let due = performance.now();
/** In step with the clock on the wall, but for the blinking at the start, which takes seconds. */
function run() {
  const now = performance.now();
  if (!powered) due = now;
  due = Math.max(due, now - mostLateMilliseconds);
  const until = now + 10;
  if (powered && !board.spoke) {
    while (!board.spoke && performance.now() < until) runSlice();
    due = performance.now();
  }
  while (powered && due < now && performance.now() < until) {
    runSlice();
    due += 1;
  }
  setTimeout(run, due < performance.now() ? 0 : 2);
}

farEnd.onBytes((bytes) => {
  if (powered) heard.push(...bytes);
});

process.on('message', (order) => {
  if (order.what === 'pin') world[order.pin] = order.to;
  if (order.what === 'volts') {
    volts[order.channel] = order.volts;
    board.adc.channelValues[order.channel] = order.volts;
  }
  if (order.what === 'reset') boot();
  if (order.what === 'unplug') {
    powered = false;
    cable.cut();
  }
  if (order.what === 'plug') {
    boot();
    cable.join();
    powered = true;
  }
  settle();
});
process.on('disconnect', () => process.exit());

boot();
run();
process.send({ ready: true });
