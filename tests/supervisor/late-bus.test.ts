/** Buses whose secrets stand in files. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/kernel/clock.js';
import { simulatedSnmpPrinter } from '../../src/simulator/index.js';
import { secretOf } from '../../src/supervisor/late-bus.js';
import { networkPrinters } from '../../src/supervisor/wiring.js';

const sysDescr = '1.3.6.1.2.1.1.1.0';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'hallward-late-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

it('a secret is read without its line end, and its setting named where it cannot be', async () => {
  const file = join(folder(), 'community');
  writeFileSync(file, 'hush\n', { mode: 0o600 });
  expect(await secretOf('buses.office.communityFile', file)).toBe('hush');
  await expect(secretOf('buses.office.communityFile', '/none')).rejects.toMatchObject({
    code: 'bus.file-unreadable',
    kind: 'refused',
    message: 'buses.office.communityFile: /none cannot be read (ENOENT)',
  });
});

it('what is no file of a secret is not waited for, and its content is never told', async () => {
  const at = folder();
  const pipe = join(at, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const none of [pipe, '/dev/zero', at]) {
    await expect(secretOf('buses.office.authKeyFile', none)).rejects.toMatchObject({
      code: 'bus.file-unreadable',
    });
  }
  const file = join(at, 'key');
  writeFileSync(file, '\n', { mode: 0o600 });
  await expect(secretOf('s', file)).rejects.toThrow(`s: ${file} is empty`);
  writeFileSync(file, 'hush\n', { mode: 0o600 });
  const short = await secretOf('s', file, 8).catch((error: Error) => error.message);
  expect(short).toBe(`s: ${file} holds 4 characters; a pass phrase has at least 8`);
});

async function printerWith(community: string) {
  const printer = await simulatedSnmpPrinter({ community });
  onTestFinished(() => printer.close());
  return printer;
}

async function snmpTo(port: number, communityFile: string, timeoutMilliseconds = 2_000) {
  const bus = await networkPrinters(systemClock()).snmpBus('office', {
    ...{ type: 'snmp', host: '127.0.0.1', port, version: '2c', communityFile, timeoutMilliseconds },
    ...{ authProtocol: 'sha', privProtocol: 'aes' },
  });
  onTestFinished(() => bus.close());
  return bus;
}

it('a secret that was wrong is read again, for it may have been mended', async () => {
  const printer = await printerWith('hush');
  const communityFile = join(folder(), 'community');
  writeFileSync(communityFile, 'wrong', { mode: 0o600 });
  const bus = await snmpTo(printer.port, communityFile, 200);
  await expect(bus.get([sysDescr])).rejects.toMatchObject({ code: 'snmp.timeout' });
  const { sent } = bus;
  writeFileSync(communityFile, 'hush', { mode: 0o600 });
  await expect(bus.get([sysDescr])).resolves.toHaveLength(1);
  expect(bus.sent).toBeGreaterThan(sent ?? 0);
});

it('a closed bus is not made again', async () => {
  const printer = await printerWith('hush');
  const communityFile = join(folder(), 'community');
  writeFileSync(communityFile, 'hush', { mode: 0o600 });
  const bus = await snmpTo(printer.port, communityFile);
  await bus.close();
  await expect(bus.get([sysDescr])).rejects.toMatchObject({ code: 'bus.closed', kind: 'cancelled' });
  expect(printer.requests).toBe(0);
});

it('a certificate that is none is a refusal that names the bus, not a mistake of the driver', async () => {
  const ca = join(folder(), 'ca.pem');
  writeFileSync(ca, 'nonsense');
  const bus = await networkPrinters(systemClock()).ippBus('office', {
    ...{ type: 'ipp', url: 'ipps://127.0.0.1:1/ipp/print', ca, timeoutMilliseconds: 1_000 },
  });
  onTestFinished(() => bus.close());
  await expect(bus.exchange(new Uint8Array())).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringMatching(/^buses\.office: ca holds no certificate/),
  });
});

it('a bus whose secret is not there yet works as soon as it is', async () => {
  const printer = await printerWith('hush');
  const communityFile = join(folder(), 'community');
  const bus = await snmpTo(printer.port, communityFile);
  expect(bus.state).toBe('open');
  expect(bus.sent).toBeNull();
  await expect(bus.get([sysDescr])).rejects.toMatchObject({ code: 'bus.file-unreadable' });
  const { sent } = bus;
  await expect(bus.get([sysDescr])).rejects.toMatchObject({ code: 'bus.file-unreadable' });
  // Work is done, though nothing can be sent: no reason for the watchdog to bite.
  expect(bus.sent).toBeGreaterThan(sent ?? 0);
  writeFileSync(communityFile, 'hush\n', { mode: 0o600 });
  const [binding] = await bus.get([sysDescr]);
  expect(binding?.oid).toBe(sysDescr);
  expect(bus.sent).toBeGreaterThan(0);
  await bus.close();
  expect(bus.state).toBe('closed');
});

it('an IPP printer whose certificate cannot be read says so with each question', async () => {
  const bus = await networkPrinters(systemClock()).ippBus('office', {
    type: 'ipp',
    url: 'ipps://127.0.0.1:1/ipp/print',
    ca: '/none.pem',
    timeoutMilliseconds: 1_000,
  });
  onTestFinished(() => bus.close());
  await expect(bus.exchange(new Uint8Array())).rejects.toMatchObject({
    message: 'buses.office.ca: /none.pem cannot be read (ENOENT)',
  });
});
