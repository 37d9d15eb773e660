/**
 * The far ends of a small row: a keypad and a board on pseudo terminals, a ticket printer at a TCP socket. Run it, and
 * beside it `npx hallward run --config examples/row.yaml`; then type here: next, done, out (of paper), load, cut, join.
 *
 *     npm run build && node examples/row.mjs
 */
import { createInterface } from 'node:readline';
import {
  ptyCable,
  simulatedKeypad,
  simulatedPanels,
  simulatedPrinter,
  systemClock,
  tcpCable,
} from 'hallward/simulator';

const clock = systemClock();
const keys = ptyCable({ link: '/tmp/hallward-row/keys-5' });
const row = ptyCable({ link: '/tmp/hallward-row/row' });
const printer = await tcpCable({ port: Number(process.env.PRINTER_PORT ?? 9100) });

const keypad = simulatedKeypad(keys.farEnd, { next: 'AA 05 01 B0', done: 'AA 05 05 B4' });
const panels = simulatedPanels(row.farEnd, clock, { addresses: [5] });
const tickets = simulatedPrinter(printer.farEnd, clock);

panels.panel(5).onShown(({ text }) => console.log(`the board shows "${text}"`));

const hands = {
  next: () => keypad.press('next'),
  done: () => keypad.press('done'),
  out: () => tickets.paper.runOut(),
  load: () => tickets.paper.load(),
  cut: () => row.cable.cut(),
  join: () => row.cable.join(),
  slips: () => console.log(tickets.slips.map(({ lines }) => lines.map(({ text }) => text.trim()))),
};
console.log(`the far ends are there; type one of: ${Object.keys(hands).join(', ')}`);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const hand = hands[line.trim()];
  if (hand === undefined) console.log(`one of: ${Object.keys(hands).join(', ')}`);
  else hand();
});
lines.on('close', async () => {
  panels.close();
  keys.close();
  row.close();
  await printer.close();
  process.exit();
});
