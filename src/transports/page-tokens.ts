/**
 * Tokens that open pages. They stand in files, one a line: the first is the one to use now, those below it still open
 * (at most four), so that a token can be changed without a visit to each screen: a screen that comes with an older one
 * is given the first. The file is read again when it has changed. A screen shows a token once and then carries a cookie
 * that is derived from it and opens this page alone. Tokens are never logged.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.js';
import { systemCode } from '../kernel/errors.js';
import type { Log } from '../kernel/log.js';

const COOKIE = 'hallward_page';
/** Browsers keep no cookie for longer. */
const COOKIE_SECONDS = 400 * 24 * 3600;
const MOST_TOKENS = 4;
const MOST_COOKIES = 8;
const MOST_BYTES = 4096;
/** Long enough that nobody guesses it. */
const tokenPattern = /^[\x21-\x7e]{16,256}$/;
const LOOK_AGAIN_MILLISECONDS = 1_000;

/** One file of tokens, as it is now. */
export class TokenFile {
  #tokens: readonly string[] | null | undefined;
  /** Said last in the log; empty where nothing is wrong. */
  #trouble = '';
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<readonly string[] | null> | undefined;

  constructor(
    readonly path: string,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * The tokens, the one to use first; `null` where the file can't be used now, which is logged. Never rejects. It is
   * read at most once a second, and always whole: two changes in one moment leave the same size and time.
   */
  async tokens(): Promise<readonly string[] | null> {
    const now = this.clock.monotonicMilliseconds();
    if (this.#tokens !== undefined && now - this.#lookedAt < LOOK_AGAIN_MILLISECONDS) return this.#tokens;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<readonly string[] | null> {
    let tokens: readonly string[] = [];
    let trouble = '';
    try {
      // What is no file (a pipe) must not hold the reader.
      const file = await open(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const { mode } = await file.stat();
        const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES + 1), 0, MOST_BYTES + 1, 0);
        if (bytesRead <= MOST_BYTES) tokens = readTokens(buffer.toString('latin1', 0, bytesRead));
        if (tokens.length === 0) {
          trouble =
            'cannot be used: it must hold 1 to 4 lines of 16 to 256 letters, digits and signs; its pages stay closed';
        } else if ((mode & 0o004) !== 0) {
          trouble = `may be read by everybody; mend it with: chmod 600 ${this.path}`;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      const code = systemCode(error) ?? 'error';
      trouble = `cannot be used: it cannot be read (${code}); its pages stay closed`;
    }
    if (trouble !== '' && trouble !== this.#trouble) {
      this.log.warn({ file: this.path }, `a token file ${trouble}`);
    }
    this.#trouble = trouble;
    const before = this.#tokens;
    if (before != null && tokens.length > 0 && before.join() !== tokens.join()) {
      this.log.info(
        { file: this.path, tokens: tokens.length },
        'a token file has changed; the new one counts',
      );
    }
    this.#lookedAt = this.clock.monotonicMilliseconds();
    this.#tokens = tokens.length === 0 ? null : tokens;
    return this.#tokens;
  }
}

/** The tokens of a file's text; none where a line is no token or there are too many. */
function readTokens(text: string): readonly string[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return lines.length <= MOST_TOKENS && lines.every((line) => tokenPattern.test(line)) ? lines : [];
}

const compareKey = randomBytes(32);
const digest = (text: string) => createHmac('sha256', compareKey).update(text).digest();

/** Which of `known` was given; compared in the same time wherever they differ. */
export function tokenGiven(given: string, known: readonly string[]): string | undefined {
  const one = digest(given);
  let found: string | undefined;
  for (const token of known) if (timingSafeEqual(one, digest(token))) found = token;
  return found;
}

/** Whether two secrets are the same; compared in the same time wherever they differ. */
export const sameSecret = (given: string, known: string) => tokenGiven(given, [known]) !== undefined;

/** What a cookie says for a token: of use for this page alone, and the token can't be had from it. */
function cookieValue(page: string, token: string): string {
  return createHmac('sha256', token).update(`hallward page ${page}`).digest('base64url');
}

/**
 * The token that stands behind a request's cookie; `undefined` where it carries none, `null` where a wrong one. Of
 * several cookies one that fits is enough: cookies know no port, so another program of the board may have added its own.
 */
export function tokenOfCookie(
  page: string,
  header: string | undefined,
  known: readonly string[],
): string | null | undefined {
  const given = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${COOKIE}=`))
    .map((part) => part.slice(COOKIE.length + 1))
    .filter((value) => value !== '')
    .slice(0, MOST_COOKIES);
  if (given.length === 0) return undefined;
  const values = known.map((token) => cookieValue(page, token));
  for (const value of given) {
    const match = tokenGiven(value, values);
    if (match !== undefined) return known[values.indexOf(match)] ?? null;
  }
  return null;
}

/** The header that gives a screen its cookie; without a token: that takes it away. */
export function cookieHeader(page: string, token: string | undefined): string {
  const value = token === undefined ? '' : cookieValue(page, token);
  const age = token === undefined ? 0 : COOKIE_SECONDS;
  return `${COOKIE}=${value}; Path=/${page}/; Max-Age=${age}; HttpOnly; SameSite=Strict`;
}
