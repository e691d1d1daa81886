/**
 * Which times of a `cron` are acted upon, by wall time, whatever becomes of the clock meanwhile. No time is acted upon twice. Those that
 * nobody saw come (the daemon was being replaced, the machine slept, the clock was set forward) are made up for once, if the last of them
 * is not long ago; else they are missed. Pure.
 */
import type { Schedule } from '../../config/cron.js';

/** The oldest time that is still made up for, in milliseconds. */
const LATE_MS = 600_000;
/** A clock that is set back by more than this was wrong before: what it has shown counts no more. */
const BACK_MS = 3_600_000;

/** Points are milliseconds of wall time. */
export interface Planned {
  /** All times up to here have been dealt with. */
  readonly doneUntil: number;
  /** The next one; null: none comes any more. */
  readonly next: number | null;
}

/** What has become of a plan by now. */
export interface Verdict {
  readonly planned: Planned;
  /** A time that is to be acted upon now; null: none. */
  readonly due: number | null;
  /** The first of the times that nobody acts upon any more; null: none. */
  readonly missed: number | null;
}

/** A plan from now on or, if it is known what came next when somebody last looked, from then on. */
export function planFrom(schedule: Schedule, now: number, remembered: number | null): Planned {
  const doneUntil = remembered === null ? now : Math.min(remembered - 1, now);
  return { doneUntil, next: nextAfter(schedule, doneUntil) };
}

/** Has a time of this plan come, or the clock been set back? Else {@link lookAt} changes nothing. */
export const isToLookAt = ({ doneUntil, next }: Planned, now: number): boolean =>
  now < doneUntil - BACK_MS || (next !== null && next <= now);

/** Looks at a plan now. */
export function lookAt(schedule: Schedule, { doneUntil, next }: Planned, now: number): Verdict {
  if (now < doneUntil - BACK_MS) return { planned: planFrom(schedule, now, null), due: null, missed: null };
  if (next === null || next > now) return { planned: { doneUntil, next }, due: null, missed: null };
  const due = latestWithin(schedule, { from: Math.max(doneUntil, now - LATE_MS - 1), to: now });
  return { planned: planFrom(schedule, now, null), due, missed: due === null ? next : null };
}

function nextAfter(schedule: Schedule, at: number): number | null {
  return schedule.next(new Date(at))?.getTime() ?? null;
}

/** The last time in this span, its beginning excluded. */
function latestWithin(schedule: Schedule, { from, to }: { readonly from: number; readonly to: number }): number | null {
  let latest: number | null = null;
  for (let at = nextAfter(schedule, from); at !== null && at <= to; at = nextAfter(schedule, at)) latest = at;
  return latest;
}
