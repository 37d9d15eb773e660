/** The lines of the demo's view for people in the hall and for what else stands there. */
import type { DemoModel } from './model.js';
import { type Line, type Span, type Style, span } from './spans.js';
import { hubIsTrue, labelled, type Setting, wideColumns } from './view-setting.js';
import { labels } from './words.js';

const alarming: Style = ['bold', 'yellow'];

/** How many people are really inside, and what the controller says of people, seats and who stands. */
export function roomLine({ model, language, columns }: Setting): Line {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { room } = model.hub;
  const band = ({ low, high }: { low: number; high: number }) => `${low}-${high}`;
  const people = room?.people ?? null;
  const standing = room?.standing ?? null;
  const inside =
    people === null
      ? say('控制器知道 ?', 'controller says ?')
      : say(
          `控制器知道 ${people.median} 人（${band(people)}）`,
          `controller says ${people.median} (${band(people)})`,
        );
  const taken = `${room?.taken ?? '?'}`;
  const seats = `${room?.seats ?? '?'}`;
  const wide =
    standing === null || columns < wideColumns ? '' : say(`（${band(standing)}）`, ` (${band(standing)})`);
  return labelled(
    doubted(labels.room[language], model),
    span(say(`实有 ${model.inside} 人；`, `${model.inside} inside; `)),
    span(inside),
    span(say(`，座位 ${taken}/${seats}`, `, ${taken} of ${seats} seats`)),
    span(say(`，站立 ${standing?.median ?? '?'}`, `, ${standing?.median ?? '?'} stand`)),
    span(wide),
  );
}

/** Washroom, kiosk and drinking water, as the controller says; the lamp at the washroom's door as it is. */
export function thingsLine({ model, language }: Setting): Line {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const { washroom, printer, rollPercent, water } = model.hub.things;
  const known = (value: number | null) => (value === null ? '?' : `${Math.round(value)}`);
  const percent = (value: number | null) => (value === null ? '?' : `${Math.round(value)}%`);
  const { due } = washroom;
  const state = due === null ? '?' : due ? say('待清洁', 'DUE') : say('已洁', 'clean');
  const lamp = model.washroomLamp ? '●' : '○';
  const gap = span('  ');
  return labelled(
    doubted(labels.things[language], model),
    span(say('卫生间', 'WC')),
    span(say(` ${known(washroom.visits)} 次`, ` ${known(washroom.visits)} visits`)),
    span(say(` 异味 ${known(washroom.smell)} `, ` smell ${known(washroom.smell)} `)),
    span(`${state} ${lamp}`, due === true || model.washroomLamp ? alarming : undefined),
    gap,
    span(say(`碳粉 ${percent(printer.toner)} `, `toner ${percent(printer.toner)} `), low(printer.toner)),
    stock(
      printer.paper,
      { ok: say('有纸', 'paper ok'), low: say('纸少', 'paper low'), empty: say('缺纸', 'no paper') },
      say('纸 ?', 'paper ?'),
    ),
    gap,
    span(say(`纸卷 ${percent(rollPercent)}`, `roll ${percent(rollPercent)}`), low(rollPercent)),
    gap,
    water === null
      ? span(say('水 ?', 'water ?'))
      : span(water ? say('有水', 'water ok') : say('缺水', 'no water'), water ? undefined : alarming),
  );
}

/** While the hub is away nobody there knows whether it is still so. */
function doubted(label: string, model: DemoModel): string {
  return hubIsTrue(model) ? label : `${label}?`;
}

function stock(state: string | null, words: Readonly<Record<string, string>>, unknown: string): Span {
  return span(
    (state === null ? undefined : words[state]) ?? unknown,
    state === null || state === 'ok' ? undefined : alarming,
  );
}

const low = (percent: number | null): Style | undefined =>
  percent !== null && percent <= 15 ? alarming : undefined;
