import { lookForUnattended } from './attention.js';
import { beginDay } from './day.js';
import { type CallingContext, type Decision, Draft } from './decision.js';
import { releaseDueHolds, releaseHold } from './hold.js';
import type { CallingInput, RateInput } from './inputs.js';
import { prioritiseTicket, returnTicket, transferTicket } from './moves.js';
import { invite, rate } from './ratings.js';
import type { Refusal } from './refusals.js';
import type { CallingState } from './state.js';
import { cancelTicket, issueTicket } from './tickets.js';
import { passTime } from './time.js';
import { atWindow } from './windows.js';

/**
 * What one input leads to. Pure: reads the state and changes nothing; to make it so, commit the decision's events
 * and puts, then `apply` the puts. Never throws for what is asked; it says no in `refusal`. Time is looked at
 * first, so that a late `tick` never lets a rating or a ticket of yesterday pass for one of today.
 */
export function decide(calling: CallingState, input: CallingInput, context: CallingContext): Decision {
  const draft = new Draft(calling, context);
  passTime(draft);
  // A press goes before the held call of its window, and a new day before all of them.
  if (input.type !== 'day.begin') releaseDueHolds(draft, 'window' in input ? input.window : undefined);
  if (input.type !== 'tick') draft.cause = input.device;
  const refused = act(draft, input);
  if (refused !== undefined) draft.outcome.refusal = refused;
  draft.cause = undefined;
  releaseDueHolds(draft);
  lookForUnattended(draft);
  return draft.finish();
}

function act(draft: Draft, input: CallingInput): Refusal | undefined {
  switch (input.type) {
    case 'tick':
      return undefined;
    case 'ticket.issue':
      return issueTicket(draft, input);
    case 'ticket.cancel':
      return cancelTicket(draft, input.ticket);
    case 'ticket.return':
      return returnTicket(draft, input.ticket);
    case 'ticket.prioritise':
      return prioritiseTicket(draft, input.ticket);
    case 'ticket.transfer':
      return transferTicket(draft, input.ticket, input.queue);
    case 'rate':
      return rateAndGoOn(draft, input);
    case 'invite':
      return invite(draft, input);
    case 'day.begin':
      return beginDay(draft, input.date);
    default:
      return atWindow(draft, input);
  }
}

/** Once the visitor has rated, whoever was held back by that is called; not by the rating device, but by itself. */
function rateAndGoOn(draft: Draft, input: RateInput): Refusal | undefined {
  const wasAsked = draft.rating(input.window).open !== null;
  const refused = rate(draft, input);
  if (!wasAsked || draft.rating(input.window).open !== null) return refused;
  draft.cause = undefined;
  releaseHold(draft, input.window);
  return refused;
}
