import { describe, expect, it } from 'vitest';
import { Board, deadAddress, type Loose, pushable, rowDocument } from './board.js';

const moved = (address: number) =>
  rowDocument((document) => Object.assign(document.devices['board-6'], { address }));
const washroom = (address: number) =>
  rowDocument((document) => {
    document.buses.i2c1 = { type: 'i2c', number: 1 };
    document.devices['wash-1'] = {
      kind: 'washroom',
      parts: {
        climate: { bus: 'i2c1', protocol: 'sht3x', address },
        smell: { bus: 'i2c1', protocol: 'sgp40' },
      },
    };
  });
const pages = (http: Loose, screen: Loose = {}) =>
  rowDocument((document) => {
    document.http = http;
    document.devices.screen = { kind: 'hall-display', ...screen };
  });

async function board(document: Loose = rowDocument()): Promise<Board> {
  const made = new Board();
  expect(await made.boot(document)).toBe(true);
  await made.pass(61_000);
  made.steps.length = 0;
  return made;
}

function push(row: Board, revision: number, document: Loose): void {
  row.transactions.desired(Buffer.from(JSON.stringify({ revision, config: pushable(document) })));
}

describe('the gate', () => {
  it('does not let pass what proves nothing, while its bus is still being opened', async () => {
    const row = await board();
    row.mute.add('board-6');
    row.opening.add('board-6');
    push(row, 1, moved(16));
    await row.pass(10_000);
    expect(row.reported.state).toBe('applying');
    // The port that was pushed is not there.
    row.opening.delete('board-6');
    row.worldFaults.set('board-6', 'device.line-unavailable');
    await row.pass(12_000);
    expect(row.reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'devices.board-6' }] });
  });

  it('goes back where a bus is not open in time', async () => {
    const row = await board();
    row.mute.add('board-6');
    row.opening.add('board-6');
    push(row, 1, moved(16));
    await row.pass(21_000);
    expect(row.reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'devices.board-6' }] });
  });

  it('lets pass what proves nothing, once its bus is open', async () => {
    const row = await board();
    row.mute.add('board-6');
    row.opening.add('board-6');
    push(row, 1, moved(16));
    await row.pass(2_000);
    row.opening.delete('board-6');
    await row.pass(1_000);
    expect(row.reported).toMatchObject({ revision: 1, state: 'applied' });
  });

  it('waits for what each part of a device measured, for one that answers does not speak for another', async () => {
    const row = await board(washroom(0x44));
    row.readings.set('wash-1', { temperatureCelsius: 20, smellIndex: 100 });
    row.readingsAfterMilliseconds = 8_000;
    push(row, 1, washroom(0x45));
    await row.pass(5_000);
    expect(row.reported.state).toBe('applying');
    await row.pass(4_000);
    expect(row.reported.state).toBe('applied');
    // A part that warms up for minutes has not failed.
    row.readingsAfterMilliseconds = 300_000;
    push(row, 2, washroom(0x44));
    await row.pass(21_000);
    expect(row.reported).toMatchObject({ revision: 2, state: 'applied' });
  });

  it('asks no more of a device that somebody has taken out of service meanwhile', async () => {
    const row = await board();
    push(row, 1, moved(deadAddress));
    await row.pass(1_000);
    expect(row.reported.state).toBe('applying');
    row.worldFaults.set('board-6', 'device.disabled');
    await row.pass(1_000);
    expect(row.reported).toMatchObject({ revision: 1, state: 'applied' });
  });

  it('does not wait after a start for a device that is out of service', async () => {
    const row = new Board();
    row.worldFaults.set('board-6', 'device.disabled');
    await row.boot(rowDocument());
    await row.pass(1_000);
    push(row, 1, moved(16));
    await row.pass(1_000);
    expect(row.reported).toMatchObject({ revision: 1, state: 'applied' });
  });

  it('does not ask that a screen finds a page at its new address', async () => {
    const row = await board(pages({ port: 8080 }));
    row.opening.add('screen');
    push(row, 1, pages({ port: 8081 }));
    await row.pass(1_000);
    row.unvisited.add('screen');
    row.opening.delete('screen');
    await row.pass(1_000);
    expect(row.reported).toMatchObject({ revision: 1, state: 'applied', devices: { screen: 'restarted' } });
    row.unvisited.delete('screen');
    await row.pass(1_000);
    row.opening.add('screen');
    push(row, 2, pages({ port: 8081 }, { tokenFile: '/etc/hallward/other.token' }));
    await row.pass(1_000);
    row.unvisited.add('screen');
    row.opening.delete('screen');
    await row.pass(1_000);
    expect(row.reported).toMatchObject({ revision: 2, state: 'applied' });
  });

  it.each([
    ['that a screen had open', false],
    ['that no screen had open', true],
  ])('goes back where a page %s cannot be served any more', async (_, isUnvisited) => {
    const row = await board(pages({ port: 8080 }));
    if (isUnvisited) row.unvisited.add('screen');
    row.opening.add('screen');
    push(row, 1, pages({ port: 80 }));
    await row.pass(1_000);
    row.opening.delete('screen');
    row.cut.add('screen');
    await row.pass(10_000);
    expect(row.reported.state).toBe('applying');
    await row.pass(11_000);
    expect(row.reported).toMatchObject({
      state: 'rolled-back',
      errors: [{ path: 'devices.screen', message: 'worked before, and has failed: its/bus.lost' }],
    });
  });

  it('asks that a screen comes back to a page that stays where it was', async () => {
    const row = await board(pages({ port: 8080 }));
    row.opening.add('screen');
    push(row, 1, pages({ port: 8080 }, { calls: 3 }));
    await row.pass(1_000);
    row.opening.delete('screen');
    row.unvisited.add('screen');
    await row.pass(21_000);
    expect(row.reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'devices.screen' }] });
  });

  it('is not passed by an answer from before: what is started anew has answered nothing yet', async () => {
    const row = await board();
    push(row, 1, moved(16));
    await row.pass(100);
    expect(row.steps).toEqual(['stop-device board-6', 'start-device board-6']);
    expect(row.reported.state).toBe('applying');
    await row.pass(1_000);
    expect(row.reported.state).toBe('applied');
  });

  it('fails where the hub is away that was there, and asks no hub that was away before', async () => {
    const row = await board();
    push(row, 1, moved(16));
    row.deadHubs.add('mqtt://good');
    await row.pass(21_000);
    expect(row.reported).toMatchObject({ state: 'applied' });
    row.deadHubs.delete('mqtt://good');
    push(row, 2, moved(17));
    await row.pass(0);
    row.deadHubs.add('mqtt://good');
    await row.pass(21_000);
    expect(row.reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'hub' }] });
  });
});

describe('a stop in order', () => {
  it('ends the wait at once, and what ran before is what the next start knows', async () => {
    const row = await board();
    push(row, 1, moved(16));
    await row.pass(0);
    expect(row.reported.state).toBe('applying');
    await row.transactions.stop();
    row.powerOff();
    expect(row.reported.state).toBe('applying');
    const next = new Board({ state: row.state });
    await next.boot(rowDocument());
    expect(next.reported).toMatchObject({ revision: 1, state: 'rolled-back', config: rowDocument() });
  });

  it('takes no further step', async () => {
    const row = await board();
    row.hangingStep = 'stop-device board-6';
    push(row, 1, moved(16));
    await row.pass(0);
    const stopped = row.transactions.stop();
    await row.pass(11_000);
    await stopped;
    expect(row.steps).toEqual([]);
  });
});

describe('a step', () => {
  it('that never ends is left behind, and the way back is taken', async () => {
    const row = await board();
    row.hangingStep = 'stop-device board-6';
    push(row, 1, moved(16));
    await row.pass(5_000);
    row.hangingStep = undefined;
    await row.pass(6_000);
    expect(row.reported).toMatchObject({ state: 'rolled-back', errors: [{ path: 'board-6' }] });
    expect(row.running['board-6'].address).toBe(6);
    push(row, 2, moved(17));
    await row.pass(2_000);
    expect(row.reported).toMatchObject({ revision: 2, state: 'applied' });
  });

  it('of a start that fails is told with what runs', async () => {
    const row = new Board();
    row.failingStep = 'start-device board-6';
    await row.boot(rowDocument());
    expect(row.reported).toMatchObject({ state: 'applied', errors: [{ path: 'board-6' }] });
  });
});
