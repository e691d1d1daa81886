import { PortsupError } from '../base/errors.js';
import { pathsDownTo } from '../base/names.js';
import { findNode } from '../supervision/tree.js';
import type { DaemonContext } from './context.js';
import type { Placed } from './view.js';

/**
 * What is in a disabled supervisor is not started, whoever asks for it.
 *
 * @throws PortsupError `FAILED` with the remedy.
 */
export function refuseDisabled(
  { runtime }: Pick<DaemonContext, 'runtime'>,
  { app, path }: Pick<Placed, 'app' | 'path'>,
  verb: string,
): void {
  const root = runtime.forest().apps[app]?.root;
  for (const above of pathsDownTo(path)) {
    const supervisor = root && findNode(root, above);
    if (supervisor?.kind !== 'supervisor' || !supervisor.isDisabled) continue;
    const name = above || app;
    const what = above === path ? `${name} is disabled` : `${name} is disabled, with all below it`;
    throw new PortsupError('FAILED', `${what}; "${verb}" does not change that`, `"portsup breaker enable ${name}" has it started again`);
  }
}
