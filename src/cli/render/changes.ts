/** What `up --dry-run` says. Pure. */
import type { Change, PlanStep } from '../../control/contract.js';
import type { Paint } from './paint.js';

/** So many names of each kind are named in the order of things. */
const MOST_NAMES = 20;

/** One line a change: a sign, the path, what changed, what follows; and at the end in which order it is done. */
export function renderPlan(changes: readonly Change[], steps: readonly PlanStep[], paint: Paint): readonly string[] {
  const width = Math.max(0, ...changes.map((change) => nameOf(change).length));
  const lines = changes.map((change) => {
    const [sign, colour] = signOf(change, paint);
    return colour(`${sign} ${nameOf(change).padEnd(width)}  ${sentenceOf(change)}`);
  });
  return steps.length === 0 ? lines : [...lines, `in this order: ${orderOf(steps)}`];
}

const nameOf = ({ path }: Change): string => path || 'application';

function signOf(change: Change, paint: Paint): readonly [string, (text: string) => string] {
  switch (change.action) {
    case 'added':
      return ['+', paint.green];
    case 'removed':
      return ['-', paint.red];
    case 'changed':
    case 'reordered':
      return ['~', paint.yellow];
    case 'unchanged':
      return change.effect === 'none' ? ['=', paint.dim] : ['~', paint.yellow];
    default:
      return change.action satisfies never;
  }
}

function sentenceOf(change: Change): string {
  const fields = change.fields.length === 0 ? '' : `: ${change.fields.join(', ')}`;
  return `${change.action}${fields}${consequenceOf(change)}`;
}

function consequenceOf({ action, effect, because }: Change): string {
  switch (effect) {
    case 'restart':
      return because === null ? ' (will be restarted)' : ` (will be restarted, as ${because} is)`;
    case 'stop':
      return action === 'removed' ? '' : ' (will be stopped)';
    case 'start':
      return action === 'added' ? '' : ' (will be started)';
    case 'none':
      return action === 'added' ? ' (not started)' : action === 'changed' ? ' (without a restart)' : '';
    default:
      return effect satisfies never;
  }
}

/** "stop c, b; start b, c, d". */
function orderOf(steps: readonly PlanStep[]): string {
  const groups: { readonly verb: PlanStep['verb']; readonly paths: string[] }[] = [];
  for (const { verb, path } of steps) {
    if (groups.at(-1)?.verb !== verb) groups.push({ verb, paths: [] });
    groups.at(-1)?.paths.push(path);
  }
  return groups
    .map(({ verb, paths }) => {
      const more = paths.length > MOST_NAMES ? ` and ${paths.length - MOST_NAMES} more` : '';
      return `${verb} ${paths.slice(0, MOST_NAMES).join(', ')}${more}`;
    })
    .join('; ');
}
