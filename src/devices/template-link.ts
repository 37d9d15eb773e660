/** Boards of letters without a public document: everything about their frames stands in a profile. */
import * as v from 'valibot';
import { HallwardError } from '../kernel/errors.js';
import { encodeFrame, templateAnswerDecoder } from '../protocols/template-frame.js';
import type { TemplateFrame, TemplateProfile } from '../protocols/template-profile.js';
import { replacement, showableText } from '../protocols/text-encoding.js';
import type { BoardText } from './board-text.js';
import type { DeviceConfig, DeviceContext, ProtocolDeclaration } from './kind.js';
import type { TextLink } from './text-link.js';
import { answerTimeoutOption, pollOption, repaintOption } from './text-options.js';

const optionsSchema = v.object({
  address: v.optional(v.number()),
  window: v.optional(v.string()),
  timeoutMilliseconds: v.optional(v.number()),
});

/** The declaration gets whatever stands under the profile's name; the configuration's check says what is wrong with it. */
function asTemplate(profile: unknown): TemplateProfile | undefined {
  const isTemplate = (profile as { protocol?: unknown } | undefined)?.protocol === 'template';
  return isTemplate ? (profile as TemplateProfile) : undefined;
}

const framesOf = ({ show, probe }: TemplateProfile): TemplateFrame[] =>
  probe === undefined ? [show] : [show, probe];

const has = (profile: TemplateProfile, part: string): boolean =>
  framesOf(profile).some(({ parts }) => parts.some((one) => one.part === part));

export const templateProtocol: ProtocolDeclaration = {
  about: {
    'zh-CN':
      '其他文字屏：帧格式由 profile 描述（config/profiles，protocol: template）；profile 有 answer 才能应答',
    en: 'Any other board of letters: its frames described by a profile (config/profiles, protocol: template), which says whether it answers',
  },
  buses: ['serial', 'tcp'],
  proofOfLife: 'none',
  proofOfLifeOf: (_, profile) => (asTemplate(profile)?.answer === undefined ? 'none' : 'answers'),
  speaks: false,
  options: {
    profile: v.pipe(
      v.string(),
      v.regex(/^[a-z0-9-]{1,40}$/, 'the name of a template profile, such as ascii-at'),
      v.description('Template profile: a file in config/profiles without its ending'),
    ),
    address: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(0xffff),
        v.description('Address of the board, where its frames have one'),
      ),
    ),
    pollMilliseconds: pollOption,
    repaintMilliseconds: repaintOption,
    timeoutMilliseconds: answerTimeoutOption(undefined),
  },
  claims: ({ address, window }, profile) => {
    const template = asTemplate(profile);
    if (template === undefined) return [];
    if (has(template, 'address')) {
      return [{ path: ['address'], text: `address ${Number(address)} of the ${template.model}` }];
    }
    if (has(template, 'window')) {
      return [{ path: ['window'], text: `window ${String(window)} of the ${template.model}` }];
    }
    return [{ path: ['bus'], text: 'every board without an address' }];
  },
  problems: (config, profile) => {
    const template = asTemplate(profile);
    if (template === undefined) return [];
    const problems: { path: readonly string[]; message: string }[] = [];
    const { address, window } = v.parse(optionsSchema, config);
    const { lowest, highest } = template.addresses;
    if (!has(template, 'address')) {
      if (address !== undefined) {
        problems.push({ path: ['address'], message: `the frames of the ${template.model} have no address` });
      }
    } else if (address === undefined) {
      problems.push({
        path: ['address'],
        message: `missing: the frames of the ${template.model} have an address`,
      });
    } else if (address < lowest || address > highest) {
      const message = `found ${address}, expected ${lowest} to ${highest}: addresses of the ${template.model}`;
      problems.push({ path: ['address'], message });
    }
    if (has(template, 'window')) {
      const problem = windowProblem(template, window);
      if (problem !== undefined) problems.push({ path: ['window'], message: problem });
    }
    return problems;
  },
};

function windowProblem(template: TemplateProfile, window: string | undefined): string | undefined {
  if (window === undefined)
    return `the frames of the ${template.model} name a window, and this board has none`;
  if (!/^\d{1,9}$/.test(window))
    return `found "${window}", expected a number: the ${template.model} knows no other`;
  try {
    for (const frame of framesOf(template))
      encodeFrame(template, frame, valuesOf(template.addresses.lowest, window));
    return undefined;
  } catch (error) {
    if (error instanceof HallwardError) return error.message;
    throw error;
  }
}

const valuesOf = (address: number, window: string | undefined) => ({
  address,
  window: window === undefined ? null : Number(window),
  sent: 0,
  lines: [] as readonly string[],
  attention: false,
});

export function templateLink(config: DeviceConfig, context: DeviceContext): TextLink {
  const profile = context.profile as TemplateProfile;
  const { address = 0, window, timeoutMilliseconds } = v.parse(optionsSchema, config);
  const { display, answer, probe, gapMilliseconds } = profile;
  const values = valuesOf(address, window);
  let sent = 0;
  const frame = (which: TemplateFrame, text?: BoardText) =>
    encodeFrame(profile, which, {
      ...values,
      sent: sent++,
      lines: text?.lines ?? [],
      attention: text?.attention ?? false,
    });
  return {
    room: {
      columns: display.columns,
      lines: display.lines,
      scrolls: false,
      showable: (text) => onlyCharacters(showableText(text, display.encoding), display.characters),
    },
    address,
    gapMilliseconds,
    show: (text) => [frame(profile.show, text)],
    ...(answer === undefined
      ? {}
      : {
          answers: {
            timeoutMilliseconds: timeoutMilliseconds ?? answer.timeoutMilliseconds,
            ...(probe === undefined ? {} : { probe: () => frame(probe) }),
            decoder: (request: Uint8Array) => templateAnswerDecoder(profile, address, request),
          },
        }),
  };
}

/** `text` with `?` for what is not among the few characters of a board. */
function onlyCharacters(text: string, characters: string | undefined): string {
  if (characters === undefined) return text;
  return Array.from(text, (each) => (characters.includes(each) ? each : replacement)).join('');
}
