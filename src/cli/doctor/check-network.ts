/** Devices on the network: does the name lead somewhere, does something answer there. */
import { connect, createServer } from 'node:net';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError, systemCode } from '../../kernel/errors.js';
import { silentLog } from '../../kernel/log.js';
import type { Text } from '../../kernel/text.js';
import type { BusConfig, SnmpBusConfig } from '../../supervisor/config/schema.js';
import { realWiring } from '../../supervisor/wiring.js';
import { ippAddress } from '../../transports/ipp-address.js';
import { type Check, check, findingsOf, same, say } from './types.js';

const reachMilliseconds = 4_000;
/** sysDescr.0 (RFC 3418): every agent has it. */
const description = '1.3.6.1.2.1.1.1.0';

const networkWords: Readonly<Record<string, Text>> = {
  ECONNREFUSED: say('那里没有程序监听这个端口', 'nothing listens on that port there'),
  ENOTFOUND: say('找不到这个主机名', 'the host name is unknown'),
  EAI_AGAIN: say('现在无法解析主机名', 'the host name cannot be looked up now'),
  EHOSTUNREACH: say('网络到不了那里', 'there is no way to that host'),
  ENETUNREACH: say('没有网络', 'there is no network'),
  ETIMEDOUT: say('没有应答', 'no answer'),
};

/** The system's error code in words. */
export function reachWords(code: string): Text {
  const words = networkWords[code];
  return words === undefined ? same(code) : say(`${words['zh-CN']}（${code}）`, `${words.en} (${code})`);
}

/** Opens and closes a TCP connection. Resolves with the system's error code, or `undefined` where it came about. */
export function reach(host: string, port: number, clock: Clock): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (code?: string) => {
      timer.cancel();
      socket.destroy();
      resolve(code);
    };
    const timer = clock.after(`doctor: reach ${host}`, reachMilliseconds, () => end('ETIMEDOUT'));
    socket.once('connect', () => end());
    socket.once('error', (error) => end(systemCode(error) ?? 'error'));
  });
}

/** @param running a controller runs: many a printer takes one connection at a time */
export function checkTcp(
  name: string,
  bus: Extract<BusConfig, { type: 'tcp' | 'ipp' }>,
  { running, clock }: { readonly running: boolean; readonly clock: Clock },
): Check {
  const subject = `buses.${name}`;
  return check(subject, async () => {
    const { ok, problem, notTried } = findingsOf(subject);
    const { host, port } = bus.type === 'tcp' ? bus : ippAddress(bus.url);
    if (running && bus.type === 'tcp') {
      return [
        notTried(
          'network.running',
          say(
            `控制器正在使用 ${host}:${port}，不打扰它`,
            `the controller uses ${host}:${port} and is not disturbed`,
          ),
          same('hallward watch'),
        ),
      ];
    }
    const code = await reach(host, port, clock);
    if (code === undefined)
      return [ok('network.reached', say(`${host}:${port} 有应答`, `${host}:${port} answers`))];
    const words = reachWords(code);
    return [
      problem(
        'network.unreached',
        say(`${host}:${port}：${words['zh-CN']}`, `${host}:${port}: ${words.en}`),
        say(
          `ping -c 3 ${host}；检查电源、网线和地址（设备自检页）`,
          `ping -c 3 ${host}; check power, cable and address (its self-test slip)`,
        ),
      ),
    ];
  });
}

export function checkSnmp(name: string, bus: SnmpBusConfig, clock: Clock): Check {
  const subject = `buses.${name}`;
  return check(subject, async () => {
    const { ok, problem } = findingsOf(subject);
    const { host, port } = bus;
    const made = await realWiring(clock, silentLog).snmpBus(name, {
      ...bus,
      timeoutMilliseconds: Math.min(bus.timeoutMilliseconds, 1_500),
    });
    try {
      await made.get([description]);
      return [ok('snmp.answers', say(`${host}:${port} 有应答`, `${host}:${port} answers`))];
    } catch (error) {
      const reason = error instanceof HallwardError ? error.message : String(error);
      return [
        problem(
          'snmp.silent',
          say(
            `${host}:${port} 没有 SNMP 应答：${reason}`,
            `${host}:${port} gives no answer by SNMP: ${reason}`,
          ),
          say(
            `ping -c 3 ${host}；在打印机网页上启用 SNMP，核对团体名或用户`,
            `ping -c 3 ${host}; switch SNMP on at the printer's own page, compare community or user`,
          ),
        ),
      ];
    } finally {
      await made.close();
    }
  });
}

/** The port for pages: free, and one that may be used. */
export function checkPages(
  name: string,
  { port, address }: { port: number; address: string },
  running: boolean,
): Check {
  const subject = name;
  return check(subject, async () => {
    const { ok, problem, notTried } = findingsOf(subject);
    if (running)
      return [
        notTried('pages.running', say(`控制器正在使用端口 ${port}`, `the controller uses the port ${port}`)),
      ];
    const code = await new Promise<string | undefined>((resolve) => {
      const server = createServer();
      server.once('error', (error) => resolve(systemCode(error) ?? 'error'));
      server.listen({ port, host: address }, () => server.close(() => resolve(undefined)));
    });
    if (code === undefined)
      return [ok('pages.free', say(`${address}:${port} 空闲`, `${address}:${port} is free`))];
    const words: Readonly<Record<string, Text>> = {
      EADDRINUSE: say(`端口 ${port} 被其他程序占用`, `another program has the port ${port}`),
      EACCES: say(`没有权限使用端口 ${port}`, `no right to use the port ${port}`),
      EADDRNOTAVAIL: say(`本机没有地址 ${address}`, `this board does not have the address ${address}`),
    };
    const fixes: Readonly<Record<string, Text>> = {
      EADDRINUSE: same(`sudo ss -ltnp 'sport = :${port}'`),
      EACCES: same('http.port: 8080'),
      EADDRNOTAVAIL: same('ip -brief address'),
    };
    return [problem('pages.taken', words[code] ?? same(code), fixes[code])];
  });
}
