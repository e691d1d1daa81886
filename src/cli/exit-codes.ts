/** Exit codes, as cli.md has them. Pure. */
import { ERRORS, type ErrorCode } from '../base/errors.js';
import type { PsRow } from '../control/contract.js';
import { topRows } from './render/row-tree.js';

/** Something that should be up is not (`status`, `ps NAME`). */
export const NOT_UP = 3;
/** Nothing came of it in time. */
export const TIMED_OUT = ERRORS.TIMEOUT.exit;
/** `status` and `ps`: unknown name, or no daemon. */
export const NOT_KNOWN = 4;

const ASKING = new Set(['ps', 'status']);

/** The exit code of a command that ended with an error. */
export function exitCodeOf(error: ErrorCode, command: string | undefined): number {
  const unknown = error === 'NOT_FOUND' || error === 'DAEMON_NOT_RUNNING';
  return unknown && command !== undefined && ASKING.has(command) ? NOT_KNOWN : ERRORS[error].exit;
}

/**
 * Exit code of `status` and `ps NAME`: 0 when all that should be up is up. What was asked for by name should be; below it,
 * what was not stopped by hand. A service that has completed its work is well.
 */
export function exitCodeOfRows(rows: readonly PsRow[]): number {
  const asked = new Set(topRows(rows));
  const expected = rows.filter((row) => asked.has(row) || row.desired === 'up');
  return expected.every(isUp) ? 0 : NOT_UP;
}

const isUp = (row: PsRow): boolean =>
  (row.state === 'running' && row.ready !== false) || row.state === 'completed' || isWaitingForCron(row);

/** A daemon of an earlier version says nothing of it. */
const isWaitingForCron = (row: PsRow): boolean => row.state === 'waiting' && Boolean(row.nextCron);
