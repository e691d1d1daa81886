/** `up` again: what did not change is untouched, what did is brought to what the configuration says, and nothing else. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Project, projectWith, sleepers } from '../helpers/project.js';
import { until } from '../helpers/until.js';

let project: Project;

afterEach(() => project.dispose());

/** Applies another configuration and tells which PIDs stayed. */
async function apply(config: string, ...words: readonly string[]): Promise<Readonly<Record<string, 'same' | 'other' | 'none'>>> {
  const before = await project.pids();
  project.write({ 'portsup.yaml': config });
  await project.ok('up', ...words);
  const after = Object.entries(await project.pids());
  return Object.fromEntries(after.map(([path, pid]) => [path, pid === null ? 'none' : pid === before[path] ? 'same' : 'other']));
}

describe('up', () => {
  it('again changes nothing', async () => {
    project = projectWith(sleepers('one', 'two'));
    await project.ok('up');
    expect(await apply(sleepers('one', 'two'))).toEqual({ one: 'same', two: 'same' });
    expect((await project.rows()).map(({ run, restarts }) => [run, restarts])).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
    ]);
  });

  it('restarts only what changed, stops what was removed, starts what was added', async () => {
    project = projectWith(sleepers('one', 'two', 'three', 'four'));
    await project.ok('up');
    const next = `services:
  one: { command: sleep 1000 }
  two: { command: sleep 2000 }
  four: { command: sleep 1000, env: { A: b } }
  five: { command: sleep 1000 }
`;
    expect(await apply(next)).toEqual({ one: 'same', two: 'other', four: 'other', five: 'other' });
    expect(project.running().filter((name) => name === 'sleep').length).toBe(4);
    // In the order of the file from now on.
    expect((await project.rows()).map(({ path }) => path)).toEqual(['', 'one', 'two', 'four', 'five']);
  });

  it('takes new policies over without restarting anything', async () => {
    project = projectWith(sleepers('one', 'two'));
    await project.ok('up');
    const next = `strategy: rest_for_one
intensity: 7
period: 1m
services:
  one: { command: sleep 1000, restart: transient, shutdown: 1s, stop_signal: SIGINT }
  two: { command: sleep 1000, restart: temporary, success_exit_codes: [7] }
`;
    expect(await apply(next)).toEqual({ one: 'same', two: 'same' });
    expect((await project.rows())[0]).toMatchObject({ strategy: 'rest_for_one', intensity: 7, periodMs: 60_000 });
    const { one } = await project.pids();
    await project.ok('kill', 'two');
    await until('two has ended, and stays so', async () => (await project.service('two')).state === 'failed');
    expect(await project.pids()).toEqual({ one, two: null });
  });

  it('takes other logs over without restarting anything, and says so', async () => {
    project = projectWith(sleepers('one', 'two'));
    await project.ok('up');
    const next = `logs: { total: 100mb }
services:
  one: { command: sleep 1000, logs: { max_size: 64kb, block: infinity, file: one.log } }
  two: { command: sleep 1000 }
`;
    project.write({ 'portsup.yaml': next });
    const plan: unknown = JSON.parse((await project.ok('up', '--dry-run', '--json')).stdout);
    expect(plan).toEqual([
      { path: '', action: 'changed', fields: ['logs.total'], effect: 'none', restarts: false, because: null },
      {
        path: 'one',
        action: 'changed',
        fields: ['logs.max_size', 'logs.block', 'logs.file'],
        effect: 'none',
        restarts: false,
        because: null,
      },
      { path: 'two', action: 'unchanged', fields: [], effect: 'none', restarts: false, because: null },
    ]);
    expect(await apply(next)).toEqual({ one: 'same', two: 'same' });
    const { spec } = JSON.parse((await project.ok('status', 'one', '--json')).stdout) as { readonly spec: object };
    expect(spec).toMatchObject({ logs: { mode: 'capture', maxBytes: 65_536, blockMs: 'infinity' }, logTotalBytes: null });
  });

  it('takes a change of the order over without restarting anything, and stops in the new one', async () => {
    project = projectWith(sleepers('one', 'two', 'three'));
    await project.ok('up');
    expect(await apply(sleepers('three', 'one', 'two'))).toEqual({ three: 'same', one: 'same', two: 'same' });
    await project.ok('stop', 'project:');
    const history = JSON.parse((await project.ok('history', '--json')).stdout) as readonly {
      readonly event: string;
      readonly path: string;
    }[];
    expect(history.filter(({ event, path }) => event === 'stopped' && path !== '').map(({ path }) => path)).toEqual([
      'two',
      'one',
      'three',
    ]);
  });

  it('--dry-run says what would change and changes nothing', async () => {
    project = projectWith(sleepers('one', 'two', 'three'));
    await project.ok('up');
    const before = await project.rows();
    project.write({
      'portsup.yaml':
        'services:\n  one: { command: sleep 1000, restart: transient }\n  two: { command: sleep 2 }\n  four: { command: sleep 1 }\n',
    });
    const { stdout } = await project.ok('up', '--dry-run');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim().replace(/ +/g, ' ')),
    ).toEqual([
      '~ one changed: restart (without a restart)',
      '~ two changed: command (will be restarted)',
      '+ four added',
      '- three removed',
      'in this order: stop three, two; start two, four',
    ]);
    expect((await project.rows()).map(({ path, pid, run }) => [path, pid, run])).toEqual(
      before.map(({ path, pid, run }) => [path, pid, run]),
    );
  });

  it('--force-recreate restarts also what did not change, each once', async () => {
    project = projectWith(sleepers('one', 'two'));
    await project.ok('up');
    expect(await apply(sleepers('one', 'two'), '--force-recreate')).toEqual({ one: 'other', two: 'other' });
    expect((await project.rows()).map(({ run, restarts }) => [run, restarts])).toEqual([
      [1, 0],
      [2, 0],
      [2, 0],
    ]);
    expect(await apply(sleepers('one', 'two'), '--force-recreate', 'two')).toEqual({ one: 'same', two: 'other' });
  });

  it('NAME is about that one, and what it is in; the rest stays as it is', async () => {
    project = projectWith(`${sleepers('one', 'two')}  inner:\n    services: { three: { command: sleep 1000 } }\n`);
    await project.ok('up', 'inner/three');
    const names = async (): Promise<readonly (readonly [string, string])[]> =>
      (await project.rows()).filter(({ kind }) => kind === 'service').map(({ path, state }) => [path, state]);
    expect(await names()).toEqual([
      ['one', 'stopped'],
      ['two', 'stopped'],
      ['inner/three', 'running'],
    ]);
    const changed = `services:\n  one: { command: sleep 5 }\n  two: { command: sleep 5 }\n  inner:\n    services: { three: { command: sleep 1000 } }\n`;
    expect(await apply(changed, 'one')).toEqual({ one: 'other', two: 'none', 'inner/three': 'same' });
    expect(await project.run('up', 'nobody')).toMatchObject({ code: 5, stderr: expect.stringContaining('"nobody"') });
    expect(await apply(changed)).toEqual({ one: 'same', two: 'other', 'inner/three': 'same' });
  });

  it('--no-wait comes back before anything has proved itself, and does not fail with it', async () => {
    project = projectWith('services:\n  bad: { command: "exit 3", shell: true }\n');
    expect(await project.run('up', '--no-wait')).toMatchObject({ code: 0 });
    await until('it gave up', async () => (await project.rows())[0]?.state === 'failed');
  });

  it('starts again what was stopped by hand, also as a whole, and what has failed', async () => {
    project = projectWith(`intensity: 0\n${sleepers('one', 'two')}`);
    await project.ok('up');
    await project.ok('stop', 'two');
    expect(await apply(`intensity: 0\n${sleepers('one', 'two')}`)).toEqual({ one: 'same', two: 'other' });
    await project.ok('stop', 'project:');
    expect(await apply(`intensity: 0\n${sleepers('one', 'two')}`)).toEqual({ one: 'other', two: 'other' });
    await project.ok('kill', 'one');
    await until('it gave up', async () => (await project.rows())[0]?.state === 'failed');
    expect(await apply(`intensity: 0\n${sleepers('one', 'two')}`)).toEqual({ one: 'other', two: 'other' });
  });

  it('gives services the environment of the first up; --update-env takes the one of now', async () => {
    const config = 'services:\n  one: { command: "echo $COLOUR; exec sleep 1000", shell: true }\n';
    project = projectWith(config, { env: { COLOUR: 'red' } });
    await project.ok('up');
    const blue = projectWith(config, { home: project.home, env: { COLOUR: 'blue' } });
    const { one } = await project.pids();
    await blue.ok('up');
    expect(await project.pids()).toEqual({ one });
    await blue.ok('restart', 'one');
    await blue.ok('up', '--update-env');
    await until('all three have spoken', async () => (await project.ok('logs', '--no-prefix')).stdout === 'red\nred\nblue\n');
  });

  it('turns a service into a supervisor and back', async () => {
    project = projectWith(sleepers('one', 'two'));
    await project.ok('up');
    expect(await apply('services:\n  one: { command: sleep 1000 }\n  two:\n    services: { three: { command: sleep 1000 } }\n')).toEqual({
      one: 'same',
      'two/three': 'other',
    });
    expect(await apply(sleepers('one', 'two'))).toEqual({ one: 'same', two: 'other' });
    expect(project.running().filter((name) => name === 'sleep').length).toBe(2);
  });
});

describe('two applications', () => {
  it('share a daemon that ends with the last of them; ps shows those of the folder, -A all, -p one', async () => {
    project = projectWith(`name: shop\n${sleepers('web', 'db')}`);
    const blog = project.beside('blog', sleepers('web', 'cache'));
    await Promise.all([project.ok('up'), blog.ok('up')]);
    const paths = async (...words: readonly string[]): Promise<readonly string[]> =>
      (await project.rows(...words)).map(({ app, path }) => `${app}:${path}`);
    expect(await paths()).toEqual(['shop:', 'shop:web', 'shop:db']);
    expect((await paths('-A')).toSorted()).toEqual(['blog:', 'blog:cache', 'blog:web', 'shop:', 'shop:db', 'shop:web']);
    expect(await paths('-p', 'blog')).toEqual(['blog:', 'blog:web', 'blog:cache']);
    expect((await project.ok('ps', '-A')).stdout).toMatch(/^shop +running[^]*^ {2}web +running/m);
    const before = await blog.pids();
    await project.ok('down');
    expect(await blog.pids()).toEqual(before);
    expect(project.running().filter((name) => name.startsWith('portsup')).length).toBe(2);
    await project.ok('down', '-p', 'blog');
    expect(project.running()).toEqual([]);
  });

  it('go down together with down --all, and with daemon stop', async () => {
    project = projectWith(`name: shop\n${sleepers('web')}`);
    const blog = project.beside('blog', sleepers('web'));
    for (const words of [
      ['down', '--all'],
      ['daemon', 'stop'],
    ]) {
      await Promise.all([project.ok('up'), blog.ok('up')]);
      await project.ok(...words);
      expect(project.running()).toEqual([]);
    }
  });

  it('are told apart by address: one\'s own first, "app:path" for the other', async () => {
    project = projectWith(`name: shop\n${sleepers('web', 'db')}`);
    const blog = project.beside('blog', sleepers('web', 'cache'));
    await Promise.all([project.ok('up'), blog.ok('up')]);
    const [shopBefore, blogBefore] = [await project.pids(), await blog.pids()];
    await project.ok('restart', 'web');
    await project.ok('restart', 'blog:cache');
    // Unknown here, and known in one other application only.
    await project.ok('stop', 'cache');
    const [shop, other] = [await project.pids(), await blog.pids()];
    expect(shop).toEqual({ web: expect.any(Number), db: shopBefore['db'] });
    expect(shop['web']).not.toBe(shopBefore['web']);
    expect(other).toEqual({ web: blogBefore['web'], cache: null });
  });
});
