/**
 * Facility (公共设施): any point of the hall that somebody should look after and nobody does, by one contact or one measured
 * value: a water dispenser that is empty, a charging point that is dead, a help cord (求助), an air conditioner that does not
 * cool, a bin that is full. What its alarm means and what to do first stands in the configuration.
 */
import type { DeviceKind } from '../kind.js';
import { createFacilityAnalog, facilityAnalog } from './facility-analog.js';
import { createFacilityContact, facilityContact } from './facility-contact.js';
import { facilityFaults } from './facility-faults.js';
import { wordOptions } from './facility-options.js';

export const facility: DeviceKind = {
  kind: 'facility',
  title: { 'zh-CN': '公共设施', en: 'Facility' },
  about: {
    'zh-CN':
      '任意一个开关量或模拟量：饮水机缺水、充电桩断电、求助拉绳、空调不制冷、垃圾桶满，报警文字和处理办法自己写',
    en: 'Any contact or measured value: an empty water dispenser, a dead charging point, a help cord, a full bin; with words of its own',
  },
  options: wordOptions,
  protocols: {
    contact: facilityContact,
    analog: facilityAnalog,
  },
  readings: {
    active: {
      about: {
        'zh-CN': '触点动作（不一定是报警，见 alarmWhen）',
        en: 'Its contact is active, alarm or not (alarmWhen)',
      },
    },
    value: { about: { 'zh-CN': '测量值', en: 'What is measured, in the unit beside it' } },
    unit: { about: { 'zh-CN': '测量值的单位', en: 'Unit of the value' } },
  },
  faults: facilityFaults,
  create(config, context) {
    return config.protocol === 'analog'
      ? createFacilityAnalog(config, context)
      : createFacilityContact(config, context);
  },
};
