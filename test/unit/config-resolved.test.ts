import { describe, expect, it } from 'vitest';
import { resolvedYaml } from '../../src/config/resolved.js';
import { loaded } from '../helpers/config-folder.js';

const TEXT = `name: shop
env: { SECRET: hunter2 }
services:
  db:
    command: postgres -D "my data"
    shutdown: 90
  pool: { strategy: simple_one_for_one, template: { command: ./w, stdin: null } }
  backend:
    period: 1m30s
    reset_after: 1500ms
    services:
      api: { command: "a | b", shell: true, shutdown: brutal_kill, success_exit_codes: [3] }
`;

describe('the resolved configuration', () => {
  it('shows every default, readable durations and masked variables', async () => {
    const text = resolvedYaml(await loaded(TEXT));
    expect(text).toContain('name: shop\nstrategy: one_for_one\nintensity: 3\nperiod: 5s\nauto_shutdown: never\nservices:\n');
    expect(text).toContain('shutdown: 1m30s\n');
    expect(text).toContain('reset_after: 1s500ms\n');
    expect(text).toContain('SECRET: "***"\n');
    expect(text).not.toContain('hunter2');
  });

  it('is a configuration again, of the same tree', async () => {
    const config = await loaded(TEXT.replace('hunter2', '"***"'));
    const again = await loaded(resolvedYaml(config));
    expect({ app: again.app, root: again.root }).toEqual({ app: config.app, root: config.root });
  });
});
