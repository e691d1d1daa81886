/** Configurations of health, needs and calls: what is right loads, means the same when it is printed and read again, and is right to the daemon and to editors; and both checks of needs agree. */
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { jsonSchema } from '../../src/config/json-schema.js';
import { loadObject } from '../../src/config/load.js';
import { directoryOf, needFindings } from '../../src/config/needs.js';
import { resolvedYaml } from '../../src/config/resolved.js';
import { readYaml } from '../../src/config/yaml-source.js';
import { checkSpec } from '../../src/supervision/check-spec.js';
import type { ChildSpec, SupervisorSpec } from '../../src/supervision/spec.js';
import { pool, root, service, supervisor } from '../helpers/specs.js';

type Fields = Readonly<Record<string, unknown>>;

const validate = new Ajv({ allowUnionTypes: true, strictTypes: false }).compile(jsonSchema());
const some = <T>(values: Readonly<Record<string, fc.Arbitrary<T>>>): fc.Arbitrary<Fields> => fc.record(values, { requiredKeys: [] });
const duration = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.integer({ min: 1, max: 9_999 }).map((amount) => `${amount}ms`),
  fc.constantFrom('1m30s', '2h', '1.5s', '0.5d'),
);
const text = fc.string({ minLength: 1, maxLength: 8 }).filter((value) => !value.includes('\0'));
const command = fc.oneof(
  fc.constantFrom('check', "check 'a b' $$x", 'check "${HOME}"', 'check ${NOT_SET:-a b}'),
  fc.tuple(
    fc.constant('check'),
    text.map((word) => word.replaceAll('$', '$$$$')),
  ),
);
const url = fc.constantFrom('http://localhost:3000/x', 'HTTPS://x/$$y', 'http://${NOT_SET:-h}:1/');
const pattern = fc.constantFrom('ok', '^a|b$', '\\d+ \\$', '${X}', '$$');
const status = fc.oneof(fc.integer({ min: 100, max: 599 }), fc.array(fc.integer({ min: 100, max: 599 }), { minLength: 1, maxLength: 3 }));
const asked = fc.oneof(
  fc.record({ http: url }),
  fc.record({
    http: fc.tuple(url, some<unknown>({ status, body: pattern, timeout: duration })).map(([own, rest]) => ({ url: own, ...rest })),
  }),
  fc.record({ tcp: fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom('h:1', '[::1]:80', '${NOT_SET:-7}', ' 80 ')) }),
  fc.record({ exec: command }),
  fc.record({ exec: fc.record({ command, timeout: duration }) }),
);
const both = (left: fc.Arbitrary<Fields>, right: fc.Arbitrary<Fields>): fc.Arbitrary<Fields> =>
  fc.tuple(left, right).map(([one, other]) => ({ ...one, ...other }));
const from1 = fc.integer({ min: 1, max: 20 });
const asking = { interval: duration, failures: from1, clear_after: from1 };
const ready = fc.oneof(
  both(asked, some<unknown>({ delay: fc.oneof(duration, fc.constant(0)), interval: duration, timeout: duration })),
  both(
    fc.oneof(
      fc.record({ log: pattern }),
      fc.record({ exit: fc.constant(0) }),
      fc.record({ fd: fc.integer({ min: 3, max: 9 }) }),
      fc.record({ notify: fc.constant(true) }),
    ),
    some({ timeout: duration }),
  ),
);
const alive = fc.oneof(
  both(asked, some<unknown>({ ...asking, timeout: duration, grace: fc.oneof(duration, fc.constant('0s')) })),
  both(fc.record({ notify: fc.constant(true) }), some<unknown>({ ...asking, grace: duration })),
);
const backoff = fc.oneof(
  fc.constantFrom<unknown>('none', false, {}),
  some<unknown>({
    min: fc.constantFrom('1ms', '3s'),
    max: fc.constantFrom('1h', 30),
    factor: fc.double({ min: 1, max: 9, noNaN: true }),
    jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    reset_after: duration,
  }),
);
const call = fc.oneof(fc.record({ xmlrpc: url }), fc.record({ http: url }), fc.record({ jsonrpc: fc.oneof(url, fc.constant('stdio')) }));
const starting = fc.oneof(
  fc.constant<Fields>({}),
  some<unknown>({ start: fc.constant('auto') }),
  both(fc.record({ start: fc.constant('on_demand'), call }), some<unknown>({ idle: duration })),
  fc.record({ autostart: fc.boolean() }),
);
const anyService = both(
  starting,
  both(
    fc.record({ command: fc.constant('x'), restart: fc.constantFrom('transient', 'temporary') }),
    some<unknown>({ ready, alive, backoff, call, alarm: some({ restarts: from1, within: duration }) }),
  ),
);
const watchdog = both(asked, some({ ...asking, timeout: duration }));
const hook = fc.oneof(command, fc.record({ webhook: url }), fc.record({ command, webhook: url }));
const anyConfig = both(
  fc.record({
    services: fc.record({
      a: anyService,
      s: both(some<unknown>({ backoff }), fc.record({ services: fc.record({ b: anyService, c: anyService }) })),
      p: fc.record({
        strategy: fc.constant('simple_one_for_one'),
        template: anyService.map(({ start: _start, idle: _idle, ...rest }) => rest),
      }),
    }),
  }),
  some<unknown>({
    backoff,
    on_alarm: hook,
    watchdogs: some({ w: watchdog, v: watchdog }),
    env: fc.constant({ A: 'a$$b' }),
    cwd: fc.constant('sub'),
  }),
);

const load = (config: unknown): ReturnType<typeof loadObject> =>
  loadObject({ config: config as Fields, folder: '/srv/shop', env: { HOME: '/home/me' } });

describe('any configuration of health and calls that is right', () => {
  it('loads, is right to the daemon and to editors, and means the same when it is printed and read again', async () => {
    await fc.assert(
      fc.asyncProperty(anyConfig, async (config) => {
        const first = await load(config);
        expect(checkSpec(first.root)).toEqual([]);
        expect(validate(config) || validate.errors).toBe(true);
        const again = await load(readYaml(resolvedYaml(first, { showValues: true })).value);
        expect(again.root).toEqual(first.root);
        expect([again.onAlarm?.webhook, again.onAlarm?.command?.command]).toEqual([
          first.onAlarm?.webhook,
          first.onAlarm?.command?.command,
        ]);
        expect(readYaml(stringify(config)).problems).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

const NAMES = ['a', 'b', 's', 's/c', 's/d', 's/t', 's/t/e', 'p', 'w', 'nobody', 's/nobody', 'p/*', ''];
const names = fc.array(fc.constantFrom(...NAMES), { maxLength: 3 });
const tied = fc.record({ needs: names, links: fc.array(fc.constantFrom(...NAMES), { maxLength: 2 }) });

describe('any needs and links', () => {
  it('are refused in a configuration if and only if the daemon would refuse them', () => {
    fc.assert(
      fc.property(fc.tuple(tied, tied, tied, tied, tied, tied), ([a, b, c, d, e, job]) => {
        const made = (name: string, fields: typeof a): ChildSpec => service(name, fields);
        const watchdogs: SupervisorSpec['watchdogs'] = [
          { name: 'w', method: { by: 'tcp', host: 'h', port: 1, tryMs: 1 }, cwd: '/', env: {}, intervalMs: 1, failures: 1, clearAfter: 1 },
        ];
        const inner = supervisor('s', [made('c', c), made('d', d), supervisor('t', [made('e', e)])]);
        const spec = root([made('a', a), made('b', b), inner, pool('p', job)], { watchdogs });
        const config = {
          watchdogs: { w: { tcp: 1 } },
          services: {
            a: { command: 'x', ...a },
            b: { command: 'x', ...b },
            s: { services: { c: { command: 'x', ...c }, d: { command: 'x', ...d }, t: { services: { e: { command: 'x', ...e } } } } },
            p: { strategy: 'simple_one_for_one', template: { command: 'x', ...job } },
          },
        };
        const isEmptyNamed = [a, b, c, d, e, job].some((one) => [...one.needs, ...one.links].includes(''));
        const isRefused = needFindings(directoryOf(config, [])).length > 0 || isEmptyNamed;
        expect(isRefused).toBe(checkSpec(spec).length > 0);
      }),
      { numRuns: 1_000 },
    );
  });
});
