/** A child that uses the wires of its parent, one order at a time. `node:process` messages `{ order }` and `{ did }`. */
import { processWires } from '../../dist/simulator/index.js';

const wires = processWires();
const open = new Map();
const tell = (what) => process.send?.({ heard: what });
const plain = ({ code, kind, message, evidence }) => ({ code, kind, message, evidence });

const orders = {
  async carrier({ as, name }) {
    const carrier = await wires.carrier(name);
    carrier.watch?.(() => tell({ as, changed: true, present: carrier.present?.() }));
    const connection = await carrier.open({
      bytes: (chunk) => tell({ as, bytes: Buffer.from(chunk).toString('hex') }),
      closed: (error) => tell({ as, closed: plain(error) }),
    });
    open.set(as, { carrier, ...connection });
    return { address: carrier.address, byteMicroseconds: carrier.byteMicroseconds };
  },
  present: async ({ as }) => open.get(as).carrier.present(),
  write: async ({ as, hex }) => open.get(as).write(new Uint8Array(Buffer.from(hex, 'hex'))),
  async writes({ as, hexes }) {
    await Promise.all(hexes.map((hex) => open.get(as).write(new Uint8Array(Buffer.from(hex, 'hex')))));
  },
  async gpio({ as, name, inputs }) {
    const chip = await wires.gpioChip(name);
    await chip.probe();
    const watch = await chip.watch(inputs, {
      level: (line, active) => tell({ as, line, active }),
      closed: (error) => tell({ as, closed: plain(error) }),
    });
    open.set(as, watch);
    return { address: chip.address };
  },
  async drive({ as, name, output }) {
    const chip = await wires.gpioChip(name);
    const drive = await chip.drive(output, (error) => tell({ as, closed: plain(error) }));
    open.set(as, drive);
  },
  set: async ({ as, active }) => open.get(as).set(active),
  async i2c({ as, name }) {
    const adapter = await wires.i2cAdapter(name);
    open.set(as, await adapter.open((error) => tell({ as, closed: plain(error) })));
    return { address: adapter.address };
  },
  async transfer({ as, transfer }) {
    return Buffer.from(await open.get(as).transfer(transfer)).toString('hex');
  },
  close: async ({ as }) => open.get(as).close(),
  async disconnect() {
    process.disconnect();
    await new Promise((resolve) => process.once('disconnect', resolve));
  },
};

process.on('message', async (message) => {
  if (message?.order === undefined) return;
  try {
    const value = await orders[message.order](message);
    process.send?.({ did: message.number, value });
  } catch (error) {
    process.send?.({ did: message.number, error: plain(error) });
  }
});
process.send?.({ did: 0 });
