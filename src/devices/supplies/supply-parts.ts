/** What a supply sensor is made of; at least one of distance and fork. */
import { contactPart } from '../parts/contact-part.js';
import { distancePart } from '../parts/distance-part.js';

export const supplyParts = {
  distance: distancePart,
  fork: contactPart({
    'zh-CN': '出纸口光电开关：接通为有纸',
    en: 'Opto fork or microswitch where it is drawn in; active: there is some',
  }),
  door: contactPart({
    'zh-CN': '柜门触点：接通为关闭',
    en: "Contact at the cabinet's door; active: it is closed",
  }),
  full: contactPart({
    'zh-CN': '校准键“满”：装入新的一卷后按住 2 秒',
    en: 'Calibration button "full": held for 2 seconds with a new one in',
  }),
  empty: contactPart({
    'zh-CN': '校准键“空”：装入空芯后按住 2 秒',
    en: 'Calibration button "empty": held for 2 seconds with an empty core in',
  }),
};
