import { describe, expect, it } from 'vitest';
import type { LoadedConfig } from '../../src/config/load.js';
import { checkSpec } from '../../src/supervision/check-spec.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { loaded, problemsIn } from '../helpers/config-folder.js';
import { root, service } from '../helpers/specs.js';

function specOf({ root: { children } }: LoadedConfig, name = 'a'): ServiceSpec {
  const found = children.find((child) => child.name === name);
  if (found?.kind !== 'service') throw new Error(`no service ${name}`);
  return found;
}

const withField = (text: string): string => `services: { a: { command: x, ${text} } }`;
const specWith = async (text: string): Promise<ServiceSpec> => specOf(await loaded(withField(text)));

describe('nice, umask and limits', () => {
  it('are null where nobody says anything', async () => {
    expect(specOf(await loaded('services: { a: { command: x } }'))).toMatchObject({
      nice: null,
      umask: null,
      limits: { nofile: null, core: null },
      user: null,
      group: null,
    });
  });

  it.each([
    ['nice: -20', { nice: -20 }],
    ['nice: 19', { nice: 19 }],
    ['limits: { nofile: 65536 }', { limits: { nofile: 65_536, core: null } }],
    ['limits: { core: unlimited }', { limits: { nofile: null, core: 'unlimited' } }],
    ['limits: { core: 0 }', { limits: { nofile: null, core: 0 } }],
    ['limits: { core: 1.5mb, nofile: 4 }', { limits: { nofile: 4, core: 1_572_864 } }],
    ['limits: {}', { limits: { nofile: null, core: null } }],
  ])('reads %s', async (text, expected) => {
    expect(await specWith(text)).toMatchObject(expected);
  });

  it.each([
    ['"027"', '027'],
    ['"27"', '027'],
    ['"0027"', '027'],
    ["'0o27'", '027'],
    ['027', '027'],
    ['0o27', '027'],
    ['0777', '777'],
    ['0', '000'],
    ['7', '007'],
    ['&mask 022', '022'],
  ])('takes umask: %s for octal, as it is written', async (written, expected) => {
    expect((await specWith(`umask: ${written}`)).umask).toBe(expected);
  });

  it('takes the umask behind an alias and a merge key for what is written there', async () => {
    const config = await loaded(`services:
  a: &base { command: x, umask: &mask 027 }
  b: { command: x, umask: *mask }
  c: { <<: *base, command: y }
`);
    expect(['a', 'b', 'c'].map((name) => specOf(config, name).umask)).toEqual(['027', '027', '027']);
  });

  const octal = 'expected octal digits in quotes, for example "022" or "0027"';
  it.each([
    ['umask: 22', `services.a.umask: found 22, ${octal}`],
    ['umask: 027.5', `services.a.umask: found 027.5, ${octal}`],
    ['umask: 0x12', `services.a.umask: found 0x12, ${octal}`],
    ['umask: "089"', `services.a.umask: found "089", ${octal}`],
    ['umask: "1777"', 'services.a.umask: found "1777", expected at most "777"'],
    ['umask: 01777', `services.a.umask: found 01777, ${octal}`],
    ['nice: 20', 'services.a.nice: found 20, expected a whole number from -20 (goes first) to 19 (goes last)'],
    ['nice: 1.5', 'services.a.nice: found 1.5, expected a whole number from -20 (goes first) to 19 (goes last)'],
    ['limits: 5', 'services.a.limits: found 5, expected a mapping such as { nofile: 65536, core: unlimited }'],
    ['limits: { nofile: 3 }', 'services.a.limits.nofile: found 3, expected a whole number of files, at least 4'],
    ['limits: { nofile: unlimited }', 'services.a.limits.nofile: found "unlimited", expected a whole number of files, at least 4'],
    ['limits: { core: -1 }', 'services.a.limits.core: found -1, expected unlimited, 0, or a size such as "512mb" (a number is bytes)'],
    ['limits: { nofiles: 9 }', 'services.a.limits.nofiles: unknown key; did you mean "nofile"?'],
    ['nofile: 9', 'services.a.nofile: unknown key here; it is a field of "limits"'],
    ['user: ""', `services.a.user: found "", expected a user's name or number`],
    ['user: "a b"', `services.a.user: found "a b", expected a user's name or number`],
    ['user: "a:b"', `services.a.user: found "a:b", expected a user's name or number`],
    ['user: -1', `services.a.user: found -1, expected a user's name or number`],
    ['user: 4294967295', `services.a.user: found 4294967295, expected a user's name or number`],
    ['user: "4294967295"', `services.a.user: found "4294967295", expected a user's name or number`],
    ['group: 4294967295', `services.a.group: found 4294967295, expected a group's name or number`],
    ['group: "4294967295"', `services.a.group: found "4294967295", expected a group's name or number`],
  ])('refuses %s', async (text, expected) => {
    expect((await problemsIn(withField(text))).map((line) => line.replace(/^[^ ]* /, ''))).toEqual([expected]);
  });

  it('refuses a umask that is a number in JSON, where nobody can write it in octal', async () => {
    const found = await problemsIn('{"services": {"a": {"command": "x", "umask": 22}}}', 'portsup.json');
    expect(found.join()).toContain(`services.a.umask: found 22, ${octal}`);
    const config = await loaded('{"services": {"a": {"command": "x", "umask": "22"}}}', 'portsup.json');
    expect(specOf(config).umask).toBe('022');
  });
});

describe('user and group', () => {
  it('are inherited downwards, the nearest level wins, and a user brings its own group', async () => {
    const { root: tree } = await loaded(`user: www-data
group: adm
services:
  a: { command: x }
  b: { command: x, group: 33 }
  c: { command: x, user: root }
  inner: { user: 1000, group: staff, services: { d: { command: x }, e: { command: x, user: nobody, group: nogroup } } }
  pool: { strategy: simple_one_for_one, group: games, template: { command: x } }
`);
    const found: Record<string, string> = {};
    const visit = (spec: (typeof tree)['children'][number]): void => {
      if (spec.kind === 'service') found[spec.name] = `${spec.user} ${spec.group}`;
      else for (const child of spec.template ? [spec.template] : spec.children) visit(child);
    };
    for (const child of tree.children) visit(child);
    expect(found).toEqual({
      a: 'www-data adm',
      b: 'www-data 33',
      c: 'root null',
      d: '1000 staff',
      e: 'nobody nogroup',
      template: 'www-data games',
    });
  });
});

describe('a specification that comes over the socket', () => {
  it.each([
    [{ nice: 20 }, 'nice'],
    [{ nice: 0.5 }, 'nice'],
    [{ umask: '27' }, 'umask'],
    [{ umask: '08a' }, 'umask'],
    [{ limits: { nofile: 3, core: null } }, 'limits.nofile'],
    [{ user: 'a b' }, 'user'],
    [{ group: 'a,b' }, 'group'],
  ] as const)('may not have %j', (fields, field) => {
    expect(checkSpec(root([service('a', fields)])).map((problem) => problem.field)).toEqual([field]);
  });

  it('may have what a configuration makes', async () => {
    const { root: tree } = await loaded(withField('nice: 5, umask: "0", limits: { nofile: 4, core: unlimited }, user: a.b-c@d, group: 0'));
    expect(checkSpec(tree)).toEqual([]);
  });
});
