/** What `explain` says: short lines, in the order of things. Pure. */
import { formatDuration } from '../../base/duration.js';
import type { Explanation } from '../../control/registry-rows.js';
import type { Paint } from './paint.js';
import type { TableLook } from './ps-table.js';
import { escapeControls, widthOf, wrapTo } from './text.js';

/** So many steps, and so many changes, are told one by one. */
const MOST = 20;
/** Longer lines are hard to read on a terminal; in a pipe nothing is broken. */
const MOST_WIDTH = 110;

/** The lines: what is explained, what is done, who gives up, what is left, and what is different in the end. */
export function renderExplanation(explanation: Explanation, { width, paint }: TableLook): readonly string[] {
  const columns = width === undefined ? Number.POSITIVE_INFINITY : Math.min(width, MOST_WIDTH);
  const said = [
    ...givingUpLines(explanation, paint),
    ...(explanation.of === 'start' ? [] : explanation.budgets.map((budget) => budgetLine(explanation, budget))),
    ...escalationLines(explanation),
    ...finalLines(explanation),
  ];
  return [
    ...wrapTo(titleOf(explanation), columns),
    ...stepLines(explanation, columns),
    ...said.flatMap((line) => hanging(escapeControls(line), columns)),
  ];
}

const nameOf = ({ app }: Pick<Explanation, 'app'>, path: string): string => (path === '' ? app : path);

function titleOf(explanation: Explanation): string {
  const name = nameOf(explanation, explanation.path);
  switch (explanation.of) {
    case 'death':
      return `if ${name} died now:`;
    case 'giving_up':
      return `if ${name} gave up now:`;
    case 'start':
      return `${name} does not run (${explanation.state}); if it were started now:`;
    default:
      return explanation.of satisfies never;
  }
}

/** "1. stop worker, stop api  2. start db", as many beside each other as there is room for. */
function stepLines({ steps, path, of }: Explanation, width: number): readonly string[] {
  if (steps.length === 0) return [of === 'start' ? '  nothing is started' : `  ${path === '' ? 'nothing is' : 'it is not'} started again`];
  const told = steps.slice(0, MOST).map(({ verb, path: whom, afterMs, number }, index) => {
    const after = afterMs > 0 ? ` (after ${formatDuration(afterMs)})` : '';
    const head = steps[index - 1]?.number === number ? '' : `${number}. `;
    return `${head}${verb} ${whom}${after}${steps[index + 1]?.number === number ? ',' : ''}`;
  });
  return packed(steps.length > MOST ? [...told, `and ${steps.length - MOST} more`] : told, width);
}

/** Items beside each other, none broken. */
function packed(items: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    const joined = last === undefined ? undefined : `${last}${last.endsWith(',') ? ' ' : '  '}${item}`;
    if (joined !== undefined && widthOf(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(`  ${item}`);
  }
  return lines;
}

function givingUpLines(explanation: Explanation, paint: Paint): readonly string[] {
  const { gaveUp, of, path } = explanation;
  // That it gives up itself is what was asked about.
  const others = of === 'giving_up' ? gaveUp.filter((one) => one.path !== path) : gaveUp;
  return others.map((one) => paint.red(`${nameOf(explanation, one.path)} gives up: ${withoutHead(one.cause)}`));
}

/** The line says that already. */
const withoutHead = (cause: string): string => cause.replace(/^gave up(?: \(\w+\))?: /, '');

function budgetLine(explanation: Explanation, { path, left, intensity, periodMs }: Explanation['budgets'][number]): string {
  const restarts = `${left} of ${intensity} restart${intensity === 1 ? '' : 's'}`;
  return `${restarts} left in ${nameOf(explanation, path)} after that (in ${formatDuration(periodMs)})`;
}

/** What follows from it depends on more than its budget: that is explained by itself. */
function escalationLines(explanation: Explanation): readonly string[] {
  const { escalation } = explanation;
  if (!escalation) return [];
  const names = escalation.gaveUp.map(({ path }) => nameOf(explanation, path));
  const givers = names.map((name, index) => `${index === 0 ? '' : 'then '}${name} gives up`).join(', ');
  const last = escalation.gaveUp.at(-1)?.path === '' ? '' : `; "portsup explain ${names.at(-1)}" says what follows`;
  return [`if it goes on like this, death ${escalation.deaths} is one too many: ${givers}${last}`];
}

function finalLines(explanation: Explanation): readonly string[] {
  const { final } = explanation;
  if (final.length === 0) return [];
  const told = final.slice(0, MOST).map(({ path, before, after }) => `${nameOf(explanation, path)} ${after} (now ${before})`);
  const more = final.length > MOST ? `, and ${final.length - MOST} more` : '';
  return [`in the end: ${told.join(', ')}${more}`];
}

/** Further lines are indented. */
function hanging(text: string, width: number): readonly string[] {
  const [first = '', ...others] = wrapTo(text, width - 2);
  return [first, ...others.map((line) => `  ${line}`)];
}
