/** What an administrator reads where the hub says no: who may not do what, or whose certificate is at fault. */
import { describe, expect, it } from 'vitest';
import { failureWords } from '../../src/cli/watch/hub-words.js';
import { socketError } from '../../src/hub/broker-words.js';
import { HallwardError } from '../../src/kernel/errors.js';

const url = 'mqtts://hub.example:8883';

function refused(evidence: Record<string, unknown>, message = 'x'): HallwardError {
  return new HallwardError('hub.refused', 'refused', message, { url, ...evidence });
}

describe('what is said where the hub refuses', () => {
  it('names who may not write or read what, and what to do', () => {
    const write = refused({ topic: 'hallward/v1/h/c/config/desired', reasonCode: 0x87 });
    expect(failureWords(write, 'duty', 'en')).toBe(
      `the hub ${url} does not let the user "duty" write hallward/v1/h/c/config/desired (not authorized (0x87)): ` +
        'ask as a user whose role may, or mend hallward.acl at the broker',
    );
    expect(failureWords(write, 'duty', 'zh-CN')).toContain(
      '不允许用户“duty”写 hallward/v1/h/c/config/desired',
    );
    const read = refused({ filter: 'hallward/v1/+/+/status' });
    expect(failureWords(read, null, 'en')).toContain(
      'you without a user name read hallward/v1/+/+/status: ask',
    );
    expect(failureWords(read, null, 'zh-CN')).toContain('读 hallward/v1/+/+/status：请换有此权限的账号');
  });

  it('says a password, which is something else, to be wrong', () => {
    const error = refused({ reasonCode: 0x87 }, 'the broker refuses the connection: not authorized (0x87)');
    expect(failureWords(error, 'duty', 'en')).toContain('user name or password wrong');
    expect(failureWords(error, null, 'zh-CN')).toContain('--username');
  });

  it('tells of certificates in both languages, with the options of the command line', () => {
    const tls = (code: string) => {
      const { words } = socketError(Object.assign(new Error('x'), { code }));
      return refused({}, words);
    };
    const stranger = tls('SELF_SIGNED_CERT_IN_CHAIN');
    expect(failureWords(stranger, null, 'en')).toMatch(/ refuses: TLS: .* set --ca to the file/);
    expect(failureWords(stranger, null, 'zh-CN')).toMatch(/拒绝：证书的签发机构不被信任.*（TLS: .*--ca/);
    expect(failureWords(tls('CERT_HAS_EXPIRED'), null, 'en')).toContain("this machine's clock");
    // What nobody has put into Chinese is said once.
    expect(failureWords(refused({}, 'the moon is full'), null, 'zh-CN')).toMatch(/拒绝：the moon is full$/);
  });
});
