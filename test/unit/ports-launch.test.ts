import { describe, expect, it } from 'vitest';
import { beyondRights } from '../../src/ports/launch.js';
import { type Attributes, type ChainOptions, chainFor, type Stage } from '../../src/ports/launch-chain.js';
import { parsePrivileges } from '../../src/ports/privileges.js';

const none: Attributes = { nice: null, umask: null, limits: { nofile: null, core: null } };
const account = { uid: 33, gid: 34, groups: [34, 44], entry: null };

const options: ChainOptions = {
  argv: ['./serve', '-x'],
  cwd: '/srv/a b',
  env: { PATH: '/bin' },
  attributes: none,
  account: null,
  niceness: 0,
  hasUmask: true,
  platform: 'linux',
  findTool: (name) => `/usr/bin/${name}`,
};

function chain(changes: Partial<ChainOptions>): readonly Stage[] | string {
  const made = chainFor({ ...options, ...changes });
  return typeof made === 'string' ? made : made.stages;
}
/** What puts the environment of these options back. */
const restore = '-u PORTSUP_KEPT_0 -- "PATH=${PORTSUP_KEPT_0}"';
const attributes = (changes: Partial<Attributes>): { readonly attributes: Attributes } => ({ attributes: { ...none, ...changes } });
const without =
  (...missing: readonly string[]): ChainOptions['findTool'] =>
  (name) =>
    missing.includes(name) ? undefined : `/usr/bin/${name}`;

describe('what stands before a program', () => {
  it('is nothing where nothing is to be changed', () => {
    expect(chain({})).toEqual([]);
    expect(chain(attributes({ umask: '027' }))).toEqual([]);
    expect(chain({ ...attributes({ nice: 5 }), niceness: 5 })).toEqual([]);
  });

  it('is one tool for each change, those first that take rights', () => {
    expect(chain({ ...attributes({ nice: -5, limits: { nofile: 64, core: 'unlimited' } }), account, niceness: 2 })).toEqual([
      ['/usr/bin/prlimit', '--nofile=64:64', '--core=unlimited:unlimited', '--'],
      ['/usr/bin/nice', '-n', '-7', '--'],
      ['/usr/bin/setpriv', '--reuid', '33', '--regid', '34', '--groups', '34,44', '--'],
      ['/usr/bin/env', '-C', '/srv/a b', '-S', restore],
    ]);
  });

  it('never ends with env where the program would look like a variable to it', () => {
    const stages = chain({ account, argv: ['./a=b'] });
    expect(stages.at(-1)).toEqual(['/usr/bin/nice', '-n', '0', '--']);
    expect(stages.at(-2)?.slice(0, 2)).toEqual(['/usr/bin/env', '-C']);
  });

  it('is a shell where the keeper is too old for a umask, and what that sets is taken out again', () => {
    expect(chain({ ...attributes({ umask: '027' }), hasUmask: false, env: { PWD: '/mine' } })).toEqual([
      ['/bin/sh', '-c', 'umask 027 && shift && exec "$@"', 'sh', ''],
      ['/usr/bin/env', '-u', 'OLDPWD', '-u', 'SHLVL', '-u', '_', '--'],
    ]);
  });

  it('is a shell where the system has no prlimit', () => {
    const stages = chain({ ...attributes({ limits: { nofile: 64, core: 1_000 } }), findTool: without('prlimit') });
    expect(stages[0]).toEqual(['/bin/sh', '-c', 'ulimit -n 64 && ulimit -c 2 && shift && exec "$@"', 'sh', '']);
  });

  it('is a shell that opens a pipe, before anything else and before any rights are dropped', () => {
    const descriptor = { fd: 5, path: '/run/a b.ready' };
    const unset = ['/usr/bin/env', '-u', 'PWD', '-u', 'OLDPWD', '-u', 'SHLVL', '-u', '_', '--'];
    const open = ['/bin/sh', '-c', 'exec 5<>"$1" && shift && exec "$@"', 'sh', '/run/a b.ready'];
    expect(chain(attributes({ descriptor }))).toEqual([open, unset]);
    expect(chain({ ...attributes({ descriptor, nice: 5 }), account }).slice(0, 3)).toEqual([
      open,
      unset,
      ['/usr/bin/nice', '-n', '5', '--'],
    ]);
  });

  it('keeps from that shell variables that it would drop, as their names are none to it', () => {
    const env = { 'spring.port': '77', PATH: '/bin' };
    const made = chainFor({ ...options, ...attributes({ descriptor: { fd: 3, path: '/p' } }), env });
    if (typeof made === 'string') throw new Error(made);
    expect(Object.keys(made.env)).toEqual(['PORTSUP_KEPT_0', 'PORTSUP_KEPT_1']);
    expect(made.stages.at(-1)?.slice(0, 2)).toEqual(['/usr/bin/env', '-S']);
    expect(made.stages.at(-1)?.[2]).toContain('"spring.port=${PORTSUP_KEPT_0}"');
  });

  it('cannot be without setpriv on Linux; on macOS it is chroot, and back into the folder', () => {
    expect(chain({ account, findTool: without('setpriv') })).toContain('setpriv(1) of util-linux');
    expect(chain({ account, platform: 'darwin' })).toEqual([
      ['/usr/bin/chroot', '-u', '33', '-g', '34', '-G', '34,44', '/'],
      ['/bin/sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'sh', '/srv/a b'],
      ['/usr/bin/env', '-u', 'PWD', '-u', 'OLDPWD', '-u', 'SHLVL', '-u', '_', '--'],
      ['/usr/bin/env', '-S', restore],
    ]);
    expect(chain({ account, findTool: without('env') })).toContain('env(1) of coreutils');
  });

  it('gets nothing of the environment while it is root, and no value stands in a command line', () => {
    const env = { LD_PRELOAD: '/tmp/x.so', 'a "$b\\': 'secret', PORTSUP_RUN: '3', PORTSUP_KEPT_1: 'mine', HOME: '/' };
    const made = chainFor({ ...options, account, env, ...attributes({ umask: '027' }), hasUmask: false });
    if (typeof made === 'string') throw new Error(made);
    expect(made.env).toEqual({
      PORTSUP_RUN: '3',
      HOME: '/',
      PORTSUP_KEPT_0: '/tmp/x.so',
      PORTSUP_KEPT_1: 'secret',
      PORTSUP_KEPT_2: 'mine',
    });
    expect(made.stages.at(-1)?.at(-1)).toBe(
      '-u PORTSUP_KEPT_0 -u PORTSUP_KEPT_1 -u PORTSUP_KEPT_2 -- ' +
        '"LD_PRELOAD=${PORTSUP_KEPT_0}" "a \\"\\$b\\\\=${PORTSUP_KEPT_1}" "PORTSUP_KEPT_1=${PORTSUP_KEPT_2}"',
    );
    expect(made.stages.flat().join(' ')).not.toMatch(/x\.so|secret|mine/);
  });

  it('keeps the environment as it is where nobody changes who it is', () => {
    const env = { LD_PRELOAD: '/tmp/x.so' };
    expect(chainFor({ ...options, env, ...attributes({ nice: 5 }) })).toMatchObject({ env });
  });
});

/** As Linux tells it: the second number of a limit is the hard one. */
const limitsText = (
  files: string,
  core: string,
  nice: number,
): string => `Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    ${core}            bytes
Max open files            1024                 ${files}                files
Max nice priority         ${nice}                    ${nice}
`;

const rights = (capabilities: string, limits = limitsText('4096', '0', 0)): ReturnType<typeof parsePrivileges> =>
  parsePrivileges({ uid: 1000, gid: 1000 }, { status: `Name:\tx\nCapEff:\t${capabilities}\n`, limits, mostFiles: '1048576\n' });
const ALL = '000001ffffffffff';
const NO = '0000000000000000';

describe('what we may do', () => {
  it('is told by capabilities and hard limits', () => {
    expect(rights(NO)).toEqual({
      uid: 1000,
      gid: 1000,
      maySwitchUser: false,
      mayRaiseLimits: false,
      leastNice: Number.POSITIVE_INFINITY,
      hardFiles: 4096,
      hardCore: 0,
      mostFiles: 1_048_576,
    });
    expect(rights(ALL)).toMatchObject({ maySwitchUser: false, mayRaiseLimits: true, leastNice: -20 });
    const container = parsePrivileges(
      { uid: 0, gid: 0 },
      { status: 'CapEff:\t00000000a80425fb\n', limits: limitsText('1', '1', 0), mostFiles: '' },
    );
    expect(container).toMatchObject({ maySwitchUser: true, mayRaiseLimits: false, leastNice: Number.POSITIVE_INFINITY });
    expect(rights(NO, limitsText('unlimited', 'unlimited', 25))).toMatchObject({
      hardFiles: Number.POSITIVE_INFINITY,
      hardCore: Number.POSITIVE_INFINITY,
      leastNice: -5,
    });
  });

  const beyond = (changes: Partial<Attributes>, own = rights(NO), niceness = 0): string | undefined =>
    beyondRights({ ...none, ...changes }, { niceness, own });

  it('bounds a niceness below our own', () => {
    expect(beyond({ nice: 0 })).toBeUndefined();
    expect(beyond({ nice: 19 })).toBeUndefined();
    expect(beyond({ nice: -1 })).toBe("nice: -1 goes before portsup's own niceness (0), which takes root (CAP_SYS_NICE)");
    expect(beyond({ nice: 4 }, rights(NO), 5)).toContain('nice: 4 goes before');
    expect(beyond({ nice: -20 }, rights(ALL))).toBeUndefined();
    expect(beyond({ nice: -5 }, rights(NO, limitsText('1', '1', 25)))).toBeUndefined();
    expect(beyond({ nice: -6 }, rights(NO, limitsText('1', '1', 25)))).toBeDefined();
  });

  it('bounds limits by the hard ones, and for everybody by what the kernel allows', () => {
    expect(beyond({ limits: { nofile: 4096, core: 0 } })).toBeUndefined();
    expect(beyond({ limits: { nofile: 4097, core: null } })).toContain("limits.nofile: 4097 is more than portsup's own hard limit of 4096");
    expect(beyond({ limits: { nofile: null, core: 1 } })).toContain("limits.core: 1 is more than portsup's own hard limit of 0");
    expect(beyond({ limits: { nofile: null, core: 'unlimited' } })).toContain('limits.core: unlimited is more than');
    expect(beyond({ limits: { nofile: 1_048_576, core: 'unlimited' } }, rights(ALL))).toBeUndefined();
    expect(beyond({ limits: { nofile: 1_048_577, core: null } }, rights(ALL))).toBe(
      'limits.nofile: 1048577 is more than this kernel allows (fs.nr_open is 1048576)',
    );
    const free = rights(NO, limitsText('unlimited', 'unlimited', 0));
    expect(beyond({ limits: { nofile: null, core: 'unlimited' } }, free)).toBeUndefined();
  });
});
