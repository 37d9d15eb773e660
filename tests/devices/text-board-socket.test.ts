/** A card on a real socket, in real time: the wire, the bus and the device as a controller has them. */
import { afterEach, expect, it } from 'vitest';
import { windowBoard } from '../../src/devices/window-board.js';
import { systemClock } from '../../src/kernel/clock.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedOnbonCard } from '../../src/simulator/onbon-card.js';
import { tcpCable } from '../../src/simulator/tcp-cable.js';
import { byteBus } from '../../src/transports/byte-bus.js';
import { reopeningWire } from '../../src/transports/reopening-wire.js';
import { tcpCarrier } from '../../src/transports/tcp.js';
import { waitFor } from '../scenarios/support/waiting.js';
import { parseDevice, RecordedReports, serving, surroundings } from './bench.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('shows its call, is found dead, and is painted again after its power and after its socket came back', async () => {
  const clock = systemClock();
  const cable = await tcpCable();
  ends.push(() => cable.close());
  const card = simulatedOnbonCard(cable.farEnd, clock);
  ends.push(() => card.close());
  const { host, port } = cable;
  const bus = byteBus('led', reopeningWire(tcpCarrier({ host, port }, clock), clock), clock, silentLog);
  ends.push(() => bus.close());
  const reports = new RecordedReports(new VirtualClock());
  const config = parseDevice(windowBoard, {
    ...{ protocol: 'onbon5', bus: 'led', window: '5', width: 144, height: 16, pollMilliseconds: 200 },
  });
  const device = windowBoard.create(config, {
    ...surroundings(clock),
    ...{ name: 'board-5', bus, clock, log: silentLog, reports, language: 'zh-CN' },
  });
  device.start();
  ends.push(() => device.stop());
  expect(await device.capabilities.showsTicket!.show(serving('A023'))).toBe('confirmed');
  expect(card.shows()).toBe('A023 请到5号窗口');
  card.power.off();
  await waitFor('found dead', () => reports.silences.length > 0);
  card.power.on();
  await waitFor('painted', () => card.shows() === 'A023 请到5号窗口');
  cable.cable.cut();
  await waitFor('lost', () => bus.state === 'lost');
  card.power.off();
  card.power.on();
  expect(await device.capabilities.showsTicket!.show(serving('A024'))).toBe('failed');
  cable.cable.join();
  await waitFor('painted again', () => card.shows() === 'A024 请到5号窗口');
  expect(reports.crashes).toEqual([]);
});
