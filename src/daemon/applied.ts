/** What an `up` changes of an application that is up, as a report of its own: the configuration is another one from here on. */
import type { Change } from '../control/contract.js';
import { daemonEntry, type JournalEntry } from '../journal/entry.js';

/** So many names of each kind are named. */
const MOST_NAMES = 10;
const ACTIONS = ['added', 'changed', 'reordered', 'removed'] as const;

/** The entry of an `up` at this time (ISO 8601); undefined if it changes nothing. Pure. */
export function appliedEntry(at: string, app: string, changes: readonly Change[]): JournalEntry | undefined {
  const parts = ACTIONS.flatMap((action) => {
    const meant = changes.filter((change) => change.action === action);
    return meant.length === 0 ? [] : [`${action} ${listed(meant)}`];
  });
  if (parts.length === 0) return undefined;
  return { ...daemonEntry(at, 'applied', parts.join('; ')), app, path: '', by: 'user' };
}

function listed(changes: readonly Change[]): string {
  const names = changes.slice(0, MOST_NAMES).map(({ path, fields }) => {
    const name = path || 'application';
    return fields.length > 0 ? `${name} (${fields.join(', ')})` : name;
  });
  const more = changes.length > MOST_NAMES ? [`and ${changes.length - MOST_NAMES} more`] : [];
  return [...names, ...more].join(', ');
}
