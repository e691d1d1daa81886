import { describe, expect, it } from 'vitest';
import { resolvedYaml } from '../../src/config/resolved.js';
import { loaded } from '../helpers/config-folder.js';

const TEXT = `name: shop
on_event: curl -d @- "https://example.com/my hook"
env: { SECRET: hunter2 }
logs: { keep: 7, total: 3mb }
services:
  db:
    command: postgres -D "my data"
    shutdown: 90
    logs: { max_size: 5000, block: infinity, file: db.log, total: 1.5mb }
    nice: -3
    umask: 027
    limits: { nofile: 4096, core: 1.5mb }
    user: 1000
    group: staff
  pool: { strategy: simple_one_for_one, template: { command: ./w, stdin: null, logs: none } }
  backend:
    period: 1m30s
    reset_after: 1500ms
    logs: { raw: true, compress: false, block: 0 }
    services:
      api: { command: "a | b", shell: true, shutdown: brutal_kill, success_exit_codes: [3] }
`;

describe('the resolved configuration', () => {
  it('shows every default, readable durations and masked variables', async () => {
    const text = resolvedYaml(await loaded(TEXT));
    expect(text).toContain(
      'name: shop\non_event:\n  - curl\n  - -d\n  - "@-"\n  - https://example.com/my hook\nstrategy: one_for_one\nintensity: 3\nperiod: 5s\nauto_shutdown: never\nlogs:\n  total: 3mb\nservices:\n',
    );
    expect(text).toContain('shutdown: 1m30s\n');
    expect(text).toContain('reset_after: 1s500ms\n');
    expect(text).toContain('SECRET: "***"\n');
    expect(text).not.toContain('hunter2');
  });

  it('masks what of a URL is a secret', async () => {
    const text = `on_alarm: { webhook: "https://joe:hunter2@hooks.example.com/T0/hunter2?key=hunter2" }
watchdogs: { db: { http: "http://joe:hunter2@localhost:1/x" } }
services:
  a: { command: x, call: { jsonrpc: "http://hunter2@localhost/a@b" }, ready: { http: "http://:hunter2@localhost/" }, alive: { http: "http://h/@" } }
  pool: { strategy: simple_one_for_one, template: { command: x, call: { http: "http://j:hunter2@h" } } }
`;
    const masked = resolvedYaml(await loaded(text));
    expect(masked).not.toMatch(/hunter2|joe/);
    for (const url of [
      'https://hooks.example.com/***',
      'http://***@localhost:1/x',
      'http://***@localhost/a@b',
      'http://h/@',
      'http://***@h',
    ])
      expect(masked).toContain(`${url}\n`);
    expect(resolvedYaml(await loaded(text), { showValues: true }).match(/hunter2/g)).toHaveLength(7);
  });

  it('shows logs with sizes as people write them', async () => {
    const config = await loaded(TEXT);
    const text = resolvedYaml(config);
    const own = ['max_size: 5000b', 'keep: 7', 'compress: true', 'block: infinity', 'raw: false', `file: ${config.folder}/db.log`];
    expect(text).toContain(['logs:', ...own, 'total: 1536kb\n'].join('\n      '));
    expect(text).toContain('    logs: none\n');
    expect(text).toContain('block: 0s\n          raw: true\n');
  });

  it('shows what was said of the process, and nothing of what was not', async () => {
    const text = resolvedYaml(await loaded(TEXT));
    expect(text).toContain(
      'nice: -3\n    umask: "027"\n    limits:\n      nofile: 4096\n      core: 1536kb\n    user: "1000"\n    group: staff\n',
    );
    expect(text.match(/umask|limits|user/g)).toHaveLength(3);
  });

  it('is a configuration again, of the same tree, when it shows values', async () => {
    const config = await loaded(TEXT.replace('hunter2', '"a $$ ${X:-1} $Y"').replace('./w', '\'./w "\\${A}"\''));
    const text = resolvedYaml(config, { showValues: true });
    expect(text).toContain('SECRET: a $$ 1 $$Y\n');
    const again = await loaded(text);
    expect({ app: again.app, root: again.root }).toEqual({ app: config.app, root: config.root });
    expect(again.onEvent?.command).toEqual(config.onEvent?.command);
  });
});
