/** The supervision tree with box-drawing characters. Pure. */
import { formatDuration } from '../../base/duration.js';
import type { PsRow, SupervisorRow } from '../../control/contract.js';
import { paintState } from './paint.js';
import { stateText, type TableLook } from './ps-table.js';
import { type RowNode, rowTrees } from './row-tree.js';
import { cutTo, escapeControls } from './text.js';

/** One line a supervisor or service; lines are cut to the screen's width. */
export function renderTree(rows: readonly PsRow[], look: TableLook): readonly string[] {
  return rowTrees(rows).flatMap((node) => renderNode(node, { first: '', next: '' }, look));
}

/** What stands before a node's own line, and before the lines below it. */
interface Stem {
  readonly first: string;
  readonly next: string;
}

function renderNode(node: RowNode, stem: Stem, look: TableLook): readonly string[] {
  const own = nodeLine(node, stem.first, look);
  const below = node.children.flatMap((child, index) => {
    const isLast = index === node.children.length - 1;
    const next = stem.next + (isLast ? '   ' : '│  ');
    return renderNode(child, { first: stem.next + (isLast ? '└─ ' : '├─ '), next }, look);
  });
  return [own, ...below];
}

function nodeLine({ row, label }: RowNode, stem: string, { width, paint }: TableLook): string {
  const state = stateText(row);
  const before = `${stem}${label}  `;
  const after = row.kind === 'supervisor' ? `  ${budgetText(row)}${row.state === 'failed' ? whyText(row) : ''}` : serviceText(row);
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - before.length - state.length;
  if (room < 0) return cutTo(before + state, width ?? 0);
  return `${paint.dim(stem)}${row.kind === 'supervisor' ? paint.bold(label) : label}  ${paintState(paint, state)(state)}${paint.dim(cutTo(after, room))}`;
}

/** "one_for_one, 1 of 3 restarts used in 5s". How its breaker is stands with its state. */
export const budgetText = ({ strategy, restartsInWindow, intensity, periodMs }: SupervisorRow): string =>
  `${strategy}, ${restartsInWindow} of ${intensity} restarts used in ${formatDuration(periodMs)}`;

function serviceText(row: PsRow): string {
  const pid = row.pid === null ? '' : `  pid ${row.pid}`;
  return row.state === 'running' ? pid : pid + whyText(row);
}

const whyText = ({ why }: PsRow): string => (why === null ? '' : `  ${escapeControls(why)}`);
