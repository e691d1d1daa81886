import { lastOf } from '../client/question-values.js';
import { type CommandLine, numberOf } from './arguments.js';

/** How many of the last lines `-n` asks for; undefined: all, as without `-n` from `since` on. */
export function lastLinesOf(line: CommandLine, since?: string): number | undefined {
  const lines = numberOf(line, 'lines');
  return lastOf(lines !== undefined && lines < 0 ? Number.POSITIVE_INFINITY : lines, since);
}
