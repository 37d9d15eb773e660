import { type CallingContext, type Decision, Draft } from './decision.js';
import type { CallingInput } from './inputs.js';
import { rate } from './ratings.js';
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
  if (input.type !== 'tick') draft.cause = input.device;
  const refused = act(draft, input);
  if (refused !== undefined) draft.outcome.refusal = refused;
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
    case 'rate':
      return rate(draft, input);
    default:
      return atWindow(draft, input);
  }
}
