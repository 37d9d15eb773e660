/**
 * Serves objects to snmpd by its `pass_persist` (snmpd.conf(5)): PING, PONG; get or getnext, an object identifier, three
 * lines of answer or NONE. The objects stand in a file, one in a line: identifier, type, value. It is read anew each time.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const numbers = (oid) => oid.replace(/^\./, '').split('.').map(Number);

function isAfter(oid, other) {
  const at = oid.findIndex((number, index) => number !== other[index]);
  return at !== -1 && oid[at] > (other[at] ?? -1);
}

function objects() {
  return readFileSync(process.argv[2], 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, oid, type, value] = /^(\S+)\s+(\S+)\s?(.*)$/.exec(line);
      return { oid: numbers(oid), type, value };
    })
    .sort((one, other) => (isAfter(one.oid, other.oid) ? 1 : -1));
}

let question;
for await (const line of createInterface({ input: process.stdin })) {
  if (question === undefined) {
    if (line === 'PING') process.stdout.write('PONG\n');
    else if (line !== '') question = line;
    continue;
  }
  const asked = numbers(line);
  const found =
    question === 'get'
      ? objects().find(({ oid }) => oid.join('.') === asked.join('.'))
      : objects().find(({ oid }) => isAfter(oid, asked));
  question = undefined;
  process.stdout.write(
    found === undefined ? 'NONE\n' : `.${found.oid.join('.')}\n${found.type}\n${found.value}\n`,
  );
}
