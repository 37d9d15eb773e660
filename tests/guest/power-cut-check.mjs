/** Judges the log of `power-cut.sh`: node tests/guest/power-cut-check.mjs LOG ROUNDS */
import { readFileSync } from 'node:fs';

const [file, rounds] = process.argv.slice(2);
const events = new Map();
const replies = [];
const problems = [];
let cuts = 0;
let resent = 0;
let roundsSeen = 0;
for (const line of readFileSync(file, 'utf8').split('\n')) {
  const space = line.indexOf(' ');
  const [kind, text] = [line.slice(0, space), line.slice(space + 1)];
  if (kind === 'ROUND') roundsSeen++;
  if (kind === 'CUT') cuts++;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    continue; // the line that the power cut ended
  }
  if (kind === 'REPLY') replies.push(value);
  if (kind !== 'EVENT') continue;
  const sequence = Number(value.sequence);
  const before = events.get(sequence);
  if (before === undefined) events.set(sequence, { ...value, text });
  else if (before.text === text) resent++;
  else problems.push(`sequence ${sequence} was sent with two contents`);
}
const stores = new Set([...events.values()].map((event) => event.store));
if (stores.size !== 1) problems.push(`${stores.size} store ids: storage was lost`);
const last = Math.max(...events.keys());
const missing = [];
for (let sequence = 1; sequence <= last; sequence++) if (!events.has(sequence)) missing.push(sequence);
if (missing.length > 0)
  problems.push(`missing sequences: ${missing.slice(0, 20).join(', ')} (${missing.length})`);
const issued = [...events.values()]
  .filter((event) => event.type === 'ticket.issued')
  .map((event) => event.data);
const numbers = new Set(issued.map(({ day, number }) => `${day} ${number}`));
if (numbers.size !== issued.length) problems.push(`${issued.length - numbers.size} numbers were given twice`);
const tickets = new Set(issued.map(({ ticket }) => ticket));
for (const { id, ok, result } of replies) {
  if (ok && !tickets.has(result.ticket))
    problems.push(`reply ${id} promised ${result.number}, which no event knows`);
}
const ended = [...events.values()].filter((event) =>
  /^ticket\.(served|skipped|cancelled|expired)$/.test(event.type),
);
if (new Set(ended.map((event) => event.data.ticket)).size !== ended.length)
  problems.push('a ticket ended twice');
if (cuts !== Number(rounds)) problems.push(`${cuts} cuts of ${rounds} reached their moment under load`);
// The last round issues 50 on any machine; before it, an emulated one that shares its processor manages 5 a second.
const least = 50 + 3 * (roundsSeen - 1);
if (issued.length < least) problems.push(`only ${issued.length} tickets: that is no load`);
console.log(
  `${cuts} power cuts, ${events.size} events in sequence, ${resent} sent again, ${issued.length} tickets, ${replies.length} replies`,
);
for (const problem of problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
process.exit(problems.length === 0 ? 0 : 1);
