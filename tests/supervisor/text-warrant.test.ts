import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/kernel/canonical-json.js';
import { textWarrant } from '../../src/supervisor/text-warrant.js';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
let folder: string;
let keyFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallward-warrant-'));
  keyFile = join(folder, 'texts.pem');
  await writeFile(keyFile, publicKey.export({ type: 'spki', format: 'pem' }));
});
afterAll(() => rm(folder, { recursive: true }));

const payload = { id: 'c1', device: 'board-5', text: '中午休息' };

function signed(hall = 'jinshan', controller = 'row-a', content: object = payload, name = 'board.show') {
  const text = canonicalJson({ hall, controller, name, ...content });
  return { ...payload, signature: sign(null, Buffer.from(text), privateKey).toString('base64') };
}

const check = (file: string | undefined = keyFile) =>
  textWarrant({ hall: 'jinshan', controller: 'row-a', keyFile: () => file });
const show = (given: Readonly<Record<string, unknown>>, file?: string) =>
  check(file)({ name: 'board.show', payload: given });

describe('free text', () => {
  it('needs no signature where no key is configured', async () => {
    const without = textWarrant({ hall: 'jinshan', controller: 'row-a', keyFile: () => undefined });
    expect(await without({ name: 'say', payload })).toBeUndefined();
  });

  it('is shown with a signature over all that the command says', async () => {
    expect(await show(signed())).toBeUndefined();
  });

  it.each([
    ['no signature', payload, 'text.unsigned'],
    ['other words', { ...signed(), text: '大厅关闭' }, 'text.bad-signature'],
    ['another board', { ...signed(), device: 'board-6' }, 'text.bad-signature'],
    ['the signature for another hall', signed('other'), 'text.bad-signature'],
    ['the signature for another controller', signed('jinshan', 'row-b'), 'text.bad-signature'],
    ['the signature of another command', signed('jinshan', 'row-a', payload, 'say'), 'text.bad-signature'],
    ['a signature that is none', { ...payload, signature: 'AAAA' }, 'text.bad-signature'],
  ])('is refused with %s', async (_, given, code) => {
    expect((await show(given))?.code).toBe(code);
  });

  it('is refused, and says so, while its key cannot be read', async () => {
    expect(await show(signed(), join(folder, 'nowhere.pem'))).toMatchObject({ code: 'text.no-key' });
  });
});
