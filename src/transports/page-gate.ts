/** Who may open a page: tokens and cookies, and what is answered to whoever has none. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../kernel/clock.js';
import { type Answer, refusalTexts, wordsAnswer } from './page-answers.js';
import { Allowance } from './page-limits.js';
import { bearerOf, type Target } from './page-request.js';
import { cookieHeader, type TokenFile, tokenGiven, tokenOfCookie } from './page-tokens.js';

/** Wrong tokens of one address at once, and afterwards one in ten seconds. */
const WRONG_TOKENS = 10;
const WRONG_TOKENS_PER_SECOND = 0.1;

/** Why a request gets no further; thrown. */
export class Refused {
  constructor(
    /** For the count in the log; none where it is nobody's fault. */
    readonly reason: string | null,
    readonly answer: Answer,
  ) {}
}

/** A refusal in words; the arguments are those of `wordsAnswer`. */
export function refused(reason: string | null, ...answer: Parameters<typeof wordsAnswer>): Refused {
  return new Refused(reason, wordsAnswer(...answer));
}

/** Sends a browser elsewhere, without words. */
export function sentTo(status: 303 | 308, headers: Readonly<Record<string, string>>): Refused {
  return refused(null, status, { 'zh-CN': '', en: '' }, { headers });
}

export class PageGate {
  readonly #wrongTokens: Allowance;

  constructor(clock: Clock) {
    this.#wrongTokens = new Allowance(clock, WRONG_TOKENS_PER_SECOND, WRONG_TOKENS);
  }

  /**
   * The token a request carries, as it was used and as it should be from now on; `undefined` for a page that needs
   * none. Rejects with a `Refused`, also where the token was shown in the address: then the browser gets its cookie and
   * is sent to the address without it.
   * @param file whose tokens open the page; `null`: none is needed
   */
  async authorise(
    request: IncomingMessage,
    target: Target,
    file: TokenFile | null,
    address: string,
  ): Promise<{ readonly used: string; readonly first: string } | undefined> {
    const shown = target.path === '/' ? target.query.get('token') : null;
    const clean = { Location: `/${target.page}/` };
    if (file === null) {
      if (shown !== null) throw sentTo(303, clean);
      return undefined;
    }
    const known = await file.tokens();
    const first = known?.[0];
    if (known === null || first === undefined) {
      throw refused(null, 503, refusalTexts.tokenFile, { refreshSeconds: 10, close: true });
    }
    const given = shown ?? bearerOf(request);
    if (given !== undefined) {
      // Only here: whoever has a cookie that fits stays in, also where somebody else behind the same proxy guesses.
      if (!this.#wrongTokens.has(address)) {
        const headers = { 'Retry-After': '60' };
        throw refused('wrong-tokens', 429, refusalTexts.tooManyTokens, { headers, close: true });
      }
      const used = tokenGiven(given, known);
      if (used === undefined) {
        this.#wrongTokens.take(address);
        throw refused('token', 401, refusalTexts.wrongToken, { close: true });
      }
      if (shown === null) return { used, first };
      throw sentTo(303, { ...clean, 'Set-Cookie': cookieHeader(target.page, first) });
    }
    const used = tokenOfCookie(target.page, request.headers.cookie, known);
    if (typeof used === 'string') return { used, first };
    if (used === undefined) throw refused('token', 401, refusalTexts.noToken, { close: true });
    this.#wrongTokens.take(address);
    const headers = { 'Set-Cookie': cookieHeader(target.page, undefined) };
    throw refused('token', 401, refusalTexts.wrongToken, { headers, close: true });
  }
}
