/** What stands in the hall for a device that somebody has taken out of service: it is there, and can do nothing. */
import type { Capabilities } from './capabilities.js';

const reason = 'device.disabled';
const nothingToListenTo = () => () => {};

/**
 * The ways of telling people that a device has, each known to fail, so that others carry on for them. What it hears,
 * counts and serves is left out: nothing comes from it.
 */
export function outOfService(capabilities: Capabilities): Capabilities {
  const { showsTicket, showsHall, speaks, printsTickets } = capabilities;
  return {
    ...(showsTicket === undefined
      ? {}
      : { showsTicket: { window: showsTicket.window, show: async () => 'failed' } }),
    ...(showsHall === undefined ? {} : { showsHall: { show: async () => 'failed' } }),
    ...(speaks === undefined
      ? {}
      : {
          speaks: {
            windows: speaks.windows,
            readiness: 'unable',
            onReadiness: nothingToListenTo,
            speak: async () => ({ result: 'failed', reason }),
          },
        }),
    ...(printsTickets === undefined
      ? {}
      : {
          printsTickets: {
            place: printsTickets.place,
            readiness: 'unable',
            onReadiness: nothingToListenTo,
            print: async () => ({ result: 'failed', reason, begun: false }),
          },
        }),
  };
}
