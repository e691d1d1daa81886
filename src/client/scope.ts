/** Which application is meant. */
import { PortsupError } from '../base/errors.js';
import { findConfig } from '../config/find.js';
import type { Scope } from '../control/contract.js';

/** How an application may be chosen. */
export interface Choice {
  /** By name. */
  readonly app: string | undefined;
  /** By its configuration, relative to `cwd`. */
  readonly file: string | undefined;
  readonly cwd: string;
}

/**
 * By name, else the application of the configuration (`file`, or the nearest one from `cwd` upwards), else nothing: all applications.
 *
 * @throws {@link PortsupError} `CONFIG_MISSING` when `file` is given and is none.
 */
export function scopeOf({ app, file, cwd }: Choice): Scope {
  if (app !== undefined) return { app };
  const here = findConfig(cwd, file);
  return here === undefined ? {} : { here };
}

/** Is nothing chosen, by name or by folder? */
export const isEverything = (scope: Scope): boolean => scope.app === undefined && scope.here === undefined;

/** For what must not be done to everything by accident; `remedy` says how to choose. */
export const noApplication = (cwd: string, remedy: string): PortsupError =>
  new PortsupError('CONFIG_MISSING', `no configuration in ${cwd} or above`, remedy);
