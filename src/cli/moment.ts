import { parseDuration } from '../base/duration.js';
import { type CommandLine, textOf } from './arguments.js';
import { usage } from './option-values.js';
import { localTime } from './time.js';

/** A number from here on is no number of seconds ago (three years), but a Unix time that lacks its "@". */
const UNIX_TIMES_FROM = 100_000_000;

/**
 * The time that an option like `--since` names, as ISO 8601: see {@link parseMoment}. Undefined when it is not given.
 *
 * @param now - what durations are counted back from, and of which day a time without a date is.
 * @throws {@link PortsupError} `USAGE` for anything else.
 */
export function momentOf(line: CommandLine, option: string, now = new Date()): string | undefined {
  const text = textOf(line, option);
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text) && Number(text) >= UNIX_TIMES_FROM) {
    // Of milliseconds, as JavaScript has them, the seconds are meant.
    const seconds = text.length > 11 ? text.slice(0, -3) : text;
    throw usage(`--${option}: "${text}" seconds ago is years ago`, `a Unix time begins with "@": --${option} @${seconds}`);
  }
  const at = parseMoment(text, now);
  if (at !== undefined) return at.toISOString();
  throw usage(
    `--${option}: "${text}" is neither a time nor a duration`,
    `for example --${option} 10m (ago), 18:39, "2026-11-20 18:39:47", yesterday or @1795200000; see --help`,
  );
}

/**
 * A duration (counted back from now), `18:39` up to `18:39:47.123` (today), `today` and `yesterday` (their beginning), `@1795200000` (Unix time in
 * seconds), or a date, in ISO 8601 or as portsup prints it (without the year: of this one). What names no zone is local. Undefined for anything else.
 */
export function parseMoment(text: string, now: Date): Date | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return valid(new Date(now.getTime() - ago));
  if (/^@\d+(?:\.\d+)?$/.test(text)) return valid(new Date(Number(text.slice(1)) * 1_000));
  if (text === 'today' || text === 'yesterday')
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() - (text === 'today' ? 0 : 1));
  const today = localTime(now.toISOString()).slice(0, '2026-11-20'.length);
  const [date = '', rest] = DATE.exec(text)?.slice(1) ?? [today, ZONE.test(text) ? '' : text];
  return parseWritten(date.length < today.length ? `${today.slice(0, '2026-'.length)}${date}` : date, rest ?? '0:00');
}

/** A date, and what may follow it. */
const DATE = /^((?:\d{4}-)?\d\d-\d\d)(?:[Tt ](.+))?$/;
const TIME = /^\d?\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?$/;
const ZONE = /[Zz]$|[+-]\d\d:?\d\d$/;

function parseWritten(date: string, time: string): Date | undefined {
  // The 31st of February would be a day in March.
  const isThere = new Date(`${date}T00:00Z`).getUTCDate() === Number(date.slice(-2));
  // With a time and no zone it is local: a date alone would be UTC, by the rules of JavaScript.
  return isThere && TIME.test(time) ? valid(new Date(`${date}T${time[1] === ':' ? '0' : ''}${time}`)) : undefined;
}

const valid = (at: Date): Date | undefined => (Number.isNaN(at.getTime()) ? undefined : at);
