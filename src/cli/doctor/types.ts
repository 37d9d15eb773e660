/** What the doctor's checks give. */
import type { Text } from '../../kernel/text.js';

/** `not-tried`: it could not be looked at, or would have disturbed a running hall. */
export type Outcome = 'ok' | 'warning' | 'problem' | 'not-tried';

export interface Finding {
  /** Stable, for programs: `serial.latency`. */
  readonly code: string;
  /** What was looked at: a bus, a topic, a file's setting. */
  readonly subject: string;
  readonly outcome: Outcome;
  readonly found: Text;
  /** What mends it: commands and lines as they are typed. */
  readonly fix?: Text;
}

export interface Check {
  readonly subject: string;
  /** 5 s if absent. A check that hangs is told, and left behind. */
  readonly limitMilliseconds?: number;
  /** Tells what it finds, as it finds it. Rejects only for what nobody thought of; that is told as well. */
  run(tell: (finding: Finding) => void): Promise<void>;
}

/** Checks of one stage run beside each other, stages one after the other. */
export type Stage = readonly Check[];

/** The same in both languages: names, numbers, commands. */
export function same(text: string): Text {
  return { 'zh-CN': text, en: text };
}

export function say(chinese: string, english: string): Text {
  return { 'zh-CN': chinese, en: english };
}

/** Makes findings of one subject. */
export function findingsOf(subject: string) {
  const make = (outcome: Outcome) => (code: string, found: Text, fix?: Text) =>
    ({ code, subject, outcome, found, ...(fix === undefined ? {} : { fix }) }) as const;
  return {
    ok: make('ok'),
    warning: make('warning'),
    problem: make('problem'),
    notTried: make('not-tried'),
  };
}

/** A check that gives all its findings at once. */
export function check(subject: string, run: () => Promise<readonly Finding[]>): Check {
  return {
    subject,
    async run(tell) {
      for (const finding of await run()) tell(finding);
    },
  };
}
