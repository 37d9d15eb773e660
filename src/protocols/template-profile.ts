/**
 * Boards for which no document is public: their frames as data, one profile file (YAML) for each model, checked by
 * `templateProfileSchema`. `template-frame.ts` makes and reads the frames.
 */
import * as v from 'valibot';
import { parseHex } from '../kernel/bytes.js';
import { checksumKinds } from './checksums.js';
import { frameProblems } from './template-checks.js';
import { textEncodings } from './text-encoding.js';

const about = <Schema extends v.GenericSchema>(schema: Schema, text: string) =>
  v.pipe(schema, v.description(text));

const whole = (lowest: number, highest: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(lowest), v.maxValue(highest));

const hexOf = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => {
        const length = text.trim() === '' ? 0 : (parseHex(text)?.length ?? -1);
        return length >= least && length <= most;
      },
      `${least === most ? least : `${least} to ${most}`} bytes in hex, in quotes`,
    ),
  );

const name = v.optional(
  about(
    v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/, 'a name: a-z, 0-9 and "-"')),
    'What length, checksum and escape call this part',
  ),
);

/** How a number is written. */
const written = {
  as: v.optional(
    about(v.picklist(['binary', 'decimal', 'hex']), 'binary, or digits as ASCII text with leading zeros'),
    'binary',
  ),
  bytes: v.optional(about(whole(1, 8), 'Bytes that it takes; at most 4 as binary'), 1),
  order: v.optional(
    about(v.picklist(['low-first', 'high-first']), 'Of binary numbers of more than one byte'),
    'high-first',
  ),
};

const partName = (what: string) => about(v.pipe(v.string(), v.nonEmpty()), what);

const part = v.variant('part', [
  v.strictObject({ part: v.literal('bytes'), name, bytes: about(hexOf(1, 64), 'Always the same bytes') }),
  v.strictObject({ part: v.literal('address'), name, ...written }),
  v.strictObject({ part: v.literal('window'), name, ...written }),
  v.strictObject({
    part: v.literal('counter'),
    name,
    ...written,
    first: v.optional(about(whole(0, 0xffff), 'The first frame has this number'), 0),
    last: v.optional(about(whole(0, 0xffff), 'After this number it begins again'), 255),
  }),
  v.strictObject({
    part: v.literal('style'),
    name,
    normal: about(hexOf(0, 16), 'Sent for an ordinary text'),
    attention: about(hexOf(0, 16), 'Sent for a text that should blink'),
  }),
  v.strictObject({
    part: v.literal('text'),
    name,
    line: v.optional(about(whole(1, 16), 'Only this line of the text; all of them if absent')),
    newLine: v.optional(about(hexOf(1, 8), 'Sent between two lines')),
    bytes: v.optional(about(whole(1, 1024), 'Always so many bytes, filled up with pad')),
    mostBytes: v.optional(about(whole(1, 1024), 'No more than this, where the length may vary'), 256),
    align: v.optional(about(v.picklist(['left', 'right', 'centre']), 'Where a short text stands'), 'left'),
    pad: v.optional(about(hexOf(1, 1), 'What a short text is filled up with'), '20'),
  }),
  v.strictObject({
    part: v.literal('length'),
    name,
    ...written,
    from: partName('First part that is counted'),
    to: partName('Last part that is counted'),
    add: v.optional(about(whole(-64, 64), 'Added to the count'), 0),
  }),
  v.strictObject({
    part: v.literal('checksum'),
    name,
    kind: about(v.picklist(checksumKinds), 'How it is reckoned'),
    from: partName('First part that it covers'),
    to: partName('Last part that it covers'),
    as: v.optional(about(v.picklist(['binary', 'hex']), 'binary, or digits as ASCII text'), 'binary'),
    order: v.optional(v.picklist(['low-first', 'high-first']), 'high-first'),
  }),
]);

const frame = v.strictObject({
  parts: about(v.pipe(v.array(part), v.minLength(1), v.maxLength(40)), 'In the order in which they are sent'),
  escape: v.optional(
    about(
      v.strictObject({
        from: partName('First part that is escaped'),
        to: partName('Last part that is escaped'),
        table: about(v.record(hexOf(1, 1), hexOf(1, 4)), 'Byte: what is sent instead'),
      }),
      'Done last, when length and checksum are known',
    ),
  ),
});

/** `"AA ?? {address} 06"`: bytes, any byte, or the address as the frame that shows writes it. */
const pattern = v.pipe(
  v.string(),
  v.regex(
    /^(?:[0-9A-Fa-f]{2}|\?\?|\{address\})(?: (?:[0-9A-Fa-f]{2}|\?\?|\{address\})){0,63}$/,
    'bytes such as "AA ?? {address} 06": hex, ?? for any, {address}',
  ),
  v.check((text) => /(^| )[0-9A-Fa-f]{2}( |$)/.test(text), 'at least one byte that is always the same'),
);

/** One model of board, as it stands in a profile file. */
export const templateProfileSchema = v.pipe(
  v.strictObject({
    protocol: v.literal('template'),
    model: about(v.pipe(v.string(), v.nonEmpty()), "The maker's name of the model"),
    source: about(v.pipe(v.string(), v.nonEmpty()), 'The document or capture that this profile follows'),
    triedOnHardware: about(v.boolean(), 'Whether a real board has ever been driven with this profile'),
    notes: v.optional(about(v.string(), 'What a person should know before trusting this profile')),
    serial: v.optional(
      about(
        v.strictObject({
          baudRate: whole(300, 1_000_000),
          dataBits: v.picklist([7, 8]),
          parity: v.picklist(['none', 'even', 'odd']),
          stopBits: v.picklist([1, 2]),
        }),
        'Settings of the line as delivered',
      ),
    ),
    addresses: v.optional(
      about(
        v.strictObject({ lowest: whole(0, 0xffff), highest: whole(0, 0xffff) }),
        'Addresses that a board can have',
      ),
      { lowest: 0, highest: 255 },
    ),
    display: about(
      v.strictObject({
        columns: about(whole(2, 256), 'Characters in a line; a Chinese character takes two'),
        lines: v.optional(about(whole(1, 16), 'Lines of text'), 1),
        encoding: about(v.picklist(textEncodings), 'What its font and its wire have'),
        characters: v.optional(
          about(v.pipe(v.string(), v.nonEmpty()), 'All characters it has, where they are few'),
        ),
      }),
      'What there is room for',
    ),
    show: about(frame, 'The frame that brings a text to the board'),
    probe: v.optional(about(frame, 'A frame that changes nothing and is answered; the text if absent')),
    answer: v.optional(
      about(
        v.strictObject({
          accepted: about(pattern, 'What the board answers where it took a frame'),
          refused: v.optional(about(pattern, 'What it answers where it did not')),
          timeoutMilliseconds: v.optional(about(whole(10, 5000), 'How long an answer may take'), 300),
        }),
        'Without it the board is one that never answers: nobody knows whether it lives',
      ),
    ),
    gapMilliseconds: v.optional(about(whole(0, 1000), 'Silence that the board needs before a frame'), 30),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const profile = dataset.value;
    for (const { path, message } of frameProblems(profile)) {
      const input = path === 'show' ? profile.show : path === 'probe' ? profile.probe : profile;
      addIssue({
        message,
        path: [{ type: 'object', origin: 'value', input: profile, key: path, value: input }],
      });
    }
  }),
);

export type TemplateProfile = v.InferOutput<typeof templateProfileSchema>;
export type TemplateFrame = TemplateProfile['show'];
export type TemplatePart = TemplateFrame['parts'][number];
