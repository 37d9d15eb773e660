import { figures } from './figures.mjs';
import { median } from './statistics.mjs';

/** The results as a Markdown table, aligned for the terminal, too. */
export function table(results, names) {
  const rows = [['', ...names, 'ratio', 'target', 'holds']];
  const append = appendOf(results);
  for (const figure of figures) {
    const rounds = (name) =>
      results.filter((one) => one.measure === figure.measure && one.candidate === name);
    const cells = names.map((name) => cell(figure, rounds(name)));
    if (cells.every((text) => text === '-')) continue;
    rows.push([figure.title, ...cells, ...judged(figure, rounds('floor'), rounds('hallward'), append)]);
  }
  if (append !== undefined) {
    const text = `${append.p50.toFixed(2)} / ${append.p99.toFixed(2)}`;
    rows.push(['one synced append p50 / p99, ms', text, ...Array(names.length + 2).fill('')]);
  }
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const lines = rows.map(
    (row) => `| ${row.map((text, column) => text.padEnd(widths[column])).join(' | ')} |`,
  );
  lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  return lines.join('\n');
}

/** Ratio to the floor, the target in figures of this run, and whether it holds. */
function judged(figure, floorRounds, hallwardRounds, append) {
  const good = (rounds) => rounds.filter(({ error }) => error === undefined);
  const [floor, value] = [good(floorRounds), good(hallwardRounds)].map((rounds) =>
    rounds.length === 0 ? undefined : figure.value(rounds),
  );
  if (value === undefined) return ['', '', ''];
  const isShare = figure.title.includes('arrived');
  const ratio = isShare || !(floor > 0) ? '' : (value / floor).toFixed(2);
  const hasGround = figure.absolute || (floor !== undefined && append !== undefined);
  if (figure.target === undefined || !hasGround) return [ratio, '', ''];
  const { words, holds } = figure.target(floor, append);
  return [ratio, words.trim(), holds(value, good(hallwardRounds)) ? 'yes' : 'no'];
}

function cell(figure, rounds) {
  const good = rounds.filter(({ error }) => error === undefined);
  if (good.length > 0) return figure.show(good);
  return rounds.length > 0 ? 'failed' : '-';
}

function appendOf(results) {
  const rounds = results.filter(({ measure }) => measure === 'append');
  if (rounds.length === 0) return undefined;
  return {
    p50: median(rounds.map(({ p50Milliseconds }) => p50Milliseconds)),
    p99: median(rounds.map(({ p99Milliseconds }) => p99Milliseconds)),
  };
}
