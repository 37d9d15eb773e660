/** Alarms that chatter (ISA-18.2): they come and go so often that each coming says nothing new. */

/** A fault that came this often within a minute chatters; it then stands until it was quiet for long. */
const chatterCount = 5;
const chatterWindowMilliseconds = 60_000;

export class Chatter {
  readonly #raisedAt = new Map<string, number[]>();

  /** It came. Gives how often it did within the last minute, this time included. */
  came(key: string, atMilliseconds: number): number {
    const recent = this.#recent(key, atMilliseconds);
    recent.push(atMilliseconds);
    this.#raisedAt.set(key, recent.slice(-2 * chatterCount));
    return recent.length;
  }

  /** It comes and goes. */
  isChattering(key: string, atMilliseconds: number): boolean {
    return this.#recent(key, atMilliseconds).length >= chatterCount;
  }

  #recent(key: string, atMilliseconds: number): number[] {
    const since = atMilliseconds - chatterWindowMilliseconds;
    return (this.#raisedAt.get(key) ?? []).filter((at) => at > since);
  }
}
