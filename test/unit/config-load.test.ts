import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { ServiceSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { configFolder, loaded } from '../helpers/config-folder.js';

const service = (root: SupervisorSpec, name: string): ServiceSpec => {
  const child = root.children.find((candidate) => candidate.name === name);
  if (child?.kind !== 'service') throw new Error(`no service ${name}`);
  return child;
};

describe('a loaded configuration', () => {
  it('has every default of OTP filled in', async () => {
    const { app, folder, file, root } = await loaded('name: shop\nservices:\n  db:\n    command: postgres -D data\n');
    expect({ app, file }).toEqual({ app: 'shop', file: `${folder}/portsup.yaml` });
    const { children, ...supervisor } = root;
    expect(supervisor).toEqual({
      kind: 'supervisor',
      name: '',
      strategy: 'one_for_one',
      intensity: 3,
      periodMs: 5_000,
      autoShutdown: 'never',
      resetAfterMs: null,
      restart: 'permanent',
      shutdown: 'infinity',
      significant: false,
      template: null,
      logTotalBytes: 1024 ** 3,
      watchdogs: [],
    });
    expect(children).toEqual([
      {
        kind: 'service',
        name: 'db',
        command: ['postgres', '-D', 'data'],
        cwd: folder,
        env: {},
        envFiles: {},
        inheritEnv: true,
        restart: 'permanent',
        shutdown: 5_000,
        significant: false,
        stopSignal: 'SIGTERM',
        successExitCodes: [],
        stdin: 'pipe',
        autostart: true,
        orphans: 'kill',
        cron: null,
        watch: null,
        maxMemoryBytes: null,
        logs: { mode: 'capture', maxBytes: 10 * 1024 ** 2, keep: 5, compress: true, blockMs: 5_000, file: null },
        logTotalBytes: null,
        nice: null,
        umask: null,
        limits: { nofile: null, core: null },
        user: null,
        group: null,
        ready: null,
        alive: null,
        backoff: null,
        needs: [],
        links: [],
        call: null,
        onDemand: false,
        idleMs: null,
        alarm: null,
      },
    ]);
  });

  it('has the command for its events, in its folder and with the variables of the top level', async () => {
    const { folder, onEvent } = await loaded(
      'on_event: ./tell "all of it"\ncwd: sub\nenv: { A: 1.10 }\nservices: { a: { command: x, env: { B: 2 } } }',
    );
    expect(onEvent).toEqual({ command: ['./tell', 'all of it'], cwd: folder, env: { A: '1.10' }, envFiles: {} });
    expect((await loaded('on_event: [sh, -c, "cat >> events", 7]\nservices: { a: { command: x } }')).onEvent?.command).toEqual([
      'sh',
      '-c',
      'cat >> events',
      '7',
    ]);
    expect((await loaded('services: { a: { command: x } }')).onEvent).toBeNull();
  });

  it('takes every field of a service', async () => {
    const text = `services:
  db:
    command: [postgres, -p, 5432]
    restart: transient
    success_exit_codes: [2, 143]
    shutdown: 1m30s
    stop_signal: int
    stdin: null
    autostart: false
    orphans: leave
    significant: true
auto_shutdown: any_significant
`;
    expect(service((await loaded(text)).root, 'db')).toMatchObject({
      command: ['postgres', '-p', '5432'],
      restart: 'transient',
      successExitCodes: [2, 143],
      shutdown: 90_000,
      stopSignal: 'SIGINT',
      stdin: 'null',
      autostart: false,
      orphans: 'leave',
      significant: true,
    });
  });

  it('keeps the order of the file, nested supervisors included', async () => {
    const text = `services:
  zeta: { command: z }
  backend: { strategy: rest_for_one, intensity: 0, period: 250ms, reset_after: 30, services: { b: { command: b }, a: { command: a } } }
  alpha: { command: a }
`;
    const { root } = await loaded(text);
    expect(root.children.map(({ name }) => name)).toEqual(['zeta', 'backend', 'alpha']);
    expect(root.children[1]).toMatchObject({
      kind: 'supervisor',
      strategy: 'rest_for_one',
      intensity: 0,
      periodMs: 250,
      resetAfterMs: 30_000,
      shutdown: 'infinity',
      children: [{ name: 'b' }, { name: 'a' }],
    });
  });

  it.each([
    ['10', 10_000],
    ['0', 0],
    ['"500ms"', 500],
    ['infinity', 'infinity'],
    ['brutal_kill', 'brutal_kill'],
  ])('reads shutdown: %s', async (written, expected) => {
    const { root } = await loaded(`services: { a: { command: x, shutdown: ${written} } }`);
    expect(service(root, 'a').shutdown).toBe(expected);
  });

  it('gives a simple_one_for_one supervisor its template and no children', async () => {
    const { root } = await loaded(`services:
  pool:
    strategy: simple_one_for_one
    env: { A: outer }
    template: { command: ./worker, env: { B: inner } }
`);
    expect(root.children[0]).toMatchObject({
      children: [],
      template: { name: 'template', command: ['./worker'], env: { A: 'outer', B: 'inner' } },
    });
  });

  it('runs a shell line with /bin/sh and nothing else with it', async () => {
    const line = 'echo "$HOME" | tr a b && exit 3';
    const { root } = await loaded(`services: { a: { shell: true, command: '${line}' }, b: { command: '${line}' } }`);
    expect(service(root, 'a').command).toEqual(['/bin/sh', '-c', line]);
    expect(service(root, 'b').command).toEqual(['echo', '$HOME', '|', 'tr', 'a', 'b', '&&', 'exit', '3']);
  });

  it('inherits env and cwd downwards, the nearest level winning', async () => {
    const { root, folder } = await loaded(`env: { A: root, B: root }
cwd: top
services:
  one: { command: x, env: { B: one } }
  group:
    env: { A: group }
    cwd: /srv
    services:
      two: { command: x, cwd: sub, env: { C: two } }
      three: { command: x }
`);
    expect(service(root, 'one')).toMatchObject({ env: { A: 'root', B: 'one' }, cwd: `${folder}/top` });
    const group = root.children[1] as SupervisorSpec;
    expect(service(group, 'two')).toMatchObject({ env: { A: 'group', B: 'root', C: 'two' }, cwd: `${folder}/sub` });
    expect(service(group, 'three')).toMatchObject({ env: { A: 'group', B: 'root' }, cwd: '/srv' });
  });

  it('gives numbers and booleans to programs as they are written', async () => {
    const { root } = await loaded(`services:
  a:
    command: [x, 1.10, 0755, 12345678901234567890]
    env: { VERSION: 1.10, MODE: 0755, ON: True, PORT: 8080, EMPTY: '' }
`);
    expect(service(root, 'a').command).toEqual(['x', '1.10', '0755', '12345678901234567890']);
    expect(service(root, 'a').env).toEqual({ VERSION: '1.10', MODE: '0755', ON: 'True', PORT: '8080', EMPTY: '' });
  });

  it('understands anchors, aliases and merge keys, own keys winning', async () => {
    const { root } = await loaded(`services:
  a: &base
    command: x
    restart: transient
    env: &env { V: 1.10, W: w }
  b:
    <<: *base
    restart: temporary
    env: { <<: *env, W: own }
  c:
    <<: [{ command: y }, *base]
`);
    expect(service(root, 'b')).toMatchObject({ command: ['x'], restart: 'temporary', env: { V: '1.10', W: 'own' } });
    expect(service(root, 'c')).toMatchObject({ command: ['y'], restart: 'transient', env: { V: '1.10', W: 'w' } });
  });

  it('loads a thousand aliases of one anchor', async () => {
    const services = Array.from({ length: 1_000 }, (_, index) => `  s${index}: { <<: *base, env: *env }`).join('\n');
    const { root } = await loaded(`services:\n  first: &base\n    command: x\n    env: &env { A: 1 }\n${services}\n`);
    expect(root.children).toHaveLength(1_001);
    expect(root.children.at(-1)).toMatchObject({ name: 's999', command: ['x'], env: { A: '1' } });
  });

  it('keeps names and values with spaces, quotes, dollars, percents, unicode and newlines', async () => {
    const value = 'a "b" \'c\' $HOME ${X%y} $(z) %s é 雪\nline two\\';
    const { root } = await loaded(JSON.stringify({ services: { a: { command: ['x', value], env: { V: value } } } }), 'portsup.json');
    expect(service(root, 'a')).toMatchObject({ command: ['x', value], env: { V: value } });
  });

  it('reads JSON indented with tabs', async () => {
    const { root } = await loaded(JSON.stringify({ services: { a: { command: 'x 1' } } }, null, '\t'), 'portsup.json');
    expect(service(root, 'a').command).toEqual(['x', '1']);
  });

  it('reads a file with CRLF and a byte order mark', async () => {
    const { root } = await loaded('\uFEFFservices:\r\n  a:\r\n    command: x y\r\n');
    expect(service(root, 'a').command).toEqual(['x', 'y']);
  });

  it('is named after its folder when it has no name', async () => {
    const folder = configFolder({ 'my shop/portsup.yaml': 'services: { a: { command: x } }' });
    expect((await loadConfig({ cwd: `${folder.path}/my shop` })).app).toBe('my-shop');
    folder.dispose();
  });
});
