/** Several command lines at once: one daemon, one of each service, and nobody waits for ever. */
import { afterEach, describe, expect, it } from 'vitest';
import { type Project, projectWith, sleepers } from '../helpers/project.js';
import { until } from '../helpers/until.js';

/** A service that does not end on SIGTERM, and says when it can be sent one. */
const STUBBORN = `services:\n  slow: { command: "trap '' TERM; echo ready; while :; do sleep 1; done", shell: true, shutdown: 20s }\n`;

let project: Project;

afterEach(() => project.dispose());

/** Up, with a service that ignores the signal that asks it to end. */
async function stubbornProject(): Promise<Project> {
  const made = projectWith(STUBBORN);
  await made.ok('up');
  await until('slow is ready', async () => (await made.run('logs')).stdout.includes('ready'));
  return made;
}

const isStopping = (): Promise<true> => until('slow is being stopped', async () => (await project.service('slow')).state === 'stopping');

/** Numbers of what runs, by name. */
function census(): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of project.running()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe('two command lines at once:', () => {
  it('ten ups from nothing make one daemon, and one of each service', async () => {
    project = projectWith(sleepers('one', 'two', 'three'));
    const results = await Promise.all(Array.from({ length: 10 }, () => project.run('up', '--json')));
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array.from({ length: 10 }, () => ({ code: 0, stderr: '' })));
    expect(census()).toEqual({ 'portsup-keeper': 1, portsupd: 1, sleep: 3 });
    expect((await project.rows()).map(({ run }) => run)).toEqual([1, 1, 1, 1]);
  });

  it('up racing down twenty times ends as the last one wants it', async () => {
    project = projectWith(sleepers('one', 'two'));
    for (let round = 0; round < 20; round += 1) {
      const results = await Promise.all(
        round % 2 === 0 ? [project.run('up'), project.run('down')] : [project.run('down'), project.run('up')],
      );
      // Who is overruled by the other says so; nothing else goes wrong, and nobody waits for ever.
      const told = expect.stringMatching(/taken down meanwhile|brought up again meanwhile/);
      for (const { code, stderr } of results) if (code !== 0) expect({ code, stderr }).toEqual({ code: 1, stderr: told });
      const { one = 0, two = 0 } = await project.pids();
      expect(one === 0).toBe(two === 0);
    }
    await project.ok('up');
    expect(census()).toEqual({ 'portsup-keeper': 1, portsupd: 1, sleep: 2 });
    await project.ok('down');
    expect(census()).toEqual({});
  });

  it('four ups and four downs at once leave no second daemon, whoever wins', async () => {
    project = projectWith(sleepers('one', 'two'));
    await Promise.all(['up', 'down', 'up', 'down', 'up', 'down', 'up', 'down'].map((word) => project.run(word)));
    await project.ok('up');
    expect(census()).toEqual({ 'portsup-keeper': 1, portsupd: 1, sleep: 2 });
  });

  it('down while up waits: both end, and the up does not claim that anything is up', async () => {
    project = await stubbornProject();
    project.write({ 'portsup.yaml': sleepers('slow') });
    const up = project.start('up');
    await isStopping();
    await project.ok('down', '-t', '0');
    expect(await up.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('taken down') });
    expect(census()).toEqual({});
  });

  it('a second stop -t 0 overtakes a slow stop, and both end', async () => {
    project = await stubbornProject();
    const slow = project.start('stop', 'slow');
    await isStopping();
    await project.ok('stop', '-t', '0', 'slow');
    expect(await slow.ended).toMatchObject({ code: 0 });
    expect(await project.service('slow')).toMatchObject({ state: 'stopped', desired: 'stopped', exit: { code: null, signal: 'SIGKILL' } });
  });

  it('a start overtakes a slow stop: the service is up again when it has ended', async () => {
    project = await stubbornProject();
    const stop = project.start('stop', 'slow');
    await isStopping();
    const start = project.start('start', 'slow');
    expect(await stop.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('it was started again meanwhile') });
    await project.ok('kill', 'slow');
    expect(await start.ended).toMatchObject({ code: 0 });
    expect(await project.service('slow')).toMatchObject({ state: 'running', run: 2 });
    await project.ok('down', '-t', '0');
  });

  it('a stop overtakes a slow restart, which does not claim that anything is up', async () => {
    project = await stubbornProject();
    const restart = project.start('restart', 'slow');
    await isStopping();
    await project.ok('stop', '-t', '0', 'slow');
    expect(await restart.ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('slow failed to restart: it was stopped meanwhile'),
    });
    expect(await project.service('slow')).toMatchObject({ state: 'stopped', desired: 'stopped', run: 1 });
  });

  it('an up overtakes a slow down: the application is up again when it has ended', async () => {
    project = await stubbornProject();
    const down = project.start('down');
    await isStopping();
    const up = project.start('up');
    expect(await down.ended).toMatchObject({ code: 1, stderr: expect.stringContaining('it was brought up again meanwhile') });
    await project.ok('kill', 'slow');
    expect(await up.ended).toMatchObject({ code: 0 });
    expect(await project.service('slow')).toMatchObject({ state: 'running', run: 2 });
    await project.ok('down', '-t', '0');
  });

  it('down overtakes a slow stop of one service', async () => {
    project = await stubbornProject();
    const stop = project.start('stop', 'slow');
    await isStopping();
    await project.ok('down', '-t', '0');
    expect((await stop.ended).code).toBe(0);
    expect(census()).toEqual({});
  });

  it('ten crashes asked for at once are ten crashes of one service, never two of it', async () => {
    project = projectWith(`intensity: 100\n${sleepers('one')}`);
    await project.ok('up');
    await Promise.all(Array.from({ length: 10 }, () => project.run('kill', 'one')));
    await until('one is back', async () => (await project.service('one')).state === 'running');
    expect(census()).toEqual({ 'portsup-keeper': 1, portsupd: 1, sleep: 1 });
  });

  it('the same name from two folders is refused for the second, and the first is untouched', async () => {
    project = projectWith(`name: shop\n${sleepers('one')}`);
    await project.ok('up');
    const before = await project.pids();
    const other = project.beside('other', `name: shop\n${sleepers('two')}`);
    expect(await other.run('up')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`"shop" is already up from ${project.folder}/portsup.yaml`),
    });
    expect(await project.pids()).toEqual(before);
  });
});
