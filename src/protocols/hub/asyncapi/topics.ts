/** Every topic that a controller publishes or hears besides events, commands and replies. */
import type * as v from 'valibot';
import type { Text } from '../../../kernel/text.js';
import { claimSchema, followingSchema, leadingSchema, waitingSchema } from '../hall-payloads.js';
import * as payloads from '../payload-schemas.js';
import { topicsOf } from '../topics.js';

/** Addresses with the names of their parameters: `hallward/v1/{hall}/{controller}/device/{device}`. */
export const addresses = topicsOf('{hall}', '{controller}');

export interface TopicDeclaration {
  readonly address: string;
  readonly about: Text;
  readonly payload: v.GenericSchema;
  readonly qos: 0 | 1;
  /** `while-true`: an empty retained message takes it away. */
  readonly retained: false | 'always' | 'while-true';
  /** The controller itself sends it, hears it from others, or both. */
  readonly does: readonly ('send' | 'receive')[];
}

export const topicDeclarations: Readonly<Record<string, TopicDeclaration>> = {
  status: {
    address: addresses.status,
    about: {
      'zh-CN': '控制器状态，也是遗嘱；MQTT 5 下每10秒重发，25秒过期：没有即未知',
      en: 'State of the controller, also its will; on MQTT 5 sent every 10 s with an expiry of 25 s: absent means unknown',
    },
    payload: payloads.controllerStatus,
    qos: 1,
    retained: 'always',
    does: ['send', 'receive'],
  },
  device: {
    address: addresses.device('{device}'),
    about: {
      'zh-CN': '一台设备的最新状态；仅在同一 session 的 status 为 online 时有效',
      en: 'Latest state of a device; holds only while status is online with the same session',
    },
    payload: payloads.deviceState,
    qos: 1,
    retained: 'while-true',
    does: ['send', 'receive'],
  },
  fault: {
    address: addresses.fault('{device}', '{code}'),
    about: {
      'zh-CN': '一个存在的故障；消除后以空消息清除',
      en: 'A fault while it stands; then an empty retained message',
    },
    payload: payloads.faultState,
    qos: 1,
    retained: 'while-true',
    does: ['send'],
  },
  queue: {
    address: addresses.queue('{queue}'),
    about: { 'zh-CN': '一个业务队列的现状', en: 'A queue as it is now' },
    payload: payloads.queueState,
    qos: 1,
    retained: 'while-true',
    does: ['send'],
  },
  window: {
    address: addresses.window('{window}'),
    about: { 'zh-CN': '一个窗口的现状', en: 'A window as it is now' },
    payload: payloads.windowState,
    qos: 1,
    retained: 'while-true',
    does: ['send'],
  },
  channels: {
    address: addresses.channels,
    about: {
      'zh-CN': '现在不工作的告知方式，以及由什么代替',
      en: 'Ways of telling people that do not work now, and what carries on',
    },
    payload: payloads.channelsState,
    qos: 1,
    retained: 'while-true',
    does: ['send'],
  },
  room: {
    address: addresses.room,
    about: { 'zh-CN': '等候区：座位、人数、站立人数', en: 'The waiting area: seats, people, who stands' },
    payload: payloads.roomState,
    qos: 1,
    retained: 'while-true',
    does: ['send'],
  },
  ratings: {
    address: addresses.ratings,
    about: {
      'zh-CN': '评价链的最新一环，由本机签名',
      en: 'The head of the chain of ratings, sealed by the board',
    },
    payload: payloads.ratingsState,
    qos: 1,
    retained: 'while-true',
    does: ['send'],
  },
  health: {
    address: addresses.health,
    about: { 'zh-CN': '控制器自身状况，每30秒一次', en: 'How the controller itself fares, every 30 s' },
    payload: payloads.health,
    qos: 0,
    retained: false,
    does: ['send'],
  },
  claim: {
    address: addresses.claim('{queue}'),
    about: { 'zh-CN': '本机负责这个队列', en: 'This controller leads a queue' },
    payload: claimSchema,
    qos: 1,
    retained: 'while-true',
    does: ['send', 'receive'],
  },
  waiting: {
    address: addresses.waiting('{queue}'),
    about: {
      'zh-CN': '队列中等候的人，供可接管的控制器使用，至多每秒一次',
      en: 'Who waits in a queue, for a controller that could take over; at most one a second',
    },
    payload: waitingSchema,
    qos: 1,
    retained: 'while-true',
    does: ['send', 'receive'],
  },
  leading: {
    address: addresses.leading,
    about: { 'zh-CN': '主机的心跳，每2秒一次', en: 'Heartbeat of a leader, every 2 s' },
    payload: leadingSchema,
    qos: 0,
    retained: false,
    does: ['send', 'receive'],
  },
  following: {
    address: addresses.following,
    about: { 'zh-CN': '从机对心跳的应答', en: 'Answer of a hand to a heartbeat' },
    payload: followingSchema,
    qos: 0,
    retained: false,
    does: ['send', 'receive'],
  },
  'config.desired': {
    address: addresses.configDesired,
    about: { 'zh-CN': '要求的配置，保留消息', en: 'The configuration that is asked for' },
    payload: payloads.configDesired,
    qos: 1,
    retained: 'always',
    does: ['receive'],
  },
  'config.reported': {
    address: addresses.configReported,
    about: { 'zh-CN': '配置的结果，以及正在运行的配置', en: 'What became of a configuration, and what runs' },
    payload: payloads.configReported,
    qos: 1,
    retained: 'always',
    does: ['send'],
  },
};
