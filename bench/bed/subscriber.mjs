import { createConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const patienceMilliseconds = 10_000;
const text = (value) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
};
const packet = (kind, body) => Buffer.concat([Buffer.from([kind, body.length]), body]);

/**
 * As little MQTT 3.1.1 as will do: one subscription at QoS 1, each message noted with its time and acknowledged at once.
 * A full client would take more of the cores that the candidates are measured on; the JSON is parsed afterwards.
 */
export class Subscriber {
  static clientId = 'bench-subscriber';
  /** Arrivals, in order: `{ at, payload, redelivered }`; `at` in milliseconds of performance.now(). */
  arrivals = [];
  #socket;
  #left = Buffer.alloc(0);

  #topic;

  /** @param {number} port @param {string} filter to subscribe to @param {string} topic whose messages are noted */
  constructor(port, filter, topic) {
    this.port = port;
    this.filter = filter;
    this.#topic = Buffer.from(topic);
  }

  /** Tries every 2 ms: after a restart of the broker we have to be there before the candidate. */
  async connect() {
    const end = performance.now() + patienceMilliseconds;
    while (performance.now() < end) {
      const socket = await open(this.port);
      if (socket !== undefined) return this.#subscribe(socket);
      await pause(2);
    }
    throw new Error('mosquitto accepts no connection');
  }

  close() {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #subscribe(socket) {
    this.#socket = socket;
    this.#left = Buffer.alloc(0);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    return new Promise((resolve, reject) => {
      socket.once('close', () => reject(new Error('mosquitto closed the connection')));
      socket.on('data', (chunk) => this.#take(chunk, resolve));
      const hello = Buffer.concat([text('MQTT'), Buffer.from([4, 2, 0, 0]), text(Subscriber.clientId)]);
      socket.write(packet(0x10, hello));
      socket.write(packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(this.filter), Buffer.from([1])])));
    });
  }

  #take(chunk, subscribed) {
    const at = performance.now();
    const bytes = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk]);
    const answers = [];
    let position = 0;
    while (bytes.length - position >= 2) {
      let length = 0;
      let shift = 0;
      let start = position + 1;
      let more = true;
      while (more && start < bytes.length) {
        const byte = bytes[start++];
        length |= (byte & 127) << shift;
        shift += 7;
        more = byte > 127;
      }
      if (more || start + length > bytes.length) break;
      const kind = bytes[position];
      const end = start + length;
      if (kind >> 4 === 3) this.#message(bytes, kind, start, end, at, answers);
      else if (kind >> 4 === 9) subscribed();
      position = end;
    }
    this.#left = bytes.subarray(position);
    if (answers.length > 0) this.#socket?.write(Buffer.from(answers));
  }

  #message(bytes, kind, start, end, at, answers) {
    let position = start + 2 + bytes.readUInt16BE(start);
    const topic = bytes.subarray(start + 2, position);
    if (((kind >> 1) & 3) === 1) {
      answers.push(0x40, 2, bytes[position], bytes[position + 1]);
      position += 2;
    }
    if (!topic.equals(this.#topic)) return;
    this.arrivals.push({ at, payload: bytes.subarray(position, end), redelivered: (kind & 8) !== 0 });
  }
}

function open(port) {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
