import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { endProcess } from './processes.mjs';

/**
 * A mosquitto of our own on 127.0.0.1. Its queue limits are lifted: a loss that is counted is then the candidate's, not
 * that of the broker's queue to our subscriber. Nothing of it survives a stop.
 */
export class Broker {
  #process;
  #log;
  #logMark = 0;

  /** @param {string} folder @param {number} port @param {typeof import('node:child_process').spawn} spawn */
  constructor(folder, port, spawn) {
    this.port = port;
    this.spawn = spawn;
    this.#log = join(folder, 'mosquitto.log');
    this.file = join(folder, 'mosquitto.conf');
    writeFileSync(this.#log, '');
    const user = process.getuid?.() === 0 ? 'root' : 'nobody';
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      `user ${user}`,
      'persistence false',
      'max_inflight_messages 0',
      'max_queued_messages 0',
      'set_tcp_nodelay true',
      'log_dest stderr',
      'log_type error',
      'log_type notice',
      'log_type subscribe',
    ];
    writeFileSync(this.file, `${lines.join('\n')}\n`);
  }

  start() {
    this.#logMark = statSync(this.#log).size;
    const log = openSync(this.#log, 'a');
    this.#process = this.spawn('mosquitto', ['-c', this.file], { stdio: ['ignore', log, log] });
    this.#process.on('error', () => {});
    closeSync(log);
  }

  async stop() {
    await endProcess(this.#process, 'SIGTERM');
    this.#process = undefined;
  }

  /**
   * Whether this client subscribed before any other one connected since the last start. A candidate that was quicker
   * would lose messages through no fault of its own: nobody was listening yet.
   */
  wasFirst(clientId) {
    const lines = readFileSync(this.#log, 'utf8').slice(this.#logMark).split('\n');
    for (const line of lines) {
      if (line.includes('New client connected') && !line.includes(` as ${clientId} `)) return false;
      if (line.includes(`: ${clientId} 1 `)) return true;
    }
    return false;
  }
}

/** A port of 127.0.0.1 that nobody uses now. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
