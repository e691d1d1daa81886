/** What is wrong with the daemon's surroundings, as it travels beside an answer: JSON, in the ASCII that a header may hold. Pure. */
import type { ConditionRow } from './contract.js';

/** Name of the header. */
export const CONDITIONS_HEADER = 'portsup-conditions';

/** Name of the header that says how many other alarms are set: there may be too many of them for a header. */
export const ALARMS_HEADER = 'portsup-alarms';

/** How many that header says there are; 0 where there is none. */
export function decodeAlarms(value: string | undefined): number {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : 0;
}

/** The value of the header. */
export const encodeConditions = (conditions: readonly ConditionRow[]): string =>
  JSON.stringify(conditions).replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** What the header says; nothing if there is none, or none that this version understands. */
export function decodeConditions(value: string | undefined): readonly ConditionRow[] {
  if (value === undefined) return [];
  try {
    const conditions: unknown = JSON.parse(value);
    return Array.isArray(conditions) ? conditions.filter(isCondition) : [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [];
  }
}

const isCondition = (value: unknown): value is ConditionRow =>
  typeof value === 'object' && value !== null && 'id' in value && 'since' in value && 'text' in value && typeof value.text === 'string';
