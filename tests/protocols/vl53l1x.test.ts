import { describe, expect, it } from 'vitest';
import { vl53l1xSetUp } from '../../src/protocols/vl53l1x.js';

/** What is written to each register. */
function registers(): Map<number, number> {
  const all = new Map<number, number>();
  for (const [high = 0, low = 0, ...values] of vl53l1xSetUp()) {
    for (const [index, value] of values.entries()) all.set((high << 8) + low + index, value);
  }
  return all;
}

describe('what a VL53L1X is set up with', () => {
  it('are the 91 registers of ST’s driver, in transfers of at most 32 bytes', () => {
    expect([...registers().keys()]).toEqual(Array.from({ length: 91 }, (_, index) => 0x2d + index));
    for (const write of vl53l1xSetUp()) expect(write.length).toBeLessThanOrEqual(32);
  });

  // ST's driver: "bit 0 if I2C pulled up at 1.8V, else set bit 0 to 1 (pull up at AVDD)"; the chip begins at 1.8 V.
  it('has its wires pulled up higher than 1.8 V', () => {
    expect(registers().get(0x2e)).toBe(0x01);
  });

  // The same by ST's driver (VL53L1X_GetDistanceMode, VL53L1X_GetTimingBudgetInMs): 4B = 0A, 5E = 01CC.
  it('is the long distance mode, in 100 ms, and it rests until it is told to measure', () => {
    const at = registers();
    expect([0x4b, 0x60, 0x63, 0x69].map((register) => at.get(register))).toEqual([0x0a, 0x0f, 0x0d, 0xb8]);
    expect([at.get(0x5e), at.get(0x5f)]).toEqual([0x01, 0xcc]);
    expect(at.get(0x87)).toBe(0x00);
  });
});
