/** Times as cron writes them: what a text means, and when it comes. */
import { Cron } from 'croner';

/** When a `cron` comes, again and again. */
export interface Schedule {
  /** The first time after this one; null: never again. */
  readonly next: (after: Date) => Date | null;
}

/** What a `cron` must be. */
export const CRON_EXPECTED =
  'a time as cron writes it, such as "0 3 * * *", "*/10 * * * * *" (with seconds), "@daily" or "CRON_TZ=Europe/Berlin 0 3 * * *"';

const PARTS = /^\s*(?:(?:CRON_)?TZ=(\S+)\s+)?(\S.*?)\s*$/;

/**
 * Reads a `cron`: five fields, six with seconds, or a name such as @hourly; in local time, or that of a zone named before it. `problem`: why it is none.
 * Where clocks go forward, a time that does not exist comes at the first moment that does; where they go back, it comes once.
 */
export function parseCron(text: string): { readonly schedule: Schedule } | { readonly problem: string } {
  const { timezone, pattern } = partsOf(text);
  if (timezone !== undefined && !isTimeZone(timezone)) return { problem: `the time zone ${timezone} is not known` };
  const count = pattern.split(/\s+/).length;
  if (!pattern.startsWith('@') && count !== 5 && count !== 6) return { problem: count === 1 ? 'no fields' : `${count} fields` };
  try {
    const schedule = scheduleOf(text);
    return schedule.next(new Date(0)) === null ? { problem: 'it never comes' } : { schedule };
  } catch (error) {
    // What croner throws for a pattern that is none; anything else would be a bug of ours.
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    return { problem: error.message.replace(/^\w+: /, '').replace(/\.\s.*|\.$/s, '') };
  }
}

/**
 * The schedule of a text that {@link parseCron} has found to be one, in a tenth of the time.
 *
 * @throws TypeError or RangeError if it is none.
 */
export function scheduleOf(text: string): Schedule {
  const { timezone, pattern } = partsOf(text);
  const cron = new Cron(pattern, { paused: true, ...(timezone !== undefined && { timezone }) });
  return { next: (after) => cron.nextRun(after) };
}

function partsOf(text: string): { readonly timezone: string | undefined; readonly pattern: string } {
  const [, timezone, pattern = ''] = PARTS.exec(text) ?? [];
  return { timezone, pattern };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}
