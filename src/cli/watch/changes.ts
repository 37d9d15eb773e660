/** What has changed from one view to the next, in words; one line for each change. */

import type { Text } from '../../kernel/text.js';
import { chineseReason } from '../../supervisor/reason-words.js';
import { isShelved } from '../../supervisor/shelf.js';
import { faultWords } from './fault-words.js';
import type { FaultRow, HallView, Place } from './hall-view.js';
import { fullPrefix, prefixOf } from './prefix.js';
import { controllerTrouble, severityWords, stateWords, statusWords, windowWords } from './words.js';

export interface Change {
  /** Wall time at which it was heard. */
  readonly atMilliseconds: number;
  readonly text: Text;
  /** What to do about it. */
  readonly action?: Text;
  /** Too frequent for the live table. */
  readonly minor?: boolean;
}

type Found = Omit<Change, 'atMilliseconds'>;

export interface ChangeOptions {
  /** IANA name. */
  readonly timezone: string;
  /** Names with hall and controller, also where there is only one. */
  readonly fullNames: boolean;
}

const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

/**
 * Compares the views of a hub that has told everything; what is not complete is skipped, but for the loss of the hub.
 * What a lost controller brings down is told by its own line alone.
 */
export class ChangeFinder {
  #last: HallView | undefined;
  #connected = true;

  constructor(private readonly options: ChangeOptions) {}

  /** The changes since the call before; at the first complete view: what is there, as far as it matters. */
  find(view: HallView): Change[] {
    const found: Found[] = [];
    if (this.#last !== undefined && view.hub.connected !== this.#connected) {
      this.#connected = view.hub.connected;
      found.push({ text: hubChange(view) });
    }
    if (view.complete) {
      const comparison = {
        last: this.#last,
        view,
        timezone: this.options.timezone,
        prefix: this.options.fullNames ? fullPrefix : prefixOf(view),
      };
      found.push(
        ...controllerChanges(comparison),
        ...faultChanges(comparison),
        ...deviceChanges(comparison),
        ...(this.#last === undefined ? [] : callingChanges({ ...comparison, last: this.#last })),
      );
      this.#last = view;
    }
    return found.map((change) => ({ atMilliseconds: view.atMilliseconds, ...change }));
  }
}

interface Comparison {
  readonly last: HallView | undefined;
  readonly view: HallView;
  readonly timezone: string;
  readonly prefix: (place: Place) => string;
}

function hubChange({ hub: { connected, detail, url } }: HallView): Text {
  return connected
    ? both(`中心已恢复：${url}`, `The hub is back: ${url}`)
    : both(`中心断开：${chineseReason({ reason: detail })}`, `The hub is away: ${detail}`);
}

function controllerChanges({ last, view, timezone, prefix }: Comparison): Found[] {
  const before = new Map(last?.controllers.map((row) => [fullPrefix(row), row]));
  return view.controllers.flatMap((row): Found[] => {
    const known = before.get(fullPrefix(row));
    const restarted = known?.status?.session !== row.status?.session && row.state === 'online';
    if (known?.state === row.state && !restarted) return [];
    const name = prefix(row) === '' ? row.controller : prefix(row).slice(0, -1);
    const trouble = controllerTrouble(row, timezone, view.atMilliseconds);
    if (trouble !== undefined) {
      const text = both(`${name} ${trouble.text['zh-CN']}`, `${name}: ${trouble.text.en}`);
      return [{ text, action: trouble.action }];
    }
    const word = stateWords[row.state];
    const version = row.status?.version ? ` v${row.status.version}` : '';
    const again = restarted && known?.state === 'online' ? both('（已重启）', ' (restarted)') : both('', '');
    return [
      {
        text: both(
          `控制器 ${name} ${word['zh-CN']}${version}${again['zh-CN']}`,
          `${name} ${word.en}${version}${again.en}`,
        ),
      },
    ];
  });
}

function faultChanges({ last, view, timezone, prefix }: Comparison): Found[] {
  const keyOf = (row: FaultRow) => `${fullPrefix(row)}${row.device}/${row.code}`;
  const before = new Map(last?.faults.map((row) => [keyOf(row), row]));
  const found: Found[] = [];
  const moment = { timezone, atMilliseconds: view.atMilliseconds };
  const say = (chinese: string, english: string, row: FaultRow) => {
    const where = `${prefix(row)}${row.device}`;
    const severity = severityWords[row.fault.severity];
    return both(
      `${chinese}（${severity['zh-CN']}）${where}：${faultWords(row, 'zh-CN', moment)}`,
      `${english} (${severity.en}) ${where}: ${faultWords(row, 'en', moment)}`,
    );
  };
  for (const row of view.faults) {
    const known = before.get(keyOf(row));
    before.delete(keyOf(row));
    if (row.doubt !== null) continue;
    const action = isShelved(row.fault) ? {} : { action: row.fault.action };
    if (known === undefined) {
      found.push({ text: say('故障', 'Fault', row), ...action });
    } else if (known.fault.acknowledged === null && row.fault.acknowledged !== null) {
      found.push({ text: say('故障已确认', 'Fault seen', row) });
    } else if (row.fault.shelved !== null && known.fault.shelved?.until !== row.fault.shelved.until) {
      found.push({ text: say('故障已搁置', 'Fault shelved', row) });
    } else if (known.fault.shelved !== null && row.fault.shelved === null) {
      found.push({ text: say('故障搁置结束', 'Fault no longer shelved', row), ...action });
    }
  }
  for (const row of before.values()) found.push({ text: say('故障恢复', 'Fault over', row) });
  return found;
}

function deviceChanges({ last, view, prefix }: Comparison): Found[] {
  const before = new Map(last?.devices.map((row) => [`${fullPrefix(row)}${row.device}`, row]));
  return view.devices.flatMap((row): Found[] => {
    const known = before.get(`${fullPrefix(row)}${row.device}`);
    // Its controller's own line says why the others are unknown.
    if (row.status === null && row.doubt !== 'unreadable') return [];
    if (known !== undefined && known.state?.status === row.state?.status) return [];
    if (known === undefined && row.status === 'good') return [];
    const status = statusWords[row.status ?? 'unknown'];
    const name = `${prefix(row)}${row.device}`;
    return [{ text: both(`设备 ${name} ${status['zh-CN']}`, `${name}: ${status.en}`) }];
  });
}

/** Windows, queues and supplies. */
function callingChanges({ last, view, prefix }: Comparison & { readonly last: HallView }): Found[] {
  const windows = new Map(last.windows.map((row) => [`${fullPrefix(row)}${row.window}`, row.state]));
  const queues = new Map(last.queues.map((row) => [`${fullPrefix(row)}${row.queue}`, row.state]));
  const supplyKey = (row: HallView['supplies'][number]) => `${fullPrefix(row)}${row.device}/${row.supply}`;
  const supplies = new Map(last.supplies.map((row) => [supplyKey(row), row.state]));
  const found: Found[] = [];
  for (const row of view.windows) {
    const known = windows.get(`${fullPrefix(row)}${row.window}`);
    const same = known?.state === row.state?.state && known?.number === row.state?.number;
    if (row.doubt !== null || same) continue;
    const words = both(windowWords(row, 'zh-CN', prefix(row)), windowWords(row, 'en', prefix(row)));
    found.push({ text: both(`窗口 ${words['zh-CN']}`, `window ${words.en}`) });
  }
  for (const row of view.queues) {
    const known = queues.get(`${fullPrefix(row)}${row.queue}`);
    if (row.doubt !== null || row.state === null || known?.waiting === row.state.waiting) continue;
    const name = `${prefix(row)}${row.queue}`;
    const { waiting } = row.state;
    found.push({
      text: both(`排队 ${name} 等候 ${waiting}`, `queue ${name}: ${waiting} waiting`),
      minor: true,
    });
  }
  for (const row of view.supplies) {
    if (row.doubt !== null || !supplies.has(supplyKey(row)) || supplies.get(supplyKey(row)) === row.state)
      continue;
    const name = `${prefix(row)}${row.device} ${row.supply}`;
    found.push({ text: both(`耗材 ${name} ${row.state ?? '?'}`, `supply ${name}: ${row.state ?? '?'}`) });
  }
  return found;
}
