import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { resolvedYaml } from '../../src/config/resolved.js';
import { cronProblems } from '../../src/daemon/triggers/cron-problems.js';
import { checkSpec } from '../../src/supervision/check-spec.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { configFolder, loaded, problemsIn } from '../helpers/config-folder.js';
import { pool, root, service } from '../helpers/specs.js';

async function serviceOf(text: string): Promise<ServiceSpec> {
  const [first] = (await loaded(text)).root.children;
  if (first?.kind !== 'service') throw new Error('no service');
  return first;
}

describe('cron, watch and max_memory', () => {
  it('mean what they say: paths from the configuration’s folder, bytes in powers of 1024', async () => {
    const spec = await serviceOf(`services:
  web: { command: web, cron: "0 3 * * *", max_memory: 300mb, watch: { paths: [src, /etc/web], ignore: ["*.tmp"] } }
`);
    expect(spec).toMatchObject({ cron: '0 3 * * *', maxMemoryBytes: 300 * 1024 ** 2 });
    const { folder = '', paths, ignore } = spec.watch ?? {};
    expect(paths).toEqual([`${folder}/src`, '/etc/web']);
    expect(folder).toMatch(/^\/.*portsup-config-/);
    expect(ignore).toEqual(['*.tmp']);
  });

  it('take the short form of watch, and nothing when left out', async () => {
    expect((await serviceOf('services: { web: { command: web, watch: [.] } }')).watch).toMatchObject({ ignore: [] });
    expect(await serviceOf('services: { web: { command: web } }')).toMatchObject({ cron: null, watch: null, maxMemoryBytes: null });
  });

  it('stand in the resolved configuration as one that loads to the same', async () => {
    const folder = configFolder({
      'portsup.yaml':
        'services: { web: { command: web, cron: "@daily", max_memory: 1.5gb, watch: { paths: [src], ignore: [x] } }, b: { command: b } }',
    });
    try {
      const first = await loadConfig({ cwd: folder.path });
      const text = resolvedYaml(first);
      const second = await loaded(text.replace('env: {}', ''), 'portsup.yaml');
      const [web] = second.root.children;
      expect(web).toMatchObject({
        cron: '@daily',
        maxMemoryBytes: 1.5 * 1024 ** 3,
        watch: { paths: [`${folder.path}/src`], ignore: ['x'] },
      });
      expect(text).not.toContain('cron: null');
    } finally {
      folder.dispose();
    }
  });

  it('tell each mistake with its place', async () => {
    expect(
      await problemsIn(`services:
  a: { command: x, cron: "61 * * * *" }
  b: { command: x, cron: 5, watch: [], max_memory: 3 }
  c: { command: x, watch: { path: [src] }, max_memory: lots }
  d: { command: x, watch: src, cron: "0 0 30 2 *" }
  e: { command: x, watch: { paths: [src], ignore: x } }
  p: { strategy: simple_one_for_one, template: { command: x, cron: "@daily" } }
  g: { command: x, crom: "@daily", watch: [""] }
`),
    ).toEqual([
      expect.stringMatching(
        /^portsup\.yaml:2:26: services\.a\.cron: found "61 \* \* \* \*" \(Invalid value for minute: 61\), expected a time as cron/,
      ),
      expect.stringMatching(/^portsup\.yaml:3:26: services\.b\.cron: found 5, expected a time as cron/),
      'portsup.yaml:3:36: services.b.watch: found an empty list, expected at least one path',
      expect.stringMatching(/^portsup\.yaml:3:52: services\.b\.max_memory: found 3, expected a size .* at least 1mb$/),
      'portsup.yaml:4:29: services.c.watch.path: unknown key; did you mean "paths"?',
      expect.stringMatching(/^portsup\.yaml:4:56: services\.c\.max_memory: found "lots", expected a size/),
      expect.stringMatching(/^portsup\.yaml:5:27: services\.d\.watch: found "src", expected a list of paths/),
      expect.stringMatching(/^portsup\.yaml:5:38: services\.d\.cron: found "0 0 30 2 \*" \(it never comes\)/),
      'portsup.yaml:6:51: services.e.watch.ignore: found "x", expected a list of patterns',
      expect.stringMatching(/^portsup\.yaml:7:68: services\.p\.template\.cron: found a cron in a template/),
      'portsup.yaml:8:20: services.g.crom: unknown key; did you mean "cron"?',
      'portsup.yaml:8:44: services.g.watch[0]: found "", expected a path',
    ]);
  });

  it('are fields of services only', async () => {
    const [line] = await problemsIn('cron: "@daily"\nservices: { a: { command: x } }');
    expect(line).toContain('cron: unknown key in a supervisor; it is a field of services');
  });

  it('are checked of what comes over the socket, too', () => {
    const watch = { folder: '/srv', paths: ['src'], ignore: [] };
    const fields = (specs: ReturnType<typeof checkSpec>) => specs.map(({ path, field }) => `${path} ${field}`);
    expect(fields(checkSpec(root([service('a', { maxMemoryBytes: 1 }), service('b', { watch }), pool('p', { cron: '@daily' })])))).toEqual([
      'a maxMemoryBytes',
      'b watch',
      'p template.cron',
    ]);
    expect(cronProblems(root([service('a', { cron: 'x' }), service('b', { cron: '@daily' })]))).toMatchObject([
      { path: 'a', field: 'cron' },
    ]);
  });
});
