/** A line of a service's output as `logs` prints it. Pure. */
import type { LogLine } from '../../control/contract.js';
import { type Paint, paintNth } from './paint.js';
import { escapeOutput, padTo } from './text.js';

/** What `logs` was asked for. */
export interface LogLook {
  readonly paint: Paint;
  /** Is it a terminal? Only there control characters are dangerous and carriage returns have done their work; a pipe gets what the service wrote. */
  readonly isTerminal: boolean;
  readonly colour: boolean;
  readonly prefix: boolean;
  /** Shows the time of each line. */
  readonly showTime?: ((iso: string) => string) | undefined;
  /** Names that are going to occur, so that their column has one width from the first line on. */
  readonly names: readonly string[];
  readonly severalApps: boolean;
}

/** A function from line to text. It remembers which name has which colour, and grows the column for a name that is new. */
export function logLineRenderer(look: LogLook): (line: LogLine) => string {
  const colours = new Map<string, number>();
  let width = 0;
  const meet = (name: string): number => {
    const index = colours.get(name) ?? colours.size;
    colours.set(name, index);
    width = Math.max(width, name.length);
    return index;
  };
  for (const name of look.names) meet(name);
  return (line) => {
    const name = logName(line, look.severalApps);
    const index = meet(name);
    const prefix = look.prefix ? paintNth(look.paint, index)(`${padTo(name, width)} | `) : '';
    const time = look.showTime === undefined ? '' : `${look.paint.dim(look.showTime(line.at))} `;
    return prefix + time + (look.isTerminal ? escapeOutput(lastSeen(line.text), look.colour) : line.text);
  };
}

/** What a terminal would show at the end of a line in which a program went back to its beginning (progress bars); without the CR of a CRLF. */
function lastSeen(text: string): string {
  const line = text.replace(/\r+$/, '');
  return line.slice(line.lastIndexOf('\r') + 1);
}

/** What a service is called before its lines. */
export const logName = (of: { readonly app: string; readonly path: string }, severalApps: boolean): string =>
  severalApps ? `${of.app}:${of.path}` : of.path;
