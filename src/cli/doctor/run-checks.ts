/** Runs the doctor's checks: each within its time, and all of them, whatever one does. */
import type { Clock } from '../../kernel/clock.js';
import { systemCode } from '../../kernel/errors.js';
import { type Check, type Finding, findingsOf, type Stage, say } from './types.js';

const limitMilliseconds = 5_000;
/** Whoever waits longer than this is told for what. */
const slowMilliseconds = 2_000;

export interface RunOptions {
  readonly clock: Clock;
  /** Told of each finding, as it is found. */
  readonly found: (finding: Finding) => void;
  /** A check takes long. */
  readonly slow: (subject: string) => void;
}

/** Runs the stages one after the other. Resolves with all findings; never rejects. */
export async function runChecks(stages: readonly Stage[], options: RunOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const found = (finding: Finding) => {
    findings.push(finding);
    options.found(finding);
  };
  for (const stage of stages) {
    await Promise.all(stage.map((check) => runOne(check, { ...options, found })));
  }
  return findings;
}

function runOne(check: Check, { clock, found, slow }: RunOptions): Promise<void> {
  const { subject, limitMilliseconds: limit = limitMilliseconds } = check;
  const { problem } = findingsOf(subject);
  return new Promise((resolve) => {
    let over = false;
    const slowTimer = clock.after(`doctor: ${subject} is slow`, slowMilliseconds, () => slow(subject));
    const end = (last?: Finding) => {
      if (over) return;
      over = true;
      slowTimer.cancel();
      timer.cancel();
      if (last !== undefined) found(last);
      resolve();
    };
    const timer = clock.after(`doctor: ${subject}`, limit, () =>
      end(
        problem(
          'check.hung',
          say(
            `${limit / 1000} 秒内没有结果，不再等待`,
            `no result within ${limit / 1000} s; not waited for any longer`,
          ),
        ),
      ),
    );
    check
      .run((finding) => {
        if (!over) found(finding);
      })
      .then(
        () => end(),
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          const what = systemCode(error) === undefined ? reason : `${reason} (${systemCode(error)})`;
          end(problem('check.failed', say(`检查没有完成：${what}`, `the check failed: ${what}`)));
        },
      );
  });
}
