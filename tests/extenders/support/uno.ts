/** An emulated Arduino Uno with a real firmware, and its front panel; the board itself is in `uno-process.mjs`. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Uno {
  /** Its serial port: a link that leads to another port after each `plug`. */
  readonly path: string;
  /** What the world does to a pin; 14 is A0. */
  pin(number: number): { low(): void; high(): void; floats(): void };
  analog(channel: number): { setVolts(volts: number): void };
  /** What the board drives out: `null` for an input. */
  driven(pin: number): boolean | null;
  /** How often a pin has changed to something without a pull-up. */
  pullUpsLost(pin: number): number;
  reset(): void;
  /** Pulled out of its socket: the port is gone, and its power. */
  unplug(): void;
  plug(): void;
  stop(): Promise<void>;
}

interface PinTold {
  readonly pin?: number;
  readonly driven?: boolean | null;
  readonly pullsUp?: boolean;
}

/** Starts a board with this image (Intel HEX). */
export async function startUno(image: string): Promise<Uno> {
  const folder = mkdtempSync(join(tmpdir(), 'hallward-uno-'));
  const path = join(folder, 'usb-arduino-if00');
  const file = fileURLToPath(new URL('uno-process.mjs', import.meta.url));
  const child = fork(file, [image, path], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  const driven = new Map<number, boolean | null>();
  const pullUpsLost = new Map<number, number>();
  child.on('message', ({ pin, driven: level, pullsUp }: PinTold) => {
    if (pin === undefined) return;
    driven.set(pin, level ?? null);
    if (pullsUp === false) pullUpsLost.set(pin, (pullUpsLost.get(pin) ?? 0) + 1);
  });
  const ended = once(child, 'exit');
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (told: { ready?: boolean }) => {
      if (told.ready) resolve();
    });
    void ended.then(([status]) => reject(new Error(`the emulated board ended (${status})`)));
  });
  await ready;
  const order = (message: object) => void child.send(message);
  const joined = (pin: number, to: string) => order({ what: 'pin', pin, to });
  return {
    path,
    pin: (number) => ({
      low: () => joined(number, 'low'),
      high: () => joined(number, 'high'),
      floats: () => joined(number, 'floats'),
    }),
    analog: (channel) => ({ setVolts: (volts) => order({ what: 'volts', channel, volts }) }),
    driven: (pin) => driven.get(pin) ?? null,
    pullUpsLost: (pin) => pullUpsLost.get(pin) ?? 0,
    reset: () => order({ what: 'reset' }),
    unplug: () => order({ what: 'unplug' }),
    plug: () => order({ what: 'plug' }),
    async stop() {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
