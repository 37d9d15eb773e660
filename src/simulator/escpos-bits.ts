/**
 * The status bytes of an ESC/POS printer, from what is the matter with it. Bits from the tables of DLE EOT n and GS a
 * in Epson's "ESC/POS Command Reference" and the manuals of the TM-U220 and TM-L60II.
 */
export interface PrinterCondition {
  readonly offline: boolean;
  readonly coverOpen: boolean;
  readonly drawerOpen: boolean;
  readonly buttonHeld: boolean;
  readonly cutterError: boolean;
  readonly mechanicalError: boolean;
  readonly unrecoverable: boolean;
  readonly overheated: boolean;
  readonly paperLow: boolean;
  readonly paperOut: boolean;
}

const bit = (is: boolean, mask: number): number => (is ? mask : 0);

const failed = (condition: PrinterCondition): boolean =>
  condition.cutterError || condition.mechanicalError || condition.unrecoverable || condition.overheated;

/** The answer to DLE EOT `question`, 1 to 4. */
export function realtimeByte(question: number, condition: PrinterCondition): number {
  const { drawerOpen, offline, buttonHeld, coverOpen, paperOut, paperLow } = condition;
  switch (question) {
    case 1:
      return 0x12 | bit(drawerOpen, 0x04) | bit(offline, 0x08) | bit(buttonHeld, 0x40);
    case 2:
      return (
        0x12 |
        bit(coverOpen, 0x04) |
        bit(buttonHeld, 0x08) |
        bit(paperOut, 0x20) |
        bit(failed(condition), 0x40)
      );
    case 3:
      return 0x12 | errorBits(condition);
    default:
      return 0x12 | bit(paperLow, 0x0c) | bit(paperOut, 0x60);
  }
}

/** The four bytes of Automatic Status Back. */
export function asbBlock(condition: PrinterCondition): number[] {
  const { drawerOpen, offline, buttonHeld, coverOpen, paperOut, paperLow } = condition;
  return [
    0x10 | bit(drawerOpen, 0x04) | bit(offline, 0x08) | bit(coverOpen, 0x20) | bit(buttonHeld, 0x40),
    errorBits(condition),
    bit(paperLow, 0x03) | bit(paperOut, 0x0c),
    0x00,
  ];
}

/** The part of a block that GS a `mask` watches, as text that can be compared. */
export function watchedPart(mask: number, block: readonly number[]): string {
  const [first = 0, second = 0, third = 0] = block;
  return [
    mask & 0x01 ? first & 0x04 : 0,
    mask & 0x02 ? first & 0x28 : 0,
    mask & 0x04 ? second : 0,
    mask & 0x08 ? third : 0,
    mask & 0x40 ? first & 0x40 : 0,
  ].join();
}

function errorBits({ mechanicalError, cutterError, unrecoverable, overheated }: PrinterCondition): number {
  return (
    bit(mechanicalError, 0x04) | bit(cutterError, 0x08) | bit(unrecoverable, 0x20) | bit(overheated, 0x40)
  );
}
