/** Whether the services of a specification can run as the users that it names. */
import { PortsupError } from '../base/errors.js';
import { childPath } from '../base/names.js';
import type { ServiceSpec, SupervisorSpec } from '../supervision/spec.js';
import { userOf } from './service-user.js';

/**
 * Looks them up, before anything is touched.
 *
 * @throws PortsupError `NOT_PERMITTED` if we may not run services as somebody else; `CONFIG_INVALID` if there is no such user or group.
 */
export function checkUsers(root: SupervisorSpec): void {
  const checked = new Set<string>();
  for (const { path, spec } of servicesBelow(root, '')) {
    const wish = `${spec.user ?? ''}:${spec.group ?? ''}`;
    if (checked.has(wish)) continue;
    checked.add(wish);
    const answer = userOf(spec);
    if (answer.kind === 'own' || answer.kind === 'other') continue;
    const code = answer.kind === 'forbidden' ? 'NOT_PERMITTED' : 'CONFIG_INVALID';
    throw new PortsupError(code, `${path}: ${answer.problem}`, answer.remedy);
  }
}

interface Placed {
  readonly path: string;
  readonly spec: ServiceSpec;
}

/** Services in start order; that of a pool stands for all its instances. */
function servicesBelow({ children, template }: SupervisorSpec, path: string): readonly Placed[] {
  const instances = template === null ? [] : [{ path: childPath(path, template.name), spec: template }];
  const below = children.flatMap((child): readonly Placed[] => {
    const childsPath = childPath(path, child.name);
    return child.kind === 'service' ? [{ path: childsPath, spec: child }] : servicesBelow(child, childsPath);
  });
  return [...instances, ...below];
}
