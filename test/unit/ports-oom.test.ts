import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OomFiles, type OomWatch, watchOom } from '../../src/ports/oom.js';
import { type ManualClock, manualClock } from '../helpers/manual-clock.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
let clock: ManualClock;
let files: OomFiles;
beforeEach(() => {
  folder = makeTestFolder();
  clock = manualClock();
  files = {
    cgroup: `${folder}/cgroup`,
    cgroups: `${folder}/cgroups`,
    vmstat: `${folder}/vmstat`,
    kmsg: `${folder}/kmsg`,
    pidNamespace: `${folder}/pid`,
  };
  writeFileSync(files.vmstat, 'pgfault 12\noom_kill 3\nnr_free 1\n');
});
afterEach(() => {
  removeTestFolder(folder);
});

const count = (kills: number): void => {
  writeFileSync(files.vmstat, `pgfault 12\noom_kill ${kills}\nnr_free 1\n`);
};
const watch = (): OomWatch => watchOom(clock, files);

/** What a log says of who was killed at this time: one read gives all of it, as the file is none of the kernel's. */
const log = (pid: number, atMs: number): void => {
  symlinkSync('pid:[4026531836]', files.pidNamespace);
  writeFileSync(files.kmsg, `3,812,${atMs * 1_000},-;Memory cgroup out of memory: Killed process ${pid} (hog) total-vm:1kB\n`);
};

describe('a process that SIGKILL has ended', () => {
  it('was not killed for lack of memory where nobody has been since the last look', () => {
    expect(watch().hasKilled(7)).toBe(false);
  });

  it('was, where one more has been; the next one was not', () => {
    const oom = watch();
    count(4);
    expect([oom.hasKilled(7), oom.hasKilled(8)]).toEqual([true, false]);
  });

  it('was, where two have been at the same moment and it is the second to be asked about', () => {
    const oom = watch();
    count(5);
    expect(oom.hasKilled(7)).toBe(true);
    clock.pass(500);
    expect(oom.hasKilled(8)).toBe(true);
  });

  it('was not, where the second of two was killed long ago and was none of ours', () => {
    const oom = watch();
    count(5);
    expect(oom.hasKilled(7)).toBe(true);
    clock.pass(5_000);
    expect(oom.hasKilled(8)).toBe(false);
  });

  it('is looked up in its own cgroup where that counts, whatever happens in the rest of the system', () => {
    mkdirSync(`${files.cgroups}/user.slice/app`, { recursive: true });
    writeFileSync(files.cgroup, '4:memory:/other\n0::/user.slice/app\n');
    const events = `${files.cgroups}/user.slice/app/memory.events`;
    writeFileSync(events, 'low 0\noom 1\noom_kill 1\noom_group_kill 0\n');
    const oom = watch();
    count(9);
    expect(oom.hasKilled(7)).toBe(false);
    writeFileSync(events, 'low 0\noom 2\noom_kill 2\noom_group_kill 0\n');
    expect(oom.hasKilled(7)).toBe(true);
  });

  it('is looked up in the log of the kernel where that can be read, which knows better than the counter', () => {
    const oom = watch();
    log(8, 0);
    count(4);
    expect(oom.hasKilled(7)).toBe(false);
    expect(oom.hasKilled(8)).toBe(true);
  });

  it('is not confused with an earlier bearer of its PID in that log', () => {
    log(7, 0);
    clock.pass(3_600_000);
    const oom = watch();
    count(4);
    // Of whoever was killed now it says nothing: the counter alone decides.
    expect(oom.hasKilled(8)).toBe(true);
  });

  it('was not, where the system tells nothing at all', () => {
    const nowhere = Object.fromEntries(Object.keys(files).map((name) => [name, `${folder}/none`])) as unknown as OomFiles;
    expect(watchOom(clock, nowhere).hasKilled(7)).toBe(false);
  });
});
