import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { whatIsSilent } from '../../src/ports/marked.js';
import { temporaryHome } from '../helpers/home.js';
import { fixture } from '../helpers/live-app.js';
import { processRow } from '../helpers/process-rows.js';
import { killWith, processesWith } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

const home = temporaryHome();
afterEach(async () => {
  await killWith(home.home);
});
afterAll(async () => {
  await home.dispose();
});

const anybody = { startTicks: 0, keeperPid: Number.NaN };
const readPiece = (fd: number): number => readSync(fd, Buffer.alloc(4_096), 0, 4_096, 0);

function start(...argv: readonly string[]): ChildProcessByStdio<Writable, Readable, null> & { readonly pid: number } {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: home.env, stdio: ['pipe', 'pipe', 'ignore'] });
  if (child.pid === undefined) throw new Error(`${file} cannot be started`);
  return Object.assign(child, { pid: child.pid });
}

const untilRuns = (pid: number, name: string): Promise<boolean> =>
  until(`${name} runs`, () => readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === name);

describe.runIf(process.platform === 'linux')('a process that has shown no environment', () => {
  it('has one by now where it has executed a program in between, and is looked at again', async () => {
    const { pid, stdin } = start('/bin/sh', '-c', 'read -r _; exec sleep 1000');
    await untilRuns(pid, 'sh');
    const fd = openSync(`/proc/${pid}/environ`, 'r');
    try {
      expect(readPiece(fd)).toBeGreaterThan(0);
      stdin.write('\n');
      await untilRuns(pid, 'sleep');
      // That of the shell, which is gone. A look that had opened it this late could not tell it from a program without environment.
      expect(readPiece(fd)).toBe(0);
    } finally {
      closeSync(fd);
    }
    expect(whatIsSilent(pid, anybody)).toBe('unsettled');
  });

  it('is somebody else where it was given none, and where it came before the run or is a service of its own', async () => {
    const { pid } = start('env', '-i', 'sleep', '1000');
    await untilRuns(pid, 'sleep');
    expect(whatIsSilent(pid, anybody)).toBe('other');
    const other = start('sleep', '1000');
    await untilRuns(other.pid, 'sleep');
    expect(whatIsSilent(other.pid, { ...anybody, startTicks: Number.MAX_SAFE_INTEGER })).toBe('other');
    expect(whatIsSilent(other.pid, { ...anybody, keeperPid: process.pid })).toBe('other');
    for (const each of [pid, other.pid]) process.kill(each, 'SIGKILL');
  });

  it('is gone where it is a zombie or not there', async () => {
    const parent = start('/bin/sh', '-c', 'sleep 0.01 & echo $!; exec sleep 1000');
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    await until('a zombie', () => whatIsSilent(zombie, anybody) === 'gone');
    expect(processRow(zombie)?.state).toBe('Z');
    const exit = once(parent, 'exit');
    process.kill(parent.pid, 'SIGKILL');
    await exit;
    expect(whatIsSilent(parent.pid, anybody)).toBe('gone');
  });
});

describe.runIf(process.platform === 'linux')('the look by which tests find what is left', () => {
  it('does not miss one that lives only for as long as it takes to start itself anew', async () => {
    start('setsid', fixture('ports-runner.sh'), home.home);
    await until('it runs', () => existsSync(home.path('runner')));
    const looks = Array.from({ length: 30 }, () => processesWith(home.home).length > 0);
    expect(looks).not.toContain(false);
  });
});
