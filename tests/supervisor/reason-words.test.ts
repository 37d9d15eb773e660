import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { socketError } from '../../src/hub/broker-words.js';
import { chineseReason } from '../../src/supervisor/reason-words.js';

const transports = resolve(import.meta.dirname, '../../src/transports');
/** Our own mistakes, and what says more as it is: which package is to be installed. */
const leftInEnglish = ['wire.started', 'wire.unusable'];

function lossCodes(): string[] {
  const codes = readdirSync(transports).flatMap((name) =>
    name.endsWith('.ts')
      ? [...readFileSync(join(transports, name), 'utf8').matchAll(/'((?:wire|gpio)\.[a-z-]+)'/g)].map(
          (m) => m[1]!,
        )
      : [],
  );
  return [...new Set(codes)].filter((code) => !leftInEnglish.includes(code)).sort();
}

describe('a reason in Chinese', () => {
  it('is there for every way in which a wire or line can be lost', () => {
    const codes = lossCodes();
    expect(codes).toContain('wire.absent');
    const english = codes.filter((code) => chineseReason({ code, reason: 'x' }) === 'x');
    expect(english).toEqual([]);
  });

  it('is that of the most telling words', () => {
    expect(chineseReason({ reason: 'hub.example: nothing listens there (ECONNREFUSED)' })).toContain('端口');
    expect(chineseReason({ code: 'wire.lost', reason: 'the connection was reset' })).toBe('连接被断开');
    const denied = 'no right to open /dev/x: the user of this process must be in the group dialout';
    expect(chineseReason({ code: 'wire.denied', reason: denied })).toContain('dialout');
    const jumpers = 'something answers at 0x21: compare its address jumpers with the configuration';
    expect(chineseReason({ code: 'i2c.no-answer', reason: jumpers })).toContain('另一个地址');
    expect(chineseReason({ reason: 'auto-recoverable error (print head too hot)' })).toContain('过热');
  });

  it('is that of the certificate at fault, not of a word in its name', () => {
    const said = ([code, message]: readonly [code: string, message: string]) =>
      chineseReason({ reason: socketError(Object.assign(new Error(message), { code })).words });
    const alert = (number: number) => ['ERR_SSL_ALERT', `x:SSL alert number ${number}`] as const;
    expect(said(['ERR_TLS_CERT_ALTNAME_INVALID', 'x'])).toContain('证书上没有这个主机名');
    expect(said(['SELF_SIGNED_CERT_IN_CHAIN', 'x'])).toContain('签发机构');
    expect(said(['INVALID_PURPOSE', 'x'])).toContain('不是服务器证书');
    expect(said(alert(45))).toContain('我们的证书（cert）已过期');
    expect(said(alert(44))).toContain('已被吊销');
    expect(said(alert(48))).toContain('不认识');
    expect(said(alert(116))).toContain('客户端证书');
    expect(said(['CERT_HAS_EXPIRED', 'x'])).toContain('证书已过期，或本机时钟不对');
    expect(chineseReason({ reason: '`key` cannot be used: it does not belong to `cert`' })).toContain(
      '不配对',
    );
  });

  it('is looked for by phrases that our own errors and the broker’s words really have', () => {
    const folders = ['transports', 'transports/helpers', 'extenders', 'hub', 'devices'];
    const sources = [...folders, 'supervisor', 'supervisor/transaction']
      .flatMap((folder) => {
        const path = resolve(import.meta.dirname, '../../src', folder);
        return readdirSync(path)
          .filter((name) => name.endsWith('.ts') && name !== 'reason-words.ts')
          .map((name) => join(path, name));
      })
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    const table = readFileSync(resolve(import.meta.dirname, '../../src/supervisor/reason-words.ts'), 'utf8');
    const phrases = [...table.matchAll(/^ {2}\['([^']+)', '/gm)].map((match) => match[1]!);
    expect(phrases.length).toBeGreaterThan(20);
    const isThere = (phrase: string) => sources.includes(phrase.replace(/:$/, ''));
    expect(phrases.filter((phrase) => !isThere(phrase))).toEqual([]);
  });

  it('stays as it is where nobody has put it into words, and is absent where there is none', () => {
    expect(chineseReason({ reason: 'the moon is full' })).toBe('the moon is full');
    expect(chineseReason({ code: 'wire.absent' })).toBeUndefined();
  });
});
