/** The front panel of one simulated thing, as orders that a person types. */
import type { Text } from '../../kernel/text.js';

/** `caller-5 next`, `rates 5 4`: what stands after the thing's name. */
export interface Order {
  /** The verb and its arguments, for people: `sit SEAT`. */
  readonly usage: string;
  readonly about: Text;
  /** @throws `OrderRefused` for arguments that mean nothing here. */
  readonly run: (args: readonly string[]) => void;
}

export interface Front {
  /** What it is: a kind of device or a type of bus. */
  readonly what: string;
  readonly orders: readonly Order[];
  /** What a person sees of it now, where there is something to see. */
  readonly sees?: () => string;
}

/** The front panel of one connection of a device. */
export type ConnectionFront = Pick<Front, 'orders' | 'sees'>;

/** A line, seen from the world outside. */
export interface LineEnd {
  low(): void;
  high(): void;
  floats(): void;
  /** What the controller drives it to; `undefined` where it does not. */
  driven(): 'low' | 'high' | undefined;
}

/** Something a person asked for that can't be done. */
export class OrderRefused extends Error {}

/** Tells what can be seen at a thing, as it happens. */
export type Tell = (name: string, text: Text) => void;

export const both = (chinese: string, english: string): Text => ({ 'zh-CN': chinese, en: english });

export function order(usage: string, about: Text, run: (args: readonly string[]) => void): Order {
  return { usage, about, run };
}

/** An argument out of a list. */
export function oneOf(argument: string | undefined, known: readonly string[]): string {
  if (argument !== undefined && known.includes(argument)) return argument;
  throw new OrderRefused(`found "${argument ?? ''}", expected one of ${known.join(', ')}`);
}

/** An argument that is a whole number from 1 to `most`. */
export function numberUpTo(argument: string | undefined, most: number): number {
  const number = /^\d{1,4}$/.test(argument ?? '') ? Number(argument) : 0;
  if (number >= 1 && number <= most) return number;
  throw new OrderRefused(`found "${argument ?? ''}", expected a number from 1 to ${most}`);
}

/** An argument that is a number within bounds. */
export function numberBetween(argument: string | undefined, least: number, most: number): number {
  const number = /^-?\d{1,6}(\.\d{1,3})?$/.test(argument ?? '') ? Number(argument) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new OrderRefused(`found "${argument ?? ''}", expected a number from ${least} to ${most}`);
}
