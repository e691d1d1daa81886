/**
 * Users and groups of /etc/passwd and /etc/group, as they are now. There is no other way to ask: Node looks up nobody but ourselves, and this process
 * starts no program. So who is known to a directory service only (LDAP, accounts of macOS) has to be named by number.
 */
import { readFileSync } from 'node:fs';
import { isNoHugeId, MOST_ID } from '../base/account-id.js';
import { errnoOf } from '../base/errors.js';
import type { Privileges } from './privileges.js';
import { unreadable } from './unreadable.js';

/** As whom a program runs. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** All its groups, the first one among them. */
  readonly groups: readonly number[];
  /** Null where /etc/passwd does not know the number. */
  readonly entry: UserEntry | null;
}

/** A line of /etc/passwd. */
export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A line of /etc/group. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** As whom a service is to run, as it is configured: names or numbers. */
export interface AccountWish {
  readonly user: string | null;
  readonly group: string | null;
}

/** What became of a wish. `own`: that is who we are. `unknown`: there is no such user or group. `forbidden`: only root may. */
export type AccountAnswer =
  | { readonly kind: 'own' }
  | { readonly kind: 'other'; readonly account: Account }
  | { readonly kind: 'unknown' | 'forbidden'; readonly problem: string; readonly remedy: string };

/**
 * As whom a service runs.
 *
 * @throws {@link PortsupError} `FAILED` where the files of accounts cannot be read now.
 */
export function findAccount(wish: AccountWish, own: Privileges): AccountAnswer {
  if (wish.user === null && wish.group === null) return { kind: 'own' };
  return chooseAccount(wish, own, { users: parseUsers(textOf('/etc/passwd')), groups: parseGroups(textOf('/etc/group')) });
}

/** The same, of these users and groups. Pure. */
export function chooseAccount({ user, group }: AccountWish, own: Privileges, known: Known): AccountAnswer {
  const uid = user === null ? own.uid : numberOf(user, known.users.find(({ name }) => name === user)?.uid);
  if (uid === undefined) return unknown('user', user ?? '', 'passwd');
  const entry = known.users.find((one) => one.uid === uid && (one.name === user || isNumber(user))) ?? null;
  const gid = group === null ? gidOf(uid, entry, own) : numberOf(group, known.groups.find(({ name }) => name === group)?.gid);
  if (gid === undefined) return group === null ? withoutGroup(uid) : unknown('group', group, 'group');
  if (uid > MOST_ID || gid > MOST_ID) return beyond(uid > MOST_ID ? 'user' : 'group', Math.max(uid, gid));
  if (uid === own.uid && gid === own.gid) return { kind: 'own' };
  if (!own.maySwitchUser) return forbidden({ user, group }, own);
  const memberOf = known.groups.filter(({ members }) => entry !== null && members.includes(entry.name)).map((one) => one.gid);
  return { kind: 'other', account: { uid, gid, groups: [...new Set([gid, ...memberOf])], entry } };
}

/** What is to be known of the machine's accounts. */
export interface Known {
  readonly users: readonly UserEntry[];
  readonly groups: readonly GroupEntry[];
}

/** How an account is called where people read it. */
export const accountName = ({ uid, entry }: Account): string => entry?.name ?? String(uid);

const isId = (text: string): boolean => /^\d+$/.test(text) && isNoHugeId(text);
const isNumber = (text: string | null): boolean => text === null || /^\d+$/.test(text);
const numberOf = (text: string, found: number | undefined): number | undefined => found ?? (isNumber(text) ? Number(text) : undefined);

/** Whoever names us means us as we are, also where our group is not the one of /etc/passwd. */
const gidOf = (uid: number, entry: UserEntry | null, own: Privileges): number | undefined => (uid === own.uid ? own.gid : entry?.gid);

const unknown = (kind: 'user' | 'group', name: string, file: string): AccountAnswer => ({
  kind: 'unknown',
  problem: `there is no ${kind} "${name}" in /etc/${file}`,
  remedy: `correct the name; a ${kind} that only a directory service knows (LDAP, macOS) is named by number`,
});

const beyond = (kind: 'user' | 'group', id: number): AccountAnswer => ({
  kind: 'unknown',
  problem: `there can be no ${kind} ${id}`,
  remedy: `numbers of users and groups go up to ${MOST_ID}`,
});

const withoutGroup = (uid: number): AccountAnswer => ({
  kind: 'unknown',
  problem: `user ${uid} is not in /etc/passwd, so its group is not known`,
  remedy: 'name a "group", too',
});

function forbidden({ user, group }: AccountWish, own: Privileges): AccountAnswer {
  const wish = user === null ? `group "${group ?? ''}"` : `user "${user}"${group === null ? '' : ` with group "${group}"`}`;
  const who = own.uid === 0 ? 'root without the capabilities to do that (CAP_SETUID, CAP_SETGID)' : `user ${own.uid}`;
  return {
    kind: 'forbidden',
    problem: `only root's portsup can run a service as ${wish}; this one runs as ${who}`,
    remedy: 'run portsup as root, or leave out "user" and "group"',
  };
}

/** The lines of /etc/passwd that make sense. */
export const parseUsers = (text: string): readonly UserEntry[] =>
  text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = '', shell = ''] = line.split(':');
    return name !== '' && isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), home, shell }] : [];
  });

/** The lines of /etc/group that make sense. */
export const parseGroups = (text: string): readonly GroupEntry[] =>
  text.split('\n').flatMap((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    return name !== '' && isId(gid) ? [{ name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }] : [];
  });

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A container may have none; then nobody is known by name. Anything else (EMFILE) says nothing of users.
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'EACCES') return '';
    throw unreadable(path, error);
  }
}
