import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { resolvedYaml } from '../../src/config/resolved.js';
import { checkSpec } from '../../src/supervision/check-spec.js';
import { differingFields } from '../../src/supervision/field-names.js';
import type { ServiceSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { configFolder, loaded, problemsIn } from '../helpers/config-folder.js';

async function serviceOf(fields: string): Promise<ServiceSpec> {
  const [first] = (await loaded(`services: { a: { command: x, ${fields} }, b: { command: x } }`)).root.children;
  if (first?.kind !== 'service') throw new Error('no service');
  return first;
}

/** What is wrong with the fields of a service, without the place. */
async function refusals(fields: string): Promise<readonly string[]> {
  const lines = await problemsIn(`services: { a: { command: x, ${fields} }, b: { command: x } }`);
  return lines.map((line) => line.replace(/^portsup\.yaml:1:\d+: services\.a\./, ''));
}

const TRY = 5_000;

describe('ready and alive', () => {
  it.each([
    ['http: "http://localhost:3000/ready"', { by: 'http', url: 'http://localhost:3000/ready', statuses: null, body: null, tryMs: TRY }],
    ['http: { url: "https://x/", status: 200 }', { by: 'http', url: 'https://x/', statuses: [200], body: null, tryMs: TRY }],
    [
      'http: { url: "HTTP://x", status: [200, 204], body: "ok${X}$", timeout: 1s }',
      { by: 'http', url: 'HTTP://x', statuses: [200, 204], body: 'ok${X}$', tryMs: 1_000 },
    ],
    ['tcp: 5432', { by: 'tcp', host: 'localhost', port: 5432, tryMs: TRY }],
    ['tcp: "db.example:5432"', { by: 'tcp', host: 'db.example', port: 5432, tryMs: TRY }],
    ['tcp: "[::1]:80"', { by: 'tcp', host: '::1', port: 80, tryMs: TRY }],
    ['exec: pg_isready -h "my host"', { by: 'exec', command: ['pg_isready', '-h', 'my host'], tryMs: TRY }],
    ['exec: [check, 7]', { by: 'exec', command: ['check', '7'], tryMs: TRY }],
    ['exec: { command: check, timeout: 2 }', { by: 'exec', command: ['check'], tryMs: 2_000 }],
    ['notify: true', { by: 'notify' }],
  ])('ask, or are told, in the way of %s', async (way, method) => {
    const spec = await serviceOf(`ready: { ${way} }, alive: { ${way} }`);
    expect(spec.ready?.method).toEqual(method);
    expect(spec.alive?.method).toEqual(method);
  });

  it.each([
    ['log: "^ready \\\\d+$"', { by: 'log', pattern: '^ready \\d+$' }],
    ['exit: 0', { by: 'exit' }],
    ['fd: 3', { by: 'fd', fd: 3 }],
  ])('ready alone is told by %s', async (way, method) => {
    expect((await serviceOf(`restart: transient, ready: { ${way} }`)).ready?.method).toEqual(method);
  });

  it('have their defaults, and what is said instead', async () => {
    const usual = await serviceOf('ready: { tcp: 1 }, alive: { tcp: 1 }');
    expect(usual.ready).toMatchObject({ delayMs: 0, intervalMs: 500, timeoutMs: 60_000 });
    expect(usual.alive).toMatchObject({ intervalMs: 10_000, graceMs: 0, failures: 3, clearAfter: 3 });
    const own = await serviceOf(
      'ready: { tcp: 1, delay: 1s, interval: 2s, timeout: 3s }, alive: { tcp: 1, interval: 4s, timeout: 5ms, failures: 6, grace: 7s, clear_after: 8 }',
    );
    expect(own.ready).toMatchObject({ delayMs: 1_000, intervalMs: 2_000, timeoutMs: 3_000 });
    expect(own.alive).toMatchObject({ intervalMs: 4_000, graceMs: 7_000, failures: 6, clearAfter: 8, method: { tryMs: 5 } });
  });

  it('of http and exec have a time for one try of their own, which wins over that beside it', async () => {
    const spec = await serviceOf('alive: { exec: { command: x, timeout: 1s }, timeout: 2s }');
    expect(spec.alive?.method).toMatchObject({ tryMs: 1_000 });
  });

  it.each([
    ['ready: {}', 'ready: found none of them, expected exactly one of http, tcp, exec, log, exit, fd, notify'],
    ['ready: { timeout: 1s }', 'ready: found none of them, expected exactly one of http, tcp, exec, log, exit, fd, notify'],
    ['alive: { tcp: 1, notify: true }', 'alive: found tcp and notify, expected exactly one of http, tcp, exec, notify'],
    ['call: { http: "http://x", xmlrpc: "http://x" }', 'call: found xmlrpc and http, expected exactly one of xmlrpc, jsonrpc, http'],
    ['ready: { htpp: "http://x" }', 'ready.htpp: unknown key; did you mean "http"?'],
    ['ready: { http: { ulr: "http://x" } }', 'ready.http.ulr: unknown key; did you mean "url"?'],
    ['alive: { exec: { comand: x } }', 'alive.exec.comand: unknown key; did you mean "command"?'],
    ['alive: { log: x }', 'alive.log: unknown key here; it is a field of "ready"'],
    ['alive: { tcp: 1, delay: 1s }', 'alive.delay: unknown key; did you mean "grace"?'],
    ['ready: { tcp: 1, grace: 1s }', 'ready.grace: unknown key; did you mean "delay"?'],
    ['ready: { tcp: 1, failures: 3 }', 'ready.failures: unknown key here; it is a field of "alive"'],
    ['ready: { http: { url: "http://x", failures: 3 } }', 'ready.http.failures: unknown key'],
    [
      'ready: 5432',
      'ready: found 5432, expected a mapping such as { http: "http://localhost:3000/ready" }, { tcp: 5432 } or { log: "listening on" }',
    ],
    ['ready: { http: "ftp://x" }', 'ready.http: found "ftp://x", expected an http or https URL such as "http://localhost:3000/health"'],
    [
      'ready: { http: { url: "http://" } }',
      'ready.http.url: found "http://", expected an http or https URL such as "http://localhost:3000/health"',
    ],
    [
      'ready: { http: { url: "http://x", status: 99 } }',
      'ready.http.status: found 99, expected a status from 100 to 599, or a list of them',
    ],
    ['ready: { http: { url: "http://x", status: [] } }', 'ready.http.status: found an empty list, expected at least one status'],
    [
      'ready: { http: { url: "http://x", body: "[" } }',
      'ready.http.body: found "[" (Unterminated character class), expected a regular expression of JavaScript',
    ],
    ['ready: { log: "(" }', 'ready.log: found "(" (Unterminated group), expected a regular expression of JavaScript'],
    [
      'ready: { exec: "say \'hi" }',
      'ready.exec: found an unclosed single quote at character 5, expected quotes in pairs and a character after each backslash',
    ],
    ['ready: { exec: [] }', 'ready.exec: found an empty list, expected a program'],
    ['ready: { fd: 2 }', 'ready.fd: found 2, expected a descriptor from 3 to 9'],
    ['ready: { notify: false }', 'ready.notify: found false, expected true'],
    ['restart: temporary, ready: { exit: 1 }', 'ready.exit: found 1, expected 0'],
    ['alive: { tcp: 1, failures: 0 }', 'alive.failures: found 0, expected an integer, 1 or more'],
    ['ready: { fd: 3, interval: 1s }', 'ready.interval: found interval with fd, expected none: nobody asks, the program tells'],
    [
      'alive: { notify: true, timeout: 1s }',
      'alive.timeout: found timeout with notify, expected none: nobody asks; interval is what the program has between two signs',
    ],
    ['ready: { exit: 0 }', 'ready.exit: found 0 with restart: permanent (the default), expected restart: transient or temporary beside it'],
    [
      'restart: permanent, ready: { exit: 0 }',
      'ready.exit: found 0 with restart: permanent, expected restart: transient or temporary beside it',
    ],
    ['logs: none, ready: { log: x }', 'ready.log: found log with logs: none, expected output that is captured, so that a line is seen'],
    [
      'logs: { raw: true }, ready: { log: x }',
      'ready.log: found log with raw: true, expected output that is captured, so that a line is seen',
    ],
  ])('refuse { %s }', async (fields, message) => {
    expect(await refusals(fields)).toEqual([message]);
  });

  it.each([
    'ready: { tcp: 1, interval: 0 }',
    'ready: { tcp: 1, timeout: 0s }',
    'alive: { tcp: 1, interval: 0 }',
    'alive: { tcp: 1, timeout: 0 }',
    'idle: 0, start: on_demand, call: { jsonrpc: stdio }',
    'alarm: { within: 0 }',
    'backoff: { min: 0 }',
    'backoff: { max: 0s }',
    'backoff: { reset_after: 0 }',
  ])('refuse a time of nothing where it has no sense: { %s }', async (fields) => {
    expect(await refusals(fields)).toEqual([expect.stringMatching(/ at least 1ms$/)]);
  });

  it.each(['0', '65536', '1.5', '"x"', '":80"', '"::1:80"', '"h:99999"', '"a b:80"'])('refuse tcp: %s', async (address) => {
    expect(await refusals(`ready: { tcp: ${address} }`)).toEqual([
      expect.stringMatching(/^ready\.tcp: found .* expected a port \(of localhost\)/),
    ]);
  });

  it('see which level says that no output is kept', async () => {
    const [line] = await problemsIn('logs: none\nservices: { a: { command: x, ready: { log: y } } }');
    expect(line).toContain('found log with logs: none (of the top level), expected');
    const [raw] = await problemsIn(
      'services: { s: { logs: { raw: true }, services: { a: { command: x, ready: { log: y }, logs: { keep: 1 } } } } }',
    );
    expect(raw).toContain('found log with raw: true (of services.s), expected');
    await loaded('logs: none\nservices: { a: { command: x, ready: { log: y }, logs: {} } }');
    await loaded('logs: { raw: true }\nservices: { a: { command: x, ready: { log: y }, logs: { raw: false } } }');
  });
});

describe('variables in what is asked', () => {
  it('are put in: in commands, URLs and addresses, and nowhere else', async () => {
    const folder = configFolder({
      'portsup.yaml': `env: { HOST: db, PORT: 7 }
on_alarm: { command: "tell \${HOST}", webhook: "http://\${HOST}/" }
watchdogs: { w: { exec: "check \${HOST}" }, v: { tcp: "\${HOST}:\${PORT}" } }
services:
  a:
    command: x
    env: { PORT: 8 }
    ready: { http: { url: "http://\${HOST}:\${PORT}/$$", body: "\${HOST}" } }
    alive: { exec: { command: [check, "\${PORT}"] } }
    call: { xmlrpc: "\${URL:-http://x/}" }
  b: { command: x, ready: { tcp: "\${PORT}" }, call: { jsonrpc: "http://\${HOST}" } }
`,
    });
    const { root, onAlarm } = await loadConfig({ cwd: folder.path, env: {} });
    folder.dispose();
    expect(root.children[0]).toMatchObject({
      ready: { method: { url: 'http://db:8/$', body: '${HOST}' } },
      alive: { method: { command: ['check', '8'] } },
      call: { url: 'http://x/' },
    });
    expect(root.children[1]).toMatchObject({ ready: { method: { host: 'localhost', port: 7 } }, call: { url: 'http://db' } });
    expect(root.watchdogs.map(({ method }) => method)).toMatchObject([{ command: ['check', 'db'] }, { host: 'db', port: 7 }]);
    expect(onAlarm).toMatchObject({ command: { command: ['tell', 'db'] }, webhook: 'http://db/' });
  });

  it('make no address of what is none, and no secret of theirs is told', async () => {
    const lines = await problemsIn(
      'env: { SECRET: hunter2 }\nservices: { a: { command: x, ready: { http: "${SECRET}" }, alive: { tcp: "${SECRET}" }, call: { http: "http://${NOBODY_HAS}" } } }',
    );
    expect(lines.map((line) => line.replace(/^portsup\.yaml:2:\d+: services\.a\./, ''))).toEqual([
      'ready.http: found "${SECRET}", which is none once its variables are put in, expected an http or https URL such as "http://localhost:3000/health"',
      expect.stringMatching(/^alive\.tcp: found "\$\{SECRET\}", which is none once its variables are put in, expected a port/),
      expect.stringMatching(/^call\.http: variable NOBODY_HAS is not set/),
    ]);
  });
});

describe('backoff', () => {
  const backoffsOf = ({ children }: SupervisorSpec): readonly unknown[] =>
    children.flatMap((child) => (child.kind === 'service' ? [child.backoff] : backoffsOf(child)));

  it('is nothing unless somebody says so, and has its defaults then', async () => {
    const { root } = await loaded('services: { a: { command: x }, b: { command: x, backoff: {} } }');
    expect(backoffsOf(root)).toEqual([null, { minMs: 100, maxMs: 30_000, factor: 2, jitter: 0.1, resetAfterMs: 10_000 }]);
  });

  it('is inherited key by key, turned off by none or false, and on again with the keys of above', async () => {
    const { root } = await loaded(`backoff: { min: 1s }
services:
  a: { command: x }
  s: { backoff: none, services: { b: { command: x }, c: { command: x, backoff: { max: 2s, factor: 1, jitter: 0, reset_after: 1m } } } }
  d: { command: x, backoff: false }
`);
    const above = { minMs: 1_000, maxMs: 30_000, factor: 2, jitter: 0.1, resetAfterMs: 10_000 };
    expect(backoffsOf(root)).toEqual([above, null, { minMs: 1_000, maxMs: 2_000, factor: 1, jitter: 0, resetAfterMs: 60_000 }, null]);
  });

  it.each([
    ['backoff: { min: 2s, max: 1s }', 'backoff.max: found "1s", expected at least min, which is 2s'],
    ['backoff: { min: 1m }', 'backoff.min: found "1m", expected at most max, which is 30s by default'],
    ['backoff: { factor: 0.5 }', 'backoff.factor: found 0.5, expected a number, 1 or more'],
    ['backoff: { jitter: 1.1 }', 'backoff.jitter: found 1.1, expected a number from 0 to 1'],
    ['backoff: true', 'backoff: found true, expected none, or a mapping such as { min: 100ms, max: 30s }'],
    ['backoff: { mim: 1s }', 'backoff.mim: unknown key; did you mean "min"?'],
  ])('refuses { %s }', async (fields, message) => {
    expect(await refusals(fields)).toEqual([message]);
  });

  it('says whose min it is that a max is below', async () => {
    const [line] = await problemsIn('backoff: { min: 10s }\nservices: { a: { command: x, backoff: { max: 5s } } }');
    expect(line).toBe('portsup.yaml:2:46: services.a.backoff.max: found "5s", expected at least min, which is 10s (of the top level)');
  });
});

describe('call, start, idle and alarm', () => {
  it('mean what they say', async () => {
    expect(await serviceOf('call: { jsonrpc: stdio }, start: on_demand, idle: 5m, alarm: { restarts: 2 }')).toMatchObject({
      call: { by: 'jsonrpc', url: null },
      onDemand: true,
      autostart: false,
      idleMs: 300_000,
      alarm: { restarts: 2, withinMs: 3_600_000 },
    });
    expect(await serviceOf('alarm: {}, start: auto')).toMatchObject({
      alarm: { restarts: 3, withinMs: 3_600_000 },
      onDemand: false,
      autostart: true,
    });
  });

  it.each([
    [
      'call: { jsonrpc: stdin }',
      'call.jsonrpc: found "stdin", expected stdio, or an http or https URL such as "http://localhost:3000/health"',
    ],
    ['call: { jsonrpc: stdio }, stdin: null', 'call.jsonrpc: found stdio with stdin: null, expected stdin: pipe'],
    [
      'call: { jsonrpc: stdio }, logs: none',
      'call.jsonrpc: found stdio with logs: none, expected output that is captured, as a reply is a line of it',
    ],
    [
      'call: { jsonrpc: stdio }, logs: { raw: true }',
      'call.jsonrpc: found stdio with raw: true, expected output that is captured, as a reply is a line of it',
    ],
    [
      'call: { jsonrpc: stdio }, start: on_demand, autostart: false',
      'autostart: found autostart beside start, expected one of the two: start: on_demand is never started with its supervisor',
    ],
    [
      'start: on_demand',
      'start: found on_demand without call, expected call beside it, or for what is started only by hand autostart: false instead',
    ],
    ['start: lazy', 'start: found "lazy", expected auto or on_demand'],
    ['idle: 5m', 'idle: found idle without start: on_demand, expected start: on_demand beside it'],
    ['start: auto, idle: 5m', 'idle: found idle without start: on_demand, expected start: on_demand beside it'],
    ['alarm: { restarts: 0 }', 'alarm.restarts: found 0, expected an integer, 1 or more'],
    ['alarm: 3', 'alarm: found 3, expected a mapping such as { restarts: 3, within: 1h }'],
  ])('refuse { %s }', async (fields, message) => {
    expect(await refusals(fields)).toEqual([message]);
  });

  it('start on demand is nothing for a template', async () => {
    const [line] = await problemsIn('strategy: simple_one_for_one\ntemplate: { command: x, start: on_demand }');
    expect(line).toBe(
      'portsup.yaml:2:32: template.start: found on_demand in a template, expected none: its instances are started one by one',
    );
  });
});

describe('watchdogs and on_alarm', () => {
  it('mean what they say, with their defaults', async () => {
    const { root, onAlarm, folder } = await loaded(`cwd: sub
env: { A: 1 }
on_alarm: ./notify all
watchdogs:
  database: { tcp: "db:1", timeout: 1s }
  other: { exec: check, interval: 1s, failures: 1, clear_after: 2 }
services: { a: { command: x } }
`);
    expect(root.watchdogs).toEqual([
      {
        name: 'database',
        method: { by: 'tcp', host: 'db', port: 1, tryMs: 1_000 },
        cwd: folder,
        env: {},
        intervalMs: 10_000,
        failures: 3,
        clearAfter: 3,
      },
      {
        name: 'other',
        method: { by: 'exec', command: ['check'], tryMs: 5_000 },
        cwd: `${folder}/sub`,
        env: { A: '1' },
        intervalMs: 1_000,
        failures: 1,
        clearAfter: 2,
      },
    ]);
    expect(onAlarm).toEqual({ command: { command: ['./notify', 'all'], cwd: folder, env: { A: '1' }, envFiles: {} }, webhook: null });
  });

  it.each([
    ['{ webhook: "https://x/" }', { command: null, webhook: 'https://x/' }],
    ['[a, 1]', { command: { command: ['a', '1'] }, webhook: null }],
    ['{ command: [a, 1], webhook: "https://x/" }', { command: { command: ['a', '1'] }, webhook: 'https://x/' }],
  ])('tell of alarms by on_alarm: %s', async (hook, expected) => {
    expect((await loaded(`on_alarm: ${hook}\nservices: { a: { command: x } }`)).onAlarm).toMatchObject(expected);
  });

  it.each([
    ['on_alarm: {}', 'on_alarm: found an empty mapping, expected command, webhook, or both'],
    ['on_alarm: { comand: x }', 'on_alarm.comand: unknown key; did you mean "command"?'],
    ['on_alarm: { webhook: x }', 'on_alarm.webhook: found "x", expected an http or https URL such as "http://localhost:3000/health"'],
    [
      "on_alarm: mail 'me",
      'on_alarm: found an unclosed single quote at character 6, expected quotes in pairs and a character after each backslash',
    ],
    ['watchdogs: { w: {} }', 'watchdogs.w: found none of them, expected exactly one of http, tcp, exec'],
    ['watchdogs: { w: { tcp: 1, grace: 1s } }', 'watchdogs.w.grace: unknown key here; it is a field of "alive"'],
    ['watchdogs: { a: { tcp: 1 } }', 'watchdogs.a: found the name "a", expected one that no service or supervisor of the top level has'],
    [
      'watchdogs: { a/b: { tcp: 1 } }',
      'watchdogs["a/b"]: found the name "a/b", expected a name: a letter, then letters, digits, "_" or "-", at most 64',
    ],
    ['watchdogs: [x]', 'watchdogs: found a list, expected a mapping of watchdogs'],
  ])('refuse { %s }', async (fields, message) => {
    const lines = await problemsIn(`${fields}\nservices: { a: { command: x } }`);
    expect(lines.map((line) => line.replace(/^portsup\.yaml:1:\d+: /, ''))).toEqual([message]);
  });

  it('are of the top level only', async () => {
    const lines = await problemsIn('services: { a: { command: x, watchdogs: {}, on_alarm: x } }');
    expect(lines.map((line) => line.split(': ').slice(1).join(': '))).toEqual([
      'services.a.watchdogs: unknown key here; only the top level has it',
      'services.a.on_alarm: unknown key here; only the top level has it',
    ]);
  });
});

const EVERYTHING = `name: shop
cwd: sub
env: { A: "a$$b", B: { file: secret } }
on_alarm: { command: [tell, "$$HOME"], webhook: "https://example.com/$$x" }
watchdogs:
  database: { tcp: "[::1]:5432", timeout: 700ms, interval: 1s, failures: 1, clear_after: 2 }
  other: { exec: { command: check, timeout: 2s } }
  web: { http: { url: "https://example.com", status: [200, 204], body: "ok\${X}$" } }
backoff: { min: 200ms }
services:
  db: { command: x, ready: { tcp: 5432, timeout: 20s }, backoff: none }
  migrate: { command: x, restart: temporary, ready: { exit: 0, timeout: 1h }, needs: [db, backend/cache] }
  s6: { command: x, ready: { fd: 4 }, alive: { notify: true, interval: 3s }, call: { http: "http://x" }, needs: [backend, web] }
  sd: { command: x, ready: { notify: true }, alive: { exec: [check, "$$1"], grace: 1s }, call: { xmlrpc: "http://x" } }
  jobs: { strategy: simple_one_for_one, template: { command: x, needs: [db], call: { jsonrpc: stdio } } }
  backend:
    services:
      cache: { command: x, ready: { log: "ready$ \\\\d" } }
      api:
        command: x
        ready: { http: "http://localhost:3000/$$", delay: 1s, interval: 1s }
        alive: { tcp: "h:80", grace: 3s, timeout: 700ms }
        needs: [cache, db, database, migrate, cache]
        links: [cache, db]
        call: { jsonrpc: "http://x/$$" }
        start: on_demand
        idle: 5m
        alarm: { restarts: 5 }
        backoff: { max: 1m, jitter: 0 }
`;

describe('the resolved configuration', () => {
  it('loads to the same tree, with the same who is told of alarms', async () => {
    const folder = configFolder({ 'portsup.yaml': EVERYTHING });
    const first = await loadConfig({ cwd: folder.path });
    const second = configFolder({ 'portsup.yaml': resolvedYaml(first, { showValues: true }) });
    const again = await loadConfig({ cwd: second.path });
    folder.dispose();
    second.dispose();
    const moved = {
      ...again.root,
      watchdogs: again.root.watchdogs.map((one) => ({ ...one, cwd: one.cwd.replace(second.path, folder.path) })),
    };
    expect(moved).toEqual(first.root);
    expect(again.onAlarm).toMatchObject({ webhook: 'https://example.com/$x', command: { command: ['tell', '$HOME'] } });
  });

  it('is a tree that the daemon takes', async () => {
    expect(checkSpec((await loaded(EVERYTHING)).root)).toEqual([]);
  });

  it('hides the variables that commands of watchdogs have', async () => {
    expect(resolvedYaml(await loaded(EVERYTHING))).not.toContain('a$b');
  });
});

describe('a file laid over another', () => {
  it('puts another way in the place of the one that was there, and keeps the rest', async () => {
    const folder = configFolder({
      'base.yaml':
        'watchdogs: { w: { tcp: 1, interval: 1s }, v: { tcp: 2 } }\nservices: { a: { command: x, ready: { tcp: 1, timeout: 9s }, alive: { http: { url: "http://x", status: 204 } }, call: { http: "http://x" } } }',
      'portsup.yaml':
        'extends: base.yaml\nwatchdogs: { w: { exec: check }, v: null }\nservices: { a: { ready: { http: "http://y" }, alive: { http: { status: 200 }, failures: 7 }, call: { jsonrpc: stdio } } }',
    });
    const { root } = await loadConfig({ cwd: folder.path });
    folder.dispose();
    expect(root.watchdogs).toMatchObject([{ name: 'w', method: { by: 'exec' }, intervalMs: 1_000 }]);
    expect(root.children[0]).toMatchObject({
      ready: { method: { by: 'http', url: 'http://y' }, timeoutMs: 9_000 },
      alive: { method: { by: 'http', url: 'http://x', statuses: [200] }, failures: 7 },
      call: { by: 'jsonrpc', url: null },
    });
  });
});

describe('what differs', () => {
  const differing = async (before: string, after: string): Promise<readonly string[]> =>
    // Each is loaded from a folder of its own.
    differingFields(await serviceOf(before), await serviceOf(after)).filter((name) => name !== 'cwd');

  it('is named as the configuration calls it, each field as a whole', async () => {
    expect(
      await differing('ready: { tcp: 1 }, alarm: {}', 'ready: { tcp: 2 }, alive: { tcp: 1 }, backoff: {}, needs: [b], links: [b]'),
    ).toEqual(['ready', 'alive', 'backoff', 'needs', 'links', 'alarm']);
    expect(await differing('call: { jsonrpc: stdio }', 'call: { http: "http://x" }, start: on_demand, idle: 1m')).toEqual([
      'call',
      'start',
      'idle',
    ]);
    expect(await differing('autostart: false', 'autostart: true')).toEqual(['autostart']);
    const [one, other] = [
      await loaded('services: { a: { command: x } }'),
      await loaded('watchdogs: { w: { tcp: 1 } }\nservices: { a: { command: x } }'),
    ];
    expect(differingFields(one.root, other.root)).toEqual(['watchdogs']);
  });
});
