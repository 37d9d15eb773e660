/** The child's side of `helper-process.ts`. */
import { readSync, writeSync } from 'node:fs';
import { asHallwardError, systemCode } from '../../kernel/errors.js';
import {
  encodeFrame,
  FrameReader,
  frameKinds,
  framesDescriptor,
  type HelperFrame,
} from '../helper-frames.js';
import type { HelperError, HelperMessage, HelperRequest } from '../helper-process.js';

/** What a child does once it has begun. */
export interface Helper {
  /** Answers a request. What it throws becomes the request's error. */
  handle?(message: unknown): unknown;
  /**
   * As `handle`, for a parent that was told `bytesOnly`: at most 65535 bytes each way. Such a child does nothing else:
   * it waits in the system for the next request, and no event of Node's comes through any more.
   */
  answer?(request: Uint8Array): Uint8Array;
  /** The parent has closed the wire or is gone: brings lines to rest. The process ends right after. */
  end?(): void;
}

/**
 * Serves the parent until it disconnects. Called once, by each file of this folder.
 * @param begin opens the wire; `tell` sends something unasked.
 */
export function serveHelper(
  begin: (argument: unknown, tell: (told: unknown) => void) => Helper | Promise<Helper>,
): void {
  let helper: Helper | undefined;
  const send = (message: HelperMessage, sent?: () => void) => {
    if (process.connected) process.send?.(message, undefined, undefined, sent);
  };
  process.on('message', async ({ id, message }: HelperRequest) => {
    try {
      if (id === 0) {
        helper = await begin(message, (told) => send({ told }));
        send({ id, value: null }, () => {
          if (helper?.answer !== undefined) answerFrames(helper.answer);
        });
      } else {
        send({ id, value: await helper?.handle?.(message) });
      }
    } catch (thrown) {
      send({ id, error: errorOf(thrown) });
    }
  });
  process.on('disconnect', () => {
    try {
      helper?.end?.();
    } finally {
      process.exit();
    }
  });
  // The terminal's signals are for the parent, which ends its children in order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}

function errorOf(thrown: unknown): HelperError {
  const { code, kind, message, evidence } = asHallwardError(thrown, 'helper.failed');
  return { code, kind, message, evidence };
}

/** Answers frames, one after the other, until the parent has closed the pipe or is gone; that is then an event, too. */
function answerFrames(answer: (request: Uint8Array) => Uint8Array): void {
  const reader = new FrameReader();
  const chunk = Buffer.alloc(4_096);
  const answered = ({ id, payload }: HelperFrame): HelperFrame => {
    try {
      return { id, kind: frameKinds.bytes, payload: answer(payload) };
    } catch (thrown) {
      return { id, kind: frameKinds.error, payload: Buffer.from(JSON.stringify(errorOf(thrown))) };
    }
  };
  try {
    for (let count = 1; count > 0; ) {
      count = readSync(framesDescriptor, chunk);
      for (const request of reader.push(chunk.subarray(0, count))) {
        const frame = encodeFrame(answered(request));
        for (let at = 0; at < frame.length; ) at += writeSync(framesDescriptor, frame, at);
      }
    }
  } catch (error) {
    // The parent died with a request or an answer on its way.
    if (!['EPIPE', 'ECONNRESET'].includes(systemCode(error) ?? '')) throw error;
  }
}
