import { HallwardError } from '../kernel/errors.js';
import { type ModbusAnswer, type ModbusRequest, responseDecoder } from '../protocols/modbus-rtu.js';
import { type PanelProfile, probeRequest, readShown, showRequests } from '../protocols/panel-profile.js';
import { AnsweringBoard, type Ask } from './answering-board.js';
import type { BoardView, ShowResult } from './capabilities.js';
import type { Device, DeviceContext } from './kind.js';
import { WantedDigits } from './wanted-digits.js';

interface PanelBoardOptions {
  readonly window: string;
  /** Modbus address, 1 to 247. */
  readonly address: number;
  readonly pollMilliseconds: number;
  readonly timeoutMilliseconds: number;
  readonly gapMilliseconds: number;
}

/** Repaints of a board that keeps showing something else, until that is a fault. */
const wrongPolls = 3;

/** A window board that is a numeric Modbus panel, driven by its profile. It is read back at each poll. */
export function panelBoard(
  { window, ...options }: PanelBoardOptions,
  profile: PanelProfile,
  context: DeviceContext,
): Device {
  const { address } = options;
  const { reports } = context;
  const wanted = new WantedDigits(profile, reports);
  /** What was sent to the board since it was last known to have lost its text. */
  let attempted: string | undefined;
  let wrong = 0;
  const send = (request: ModbusRequest, ask: Ask) =>
    ask<ModbusAnswer>(request.bytes, () => responseDecoder(request));
  const read = async (ask: Ask) => readShown(profile, await send(probeRequest(profile, address), ask));
  const board = new AnsweringBoard<string>(
    {
      ...options,
      isSame: (one, other) => one === other,
      frames: (text) => showRequests(profile, address, text).map(({ bytes }) => bytes),
      async write(text, ask) {
        attempted = text;
        for (const request of showRequests(profile, address, text)) await send(request, ask);
        if (profile.write !== 'single') return;
        // The answer to function 06 equals its request, and noise can hide from the bus that an adapter
        // echoes: only what is read back is believed.
        const shown = await read(ask);
        if (shown === text) return;
        throw new HallwardError('panel.not-taken', 'garbled', `The panel shows "${shown}", not "${text}".`);
      },
      look: read,
      seen(shown, text) {
        reports.readings({ shown });
        if (text === null) return;
        if (shown === text) {
          wrong = 0;
          wanted.settle('content');
        } else if (attempted === text && ++wrong >= wrongPolls && !wanted.hasComplaint) {
          wanted.complain('content', `shows "${shown.trim()}" instead of "${text.trim()}"`);
        }
      },
      forget() {
        attempted = undefined;
      },
    },
    wanted.text,
    context,
  );
  const show = (view: BoardView): Promise<ShowResult> => {
    const fits = wanted.take(view);
    const shown = board.show(wanted.text);
    return fits ? shown : Promise.resolve('failed');
  };
  return {
    capabilities: { showsTicket: { window, show } },
    start: () => board.start(),
    stop: () => board.stop(),
  };
}
