/** mosquitto with the shipped files, as they are installed below /etc/mosquitto, with other ports and folders. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { freePort } from '../../support/free-port.js';
import type { Authority, Issued } from './authority.js';
import { MosquittoProcess } from './mosquitto-process.js';

export const shipped = (name: string) =>
  readFileSync(resolve(import.meta.dirname, '../../../deploy/mosquitto', name), 'utf8');

export const notAuthorized = 0x87;

/** A folder that a broker, which as root becomes another user, can read. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hallward-deploy-'));
  chmodSync(folder, 0o777);
  return folder;
}

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true });

export interface ShippedOptions {
  /** Its folder is made below this one. */
  readonly folder: string;
  readonly name?: string;
  /** In the order of installation. */
  readonly files: readonly string[];
  /** The broker's own certificate, and who signed it. */
  readonly certificate?: Issued;
  readonly authority?: Authority;
  /** User names; each one's password is `secret-NAME`. */
  readonly users?: readonly string[];
  /** Changes a file's text; it gets the name. */
  readonly edit?: (name: string, text: string) => string;
}

export class ShippedBroker extends MosquittoProcess {
  readonly folder: string;

  private constructor(
    private readonly options: ShippedOptions,
    /** Of the listener for this board alone. */
    readonly local: number,
    /** Of the listener for the network. */
    readonly network: number,
  ) {
    const folder = join(options.folder, options.name ?? 'broker');
    super(join(folder, 'mosquitto.conf'), local);
    this.folder = folder;
    for (const name of ['conf.d', 'certs', 'data']) mkdirSync(this.#at(name), { recursive: true });
    chmodSync(this.#at('data'), 0o777);
    this.#install();
  }

  /** Installs the files; does not start. */
  static async install(options: ShippedOptions): Promise<ShippedBroker> {
    return new ShippedBroker(options, await freePort(), await freePort());
  }

  /** Installs and starts. Throws what the broker complains of. */
  static async start(options: ShippedOptions): Promise<ShippedBroker> {
    const broker = await ShippedBroker.install(options);
    await broker.start();
    return broker;
  }

  override async start(): Promise<void> {
    await super.start();
    if (!/Error|Unknown|Warning/.test(this.complaint)) return;
    await this.end('SIGKILL');
    throw new Error(this.complaint);
  }

  /** Puts the authority's present list of void certificates in place. */
  copyRevoked(): void {
    copyFileSync(this.options.authority?.crlFile ?? '', this.#at('certs/crl.pem'));
  }

  /** A client of this board alone, who may do everything. */
  atBoard(options: IClientOptions = {}): Promise<MqttClient> {
    return connected(`mqtt://127.0.0.1:${this.local}`, options);
  }

  /** A client on the network, with name and password or with a certificate. */
  onNetwork(who: string | Issued, options: IClientOptions = {}): Promise<MqttClient> {
    const ca = this.options.authority?.ca;
    const login =
      typeof who === 'string'
        ? { username: who, password: `secret-${who}` }
        : { cert: who.cert, key: who.key };
    return connected(`mqtts://localhost:${this.network}`, {
      ...(ca === undefined ? {} : { ca }),
      ...login,
      ...options,
    });
  }

  #at(file: string): string {
    return join(this.folder, file);
  }

  #install(): void {
    const { files, certificate, authority, users = [], edit = (_name, text) => text } = this.options;
    for (const [index, name] of files.entries()) {
      const text = edit(name, shipped(name))
        .replace(/^listener 1883 /m, `listener ${this.local} `)
        .replace(/^listener 8883$/m, `listener ${this.network} 127.0.0.1`)
        .replaceAll('/etc/mosquitto/', `${this.folder}/`);
      writeFileSync(this.#at(`conf.d/${index}-${name}`), text);
    }
    writeFileSync(this.#at('hallward.acl'), edit('hallward.acl', shipped('hallward.acl')));
    writeFileSync(this.#at('hallward.passwords'), users.map((user) => `${user}:secret-${user}\n`).join(''));
    spawnSync('mosquitto_passwd', ['-U', this.#at('hallward.passwords')]);
    if (certificate !== undefined) {
      copyFileSync(certificate.certFile, this.#at('certs/hub.pem'));
      copyFileSync(certificate.keyFile, this.#at('certs/hub.key'));
      chmodSync(this.#at('certs/hub.key'), 0o644);
    }
    if (authority !== undefined) {
      for (const name of ['ca.pem', 'hub-ca.pem']) copyFileSync(authority.caFile, this.#at(`certs/${name}`));
      this.copyRevoked();
    }
    for (const file of ['hallward.passwords', 'hallward.acl']) chmodSync(this.#at(file), 0o644);
    const kept = `persistence true\npersistence_location ${this.#at('data')}/\n`;
    writeFileSync(this.#at('mosquitto.conf'), `${kept}include_dir ${this.#at('conf.d')}\n`);
  }
}

const clients: MqttClient[] = [];

/** Ends every client that was made here: to be called after each test. */
export async function endClients(): Promise<void> {
  for (const client of clients.splice(0)) await client.endAsync(true);
}

/** An independent client. Rejects where the broker refuses. */
export async function connected(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const one = mqtt.connect(url, { protocolVersion: 5, reconnectPeriod: 0, ...options });
  clients.push(one);
  one.on('error', () => {});
  await new Promise<void>((done, fail) => {
    one.once('connect', () => done());
    one.once('error', fail);
    one.once('close', () => fail(new Error('closed')));
  });
  return one;
}

/** Reason code of the PUBACK; 0x10 (nobody subscribes) is a yes, too. */
export async function published(
  from: MqttClient,
  topic: string,
  payload = 'x',
  retain = false,
): Promise<'taken' | number> {
  try {
    const packet = await from.publishAsync(topic, payload, { qos: 1, retain });
    const code = (packet as { reasonCode?: number } | undefined)?.reasonCode ?? 0;
    return code === 0 || code === 0x10 ? 'taken' : code;
  } catch (thrown) {
    return (thrown as { code: number }).code;
  }
}

/** Topics, and what came at them, of everything that comes from now on. */
export async function heard(by: MqttClient, ...filters: string[]): Promise<[string, string][]> {
  const messages: [string, string][] = [];
  by.on('message', (topic, payload) => messages.push([topic, payload.toString()]));
  await by.subscribeAsync(filters, { qos: 1 });
  return messages;
}

/** What the broker has for this client now has come once this resolves. */
export async function settled(client: MqttClient): Promise<void> {
  await client.subscribeAsync('nothing/here', { qos: 0 });
}
