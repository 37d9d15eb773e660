/** Commands that tell what people have done to devices. */
import { describe, expect, it } from 'vitest';
import type { CommandEnvelope } from '../../src/supervisor/command-desk.js';
import { MaintenanceDesk, maintenanceCommands } from '../../src/supervisor/maintenance-desk.js';

const envelope = {} as CommandEnvelope;

describe('what a person has done to a device', () => {
  it('is told to that device, and answered', async () => {
    const done: unknown[] = [];
    const desk = new MaintenanceDesk();
    desk.add('kiosk-1', {
      supplyReplaced: (supply, by) => {
        done.push(['replaced', supply, by]);
        return supply === 'paper' || supply === null;
      },
    });
    const leave = desk.add('wc-n', { cleaned: (by) => done.push(['cleaned', by]) });
    const commands = maintenanceCommands(desk);
    expect(commands['supply.replaced']({ device: 'kiosk-1', by: '0317' }, envelope)).toMatchObject({
      ok: true,
    });
    expect(commands['supply.replaced']({ device: 'kiosk-1', supply: 'soap' }, envelope)).toMatchObject({
      ok: false,
      code: 'supply.unknown',
    });
    expect(commands['washroom.cleaned']({ device: 'wc-n' }, envelope)).toMatchObject({ ok: true });
    expect(done).toEqual([
      ['replaced', null, '0317'],
      ['replaced', 'soap', null],
      ['cleaned', null],
    ]);
    leave();
    expect(commands['washroom.cleaned']({ device: 'wc-n' }, envelope)).toMatchObject({
      ok: false,
      code: 'device.unknown',
    });
  });

  it('is refused for a device that knows nothing of it', () => {
    const desk = new MaintenanceDesk();
    desk.add('wc-n', { cleaned: () => {} });
    const commands = maintenanceCommands(desk);
    expect(commands['supply.replaced']({ device: 'wc-n' }, envelope)).toMatchObject({
      code: 'device.unknown',
    });
    expect(commands['washroom.cleaned']({ device: 'none' }, envelope)).toMatchObject({
      code: 'device.unknown',
    });
  });
});
