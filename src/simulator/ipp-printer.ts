/**
 * A kiosk's laser printer as it answers Get-Printer-Attributes over HTTP on the loopback.
 *
 * Sources: RFC 8010 (bytes), RFC 8011 (operation, versions, statuses).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock, type Timer } from '../kernel/clock.js';
import {
  answerBytes,
  type HeardIppRequest,
  heardRequest,
  type SimulatedIppAttribute,
} from './ipp-message.js';
import { type PrinterStanding, standingAttributes } from './ipp-standing.js';

export interface SimulatedIppPrinterOptions {
  /** For `late`; the machine's if absent. */
  readonly clock?: Clock;
  /** Speaks TLS with this key and certificate (PEM). */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** The front panel. What is switched stays so until it is switched back. */
export interface SimulatedIppPrinter {
  /** `ipp://127.0.0.1:…/ipp/print`, or `ipps://localhost:…` with TLS. */
  readonly url: string;
  /** HTTP requests so far, of any kind. */
  readonly requests: number;
  /** Connections so far. */
  readonly connections: number;
  /** The last IPP request. */
  readonly heard: HeardIppRequest | undefined;
  readonly paper: { runOut(): void; runLow(): void; load(): void };
  /** `black`, the toner, or `waste`, the room in its container. Percent, or the words of -3 and -2. */
  marker(name: 'black' | 'waste'): { set(level: number | 'some' | 'unknown'): void };
  readonly cover: { open(): void; close(): void };
  jam(): void;
  free(): void;
  state(state: 'idle' | 'processing' | 'stopped'): void;
  /** Off: nobody listens, and connections are reset. On the same port again. */
  readonly power: { off(): Promise<void>; on(): Promise<void> };
  /** Bytes of the answer are wrong behind its head. */
  garble(on: boolean): void;
  /** The body ends before it is all there. */
  cut(on: boolean): void;
  /** Answers so much later; 0 ends it. */
  late(milliseconds: number): void;
  /** Answers without an end, as fast as it is read. */
  huge(on: boolean): void;
  /** Sends the asker to another address. */
  redirect(on: boolean): void;
  /** Answers with a page, as a gateway does where one has to log in first. */
  page(on: boolean): void;
  /** An HTTP status instead of an answer; 200 ends it. */
  status(httpStatus: number): void;
  /** Speaks IPP 1.1 only. */
  old(on: boolean): void;
  /** Puts an attribute in the place of its own; `null` takes it away, `undefined` gives its own back. */
  attribute(name: string, attribute: SimulatedIppAttribute | null | undefined): void;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback: paper in, black toner 70 %, room for 25 % in the waste container, idle. */
export async function simulatedIppPrinter(
  options: SimulatedIppPrinterOptions = {},
): Promise<SimulatedIppPrinter> {
  const printer = new IppPrinterFarEnd(options);
  await printer.power.on();
  return printer;
}

const codes = { some: -3, unknown: -2 } as const;
/** What is sent and not read yet, at most. */
const hugePiece = Buffer.alloc(16 * 1024, 0x20);

class IppPrinterFarEnd implements SimulatedIppPrinter {
  requests = 0;
  connections = 0;
  heard: HeardIppRequest | undefined;
  readonly paper = {
    runOut: () => this.#sheetsAre(0, 'media-empty-error'),
    runLow: () => this.#sheetsAre(12, 'media-low-warning'),
    load: () => this.#sheetsAre(100),
  };
  readonly cover = {
    open: () => void this.#reasons.add('cover-open'),
    close: () => void this.#reasons.delete('cover-open'),
  };
  readonly power = { off: () => this.#off(), on: () => this.#on() };
  readonly #clock: Clock;
  readonly #reasons = new Set<string>();
  readonly #levels = { black: 70, waste: 25 };
  readonly #overrides = new Map<string, SimulatedIppAttribute | null>();
  readonly #faults = { garble: false, cut: false, huge: false, redirect: false, page: false, old: false };
  /** Answers that are late. */
  readonly #waiting = new Set<Timer>();
  #sheets = 100;
  #state: PrinterStanding['state'] = 'idle';
  #late = 0;
  #httpStatus = 200;
  #server: Server | undefined;
  #port = 0;

  constructor(private readonly options: SimulatedIppPrinterOptions) {
    this.#clock = options.clock ?? systemClock();
  }

  get url(): string {
    const origin = this.options.tls === undefined ? 'ipp://127.0.0.1' : 'ipps://localhost';
    return `${origin}:${this.#port}/ipp/print`;
  }

  marker(name: 'black' | 'waste') {
    return {
      set: (level: number | 'some' | 'unknown') => {
        this.#levels[name] = typeof level === 'number' ? level : codes[level];
      },
    };
  }

  jam(): void {
    this.#reasons.add('media-jam-error');
  }

  free(): void {
    this.#reasons.delete('media-jam-error');
  }

  state(state: PrinterStanding['state']): void {
    this.#state = state;
  }

  garble(on: boolean): void {
    this.#faults.garble = on;
  }

  cut(on: boolean): void {
    this.#faults.cut = on;
  }

  late(milliseconds: number): void {
    this.#late = milliseconds;
  }

  huge(on: boolean): void {
    this.#faults.huge = on;
  }

  redirect(on: boolean): void {
    this.#faults.redirect = on;
  }

  page(on: boolean): void {
    this.#faults.page = on;
  }

  status(httpStatus: number): void {
    this.#httpStatus = httpStatus;
  }

  old(on: boolean): void {
    this.#faults.old = on;
  }

  attribute(name: string, attribute: SimulatedIppAttribute | null | undefined): void {
    if (attribute === undefined) this.#overrides.delete(name);
    else this.#overrides.set(name, attribute);
  }

  close(): Promise<void> {
    return this.#off();
  }

  #sheetsAre(sheets: number, reason?: string): void {
    this.#sheets = sheets;
    for (const old of ['media-empty-error', 'media-low-warning']) this.#reasons.delete(old);
    if (reason !== undefined) this.#reasons.add(reason);
  }

  async #on(): Promise<void> {
    if (this.#server !== undefined) return;
    const take = (request: IncomingMessage, response: ServerResponse) => void this.#take(request, response);
    const { tls } = this.options;
    const server = tls === undefined ? createServer(take) : createSecureServer(tls, take);
    this.#server = server;
    server.on('connection', () => this.connections++);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
  }

  async #off(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const timer of this.#waiting) timer.cancel();
    this.#waiting.clear();
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Never rejects. */
  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    response.on('error', () => {});
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const heard = heardRequest(Buffer.concat(chunks));
    if (this.#late <= 0) {
      this.#answer(heard, response);
      return;
    }
    const timer = this.#clock.after('simulated printer: answer', this.#late, () => {
      this.#waiting.delete(timer);
      this.#answer(heard, response);
    });
    this.#waiting.add(timer);
  }

  #answer(request: HeardIppRequest | undefined, response: ServerResponse): void {
    const { redirect, page, huge, cut, garble } = this.#faults;
    const type = { 'content-type': 'application/ipp' };
    if (redirect) response.writeHead(302, { location: 'http://192.0.2.1/login' }).end();
    else if (this.#httpStatus !== 200) response.writeHead(this.#httpStatus).end();
    else if (page) response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Please log in</html>');
    else if (request === undefined) response.writeHead(400).end();
    else if (huge) this.#sendForEver(response.writeHead(200, type));
    else {
      this.heard = request;
      const bytes = this.#message(request);
      if (garble) for (let at = 9; at < bytes.length; at++) bytes[at] = (bytes[at] ?? 0) ^ 0xa5;
      response.writeHead(200, { ...type, 'content-length': bytes.length });
      if (!cut) response.end(bytes);
      else response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    }
  }

  #sendForEver(response: ServerResponse): void {
    const more = () => {
      while (!response.destroyed && response.write(hugePiece));
    };
    response.on('drain', more);
    more();
  }

  #message({ version, operation, requestId, attributes }: HeardIppRequest): Uint8Array {
    const { old } = this.#faults;
    const speaks: [number, number] = old ? [1, 1] : [2, 0];
    const refuse = (status: number) =>
      answerBytes({ version: speaks, status, requestId, printer: undefined });
    // server-error-version-not-supported, server-error-operation-not-supported (RFC 8011, B.1.5)
    if (version !== '1.1' && (old || version !== '2.0')) return refuse(0x0503);
    if (operation !== 0x000b) return refuse(0x0501);
    const wanted = attributes.get('requested-attributes') ?? [];
    const own = this.#attributes();
    const told = [...own].filter(([name]) => wanted.length === 0 || wanted.includes(name));
    // successful-ok-ignored-or-substituted-attributes where one is not known
    const status = wanted.every((name) => own.has(name)) ? 0x0000 : 0x0001;
    return answerBytes({
      version: [version === '2.0' ? 2 : 1, version === '2.0' ? 0 : 1],
      status,
      requestId,
      printer: told,
    });
  }

  #attributes(): Map<string, SimulatedIppAttribute> {
    const own = standingAttributes({
      state: this.#state,
      reasons: [...this.#reasons],
      sheets: this.#sheets,
      ...this.#levels,
    });
    for (const [name, other] of this.#overrides) {
      if (other === null) own.delete(name);
      else own.set(name, other);
    }
    return own;
  }
}
