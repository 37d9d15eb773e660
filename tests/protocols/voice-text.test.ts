import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSpeech, speakable, splitSpeech } from '../../src/protocols/voice-text.js';

/** Not the encoder of the codec: the runtime's own reading of GBK. */
const decode = (bytes: Uint8Array) => new TextDecoder('gbk').decode(bytes);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...'[]v16dxt请到窗口号A0，。！ \n\t镕囧😀\u200b\ue000\u{20000}é'),
    maxLength: 80,
  }),
);

describe('text for a speech module', () => {
  it('is GB2312 where that is enough, else GBK', () => {
    const call = encodeSpeech('请A零二三号到十二号窗口办理');
    expect(call.encoding).toBe('gb2312');
    expect(decode(call.bytes)).toBe('请A零二三号到十二号窗口办理');
    const name = encodeSpeech('朱镕基');
    expect(name.encoding).toBe('gbk');
    expect(decode(name.bytes)).toBe('朱镕基');
    expect(encodeSpeech('宇音天下').bytes).toEqual(Uint8Array.from(Buffer.from('D3EED2F4CCECCFC2', 'hex')));
  });

  it('loses what a module cannot say, and no other character', () => {
    expect(speakable('请注意😀，\u200b下班\n时间\t到了\u0007')).toBe('请注意，下班 时间 到了');
    expect(speakable('a\u00a0b\u3000c')).toBe('a b c');
    expect(speakable('😀')).toBe('');
    // In GB 18030 two bytes; in GBK, as the runtime reads it, a private character.
    expect(speakable('刘䶮')).toBe('刘');
  });

  it('never has a control tag in it, whatever it was made of', () => {
    expect(speakable('[v16]请[d]到[x1]sounda')).toBe('(v16)请(d)到(x1)sounda');
    fc.assert(
      fc.property(anyText, (text) => {
        const said = speakable(text);
        for (const piece of splitSpeech(said, 40)) {
          const back = decode(encodeSpeech(piece).bytes);
          expect(back).not.toMatch(/[[\]]/);
          // What arrives is what was meant: nothing was put in its place.
          expect(back).toBe(piece);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is bounded, also where somebody sends a book', () => {
    expect([...speakable('办'.repeat(100_000))]).toHaveLength(1_000);
    expect(speakable('[😀\n'.repeat(50_000)).length).toBeLessThanOrEqual(1_000);
  });

  it('is cut at the ends of sentences, then at pauses, then anywhere, and loses nothing', () => {
    expect(splitSpeech('今天下午三点停电。请大家抓紧时间办理', 24)).toEqual([
      '今天下午三点停电。',
      '请大家抓紧时间办理',
    ]);
    expect(splitSpeech('今天下午三点停电，请大家抓紧办理', 24)).toEqual([
      '今天下午三点停电，',
      '请大家抓紧办理',
    ]);
    expect(splitSpeech('办'.repeat(10), 8)).toEqual(['办办办办', '办办办办', '办办']);
    expect(splitSpeech('  ', 8)).toEqual([]);
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 60 }), (text, most) => {
        const said = speakable(text);
        const pieces = splitSpeech(said, most);
        for (const piece of pieces) expect(encodeSpeech(piece).bytes.length).toBeLessThanOrEqual(most);
        expect(pieces.join('').replace(/\s/g, '')).toBe(said.replace(/\s/g, ''));
      }),
    );
  });
});
