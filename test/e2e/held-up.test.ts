/** Runs that hang on their way to the program, as in a folder of a dead server. Linux, as root, with Python. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveApp } from '../helpers/live-app.js';
import { mayBeOthers, openFolder, removeOpenFolder } from '../helpers/open-folder.js';
import { isAlive } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

/** Whoever opens a file waits for the one that has it leased, 45 s at most: also who executes it. The owner is told by SIGIO. */
const LEASE = `
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
print('leased', flush=True)
signal.pause()
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!mayBeOthers || !hasPython)('a run that hangs before its program', () => {
  let app: LiveApp;
  let folder: string;
  let holder: ChildProcess | undefined;

  beforeEach(async () => {
    folder = openFolder();
    app = new LiveApp({ folder });
    copyFileSync('/bin/sleep', app.path('program'));
    holder = spawn('python3', ['-c', LEASE, app.path('program')], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout ?? holder, 'data');
  });
  afterEach(async () => {
    holder?.kill('SIGKILL');
    await app.dispose();
    removeOpenFolder(folder);
  });

  const command = ['./program', '1000'];
  const shows = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  /** What has happened to it, oldest first. */
  const story = async (): Promise<readonly string[]> => (await app.history('a')).map(({ event }) => event);

  it('is told as started after some seconds, holds up nobody for longer, and is stopped and killed like any other', async () => {
    await app.up({ services: { a: { command, user: 'nobody' }, b: { command: ['sleep', '1000'] } } });
    const pid = await app.pid('a');
    expect(shows(pid)).toContain('/env\0-C\0');
    expect(await app.service('b')).toMatchObject({ state: 'running' });
    await app.do('stop', 'a');
    expect(isAlive(pid)).toBe(false);
    // By its first signal: nobody has waited for its grace to be over.
    expect(await app.service('a')).toMatchObject({ state: 'stopped', run: 1, exit: { signal: 'SIGTERM' } });
    expect(await story()).toEqual(['started', 'stopping', 'stopped']);
    await app.do('start', 'a');
    await app.do('kill', 'a');
    // Its supervisor starts it anew, and the file is free by then.
    holder?.kill('SIGKILL');
    const { pid: third } = await app.untilRun('a', 3);
    await until('it is the program', () => shows(third ?? 0) === './program\x001000\0');
  });

  it('is stopped at once, without waiting for that', async () => {
    app.configure({ services: { a: { command, user: 'nobody', shutdown: 'infinity' } } });
    const up = app.start('up');
    await until('it is on its way', async () => (await app.run('ps', '--json')).stdout.includes('"starting"'));
    await app.do('stop', 'a');
    expect(await app.service('a')).toMatchObject({ state: 'stopped', run: 1 });
    // Seconds later it would have been told as started, as above; the lease is longer still.
    expect(await story()).toEqual(['stopping', 'stopped']);
    expect(holder?.exitCode).toBeNull();
    await up.ended;
  });
});
