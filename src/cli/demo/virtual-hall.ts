/** A hall without hardware: a controller in a process of its own at one end of the wires, simulated devices at the other. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.js';
import { HallwardError, systemCode } from '../../kernel/errors.js';
import type { Language } from '../../kernel/text.js';
import { ControllerBox } from './controller-box.js';
import { demoFolderPrefix } from './controller-says.js';
import { demoFarEnds, type FarEnds } from './far-ends.js';
import { demoDocument } from './floor-plan.js';

interface VirtualHallOptions {
  readonly clock: Clock;
  readonly language: Language;
  readonly timezone: string;
  readonly brokerPort: number;
  readonly pagesPort: number;
  /** 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Told of the temporary folder as soon as it is there, so that it can be removed on every way out. */
  readonly folderMade?: (folder: string) => void;
}

export interface VirtualHall {
  readonly farEnds: FarEnds;
  readonly controller: ControllerBox;
  /** The storage's folder and the configuration; gone after `stop`. */
  readonly folder: string;
  /** Ends the controller in good order and removes the folder. */
  stop(): Promise<void>;
}

/**
 * Starts the hall. Rejects with `demo.no-folder` (absent) or `demo.controller-failed`, and leaves nothing behind then.
 */
export async function startVirtualHall(options: VirtualHallOptions): Promise<VirtualHall> {
  const { clock, random, language } = options;
  const folder = await temporaryFolder();
  options.folderMade?.(folder);
  const remove = () => rm(folder, { recursive: true, force: true });
  let farEnds: FarEnds | undefined;
  try {
    farEnds = await demoFarEnds(clock, random, language);
    const file = join(folder, 'hallward.yaml');
    const { printerPort } = farEnds.things;
    const document = demoDocument({ ...options, printerPort, storagePath: join(folder, 'storage') });
    await writeFile(file, JSON.stringify(document, null, 2));
    const controller = new ControllerBox({ clock, file, folder, wires: farEnds.wires });
    await controller.powerOn();
    const ends = farEnds;
    return {
      farEnds,
      controller,
      folder,
      async stop() {
        try {
          await controller.stop();
          await ends.close();
        } finally {
          await remove();
        }
      },
    };
  } catch (error) {
    await farEnds?.close();
    await remove();
    throw error;
  }
}

async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), demoFolderPrefix));
  } catch (error) {
    const system = systemCode(error) ?? 'error';
    const message = `no temporary folder can be made in ${tmpdir()} (${system})`;
    throw new HallwardError('demo.no-folder', 'absent', message, { system });
  }
}
