/** As whom a service runs, and what that means for its environment. */
import { homedir } from 'node:os';
import { type Account, type AccountAnswer, findAccount } from '../ports/accounts.js';
import { readPrivileges } from '../ports/privileges.js';
import { homeIn } from '../ports/run-marker.js';
import type { ServiceSpec } from '../supervision/spec.js';

type Wish = Pick<ServiceSpec, 'user' | 'group'>;

/** As whom it runs, as the machine's accounts are now. */
export const userOf = ({ user, group }: Wish): AccountAnswer =>
  user === null && group === null ? { kind: 'own' } : findAccount({ user, group }, readPrivileges());

/**
 * What a service inherits: of one that runs as another user HOME, USER, LOGNAME and SHELL are those of that user; and as HOME says no more whose run it
 * is, PORTSUP_HOME does.
 */
export function inheritedBy(answer: AccountAnswer, inherited: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (answer.kind !== 'other' || answer.account.uid === process.geteuid?.()) return inherited;
  const { HOME: _home, USER: _user, LOGNAME: _logname, SHELL: _shell, ...others } = inherited;
  return { ...others, ...personalOf(answer.account), PORTSUP_HOME: homeIn(process.env, homedir()) };
}

function personalOf({ entry }: Account): Record<string, string> {
  if (entry === null) return { HOME: '/' };
  const { name, home, shell } = entry;
  return { HOME: home || '/', USER: name, LOGNAME: name, SHELL: shell || '/bin/sh' };
}
