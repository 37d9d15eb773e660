import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { type Log, silentLog } from '../../src/kernel/log.js';
import { requirePackage } from '../../src/kernel/require.js';
import { sysfsGpio } from '../../src/transports/gpio-sysfs.js';
import { findSysfsChip } from '../../src/transports/gpio-sysfs-names.js';

/** A folder such as `/sys/class/gpio`; `null` for a chip without files, as one that is just going. */
function sysfs(chips: Readonly<Record<string, { label: string; base: number; ngpio: number } | null>>) {
  const root = mkdtempSync(join(tmpdir(), 'hallward-sysfs-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, files] of Object.entries(chips)) {
    mkdirSync(join(root, name));
    for (const [file, value] of Object.entries(files ?? {}))
      writeFileSync(join(root, name, file), `${value}\n`);
  }
  return root;
}
/** The two chips of a Pi 4 with a kernel of 6.6. */
const pi4 = {
  gpiochip512: { label: 'pinctrl-bcm2711', base: 512, ngpio: 58 },
  gpiochip570: { label: 'raspberrypi-exp-gpio', base: 570, ngpio: 8 },
};

function canLoad(name: string): boolean {
  try {
    requirePackage(name);
    return true;
  } catch {
    return false;
  }
}

describe('a chip in sysfs', () => {
  it('is found by its label, wherever the kernel has put its base', async () => {
    const root = sysfs({ ...pi4, gpiochip900: null, export: null });
    expect(await findSysfsChip(root, 'pinctrl-bcm2711')).toMatchObject({ base: 512, lineCount: 58 });
    expect(await findSysfsChip(root, 'raspberrypi-exp-gpio')).toMatchObject({ base: 570, lineCount: 8 });
  });

  it('that is not there, there twice, or has no sysfs is told as such', async () => {
    const root = sysfs({ ...pi4, gpiochip600: pi4.gpiochip512 });
    await expect(findSysfsChip(root, 'pinctrl-rp1')).rejects.toMatchObject({
      code: 'wire.absent',
      message: expect.stringContaining('pinctrl-bcm2711'),
    });
    await expect(findSysfsChip(root, 'pinctrl-bcm2711')).rejects.toMatchObject({ code: 'wire.unusable' });
    await expect(findSysfsChip(`${root}/none`, 'pinctrl-rp1')).rejects.toMatchObject({
      code: 'wire.unusable',
      message: expect.stringContaining('apt install gpiod'),
    });
  });

  it('is noticed when it goes', async () => {
    const root = sysfs(pi4);
    const chip = sysfsGpio({ label: 'pinctrl-bcm2711', root }, systemClock(), silentLog);
    await chip.probe();
    await expect(chip.present?.()).resolves.toBeUndefined();
    rmSync(join(root, 'gpiochip512'), { recursive: true });
    await expect(chip.present?.()).rejects.toMatchObject({ code: 'wire.lost' });
  });

  it('knows no lines by name, and none beyond its end', async () => {
    const chip = sysfsGpio({ label: 'pinctrl-bcm2711', root: sysfs(pi4) }, systemClock(), silentLog);
    for (const [line, text] of [
      ['GPIO17', 'apt install gpiod'],
      [58, 'no such line'],
    ] as const) {
      const wanted = chip.drive({ line, activeLow: false, active: false }, () => {});
      await expect(wanted).rejects.toMatchObject({
        code: 'gpio.line-unknown',
        evidence: { line },
        message: expect.stringContaining(text),
      });
    }
  });

  // The package is optional and built at the installation: without a compiler it is not there.
  it.skipIf(!canLoad('onoff'))(
    'says what the kernel says where a line cannot be had (with onoff)',
    async () => {
      const warnings: object[] = [];
      const log: Log = { ...silentLog, warn: (fields) => warnings.push(fields) };
      // A line that no kernel has, so that this fails on any machine.
      const root = sysfs({ gpiochip9: { label: 'far', base: 90_000_000, ngpio: 8 } });
      const chip = sysfsGpio({ label: 'far', root }, systemClock(), log);
      const edges = { level() {}, closed() {} };
      const wanted = chip.watch({ lines: [1, 2], activeLow: true, bias: 'pull-up' }, edges);
      await expect(wanted).rejects.toMatchObject({
        code: 'gpio.failed',
        evidence: { system: expect.any(String) },
      });
      expect(warnings).toEqual([{ chip: 'far', lines: [1, 2], bias: 'pull-up' }]);
    },
  );
});
