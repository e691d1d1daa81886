/** Whether the services of a specification can run as the users that it names. */
import { PortsupError } from '../base/errors.js';
import type { SupervisorSpec } from '../supervision/spec.js';
import { userOf } from './service-user.js';
import { type PlacedSpec, servicesOfSpec, templatesOfSpec } from './spec-services.js';

/**
 * Looks them up, before anything is touched. Of services with one wish the first is named.
 *
 * @throws PortsupError `NOT_PERMITTED` if we may not run services as somebody else; `CONFIG_INVALID` if there is no such user or group; `FAILED` where that cannot be
 * told now (EMFILE).
 */
export function checkUsers(root: SupervisorSpec): void {
  const firsts = new Map<string, PlacedSpec>();
  for (const placed of [...servicesOfSpec(root), ...templatesOfSpec(root)]) {
    const wish = `${placed.spec.user ?? ''}:${placed.spec.group ?? ''}`;
    if (!firsts.has(wish)) firsts.set(wish, placed);
  }
  const refused = [...firsts.values()].flatMap(({ path, spec }) => {
    const answer = userOf(spec);
    return answer.kind === 'own' || answer.kind === 'other' ? [] : [{ path, ...answer }];
  });
  const [first] = refused;
  if (!first) return;
  const code = first.kind === 'forbidden' ? 'NOT_PERMITTED' : 'CONFIG_INVALID';
  throw new PortsupError(code, refused.map(({ path, problem }) => `${path}: ${problem}`).join('; '), first.remedy);
}
