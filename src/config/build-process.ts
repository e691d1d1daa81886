/** As whom and within which limits a program runs: what the fields of each level mean for the services below. */
import type { ServiceSpec } from '../supervision/spec.js';
import type { ServiceConfig } from './define-config.js';
import { umaskText } from './umask.js';
import { toBytes } from './units.js';

/** As whom the services of a level run; null: as portsup. */
export type AccountLevel = Pick<ServiceSpec, 'user' | 'group'>;

/** What holds where nobody says anything. */
export const defaultProcess: Pick<ServiceSpec, 'nice' | 'umask' | 'limits'> & AccountLevel = {
  nice: null,
  umask: null,
  limits: { nofile: null, core: null },
  user: null,
  group: null,
};

/** What holds at a level that says `own`, below one where `above` holds. A user brings a group along: one that was said of another user is not meant. */
export function inheritAccount(above: AccountLevel, { user, group }: Pick<ServiceConfig, 'user' | 'group'>): AccountLevel {
  const own = group === undefined ? undefined : String(group);
  if (user !== undefined) return { user: String(user), group: own ?? null };
  return own === undefined ? above : { user: above.user, group: own };
}

/** What a service says of itself; `written`: its umask, if that is a number, as it stands in the file. */
export function processSpecOf(
  { nice, umask, limits }: Pick<ServiceConfig, 'nice' | 'umask' | 'limits'>,
  written: string | undefined,
): Pick<ServiceSpec, 'nice' | 'umask' | 'limits'> {
  const { nofile, core } = limits ?? {};
  return {
    nice: nice ?? null,
    umask: umask === undefined ? null : umaskText(umask, written),
    limits: { nofile: nofile ?? null, core: core === undefined ? null : core === 'unlimited' ? core : toBytes(core) },
  };
}
