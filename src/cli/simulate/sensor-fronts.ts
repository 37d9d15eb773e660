/** Sensors on I2C and radars, and what can be done to them. */
import type { PartConfig } from '../../devices/kind.js';
import type { Clock } from '../../kernel/clock.js';
import {
  simulatedLd2410,
  simulatedLd2450,
  simulatedSgp4x,
  simulatedSht,
  simulatedVl53l0x,
  simulatedVl53l1x,
} from '../../simulator/index.js';
import type { BusEnds } from './bus-ends.js';
import { both, type ConnectionFront, numberBetween, type Order, order } from './front.js';

export function climateFront(
  family: 'SHT3x' | 'SHT4x',
  bus: string,
  { address }: PartConfig,
  ends: BusEnds,
  clock: Clock,
): ConnectionFront {
  const chip = simulatedSht({ family, clock });
  ends.i2c(bus).attach(Number(address), chip);
  return {
    orders: [
      order('temperature CELSIUS', both('温度变为', 'it becomes so warm'), ([celsius]) =>
        chip.temperature(numberBetween(celsius, -40, 80)),
      ),
      order('humidity PERCENT', both('湿度变为', 'it becomes so humid'), ([percent]) =>
        chip.humidity(numberBetween(percent, 0, 100)),
      ),
      ...sensirionOrders(chip),
    ],
  };
}

export function smellFront(
  model: 'SGP40' | 'SGP41',
  bus: string,
  ends: BusEnds,
  clock: Clock,
): ConnectionFront {
  const chip = simulatedSgp4x({ model, clock });
  ends.i2c(bus).attach(0x59, chip);
  return {
    orders: [
      order('air RAW', both('气味原始值，越低越难闻', 'raw signal, the lower the worse'), ([raw]) =>
        chip.air(numberBetween(raw, 0, 65_535)),
      ),
      ...sensirionOrders(chip),
    ],
  };
}

interface Powered {
  readonly power: { off(): void; on(): void };
}

function powerOrders(thing: Powered): Order[] {
  return [
    order('off', both('断电', 'takes its power'), () => thing.power.off()),
    order('on', both('通电', 'gives its power back'), () => thing.power.on()),
  ];
}

interface Troubled extends Powered {
  freeze(): void;
  thaw(): void;
  corrupt(): void;
  mend(): void;
}

function sensirionOrders(chip: Troubled): Order[] {
  return [
    order('freeze', both('数值不再变化', 'its values stay as they are'), () => chip.freeze()),
    order('thaw', both('恢复', 'they change again'), () => chip.thaw()),
    order('corrupt', both('校验错误', 'wrong check sums'), () => chip.corrupt()),
    order('mend', both('校验恢复', 'right ones again'), () => chip.mend()),
    ...powerOrders(chip),
  ];
}

export function distanceFront(
  bus: string,
  { protocol, address }: PartConfig,
  ends: BusEnds,
  clock: Clock,
): ConnectionFront {
  const chip = protocol === 'vl53l0x' ? simulatedVl53l0x(clock) : simulatedVl53l1x(clock);
  ends.i2c(bus).attach(Number(address), chip);
  return {
    orders: [
      order('distance MILLIMETRES', both('前方多远', 'how far away what it sees is'), ([distance]) =>
        chip.distance(numberBetween(distance, 0, 8_000)),
      ),
      order('nothing', both('前方没有东西', 'it sees nothing'), () => chip.nothing()),
      ...powerOrders(chip),
    ],
  };
}

export function presenceFront(bus: string, ends: BusEnds, clock: Clock): ConnectionFront {
  const radar = simulatedLd2410(ends.farEnd(bus), clock);
  ends.ends(() => radar.close());
  return {
    orders: [
      order('someone', both('有人在里面', 'somebody is inside'), () =>
        radar.someone({ movingCentimetres: 150, stillCentimetres: 150 }),
      ),
      order('nobody', both('没有人', 'nobody is'), () => radar.nobody()),
      ...powerOrders(radar),
    ],
  };
}

export function walkFront(
  bus: string,
  { lineMillimetres }: PartConfig,
  ends: BusEnds,
  clock: Clock,
): ConnectionFront {
  const radar = simulatedLd2450(ends.farEnd(bus), clock);
  ends.ends(() => radar.close());
  const line = typeof lineMillimetres === 'number' ? lineMillimetres : 2_000;
  const spot = (yMillimetres: number) => ({ xMillimetres: 0, yMillimetres });
  const [far, near] = [spot(line + 1_500), spot(Math.max(200, line - 1_500))];
  return {
    orders: [
      order('towards', both('有人走向雷达', 'somebody walks up to it'), () => {
        radar.walk(far, near);
      }),
      order('away', both('有人走开', 'somebody walks away from it'), () => {
        radar.walk(near, far);
      }),
    ],
  };
}
