/** What a washroom is made of. Each part is optional, but one has to be there by which cleaning can become due. */
import { climatePart } from '../parts/climate-part.js';
import { contactPart } from '../parts/contact-part.js';
import { passagePart } from '../parts/passage-part.js';
import { presencePart } from '../parts/presence-part.js';
import { smellDeclaration } from '../parts/smell-part.js';
import { lampDeclaration } from './cleaning-lamp.js';
import { cubiclesPart } from './cubicles-part.js';
import { floorPart } from './floor-part.js';

export const floorNames = ['floor', 'floor-2', 'floor-3', 'floor-4'] as const;
export const supplyNames = ['soap', 'towels', 'paper'] as const;
export type WashroomSupply = (typeof supplyNames)[number];

/** Those by which cleaning can become due. */
export const dueParts = ['visitors', 'presence', 'smell', ...floorNames] as const;

export const washroomParts = {
  visitors: passagePart({ 'zh-CN': '门口人次计数器', en: 'Visitor counter at the door' }),
  presence: presencePart({
    'zh-CN': '室内存在感应雷达；没有 visitors 时也用来计人次',
    en: 'Presence radar inside; it counts visits where there is no part visitors',
  }),
  cubicles: cubiclesPart,
  smell: { ...smellDeclaration, about: { 'zh-CN': '异味传感器', en: 'Smell sensor' } },
  climate: {
    ...climatePart,
    about: { 'zh-CN': '温湿度传感器', en: 'Climate sensor: temperature and humidity of the air' },
  },
  floor: floorPart({ 'zh-CN': '地面水浸探头', en: 'Floor probe: whether the floor is wet' }),
  'floor-2': floorPart({ 'zh-CN': '第二个地面水浸探头', en: 'Second floor probe' }),
  'floor-3': floorPart({ 'zh-CN': '第三个地面水浸探头', en: 'Third floor probe' }),
  'floor-4': floorPart({ 'zh-CN': '第四个地面水浸探头', en: 'Fourth floor probe' }),
  lamp: lampDeclaration,
  button: contactPart({
    'zh-CN': '保洁员按键：清洁完按住 1 秒',
    en: "Cleaner's button: held for a second when it is clean",
  }),
  soap: contactPart({ 'zh-CN': '洗手液触点：接通为空', en: 'Soap contact; active: empty' }),
  towels: contactPart({ 'zh-CN': '擦手纸触点：接通为空', en: 'Paper towel contact; active: empty' }),
  paper: contactPart({ 'zh-CN': '厕纸触点：接通为空', en: 'Toilet paper contact; active: empty' }),
} as const;
