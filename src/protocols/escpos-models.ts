/**
 * Printers that follow ESC/POS in part, as data. What is not said here is as Epson has it (escpos-status.ts); what a
 * model's manual leaves open is not guessed. Whoever has another printer sets the options one by one.
 */
import {
  type AsbErrorBit,
  type NearEndBits,
  type RealtimeQuestion,
  realtimeQuestions,
} from './escpos-status.js';

export interface EscposModel {
  readonly title: string;
  /** Characters in a row. */
  readonly columns?: 32 | 42 | 48;
  /** The questions of DLE EOT that are answered by Epson's bits; all four if absent. */
  readonly answers?: readonly RealtimeQuestion[];
  /** Questions that are answered by bits of its own: proof that it lives, and no more. */
  readonly opaque?: readonly RealtimeQuestion[];
  /** Bits of the answer to GS r 1 that mean "near end". */
  readonly nearEnd?: NearEndBits;
  /** A DIP switch makes it tell changes from power-on: blocks come that nobody asked for. */
  readonly asbFromPowerOn?: true;
  /** What bit 2 of the second byte of a block means. */
  readonly asbErrorBit?: AsbErrorBit;
  /** The only way in which it cuts. */
  readonly cut?: 'full' | 'partial';
  /** It is in Chinese mode after power-on: each job must say FS . before text of one byte a character. */
  readonly startsInChinese?: true;
  /** Where this stands, and what of it. */
  readonly source: string;
}

export const escposModels = {
  'epson-tm': {
    title: 'Epson TM series (TM-T88, TM-L60II)',
    source:
      'technical manuals of the TM series: DLE EOT 1 to 4, GS r, GS a, GS V 65 and 66; the rule for all others',
  },
  'epson-tm-u220': {
    title: 'Epson TM-U220',
    asbFromPowerOn: true,
    source: 'manual of the TM-U220: GS a, default n = 2 by DIP switch',
  },
  'hprt-tp80k': {
    title: 'HPRT TP80K',
    columns: 48,
    asbFromPowerOn: true,
    source:
      'manual of the TP80K: GS a with bits 0, 1 and 3, and the same DIP switch as the TM-U220; paper of 80 mm',
  },
  'samsung-srp-350': {
    title: 'Samsung / Bixolon SRP-350',
    source: 'manual of the SRP-350: DLE EOT as Epson',
  },
  'citizen-cbm1000': {
    title: 'Citizen CBM1000 and its family, with black-mark sensor',
    asbErrorBit: 'black-mark',
    source: 'manual of the CBM1000: DLE EOT as Epson; in GS a byte 2 bit 2 is the black-mark error',
  },
  'sprt-sp91': {
    title: 'SPRT SP91',
    startsInChinese: true,
    source: 'manual of the SP91: powers up in Chinese mode; FS & matters only with code system GB18030',
  },
  'sprt-sp-eu58iii': {
    title: 'SPRT SP-EU58III',
    columns: 32,
    source: 'manual of the SP-EU58III: GS V 65 and 66, FS &, FS . as Epson; paper of 58 mm',
  },
  'ep-360': {
    title: 'EP-360',
    nearEnd: 'bits23',
    source: 'manual of the EP-360: GS r 1 says "near end" in bits 2 and 3, where Epson has the end',
  },
  'microcom-814m': {
    title: 'Microcom 814M',
    cut: 'full',
    source: 'manual of the 814M: GS V 66 is a full cut, too',
  },
  'maxim-mob-58': {
    title: 'Maxim MOB-58',
    columns: 32,
    answers: [],
    opaque: [1, 4],
    source: 'manual of the MOB-58: DLE EOT 1 and 4 alone, with other bits than Epson; paper of 58 mm',
  },
  'custom-p80c': {
    title: 'CUSTOM P80C',
    answers: [2],
    source: 'manual of the P80C: DLE EOT 2 alone',
  },
} as const satisfies Readonly<Record<string, EscposModel>>;

type EscposModelName = keyof typeof escposModels;

export const escposModelNames = Object.keys(escposModels) as EscposModelName[];

/** What a printer's options are where its configuration says nothing of them. */
interface ModelDefaults {
  readonly columns: 32 | 42 | 48;
  readonly nearEnd: NearEndBits;
  readonly asb: boolean;
  readonly cut: 'full' | 'partial';
  readonly confirm: 'buffered' | 'realtime';
  readonly questions: readonly RealtimeQuestion[];
  readonly opaque: readonly RealtimeQuestion[];
  readonly asbErrorBit: AsbErrorBit;
}

/**
 * Defaults of a model; those of an Epson without one. GS a and GS r are tried with all of them: no manual at hand says
 * that a model takes harm from either, and who does not answer GS r is found out after two papers.
 */
export function modelDefaults(name?: EscposModelName): ModelDefaults {
  const model: EscposModel | undefined = name === undefined ? undefined : escposModels[name];
  const answers = model?.answers ?? realtimeQuestions;
  const opaque = model?.opaque ?? [];
  return {
    columns: model?.columns ?? 48,
    nearEnd: model?.nearEnd ?? 'epson',
    asb: true,
    cut: model?.cut ?? 'full',
    confirm: 'buffered',
    questions: realtimeQuestions.filter(
      (question) => answers.includes(question) || opaque.includes(question),
    ),
    opaque,
    asbErrorBit: model?.asbErrorBit ?? 'mechanical',
  };
}
