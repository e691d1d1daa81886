import { describe, expect, it } from 'vitest';
import { type AccountAnswer, chooseAccount, type Known, parseGroups, parseUsers } from '../../src/ports/accounts.js';
import type { Privileges } from '../../src/ports/privileges.js';

const known: Known = {
  users: parseUsers(`root:x:0:0:root:/root:/bin/bash
# a comment
ann:x:1000:1000:Ann,,,:/home/ann:/bin/zsh
+nis
bare:x:1001:1000::
1002:x:7:7::/named:/bin/sh
`),
  groups: parseGroups(`root:x:0:
ann:x:1000:
disk:x:6:ann,bare
adm:x:4:bare
twice:x:6:ann
torn:x
`),
};

const nothing: Pick<Privileges, 'mayRaiseLimits' | 'leastNice' | 'hardFiles' | 'hardCore' | 'mostFiles'> = {
  mayRaiseLimits: false,
  leastNice: 0,
  hardFiles: 1,
  hardCore: 1,
  mostFiles: 1,
};
const root: Privileges = { ...nothing, uid: 0, gid: 0, maySwitchUser: true };
const ann: Privileges = { ...nothing, uid: 1000, gid: 1000, maySwitchUser: false };

const asked = (user: string | number | null, group: string | number | null = null, own = root): AccountAnswer =>
  chooseAccount({ user: user === null ? null : String(user), group: group === null ? null : String(group) }, own, known);

/** uid, gid and groups of somebody else. */
function numbers(answer: AccountAnswer): readonly unknown[] {
  if (answer.kind !== 'other') throw new Error(JSON.stringify(answer));
  const { uid, gid, groups } = answer.account;
  return [uid, gid, groups];
}

describe('for root', () => {
  it('a user is found by name and by number, with all groups, each once', () => {
    expect(numbers(asked('ann'))).toEqual([1000, 1000, [1000, 6]]);
    expect(numbers(asked(1000))).toEqual([1000, 1000, [1000, 6]]);
    expect(numbers(asked('bare'))).toEqual([1001, 1000, [1000, 6, 4]]);
    expect(asked('ann')).toMatchObject({ account: { entry: { name: 'ann', home: '/home/ann', shell: '/bin/zsh' } } });
  });

  it("a group takes the place of the user's own first one", () => {
    expect(numbers(asked('ann', 'adm'))).toEqual([1000, 4, [4, 6]]);
    expect(numbers(asked('ann', 77))).toEqual([1000, 77, [77, 6]]);
    expect(numbers(asked(null, 'adm'))).toEqual([0, 4, [4]]);
  });

  it('a name of digits is a name first', () => {
    expect(numbers(asked('1002'))).toEqual([7, 7, [7]]);
  });

  it('a number that nobody has takes a group with it', () => {
    expect(asked(4711)).toEqual({
      kind: 'unknown',
      problem: 'user 4711 is not in /etc/passwd, so its group is not known',
      remedy: 'name a "group", too',
    });
    expect(numbers(asked(4711, 'disk'))).toEqual([4711, 6, [6]]);
    expect(asked(4711, 6)).toMatchObject({ account: { entry: null } });
  });

  it('who does not exist is named', () => {
    expect(asked('bob')).toMatchObject({ kind: 'unknown', problem: 'there is no user "bob" in /etc/passwd' });
    expect(asked('ann', 'wheel')).toMatchObject({ kind: 'unknown', problem: 'there is no group "wheel" in /etc/group' });
  });

  it('a number beyond all users is nobody: the system would take the last one for "as I am", which is root', () => {
    expect(numbers(asked(4_294_967_294, 4_294_967_294))).toEqual([4_294_967_294, 4_294_967_294, [4_294_967_294]]);
    const remedy = 'numbers of users and groups go up to 4294967294';
    expect(asked(4_294_967_295, 'disk')).toEqual({ kind: 'unknown', problem: 'there can be no user 4294967295', remedy });
    expect(asked('ann', 4_294_967_296)).toEqual({ kind: 'unknown', problem: 'there can be no group 4294967296', remedy });
    expect(asked(null, 4_294_967_295)).toMatchObject({ kind: 'unknown' });
    expect(parseUsers('ghost:x:4294967295:1::/:/bin/sh\nbound:x:1:4294967295::/:/bin/sh')).toEqual([]);
    expect(parseGroups('ghosts:x:4294967295:ann')).toEqual([]);
  });

  it('root itself is nothing to change', () => {
    expect(asked('root')).toEqual({ kind: 'own' });
    expect(asked(0, 0)).toEqual({ kind: 'own' });
    expect(asked(null)).toEqual({ kind: 'own' });
  });

  it('without the capabilities nobody else is allowed', () => {
    expect(asked('ann', null, { ...root, maySwitchUser: false })).toMatchObject({
      kind: 'forbidden',
      problem:
        'only root\'s portsup can run a service as user "ann"; this one runs as root without the capabilities to do that (CAP_SETUID, CAP_SETGID)',
    });
  });
});

describe('for anybody else', () => {
  it('only the own user and group are allowed, and change nothing', () => {
    expect(asked('ann', null, ann)).toEqual({ kind: 'own' });
    expect(asked(1000, 'ann', ann)).toEqual({ kind: 'own' });
    expect(asked(null, 1000, ann)).toEqual({ kind: 'own' });
    expect(asked('ann', null, { ...ann, gid: 6 })).toEqual({ kind: 'own' });
    expect(asked('bare', null, ann)).toMatchObject({
      kind: 'forbidden',
      problem: 'only root\'s portsup can run a service as user "bare"; this one runs as user 1000',
    });
    expect(asked(null, 'disk', ann)).toMatchObject({ kind: 'forbidden', problem: expect.stringContaining('as group "disk"') as string });
    expect(asked('ann', 'disk', ann)).toMatchObject({ problem: expect.stringContaining('as user "ann" with group "disk"') as string });
    expect(asked('bob', null, ann)).toMatchObject({ kind: 'unknown' });
  });
});
