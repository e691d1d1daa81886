import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { parseGroups, parseUsers, type UserEntry } from '../../src/ports/accounts.js';

/** May this process run programs as other users, as portsup of root does? Linux only. */
export const mayBeOthers = process.platform === 'linux' && process.getuid?.() === 0;

/** A folder that every user may enter: those of the test run are closed. The caller removes it. */
export function openFolder(): string {
  const folder = mkdtempSync('/tmp/po-');
  chmodSync(folder, 0o755);
  return folder;
}

/** Removes what {@link openFolder} made. */
export const removeOpenFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** A user of this machine; of a name that nobody has all numbers are -1. */
export const userNamed = (name: string): UserEntry =>
  parseUsers(readFileSync('/etc/passwd', 'utf8')).find((user) => user.name === name) ?? { name, uid: -1, gid: -1, home: '', shell: '' };

/** A user of this machine who has supplementary groups: name, and the numbers of all groups; undefined where nobody has any. */
export function userWithGroups(): { readonly name: string; readonly gids: readonly number[] } | undefined {
  const users = parseUsers(readFileSync('/etc/passwd', 'utf8'));
  const groups = parseGroups(readFileSync('/etc/group', 'utf8'));
  return users
    .filter(({ uid }) => uid !== 0)
    .map(({ name, gid }) => ({ name, gids: [gid, ...groups.filter(({ members }) => members.includes(name)).map((group) => group.gid)] }))
    .find(({ gids }) => new Set(gids).size > 1);
}
