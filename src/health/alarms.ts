/**
 * Alarms, as OTP's alarm_handler meant them: something is wrong and lasts, has a name, and is over some time. At most one of an id: setting one that is
 * set begins nothing anew (SASL's handler lists it twice, and clears one of the two). An end by good answers takes so many of them in a row; a bad one
 * begins the count again. What is down from the start is set like anything else: there is no state before the first word. Pure.
 */

/**
 * Who sets it: probes of a service (`liveness`) or of something else (`watchdog`); supervision (`gave_up`, `restarts`, `memory`); whoever
 * keeps the logs (`log_budget`); portsup itself, of its surroundings (`portsup`: a full disk); anybody else (`outside`).
 */
export type AlarmSource = 'liveness' | 'watchdog' | 'gave_up' | 'restarts' | 'memory' | 'log_budget' | 'portsup' | 'outside';

/** Something wrong that lasts. */
export interface Alarm {
  /** The same for as long as it lasts, and the next time. */
  readonly id: string;
  readonly source: AlarmSource;
  /** Null: it is of no application. */
  readonly app: string | null;
  /** Of the service or supervisor that it is about; null: about none. */
  readonly path: string | null;
  /** When it began, ISO 8601. */
  readonly since: string;
  /** One line: what is wrong. */
  readonly text: string;
}

/** Those that are set, by id, in the order in which they began. */
export type Alarms = ReadonlyMap<string, Counted>;

interface Counted {
  readonly alarm: Alarm;
  /** Good answers in a row. */
  readonly good: number;
}

/** What happens to one of them. */
export type AlarmEvent =
  | { readonly type: 'set'; readonly at: string; readonly alarm: Omit<Alarm, 'since'> }
  | { readonly type: 'cleared'; readonly id: string }
  /** `clearAfter`: so many good ones in a row are its end; at least 1. */
  | { readonly type: 'answered'; readonly id: string; readonly isGood: boolean; readonly clearAfter: number };

/** What came of it; `renewed`: it lasts, and is told otherwise now. */
export interface AlarmChange {
  readonly is: 'set' | 'renewed' | 'cleared';
  readonly alarm: Alarm;
}

/** All is well. */
export const noAlarms: Alarms = new Map();

/** The alarms after an event, and what is to be told of it; null: nothing, and nothing has changed that anybody can see. */
export function stepAlarms(alarms: Alarms, event: AlarmEvent): readonly [Alarms, AlarmChange | null] {
  switch (event.type) {
    case 'set':
      return set(alarms, event);
    case 'cleared':
      return cleared(alarms, event.id);
    case 'answered':
      return answered(alarms, event);
    default:
      return event satisfies never;
  }
}

function set(alarms: Alarms, { alarm, at }: Extract<AlarmEvent, { type: 'set' }>): readonly [Alarms, AlarmChange | null] {
  const known = alarms.get(alarm.id)?.alarm;
  if (!known) {
    const begun = { ...alarm, since: at };
    return [withOne(alarms, { alarm: begun, good: 0 }), { is: 'set', alarm: begun }];
  }
  const renewed = { ...known, text: alarm.text };
  return [withOne(alarms, { alarm: renewed, good: 0 }), known.text === alarm.text ? null : { is: 'renewed', alarm: renewed }];
}

function cleared(alarms: Alarms, id: string): readonly [Alarms, AlarmChange | null] {
  const known = alarms.get(id);
  if (!known) return [alarms, null];
  const left = new Map(alarms);
  left.delete(id);
  return [left, { is: 'cleared', alarm: known.alarm }];
}

function answered(
  alarms: Alarms,
  { id, isGood, clearAfter }: Extract<AlarmEvent, { type: 'answered' }>,
): readonly [Alarms, AlarmChange | null] {
  const known = alarms.get(id);
  if (!known || (!isGood && known.good === 0)) return [alarms, null];
  const good = isGood ? known.good + 1 : 0;
  return good >= clearAfter && isGood ? cleared(alarms, id) : [withOne(alarms, { ...known, good }), null];
}

/** In the place of the one before it. */
const withOne = (alarms: Alarms, one: Counted): Alarms => new Map(alarms).set(one.alarm.id, one);
