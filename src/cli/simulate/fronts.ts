/** The front panels of the devices that are simulated: what a person can do to each, and see of it. */
import type { DeviceConfig } from '../../devices/kind.js';
import type { Clock } from '../../kernel/clock.js';
import type { Slip } from '../../simulator/escpos-slips.js';
import type { FarEnd } from '../../simulator/far-end.js';
import {
  type SimulatedAudioPanel,
  type SimulatedHt16k33,
  type SimulatedIppPrinter,
  type SimulatedMcp23017,
  type SimulatedPanel,
  type SimulatedSnmpPrinter,
  type SimulatedVoice,
  simulatedKeypad,
  simulatedPrinter,
  simulatedRatingLine,
} from '../../simulator/index.js';
import {
  both,
  type Front,
  type LineEnd,
  numberBetween,
  numberUpTo,
  type Order,
  oneOf,
  order,
  type Tell,
} from './front.js';

const levels = ['1', '2', '3', '4', '5'];
const pressMilliseconds = 120;

/** A keypad or rating buttons that send bytes. */
export function keypadFront(config: DeviceConfig, farEnd: FarEnd): Front {
  const keys = config.keys as Readonly<Record<string, string>>;
  const keypad = simulatedKeypad(farEnd, keys);
  const about = both('按下这个键', 'presses the key');
  return {
    what: config.kind,
    orders: [
      ...Object.keys(keys).map((key) => order(key, about, () => keypad.press(key))),
      order('bounce KEY', both('接触不良的按键', 'a press that bounces'), ([key]) =>
        keypad.bounce(oneOf(key, Object.keys(keys))),
      ),
    ],
  };
}

/** Rating buttons of many windows on one line of text. */
export function ratingLineFront(config: DeviceConfig, farEnd: FarEnd): Front {
  const pattern = String(config.pattern);
  const line = simulatedRatingLine(farEnd, {
    format: (window, level) => `${pattern.replace('{window}', window).replace('{level}', level)}\n`,
  });
  const [usage, fixed] = pattern.includes('{window}') ? ['rate WINDOW LEVEL', undefined] : ['rate LEVEL', ''];
  return {
    what: config.kind,
    orders: [
      order(usage, both('评价，5 为非常满意', 'a rating, 5 very satisfied'), (args) => {
        const [window = '', level] = fixed === undefined ? args : [fixed, args[0]];
        line.rate(window, oneOf(level, levels));
      }),
    ],
  };
}

/** A numeric panel. */
export function panelFront(name: string, panel: SimulatedPanel, tell: Tell): Front {
  panel.onShown(({ text }) => tell(name, both(`显示 [${text}]`, `shows [${text}]`)));
  return {
    what: 'window-board',
    sees: () => `[${panel.shows()}]`,
    orders: [
      order('off', both('断电', 'takes its power'), () => panel.power.off()),
      order('on', both('通电', 'gives its power back'), () => panel.power.on()),
    ],
  };
}

/** A ticket printer; each slip is told as a person would read it. */
export function printerFront(name: string, farEnd: FarEnd, clock: Clock, tell: Tell): Front {
  const printer = simulatedPrinter(farEnd, clock);
  printer.onSlip((slip) => {
    const words = slipWords(slip);
    tell(name, both(`出纸：${words}`, `prints: ${words}`));
  });
  const switches: readonly Order[] = [
    order('low', both('纸将尽', 'its roll is nearly empty'), () => printer.paper.runLow()),
    order('out', both('纸用尽', 'its roll is empty'), () => printer.paper.runOut()),
    order('end LINES', both('再打几行就没纸', 'its roll ends after so many lines'), ([lines]) =>
      printer.paper.endAfterLines(numberUpTo(lines, 1000)),
    ),
    order('load', both('换上新纸卷', 'gets a new roll'), () => printer.paper.load()),
    order('open', both('打开上盖', 'its cover is opened'), () => printer.cover.open()),
    order('close', both('合上上盖', 'its cover is closed'), () => printer.cover.close()),
    order('jam', both('切刀卡住', 'its cutter jams at the next cut'), () => printer.cutter.jam()),
    order('free', both('排除卡刀', 'its cutter is freed'), () => printer.cutter.free()),
    order('off', both('断电', 'takes its power'), () => printer.power.off()),
    order('on', both('通电', 'gives its power back'), () => printer.power.on()),
  ];
  return { what: 'ticket-printer', orders: switches };
}

function slipWords({ lines, qr, complete }: Slip): string {
  const text = lines.map((line) => line.text.trim()).filter((line) => line !== '');
  const codes = qr.map((content) => `QR ${content}`);
  return [...text, ...codes, ...(complete ? [] : ['✂ …'])].join(' | ');
}

/** Seats whose switches hang on a chip. */
export function seatsFront(config: DeviceConfig, chip: SimulatedMcp23017, pins: readonly number[]): Front {
  const taken = new Set<number>();
  const put = (seat: number, isTaken: boolean) => {
    const pin = chip.pin(pins[seat - 1]!);
    // An open switch leaves its pin to the pull-up; the other way round it is pulled down outside.
    if (config.activeLow === false) isTaken ? pin.high() : pin.low();
    else isTaken ? pin.low() : pin.float();
    if (isTaken) taken.add(seat);
    else taken.delete(seat);
  };
  for (let seat = 1; seat <= pins.length; seat++) put(seat, false);
  return {
    what: config.kind,
    sees: () => `${taken.size}/${pins.length}`,
    orders: [
      order('sit SEAT', both('有人坐下', 'somebody sits down'), ([seat]) =>
        put(numberUpTo(seat, pins.length), true),
      ),
      order('rise SEAT', both('有人起身', 'somebody rises'), ([seat]) =>
        put(numberUpTo(seat, pins.length), false),
      ),
      order('off', both('芯片断电', 'takes the power of its chip'), () => chip.power.off()),
      order('on', both('芯片通电', 'gives its power back'), () => chip.power.on()),
    ],
  };
}

/** Rating buttons on GPIO lines. */
export function buttonsFront(
  config: DeviceConfig,
  lineOf: (line: unknown) => LineEnd | undefined,
  clock: Clock,
): Front {
  const buttons = config.buttons as Readonly<Record<string, unknown>>;
  /** A line with a name of its own has no far end here: the simulated chip knows `GPIO17` and the like. */
  const close = (line: LineEnd | undefined) => (config.activeLow === true ? line?.low() : line?.high());
  const lamp = config.lamp === undefined ? undefined : lineOf(config.lamp);
  const lit = config.lampActiveLow === true ? 'low' : 'high';
  return {
    what: config.kind,
    ...(lamp === undefined ? {} : { sees: () => (lamp.driven() === lit ? '●' : '○') }),
    orders: [
      ...Object.entries(buttons).map(([level, line]) =>
        order(level, both('按下这个键', 'presses the button'), () => {
          const button = lineOf(line);
          close(button);
          clock.after('button released', pressMilliseconds, () => button?.floats());
        }),
      ),
      order('hold LEVEL', both('按住不放（卡住）', 'holds the button: stuck'), ([level]) =>
        close(lineOf(buttons[oneOf(level, Object.keys(buttons))])),
      ),
      order('release LEVEL', both('松开', 'lets it go'), ([level]) =>
        lineOf(buttons[oneOf(level, Object.keys(buttons))])?.floats(),
      ),
    ],
  };
}

/** A button of the hall, or the contact of its fire alarm. */
export function hallButtonFront(config: DeviceConfig, line: LineEnd | undefined, clock: Clock): Front {
  const close = () => (config.activeLow === true ? line?.low() : line?.high());
  const open = () => line?.floats();
  if (config.does !== 'fire') {
    return {
      what: config.kind,
      orders: [
        order('press', both('按下', 'presses it'), () => {
          close();
          clock.after('button released', pressMilliseconds, open);
        }),
        order('hold', both('按住不放（卡住）', 'holds it: stuck'), close),
        order('release', both('松开', 'lets it go'), open),
      ],
    };
  }
  const [alarm, quiet] = config.normallyClosed === true ? [open, close] : [close, open];
  quiet();
  return {
    what: config.kind,
    orders: [
      order('alarm', both('消防报警', 'the fire alarm goes off'), alarm),
      order('over', both('报警解除', 'the alarm is over'), quiet),
      order('cut', both('线路断开', 'its wire is cut'), open),
    ],
  };
}

/** A lamp or buzzer. */
export function signalFront(config: DeviceConfig, line: LineEnd | undefined): Front {
  const on = config.activeLow === true ? 'low' : 'high';
  return {
    what: config.kind,
    sees: () => (line?.driven() === on ? '●' : '○'),
    orders: [],
  };
}

/** A speech module; what a person hears is told. */
export function voiceFront(name: string, voice: SimulatedVoice, tell: Tell): Front {
  voice.onHeard(({ text, sounds, volume, complete }) => {
    const words = [...sounds.map((sound) => `♪ ${sound}`), ...(text === '' ? [] : [text])].join(' ');
    const end = complete ? '' : ' ✂';
    tell(name, both(`播报（音量 ${volume}）：${words}${end}`, `says at volume ${volume}: ${words}${end}`));
  });
  return {
    what: 'voice',
    sees: () => (voice.saying === undefined ? '' : `♪ ${voice.saying}`),
    orders: [
      order('stick', both('一直忙（卡住）', 'hangs in BUSY'), () => voice.stickBusy()),
      order('weak', both('供电不足，播报时重启一次', 'starts anew once while it speaks'), () =>
        voice.brownOut(1),
      ),
      order('off', both('断电', 'takes its power'), () => voice.power.off()),
      order('on', both('通电', 'gives its power back'), () => voice.power.on()),
    ],
  };
}

/** A loudspeaker at the board's own sound card. */
export function speakersFront(name: string, panel: SimulatedAudioPanel, tell: Tell): Front {
  panel.onHeard(({ said, volumePercent, complete }) => {
    const words = typeof said === 'number' ? '♪' : said;
    const end = complete ? '' : ' ✂';
    tell(
      name,
      both(`播报（音量 ${volumePercent}%）：${words}${end}`, `says at ${volumePercent} %: ${words}${end}`),
    );
  });
  return {
    what: 'voice',
    orders: [
      order('hang', both('播放卡住', 'its sound does not come to an end'), () => panel.hang()),
      order('go', both('播放恢复', 'it goes again'), () => panel.hang(false)),
    ],
  };
}

/** A printer on the network. */
export function networkPrinterFront(printer: SimulatedSnmpPrinter | SimulatedIppPrinter): Front {
  const toner = (level: number) =>
    'supply' in printer ? printer.supply('black').set(level) : printer.marker('black').set(level);
  return {
    what: 'printer',
    orders: [
      order('out', both('纸用尽', 'it is out of paper'), () => printer.paper.runOut()),
      order('low', both('纸将尽', 'it is low on paper'), () => printer.paper.runLow()),
      order('load', both('装纸', 'paper is put in'), () => printer.paper.load()),
      order('toner PERCENT', both('墨粉余量', 'so much toner is left'), ([percent]) =>
        toner(numberBetween(percent, 0, 100)),
      ),
      order('open', both('打开上盖', 'its cover is opened'), () => printer.cover.open()),
      order('close', both('合上上盖', 'its cover is closed'), () => printer.cover.close()),
      order('jam', both('卡纸', 'paper jams in it'), () => printer.jam()),
      order('free', both('排除卡纸', 'the jam is cleared'), () => printer.free()),
      order('off', both('断电', 'takes its power'), () => void printer.power.off()),
      order('on', both('通电', 'gives its power back'), () => void printer.power.on()),
    ],
  };
}

/** Four digits at the end of two wires. */
export function digitsFront(chip: SimulatedHt16k33): Front {
  return {
    what: 'window-board',
    sees: () => `[${chip.shows()}]`,
    orders: [
      order('off', both('断电', 'takes its power'), () => chip.power.off()),
      order('on', both('通电', 'gives its power back'), () => chip.power.on()),
    ],
  };
}
