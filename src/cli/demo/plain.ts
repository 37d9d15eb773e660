/** The demo as lines of text, for pipes, logs and screen readers. */
import type { Language } from '../../kernel/text.js';
import type { DemoModel, Told } from './model.js';
import { printable } from './spans.js';
import { labels, real, timeOfDay, toldWords } from './words.js';

/** The first lines: what this is, where to look and to listen. */
export function plainGreeting(model: DemoModel, language: Language): string[] {
  const { hall, controller, port, pages } = model;
  const place = `${labels.hall[language]} ${hall}, ${labels.controller[language]} ${controller}`;
  const command = `mosquitto_sub -h 127.0.0.1 -p ${port} -v -t 'hallward/#'`;
  const end = language === 'en' ? 'Ctrl-C ends it.' : '按 Ctrl-C 结束。';
  return [
    `${labels.title[language]}: ${place}`,
    real[language],
    `${labels.pages[language]}: ${pages}`,
    `${labels.listen[language]}: ${command}`,
    end,
  ];
}

/** One thing that happened; a fault with what to do about it. Nothing for what the kiosk's commands leave behind. */
export function plainLines(told: Told, timezone: string, language: Language): string[] {
  const event = 'event' in told ? told.event : undefined;
  if (event?.type === 'command.done') return [];
  const line = `${timeOfDay(told.atMilliseconds, timezone)}  ${toldWords(told)[language]}`;
  const lines = [line];
  if (event?.type === 'fault.raised') {
    lines.push(`          ${labels.do[language]} ${event.data.action[language]}`);
  }
  return lines.map(printable);
}

/** The last line: what was proved. */
export function farewell(model: DemoModel, language: Language): string {
  const { sequence, lost, doubled } = model.hub.events;
  const { issued, twice } = model.numbers;
  return language === 'en'
    ? `The demo is over: ${sequence} events, ${lost} lost, ${doubled} doubled; ${issued} numbers, ${twice} given twice; no file is left.`
    : `演示结束：共 ${sequence} 条事件，丢失 ${lost}，重复 ${doubled}；发号 ${issued} 个，重号 ${twice}；没有留下任何文件。`;
}
