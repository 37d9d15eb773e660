/**
 * Power cuts of the SD card in the middle of a configuration push:
 *
 *     npm run build
 *     HALLWARD_GUEST=/path/to/starter  node tests/guest/config-power.mjs [CUTS]
 *
 * 5 cuts if absent, each at another moment of the push. The guest has an SD card whose power can be cut
 * (`HALLWARD_GUEST -r -d IMAGE:DIR FOLDER COMMAND…`); board, hub and far ends are in it. The hub's retained push outlives
 * the cuts here, outside. After each cut one whole configuration must come back, old or new, and the push end applied when
 * it arrives again: config-power-round.mjs. Without a guest the test is skipped. Exit code 0: all held.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const starter = process.env.HALLWARD_GUEST;
if (starter === undefined || starter === '') {
  console.log('skipped: HALLWARD_GUEST names no guest; power cuts were not tried');
  process.exit(0);
}
const cuts = Number(process.argv[2] ?? 5);
const checkout = resolve(import.meta.dirname, '../..');
const moments = ['begun', 'half-way', 'gate', 'told', 'asked'];
const cutCode = 7;

const work = mkdtempSync(join(tmpdir(), 'hallward-config-power-'));
const card = join(work, 'sd.img');
let failures = 0;
const check = (holds, what) => {
  if (!holds) failures++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
};
/** The highest revision that was told as applied. */
let told = 0;
/** Durable events of configurations, by sequence: some come twice after a cut. */
const events = new Map();
const stores = new Set();

function guest(round, moment) {
  return new Promise((done) => {
    const options = ['-r', '-t', '300', '-d', `${card}:/data`, checkout];
    const command = ['node', 'tests/guest/config-power-round.mjs'];
    const args = [...options, ...command, '/data/hallward', String(round), String(told), moment];
    const child = spawn(starter, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const seen = { cut: undefined };
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, word, rest] = /^(EVENT|TOLD|CUT) (.*)$/.exec(line) ?? [];
      if (word === 'EVENT') keep(rest);
      else if (word === 'TOLD') told = Math.max(told, Number(rest));
      else console.log(line);
      if (word === 'CUT') seen.cut = rest;
      else if (line.startsWith('FAIL')) failures++;
    });
    child.once('close', (code) => done({ code, ...seen }));
  });
}

function keep(text) {
  const { store, sequence, type, data } = JSON.parse(text);
  stores.add(store);
  const known = events.get(sequence);
  if (known !== undefined && known.text !== text) check(false, `sequence ${sequence} has one content`);
  events.set(sequence, { type, data, text });
}

try {
  writeFileSync(card, '');
  truncateSync(card, 64 * 1024 * 1024);
  execFileSync('mkfs.ext4', ['-qF', card]);
  for (let round = 1; round <= cuts + 1 && failures === 0; round++) {
    const moment = round > cuts ? 'last' : moments[(round - 1) % moments.length];
    const { code, cut } = await guest(round, moment);
    if (moment === 'last') check(code === 0, `the last round ends in order (${code})`);
    else check(code === cutCode && cut !== undefined, `cut ${round} of ${cuts}, at "${moment}" (${code})`);
  }
  if (failures === 0) {
    const of = (type) => [...events.values()].filter((event) => event.type === type).map(({ data }) => data);
    const applied = of('config.applied').map(({ revision }) => revision);
    // Said of the file at the first start, and once of each push, however often it was begun.
    check(
      JSON.stringify(applied) === JSON.stringify(Array.from({ length: cuts + 1 }, (_, revision) => revision)),
      `each was recorded as applied once: ${applied.join(', ')}`,
    );
    const begun = of('config.rolled-back').map(({ revision }) => revision);
    check(new Set(begun).size === begun.length, `as interrupted at most once: ${begun.join(', ') || 'none'}`);
    check(stores.size === 1, 'the storage was never lost');
    console.log(`${cuts} power cuts, ${begun.length} of them before it was kept`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
