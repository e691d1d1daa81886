/** What `up --dry-run` says. Pure. */
import type { Change } from '../../control/contract.js';
import type { Paint } from './paint.js';

/** One line a change: a sign, the path, what happens to it. */
export function renderChanges(changes: readonly Change[], paint: Paint): readonly string[] {
  const width = Math.max(0, ...changes.map((change) => nameOf(change).length));
  return changes.map((change) => {
    const [sign, colour] = signOf(change, paint);
    return colour(`${sign} ${nameOf(change).padEnd(width)}  ${sentenceOf(change)}`);
  });
}

const nameOf = ({ path }: Change): string => path || 'application';

function signOf(change: Change, paint: Paint): readonly [string, (text: string) => string] {
  switch (change.action) {
    case 'added':
      return ['+', paint.green];
    case 'removed':
      return ['-', paint.red];
    case 'changed':
      return ['~', paint.yellow];
    case 'unchanged':
      return ['=', paint.dim];
    default:
      return change.action satisfies never;
  }
}

function sentenceOf(change: Change): string {
  const fields = change.fields.length === 0 ? '' : `: ${change.fields.join(', ')}`;
  return `${change.action}${fields}${change.restarts && change.action === 'changed' ? ' (will be restarted)' : ''}`;
}
