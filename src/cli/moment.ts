import { parseDuration } from '../base/duration.js';
import { PortsupError } from '../base/errors.js';
import { type CommandLine, textOf } from './arguments.js';

/**
 * The time that an option like `--since` names, as ISO 8601: a duration is counted back from now, a date without a zone is local time.
 * Undefined when it is not given.
 *
 * @throws {@link PortsupError} `USAGE` for anything else.
 */
export function momentOf(line: CommandLine, option: string): string | undefined {
  const text = textOf(line, option);
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const at = ago === undefined ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(at.getTime()))
    throw new PortsupError(
      'USAGE',
      `--${option}: "${text}" is neither a time nor a duration`,
      `for example --${option} 10m or --${option} 2026-11-20T12:00:00Z`,
    );
  return at.toISOString();
}
