/** The simulated chip by what ST's own driver writes and reads; none of this knows the codec. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedVl53l1x } from '../../src/simulator/vl53l1x.js';

/** STSW-IMG009, VL53L1X_api.c: registers 2D to 87, but for 86 and 87 at rest. */
const defaults =
  '00000001020002080008100101000000 00FF000F00000000 00200B0000020A2100000500000000C800 0038FF010008000001CC0F01F1' +
  '0D0168008008B8000000000F89000000 00000000010F0D0E0E000002C7FF9B0000000100 00';

function stand() {
  const clock = new VirtualClock();
  const chip = simulatedVl53l1x(clock, () => 0.5);
  const write = (register: number, hex: string) =>
    chip.write(Uint8Array.of(register >> 8, register & 0xff, ...Buffer.from(hex.replaceAll(' ', ''), 'hex')));
  const read = (register: number, length: number) => {
    write(register, '');
    return Buffer.from(chip.read(length));
  };
  const isReady = () => (read(0x31, 1)[0]! & 0x01) === 1;
  /** Status, range and how long that took, of a measurement that was begun; the interrupt is cleared. */
  const measured = async () => {
    const began = clock.monotonicMilliseconds();
    while (!isReady() && clock.monotonicMilliseconds() - began < 1_000) await clock.advance(1);
    const block = read(0x89, 17);
    write(0x86, '01');
    return [block[0]! & 0x1f, block.readUInt16BE(13), clock.monotonicMilliseconds() - began];
  };
  write(0x2d, defaults);
  return { clock, chip, write, read, isReady, measured };
}

/** VL53L1X_SetDistanceMode. */
function mode({ write }: ReturnType<typeof stand>, which: 'short' | 'long'): void {
  const [phase, a, b, valid, window, initial] =
    which === 'short' ? ['14', '07', '05', '38', '0705', '0606'] : ['0A', '0F', '0D', 'B8', '0F0D', '0E0E'];
  write(0x4b, phase!);
  write(0x60, a!);
  write(0x63, b!);
  write(0x69, valid!);
  write(0x78, window!);
  write(0x7a, initial!);
}

describe('a simulated VL53L1X', () => {
  it.each([
    ['short', '001D', 15],
    ['short', '0051', 20],
    ['short', '00D6', 33],
    ['short', '02E1', 100],
    ['long', '001E', 20],
    ['long', '00AD', 50],
    ['long', '01CC', 100],
    ['long', '048F', 500],
  ] as const)('measures in %s distance mode, with %s within %d ms', async (which, word, milliseconds) => {
    const bench = stand();
    mode(bench, which);
    bench.write(0x5e, word);
    bench.chip.distance(777);
    bench.write(0x87, '40');
    expect(await bench.measured()).toEqual([9, 777, milliseconds]);
    expect(await bench.measured()).toEqual([9, 777, milliseconds]);
  });

  it('reaches no further than 1.36 m in short distance mode', async () => {
    const bench = stand();
    mode(bench, 'short');
    bench.chip.distance(1_500);
    bench.write(0x87, '40');
    expect(await bench.measured()).toEqual([4, 0, 100]);
    mode(bench, 'long');
    expect(await bench.measured()).toEqual([9, 1_500, 100]);
  });

  it('measures nothing with half of one mode and half of the other', async () => {
    const bench = stand();
    mode(bench, 'short');
    bench.write(0x4b, '0A');
    bench.chip.distance(300);
    bench.write(0x87, '40');
    expect(await bench.measured()).toEqual([0, 0, 100]);
  });

  it('measures with a smaller region of interest, too', async () => {
    const { chip, write, measured } = stand();
    write(0x7f, 'C7 33');
    chip.distance(300);
    write(0x87, '40');
    expect(await measured()).toEqual([9, 300, 100]);
  });

  // STSW-IMG009: status 4 of the register is 2 in the driver, "signal fail"; ST's API names it MSRCNOTARGET.
  it('says that there is no target where nothing is', async () => {
    const { chip, write, measured } = stand();
    chip.nothing();
    write(0x87, '40');
    expect(await measured()).toEqual([4, 0, 100]);
  });

  it('measures once where it is told so, and rests', async () => {
    const { clock, chip, write, read, measured } = stand();
    chip.distance(640);
    write(0x87, '10');
    expect(chip.measuring).toBe(true);
    expect(await measured()).toEqual([9, 640, 100]);
    await clock.advance(1_000);
    expect([chip.measurements, chip.measuring, read(0x87, 1)[0]]).toEqual([1, false, 0]);
    expect(clock.pending()).toEqual([]);
  });

  it('forgets everything by a soft reset, and boots when it is over', async () => {
    const { clock, read, write } = stand();
    write(0x00, '00');
    await clock.advance(10);
    expect([read(0xe5, 1)[0], read(0x5e, 2).toString('hex')]).toEqual([0, '0000']);
    write(0x00, '01');
    expect(read(0xe5, 1)[0]).toBe(0);
    await clock.advance(2);
    expect(read(0xe5, 1)[0]! & 0x01).toBe(1);
  });
});
