/** One IPP message by HTTP POST (RFC 8010, 4): bytes there, bytes back. */
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { ippErrors } from './ipp-errors.js';

export interface IppTarget {
  /** For people: `ipp://192.168.1.60/ipp/print`. */
  readonly address: string;
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Keeps one socket. */
  readonly agent: Agent;
  readonly lookup: LookupFunction;
}

const limitBytes = 256 * 1024;

/**
 * Resolves with the answer's bytes. Rejects with `ipp.refused`, `ipp.garbled`, `ipp.unreachable`, or the reason of the
 * signal. Has no patience of its own.
 */
export async function postIpp(
  target: IppTarget,
  message: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  for (let isSecond = false; ; isSecond = true) {
    try {
      return await postOnce(target, message, signal);
    } catch (thrown) {
      // The printer closed the kept socket just when we wrote: it has not seen the request.
      if (!(thrown instanceof StaleSocket)) throw thrown;
      if (isSecond) throw ippErrors.failed(target.address, thrown.because, false);
    }
  }
}

/** What came so far, copied: pieces of one byte would each keep what they were cut from. */
class Body {
  #bytes = new Uint8Array(4_096);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** False where that is too much. */
  add(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (length > limitBytes) return false;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(limitBytes, Math.max(length, 2 * this.#bytes.length)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
    return true;
  }
}

class StaleSocket extends Error {
  constructor(readonly because: unknown) {
    super('the kept socket was closed');
  }
}

function postOnce(target: IppTarget, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const { address, secure, host, port, path, agent, lookup } = target;
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    let sent: ClientRequest | undefined;
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abort);
      settle();
    };
    const give = (error: unknown) => {
      end(() => reject(error));
      sent?.destroy();
    };
    const abort = () => give(signal.reason);
    const failed = (thrown: unknown) => {
      const isStale = sent?.reusedSocket === true && answer === undefined && !signal.aborted;
      give(isStale ? new StaleSocket(thrown) : ippErrors.failed(address, thrown, answer !== undefined));
    };
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    try {
      sent = (secure ? secureRequest : request)({
        method: 'POST',
        host,
        port,
        path,
        agent,
        lookup,
        headers: {
          'content-type': 'application/ipp',
          'content-length': message.length,
          accept: 'application/ipp',
          'accept-encoding': 'identity',
          'user-agent': 'hallward',
        },
      });
    } catch (thrown) {
      failed(thrown);
      return;
    }
    sent.on('error', failed);
    sent.on('response', (response) => {
      answer = response;
      response.on('error', failed);
      const wrong = wrongHead(address, response);
      if (wrong !== undefined) {
        give(wrong);
        return;
      }
      const body = new Body();
      response.on('data', (chunk: Uint8Array) => {
        if (!body.add(chunk)) give(tooLong(address));
      });
      response.on('end', () => end(() => resolve(body.bytes)));
    });
    sent.end(message);
  });
}

function wrongHead(address: string, { statusCode = 0, headers }: IncomingMessage) {
  if (statusCode !== 200)
    return ippErrors.refused(address, { status: statusCode, location: headers.location });
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/ipp') {
    const why =
      'does not answer with IPP, but with a page or something else: is the path right (/ipp/print)?';
    return ippErrors.garbled(address, why, { contentType: type.slice(0, 100) });
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    return ippErrors.garbled(address, 'packs its answer although it was asked not to', { encoding });
  }
  return Number(headers['content-length'] ?? 0) > limitBytes ? tooLong(address) : undefined;
}

function tooLong(address: string) {
  return ippErrors.garbled(address, `answers with more than ${limitBytes} bytes`, { limitBytes });
}
