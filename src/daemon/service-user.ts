/** As whom a service runs, and what that means for its environment. */
import { homedir } from 'node:os';
import { type Account, type AccountAnswer, findAccount } from '../ports/accounts.js';
import { readPrivileges } from '../ports/privileges.js';
import { homeIn } from '../ports/run-marker.js';
import type { ServiceSpec } from '../supervision/spec.js';

type Wish = Pick<ServiceSpec, 'user' | 'group'>;

/**
 * As whom it runs, as the machine's accounts are now.
 *
 * @throws {@link PortsupError} `FAILED` where that cannot be told now (EMFILE).
 */
export const userOf = ({ user, group }: Wish): AccountAnswer =>
  user === null && group === null ? { kind: 'own' } : findAccount({ user, group }, readPrivileges());

/**
 * What a service inherits, all or only these variables. Of one that runs as another user HOME, USER, LOGNAME and SHELL are those of that user. Where the
 * variables may be missing that say whose run it is, PORTSUP_HOME does.
 */
export function inheritedBy(
  answer: AccountAnswer,
  all: Readonly<Record<string, string>>,
  wanted: ServiceSpec['inheritEnv'],
): Readonly<Record<string, string>> {
  const inherited =
    wanted === true ? all : Object.fromEntries(wanted.flatMap((name) => (Object.hasOwn(all, name) ? [[name, all[name] ?? '']] : [])));
  const isOther = answer.kind === 'other' && answer.account.uid !== process.geteuid?.();
  if (!isOther && wanted === true) return inherited;
  const home = { PORTSUP_HOME: homeIn(process.env, homedir()) };
  if (!isOther) return { ...inherited, ...home };
  const { HOME: _home, USER: _user, LOGNAME: _logname, SHELL: _shell, ...others } = inherited;
  return { ...others, ...personalOf(answer.account), ...home };
}

function personalOf({ entry }: Account): Record<string, string> {
  if (entry === null) return { HOME: '/' };
  const { name, home, shell } = entry;
  return { HOME: home || '/', USER: name, LOGNAME: name, SHELL: shell || '/bin/sh' };
}
