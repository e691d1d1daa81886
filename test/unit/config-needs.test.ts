import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { circlesIn } from '../../src/base/circles.js';
import { loadConfig } from '../../src/config/load.js';
import { problemLine, problemsOf } from '../../src/config/problems.js';
import { checkSpec } from '../../src/supervision/check-spec.js';
import type { ServiceSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { configFolder, loaded, problemsIn } from '../helpers/config-folder.js';
import { pool, root, service, supervisor } from '../helpers/specs.js';

function serviceAt({ children }: SupervisorSpec, path: string): ServiceSpec {
  const [first = '', ...rest] = path.split('/');
  const child = children.find(({ name }) => name === first);
  if (child?.kind === 'supervisor') return serviceAt(child, rest.join('/'));
  if (child?.kind !== 'service') throw new Error(`no service ${path}`);
  return child;
}

const shorten = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/^portsup\.yaml:/, ''));

describe('a name in needs or links', () => {
  it('is a sibling first, then a path from the top, then a watchdog; in the tree there are only paths and watchdogs', async () => {
    const { root: tree } = await loaded(`watchdogs: { database: { tcp: 1 }, cache: { tcp: 2 } }
services:
  db: { command: x }
  api: { command: x, needs: [backend, backend/db, db, database] }
  backend:
    services:
      db: { command: x }
      cache: { command: x }
      web: { command: x, needs: [db, cache, api2, database, db, backend/db], links: [db, api2] }
  other: { services: { w: { command: x, needs: [cache, db] } } }
  api2: { command: x }
  jobs: { strategy: simple_one_for_one, template: { command: x, needs: [db, backend/db, database] } }
`);
    expect(serviceAt(tree, 'api').needs).toEqual(['backend', 'backend/db', 'db', 'database']);
    expect(serviceAt(tree, 'backend/web').needs).toEqual(['backend/db', 'backend/cache', 'api2', 'database']);
    expect(serviceAt(tree, 'backend/web').links).toEqual(['backend/db', 'api2']);
    expect(serviceAt(tree, 'other/w').needs).toEqual(['cache', 'db']);
    const jobs = tree.children.find(({ name }) => name === 'jobs');
    expect(jobs?.kind === 'supervisor' && jobs.template?.needs).toEqual(['db', 'backend/db', 'database']);
    expect(checkSpec(tree)).toEqual([]);
  });

  it('that nobody has is told with the nearest one, as it would be called there', async () => {
    expect(
      shorten(
        await problemsIn(`watchdogs: { database: { tcp: 1 } }
services:
  db: { command: x }
  api: { command: x, needs: [dbb, databse, cache, backend/chache, zzz], links: [database, dv] }
  backend: { services: { cache: { command: x }, web: { command: x, needs: [cahce, bd] } } }
`),
      ),
    ).toEqual([
      '4:30: services.api.needs[0]: found "dbb", expected the name or path of a service, a supervisor or a watchdog; did you mean "db"?',
      '4:35: services.api.needs[1]: found "databse", expected the name or path of a service, a supervisor or a watchdog; did you mean "database"?',
      '4:44: services.api.needs[2]: found "cache", expected the name or path of a service, a supervisor or a watchdog; did you mean "backend/cache"?',
      '4:51: services.api.needs[3]: found "backend/chache", expected the name or path of a service, a supervisor or a watchdog; did you mean "backend/cache"?',
      '4:67: services.api.needs[4]: found "zzz", expected the name or path of a service, a supervisor or a watchdog',
      '4:81: services.api.links[0]: found "database", a watchdog, expected a service',
      '4:91: services.api.links[1]: found "dv", expected the name or path of a service; did you mean "db"?',
      '5:76: services.backend.services.web.needs[0]: found "cahce", expected the name or path of a service, a supervisor or a watchdog; did you mean "cache"?',
      '5:83: services.backend.services.web.needs[1]: found "bd", expected the name or path of a service, a supervisor or a watchdog; did you mean "db"?',
    ]);
  });

  it('has to be of somebody else: not of itself, nor of what it is in; a link of a service', async () => {
    expect(
      shorten(
        await problemsIn(`services:
  a: { command: x, needs: [a], links: [a, s] }
  s: { services: { t: { services: { b: { command: x, needs: [s, s/t] } } } } }
  p: { strategy: simple_one_for_one, template: { command: x, needs: [p], links: [a] } }
`),
      ),
    ).toEqual([
      '2:28: services.a.needs[0]: found "a", which is this service itself, expected others',
      '2:40: services.a.links[0]: found "a", which is this service itself, expected another service',
      '2:43: services.a.links[1]: found "s", a supervisor, expected a service',
      '3:62: services.s.services.t.services.b.needs[0]: found "s", a supervisor that it is in, expected what can be up before it',
      '3:65: services.s.services.t.services.b.needs[1]: found "s/t", a supervisor that it is in, expected what can be up before it',
      '4:70: services.p.template.needs[0]: found "p", a supervisor that it is in, expected what can be up before it',
      '4:81: services.p.template.links: found links in a template, expected none: nobody could say which instance is meant',
    ]);
  });

  it('may not be one that only a call starts: who needs it would wait for a call, and it is stopped when nobody calls', async () => {
    const { problems, tree } = {
      problems: await problemsIn(
        'services: { a: { command: x, needs: [b] }, b: { command: x, start: on_demand, call: { http: "http://x" } } }',
      ),
      tree: root([service('a', { needs: ['b'] }), service('b', { onDemand: true, autostart: false })]),
    };
    expect(shorten(problems)).toEqual([
      '1:38: services.a.needs[0]: found "b", which only a call starts, expected what is up by itself: without "start: on_demand"',
    ]);
    expect(checkSpec(tree).map(({ path, field }) => `${path} ${field}`)).toEqual(['a needs']);
  });

  it('has to be text in a list', async () => {
    const list = 'a list of names: of siblings, of watchdogs, or paths from the top such as backend/db';
    expect(shorten(await problemsIn('services: { a: { command: x, needs: b, links: [1] }, b: { command: x, needs: [""] } }'))).toEqual([
      `1:37: services.a.needs: found "b", expected ${list}`,
      '1:48: services.a.links[0]: found 1, expected a list of services: names of siblings, or paths from the top such as backend/db',
      `1:79: services.b.needs[0]: found "", expected ${list}`,
    ]);
  });
});

describe('needs in a circle', () => {
  it('are all told at once, each with its way and the entry that closes it', async () => {
    expect(
      shorten(
        await problemsIn(`services:
  api: { command: x, needs: [db] }
  db: { command: x, needs: [cache, api] }
  cache: { command: x, needs: [db] }
  web: { command: x, needs: [back] }
  back: { services: { one: { command: x }, two: { command: x, needs: [web] } } }
  ok: { command: x, needs: [api, back] }
`),
      ),
    ).toEqual([
      '3:36: services.db.needs[1]: found a circle (needs: api -> db -> api), expected needs that end somewhere',
      '4:32: services.cache.needs[0]: found a circle (needs: db -> cache -> db), expected needs that end somewhere',
      '6:71: services.back.services.two.needs[0]: found a circle (needs: web -> back -> back/two -> web), expected needs that end somewhere',
    ]);
  });

  it('may go through the template of a pool', async () => {
    const [line] = await problemsIn(`services:
  a: { command: x, needs: [p] }
  p: { strategy: simple_one_for_one, template: { command: x, needs: [a] } }
`);
    expect(line).toContain('found a circle (needs: a -> p -> p/* -> a)');
  });

  it('are none where two need the same, however long the chain', async () => {
    const chain = Array.from({ length: 500 }, (_, index) => `  s${index}: { command: x, needs: [${index === 0 ? '' : `s${index - 1}`}] }`);
    const { root: tree } = await loaded(`services:\n${chain.join('\n')}\n  end: { command: x, needs: [s1, s499] }\n`);
    expect(checkSpec(tree)).toEqual([]);
  });

  it('are none where links are: either may end first', async () => {
    await loaded('services: { a: { command: x, links: [b] }, b: { command: x, links: [a] } }');
  });
});

describe('a need of what a profile takes away', () => {
  const TEXT = `services:
  a: { command: x, needs: [db], links: [db] }
  b: { command: x, profiles: [dev], needs: [db, s] }
  db: { command: x, profiles: [dev, test] }
  s: { profiles: [dev], services: { c: { command: x, needs: [nobody] } } }
`;

  const told = async (text: string, profiles: readonly string[]): Promise<readonly string[]> => {
    const folder = configFolder({ 'portsup.yaml': text });
    const error: unknown = await loadConfig({ cwd: folder.path, profiles }).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    folder.dispose();
    return shorten(problemsOf(error).map(problemLine));
  };

  it('is refused and says so, but for those that are not there either; what has no meaning at all is always told', async () => {
    const absent = 'which is only there with --profile dev or test, expected what is there, too: give both the same profiles';
    const unknown =
      '5:62: services.s.services.c.needs[0]: found "nobody", expected the name or path of a service, a supervisor or a watchdog';
    expect(await told(TEXT, [])).toEqual([
      `2:28: services.a.needs[0]: found "db", ${absent}`,
      `2:41: services.a.links[0]: found "db", ${absent}`,
      unknown,
    ]);
    expect(await told(TEXT, ['dev'])).toEqual([unknown]);
    expect(await told(TEXT.replace('nobody', 'a'), ['dev'])).toEqual([]);
    expect(await told(TEXT.replace('nobody', 'a'), ['test'])).toEqual([]);
  });

  it('and a circle of what is not there wait for nobody', async () => {
    const text =
      'services: { a: { command: x }, b: { command: x, profiles: [p], needs: [c] }, c: { command: x, profiles: [p], needs: [b] } }';
    expect(await told(text, [])).toEqual([]);
    expect(await told(text, ['p'])).toEqual([expect.stringContaining('(needs: b -> c -> b)')]);
  });
});

describe('what comes over the socket', () => {
  const found = (spec: SupervisorSpec): readonly string[] =>
    checkSpec(spec).map(({ path, field, found: value }) => `${path} ${field}: ${value}`);
  const method = { by: 'tcp', host: 'h', port: 1, tryMs: 1 } as const;
  const watchdog = { name: 'w', method, cwd: '/', env: {}, intervalMs: 1, failures: 1, clearAfter: 1 };

  it('needs and links what is there, and no circle', () => {
    const tree = root(
      [
        service('a', { needs: ['w', 'nobody', 'a', 's'], links: ['w', 'a', 's', 's/b'] }),
        supervisor('s', [service('b', { needs: ['s', 'a', 'b'] })]),
        pool('p', { needs: ['p', 'a'], links: ['a'] }),
      ],
      { watchdogs: [watchdog] },
    );
    expect(found(tree)).toEqual([
      'a needs: "nobody"',
      'a needs: "a"',
      'a links: "w"',
      'a links: "a"',
      'a links: "s"',
      's/b needs: "s"',
      's/b needs: "b"',
      'p template.needs: "p"',
      'p template.links: links in a template',
      'a needs: a circle (a -> s -> s/b -> a)',
    ]);
  });

  it('has watchdogs at the root only, with names of their own', () => {
    const nested = supervisor('s', ['b'], { watchdogs: [watchdog] });
    expect(
      found(root(['w', nested], { watchdogs: [watchdog, { ...watchdog, name: 'a/b' }, { ...watchdog, cwd: 'x', intervalMs: 0 }] })),
    ).toEqual([
      ' watchdogs.w.intervalMs: 0',
      ' watchdogs.w.cwd: "x"',
      ' watchdogs: "w"',
      ' watchdogs: "a/b"',
      ' watchdogs: "w"',
      's watchdogs: 1 of them',
    ]);
  });

  const times = { delayMs: 0, intervalMs: 1, timeoutMs: 1 };
  const asking = { intervalMs: 1, graceMs: 0, failures: 1, clearAfter: 1 };
  const backoff = { minMs: 1, maxMs: 1, factor: 1, jitter: 0, resetAfterMs: 0 };
  const captured = service('x').logs;

  it.each<[Partial<ServiceSpec>, string]>([
    [{ ready: { ...times, method: { by: 'exit' } } }, 'ready.method'],
    [{ ready: { ...times, method: { by: 'fd', fd: 10 } } }, 'ready.method'],
    [{ ready: { ...times, method: { by: 'log', pattern: '(' } } }, 'ready.method'],
    [{ ready: { ...times, method: { by: 'log', pattern: 'x' } }, logs: { ...captured, mode: 'raw' } }, 'ready.method'],
    [{ ready: { ...times, method: { by: 'http', url: 'ftp://x', statuses: null, body: null, tryMs: 1 } } }, 'ready.method.url'],
    [{ ready: { ...times, method: { by: 'http', url: 'http://x', statuses: null, body: '(', tryMs: 1 } } }, 'ready.method.body'],
    [{ ready: { ...times, method: { ...method, port: 0 } } }, 'ready.method.port'],
    [{ ready: { ...times, method: { ...method, tryMs: 0 } } }, 'ready.method.tryMs'],
    [{ ready: { ...times, intervalMs: 0, method } }, 'ready.intervalMs'],
    [{ ready: { ...times, timeoutMs: 0, method } }, 'ready.timeoutMs'],
    [{ alive: { ...asking, method: { by: 'exec', command: [''], tryMs: 1 } } }, 'alive.method.command'],
    [{ alive: { ...asking, method: { by: 'exec', command: ['x', '\0'], tryMs: 1 } } }, 'alive.method.command'],
    [{ alive: { ...asking, intervalMs: 0, method: { by: 'notify' } } }, 'alive.intervalMs'],
    [{ backoff: { ...backoff, minMs: 2 } }, 'backoff.maxMs'],
    [{ backoff: { ...backoff, minMs: 0 } }, 'backoff.minMs'],
    [{ call: { by: 'http', url: 'x' } }, 'call.url'],
    [{ call: { by: 'jsonrpc', url: null }, stdin: 'null' }, 'call.url'],
    [{ call: { by: 'jsonrpc', url: null }, logs: { ...captured, mode: 'none' } }, 'call.url'],
    [{ onDemand: true }, 'autostart'],
    [{ idleMs: 1 }, 'idleMs'],
    [{ idleMs: 0, onDemand: true, autostart: false }, 'idleMs'],
    [{ alarm: { restarts: 1, withinMs: 0 } }, 'alarm.withinMs'],
  ])('is checked by the same rules: %j', (fields, field) => {
    expect(checkSpec(root([service('a', fields)])).map((problem) => problem.field)).toEqual([field]);
  });

  it('starts no instances of a pool on demand', () => {
    expect(found(root([pool('p', { onDemand: true, autostart: false })]))).toEqual(['p template.onDemand: true in a template']);
  });
});

describe('circles in a graph', () => {
  const anyGraph = fc
    .array(fc.array(fc.nat(9), { maxLength: 4 }), { maxLength: 8 })
    .map((edges) => new Map(edges.map((targets, node) => [String(node), targets.map(String)] as const)));

  /** Takes away what leads nowhere until nothing of the kind is left. */
  function hasCircle(graph: ReadonlyMap<string, readonly string[]>): boolean {
    const left = new Map(graph);
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const [node, targets] of left) if (!targets.some((target) => left.has(target))) left.delete(node);
    }
    return left.size > 0;
  }

  it('are found if and only if there are any, are circles, and none is left without their last steps', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const circles = circlesIn(graph);
        expect(circles.length > 0).toBe(hasCircle(graph));
        const mended = new Map(graph);
        for (const circle of circles) {
          circle.forEach((node, index) => expect(graph.get(node)).toContain(circle[(index + 1) % circle.length]));
          const last = circle.at(-1) ?? '';
          mended.set(last, mended.get(last)?.filter((target) => target !== circle[0]) ?? []);
        }
        expect(hasCircle(mended)).toBe(false);
      }),
    );
  });

  it('are looked for in a chain of any length', () => {
    const size = 100_000;
    const graph = new Map(Array.from({ length: size }, (_, node) => [String(node), [String((node + 1) % size)]] as const));
    expect(circlesIn(graph).map(({ length }) => length)).toEqual([size]);
  });
});
