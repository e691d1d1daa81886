/** Variables, secrets, profiles and layers, on real programs. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Project, projectWith } from '../helpers/project.js';
import { until } from '../helpers/until.js';

let project: Project;

afterEach(() => project.dispose());

/** The environment of a service's process. */
async function environmentOf(path: string): Promise<Readonly<Record<string, string>>> {
  const { pid } = await project.service(path);
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(
    entries.filter((entry) => entry !== '').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

const SECRETIVE = `env_file: .env
env: { TOKEN: "\${FROM_SHELL}-x" }
services:
  api:
    command: sleep \${SECONDS_TO_SLEEP:-1000}
    env: { PASSWORD: { file: secrets/db } }
  lean: { command: /bin/sleep 1000, inherit_env: [FROM_SHELL] }
`;
const SECRETS = ['hunter2', 'swordfish', 'opensesame', 'letmein'];

describe.skipIf(process.platform !== 'linux')('the environment of services', () => {
  it('has files of variables, variables in values, secrets from files, and no secret is told anywhere', async () => {
    project = projectWith(SECRETIVE);
    project.write({ '.env': 'export LETME="letmein"\n', 'secrets/db': 'swordfish\n' });
    const missing = await project.run('up');
    expect(missing).toMatchObject({ code: 6, stdout: '' });
    expect(missing.stderr).toMatch(/^portsup\.yaml:2:15: env\.TOKEN: variable FROM_SHELL is not set, expected it/);
    expect(missing.stderr).toContain(`  2 | env: { TOKEN: ${'*'.repeat(17)} }\n`);
    expect(project.running()).toEqual([]);

    const withShell = { ...project, ...projectWith('', { home: project.home, env: { ...project.env, FROM_SHELL: 'hunter2' } }) };
    project = withShell;
    project.write({
      'portsup.yaml': SECRETIVE,
      '.env': 'export LETME="letmein"\n',
      'secrets/db': 'swordfish\n',
    });
    await project.ok('up');
    expect(await environmentOf('api')).toMatchObject({ TOKEN: 'hunter2-x', LETME: 'letmein', PASSWORD: 'swordfish' });
    const lean = await environmentOf('lean');
    expect(
      Object.keys(lean)
        .filter((name) => !name.startsWith('PORTSUP_'))
        .sort(),
    ).toEqual(['FROM_SHELL', 'LETME', 'TOKEN']);

    writeFileSync(join(project.folder, 'secrets/db'), 'opensesame');
    await project.ok('restart', 'api');
    expect(await environmentOf('api')).toMatchObject({ PASSWORD: 'opensesame' });

    rmSync(join(project.folder, 'secrets/db'));
    const failed = await project.run('restart', 'api');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /api failed to restart: cannot read the value of PASSWORD from .*\/secrets\/db: it is not there; see "env" in its configuration/,
    );
    project.write({ '.env': 'LETME=letmein\nOTHER=letmein\n' });
    const told = [
      ...(await Promise.all(
        [
          ['ps', '--json'],
          ['status', 'api', '--json'],
          ['status', 'lean'],
          ['history', '--events', '--json'],
          ['check', '--resolved'],
          ['check', '--resolved', '--json'],
          ['up', '--dry-run'],
        ].map((words) => project.run(...words)),
      )),
      missing,
      failed,
    ];
    expect(told.at(-3)?.stdout).toContain('env.OTHER');
    for (const { stdout, stderr } of told) for (const secret of SECRETS) expect(`${stdout}${stderr}`).not.toContain(secret);
    expect((await project.ok('check', '--resolved', '--show-values')).stdout).toContain('letmein');
    const { resolved } = JSON.parse((await project.ok('check', '--resolved', '--show-values', '--json')).stdout) as { resolved: unknown };
    expect(resolved).toMatchObject({ services: { api: { env: { OTHER: 'letmein', PASSWORD: { file: expect.stringMatching(/^\//) } } } } });
  });

  it.each([
    ['a device', 'true', '/dev/zero', 'it is no file'],
    ['a pipe', 'mkfifo pipe', 'pipe', 'it is no file'],
    ['a giant', 'head -c 200000 /dev/zero > giant', 'giant', 'it has more than the 131072 bytes that a variable can have'],
  ])('a secret file that cannot be read does not hold anybody: %s', async (_what, make, file, why) => {
    project = projectWith(`services: { a: { command: sleep 1000, env: { A: { file: ${file} } } } }\n`);
    execFileSync('sh', ['-c', make], { cwd: project.folder });
    const { stderr } = await project.run('up');
    expect(stderr).toContain('a failed to start: ');
    expect(stderr).toContain(`${file}: ${why}`);
    expect((await project.service('a')).state).toBe('failed');
  });

  it('is read again for a service that supervision restarts, and survives the death of the daemon', async () => {
    project = projectWith('services: { a: { command: sleep 1000, inherit_env: [], env: { A: { file: a } } } }\n');
    project.write({ a: 'one' });
    await project.ok('up');
    const { pid } = JSON.parse((await project.ok('daemon', 'status', '--json')).stdout) as { readonly pid: number };
    process.kill(pid, 'SIGKILL');
    project.write({ a: 'two\n' });
    await project.ok('kill', 'a');
    await until('it is back', async () => (await project.service('a')).run === 2 && (await project.service('a')).state === 'running');
    expect(await environmentOf('a')).toMatchObject({ A: 'two' });
    expect((await project.ok('up', '--dry-run')).stdout).toBe('= a  unchanged\n');
  });
});

describe('profiles and layers', () => {
  it('are what up brings up, and what it takes away again', async () => {
    project = projectWith('extends: base/portsup.yaml\nservices: { web: { env: { A: main } } }\n');
    project.write({
      'base/portsup.yaml': 'services:\n  web: { command: sleep 1000, cwd: . }\n  debug: { command: sleep 1000, profiles: [dev] }\n',
      'over.yaml': 'services: { web: { command: sleep 2000 }, more: { command: sleep 1000 } }\n',
    });
    await project.ok('up');
    expect(Object.keys(await project.pids())).toEqual(['web']);
    expect((await project.ok('up', '--dry-run', '--profile', 'dev')).stdout).toContain('+ debug  added\n');
    await project.ok('up', '--profile', 'dev');
    expect(Object.keys(await project.pids())).toEqual(['web', 'debug']);
    expect((await project.ok('up', '--dry-run')).stdout).toBe('= web    unchanged\n- debug  removed\nin this order: stop debug\n');
    await project.ok('up', '-f', 'portsup.yaml', '-f', 'over.yaml');
    expect(Object.keys(await project.pids())).toEqual(['web', 'more']);
    const status = JSON.parse((await project.ok('status', 'web', '--json')).stdout) as { readonly spec: object };
    expect(status.spec).toMatchObject({ command: ['sleep', '2000'], cwd: join(project.folder, 'base'), env: ['A'] });
    expect(await project.run('up', '--profile', 'nobody')).toMatchObject({ code: 2, stderr: expect.stringContaining('it has: dev') });
  });

  it('a strategy takes siblings along, as the plan says, and history says why', async () => {
    const config = (seconds: number): string => `strategy: rest_for_one
services:
  a: { command: sleep 1000 }
  b: { command: sleep ${seconds} }
  c: { command: sleep 1000 }
`;
    project = projectWith(config(1000));
    await project.ok('up');
    const before = await project.pids();
    project.write({ 'portsup.yaml': config(2000) });
    expect((await project.ok('up', '--dry-run')).stdout).toBe(
      '= a  unchanged\n~ b  changed: command (will be restarted)\n~ c  unchanged (will be restarted, as b is)\nin this order: stop c, b; start b, c\n',
    );
    await project.ok('up');
    const after = await project.pids();
    expect(after['a']).toBe(before['a']);
    expect([after['b'], after['c']]).not.toEqual([before['b'], before['c']]);
    expect((await project.ok('history', 'c', '--events')).stdout).toContain('because b ended: replaced by hand; rest_for_one');
  });
});
