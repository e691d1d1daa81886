/** Which application a command means. */
import { PortsupError } from '../base/errors.js';
import { findConfig } from '../config/find.js';
import type { Scope } from '../control/contract.js';
import { textOf, textsOf } from './arguments.js';
import type { Context } from './context.js';

/**
 * `-p NAME`, else the configuration of this folder (`-f FILE` or the nearest one), else nothing: all applications.
 *
 * @throws PortsupError `CONFIG_MISSING` when `-f` names no file.
 */
export function scopeOf({ line, cwd }: Context): Scope {
  const app = textOf(line, 'app');
  if (app !== undefined) return { app };
  const here = findConfig(cwd, textsOf(line, 'file')[0]);
  return here === undefined ? {} : { here };
}

/** Is nothing chosen, by name or by folder? */
export const isEverything = (scope: Scope): boolean => scope.app === undefined && scope.here === undefined;

/** For what must not be done to everything by accident. */
export const noApplication = (cwd: string): PortsupError =>
  new PortsupError(
    'CONFIG_MISSING',
    `no configuration in ${cwd} or above`,
    "go to the application's folder, or choose it with -f FILE or -p NAME",
  );
