/** `hallward config keygen NAME`: a key pair for signed configurations or texts. */
import { generateKeyPairSync } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { systemCode } from '../../kernel/errors.js';
import type { CommandInput } from '../command-input.js';
import { CommandFailed, exitCodes } from '../exit-codes.js';
import { languageOf } from '../language.js';

/** Writes NAME.key (mode 600) and NAME.pub, and overwrites nothing: a key that is gone locks its boards. */
export async function run(input: CommandInput, name: string): Promise<number> {
  const language = languageOf(input);
  const [keyFile, publicFile] = [`${name}.key`, `${name}.pub`];
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  await writeNew(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
  try {
    await writeNew(publicFile, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  } catch (error) {
    await rm(keyFile, { force: true });
    throw error;
  }
  process.stdout.write(
    language === 'en'
      ? `${keyFile}: the private key. It signs (--sign ${keyFile}); keep it off every board, with a copy in a safe.\n` +
          `${publicFile}: the public key. Put it on each board, for example as /etc/hallward/${baseName(publicFile)}, and name it\n` +
          `  in that board's file as hub.configKey (signed configuration) or freeText.key (signed texts).\n`
      : `${keyFile}：私钥，用于签名（--sign ${keyFile}）。不要放到任何控制器上，并在安全的地方留一份备份。\n` +
          `${publicFile}：公钥。放到每台控制器上，例如 /etc/hallward/${baseName(publicFile)}，\n` +
          `  并写进该控制器的文件：hub.configKey（签名的配置）或 freeText.key（签名的文字）。\n`,
  );
  return exitCodes.done;
}

async function writeNew(file: string, content: string | Buffer, mode: number): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode });
  } catch (error) {
    const code = systemCode(error) ?? 'error';
    const why =
      code === 'EEXIST'
        ? 'it is there already, and a key is never overwritten'
        : code === 'ENOENT'
          ? 'there is no such folder'
          : `it cannot be written (${code})`;
    throw new CommandFailed(exitCodes.usage, `hallward config keygen: ${file}: ${why}`);
  }
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}
