/** What the demo's view shows: plain data, so that the view is a pure function of it. */
import type { Text } from '../../kernel/text.js';
import type { EventData, EventType } from '../../protocols/hub/events.js';
import type {
  ChannelsState,
  ControllerStatus,
  FaultState,
  QueueState,
  RoomState,
  WindowState,
} from '../../protocols/hub/payloads.js';
import type { BoxState } from './controller-box.js';

/** An event as it came from the hub. */
export type HallEvent = {
  [Type in EventType]: {
    readonly type: Type;
    readonly sequence: number;
    /** RFC 3339. */
    readonly time: string;
    readonly subject: string;
    readonly data: EventData<Type>;
  };
}[EventType];

/** One thing that happened: an event of the controller, something done to the hall from outside, words in the hall. */
export type Told =
  | { readonly atMilliseconds: number; readonly event: HallEvent }
  | { readonly atMilliseconds: number; readonly note: Text }
  /** What the loudspeaker said; `complete` is false where it was cut off. */
  | { readonly atMilliseconds: number; readonly heard: string; readonly complete: boolean };

/** What an independent subscriber knows. */
export interface HubView {
  /** Our subscriber has a connection to the broker. */
  readonly connected: boolean;
  /** Wall time since which `connected` is as it is. */
  readonly sinceMilliseconds: number;
  /** The controller's status topic; `undefined` until it was heard. */
  readonly controller: ControllerStatus['state'] | undefined;
  readonly windows: ReadonlyMap<string, Pick<WindowState, 'state' | 'number' | 'priority' | 'staff'>>;
  readonly queues: ReadonlyMap<string, Pick<QueueState, 'waiting' | 'lastCalled' | 'waitMinutes'>>;
  /** Those that stand, the oldest first. */
  readonly faults: readonly FaultState[];
  /** Ways of telling people that do not work now: what carries on, and what staff should do. */
  readonly channelsDown: readonly Pick<ChannelsState['down'][number], 'channel' | 'at' | 'text' | 'action'>[];
  /** What the controller says of the ticket machine's paper: `ok`, `low`, `empty`; `null` if it does not know. */
  readonly paper: string | null;
  /** The waiting area by seats and door; `null` until it was heard. */
  readonly room: Pick<RoomState, 'seats' | 'taken' | 'people' | 'standing'> | null;
  readonly things: ThingsView;
  /** Of each window, the last rating, 5 to 1. */
  readonly ratings: ReadonlyMap<string, number>;
  readonly events: EventCounts;
  /** Messages that were no valid payload of their topic. */
  readonly unreadable: number;
}

/** What the controller says of what else stands in the hall; `null` is what it does not know. */
export interface ThingsView {
  readonly washroom: {
    /** Since it was cleaned. */
    readonly visits: number | null;
    /** An index: 100 is usual. */
    readonly smell: number | null;
    /** Cleaning is due. */
    readonly due: boolean | null;
  };
  /** The kiosk's: toner in percent; paper is `ok`, `low` or `empty`. */
  readonly printer: { readonly toner: number | null; readonly paper: string | null };
  /** Of the kiosk's roll, what is left. */
  readonly rollPercent: number | null;
  /** There is drinking water. */
  readonly water: boolean | null;
}

/** What the sequence numbers of the events prove. */
export interface EventCounts {
  /** The highest number; 0 before the first event. */
  readonly sequence: number;
  /** Numbers that never came although later ones did. */
  readonly lost: number;
  /** The same number for two events, or the same event under two numbers. */
  readonly doubled: number;
  /** The same event under the same number once more: sent again because the broker's answer was in doubt. */
  readonly again: number;
}

interface QueueRow {
  readonly queue: string;
  /** Letter before its numbers. */
  readonly prefix: string;
}

export interface WindowRow {
  readonly window: string;
  readonly unit: Text;
  readonly board: {
    /** Six characters, as people see them. */
    readonly text: string;
    readonly powered: boolean;
    /** For some time it has not shown what the hub says it should. */
    readonly wrong: boolean;
  };
}

/** A slip of paper that came out of the ticket machine. */
export interface SlipView {
  /** `null`: none is to be read; it is the check slip after a change of the roll. */
  readonly number: string | null;
  /** Nothing of it is missing. */
  readonly whole: boolean;
  /** Marked as printed again. */
  readonly again: boolean;
}

/** What a visitor of the demo can do to the hall. */
export type Hand =
  | 'board'
  | 'row'
  | 'keypad'
  | 'noise'
  | 'broker'
  | 'paper'
  | 'power'
  | 'voice'
  | 'fire'
  | 'toner'
  | 'water';

export interface DemoModel {
  readonly nowMilliseconds: number;
  readonly startedMilliseconds: number;
  /** IANA name: times of day are shown in it. */
  readonly timezone: string;
  readonly hall: string;
  readonly controller: string;
  readonly port: number;
  /** Where a browser on this machine finds the controller's pages. */
  readonly pages: string;
  /** The controller's process. */
  readonly box: {
    readonly state: BoxState;
    /** Wall time since which `state` is as it is. */
    readonly sinceMilliseconds: number;
    readonly pid: number | undefined;
    /** Its last words, where it ended by itself. */
    readonly problem?: string;
  };
  readonly queues: readonly QueueRow[];
  readonly windows: readonly WindowRow[];
  readonly voice: {
    readonly powered: boolean;
    /** What the loudspeaker says now; `undefined` while it is silent. */
    readonly saying: string | undefined;
    /** What it said before. */
    readonly said: string | undefined;
  };
  /** The fire contact stands at alarm. */
  readonly fire: boolean;
  /** Of the visitors who did not come: how many were passed over, and how many of them came back. */
  readonly late: { readonly skipped: number; readonly returned: number };
  /** Visitors at the ticket machine who have no ticket yet. */
  readonly atKiosk: number;
  readonly machine: {
    /** The roll as people see it: `ending` will tear off the next ticket, `out` has done so. */
    readonly roll: 'in' | 'ending' | 'out';
    /** The newest last. */
    readonly slips: readonly SlipView[];
  };
  /** By seat: whether somebody sits there. */
  readonly seats: readonly boolean[];
  /** How many people are really in the hall. */
  readonly inside: number;
  /** The lamp at the washroom's door is lit. */
  readonly washroomLamp: boolean;
  /** Water stands on the washroom's floor. */
  readonly wet: boolean;
  /** A hand has taken the toner out of the kiosk's printer. */
  readonly tonerOut: boolean;
  /** What is lit in the hall. */
  readonly lamps: { readonly fault: boolean; readonly invitation: boolean };
  /** What numbers on paper and at the hub prove. */
  readonly numbers: { readonly issued: number; readonly twice: number };
  readonly hub: HubView;
  /** Events that the controller keeps because the hub does not have them; `null` while nobody can tell. */
  readonly eventsKept: number | null;
  /** The newest last. */
  readonly told: readonly Told[];
  readonly row: { readonly cut: boolean; readonly noisy: boolean };
  readonly keypadPulled: boolean;
  readonly broker: { readonly up: boolean; readonly problem?: Text };
  /** What was tried so far. */
  readonly tried: ReadonlySet<Hand>;
}
