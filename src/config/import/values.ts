/** Values of other programs' configurations, as portsup writes them. Undefined: it is no such value. */
import { isMapping, type Mapping } from '../path.js';
import { literal } from './literal.js';

/** A duration for portsup: whole seconds as "10s", else milliseconds. */
export function durationText(durationMs: number): string {
  const ms = Math.round(durationMs);
  if (ms > 0 && ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  if (ms > 0 && ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** A whole number, 0 or more, also written as text. */
export function count(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\s*\d+\s*$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** true or false, also written as text. */
export function flag(value: unknown): boolean | undefined {
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'boolean' ? value : undefined;
}

/** Text that holds something and that the system can take. */
export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' && !value.includes('\0') ? value : undefined;

/** A list of texts; one text is a list of one. */
export function texts(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item): item is string => typeof item === 'string' && item !== '') && list.length > 0 ? list : undefined;
}

/** Exit codes from 0 to 255, of a list or a single one. */
export function exitCodes(value: unknown): readonly number[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const codes = list.map(count).filter((code) => code !== undefined && code <= 255);
  return codes.length === list.length ? (codes as readonly number[]) : undefined;
}

const OWN_VARIABLES = new Set(['PORTSUP_APP', 'PORTSUP_SERVICE', 'PORTSUP_RUN']);

/** Variables, divided into those portsup can set and the names of those it cannot. */
export interface Variables {
  readonly env: Mapping;
  readonly refused: readonly string[];
}

/** The variables of a mapping. Numbers stay numbers where they mean the same text. */
export function variables(value: unknown): Variables | undefined {
  if (!isMapping(value)) return undefined;
  const kept: [string, unknown][] = [];
  const refused: string[] = [];
  for (const [name, each] of Object.entries(value)) {
    const usable = isVariableName(name) ? variableValue(each) : undefined;
    if (usable === undefined) refused.push(name);
    else kept.push([name, usable]);
  }
  return { env: Object.fromEntries(kept), refused };
}

const isVariableName = (name: string): boolean => name !== '' && name !== '__proto__' && !/[=\0]/.test(name) && !OWN_VARIABLES.has(name);

function variableValue(value: unknown): unknown {
  if (typeof value === 'string') return value.includes('\0') ? undefined : literal(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : String(value);
  return typeof value === 'boolean' ? value : undefined;
}

/** What to say about variables that cannot be set; undefined where there are none. */
export const refusal = (refused: readonly string[]): string | undefined =>
  refused.length === 0
    ? undefined
    : `left out: ${refused.join(', ')} (a variable has a name without "=" and is text, a number, true or false)`;
