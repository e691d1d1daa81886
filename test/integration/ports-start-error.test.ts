import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { errnoOf } from '../../src/base/errors.js';
import { explainStartError, obstacleTo } from '../../src/ports/start-error.js';
import { temporaryHome } from '../helpers/home.js';

const { path, home, dispose } = temporaryHome();
afterAll(dispose);

interface Attempt {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Really starts it, as the keeper does, and explains what the system says. */
async function explained({ argv, cwd = home, env = { PATH: '/usr/bin:/bin' } }: Attempt): Promise<string> {
  const [program = '', ...args] = argv;
  let errno: string | undefined;
  try {
    const child = spawn(program, args, { cwd, env, stdio: 'ignore' });
    // `once` rejects with what 'error' brings.
    await once(child, 'exit').catch((error: unknown) => {
      errno = errnoOf(error);
    });
  } catch (error) {
    errno = errnoOf(error);
  }
  if (errno === undefined) throw new Error(`${argv.join(' ')} could be started`);
  return explainStartError({ argv, cwd, env, errno });
}

function file(name: string, content: string, mode: number): string {
  writeFileSync(path(name), content);
  chmodSync(path(name), mode);
  return path(name);
}

describe('explainStartError', () => {
  it('names a file that is not there, from the working directory', async () => {
    expect(await explained({ argv: ['./missing'] })).toBe(`no such file: "${path('missing')}"`);
    expect(await explained({ argv: ['/no/such/program'] })).toBe('no such file: "/no/such/program"');
  });

  it('names the PATH that was searched for a bare name', async () => {
    expect(await explained({ argv: ['no-such-program'], env: { PATH: '/usr/bin:/opt/none' } })).toBe(
      'no program "no-such-program" in PATH (/usr/bin:/opt/none)',
    );
    expect(await explained({ argv: ['no-such-program'], env: {} })).toBe('no program "no-such-program" in PATH (/bin:/usr/bin)');
  });

  it('says how to make a file executable, also one found in PATH', async () => {
    const plain = file('plain', '#!/bin/sh\n', 0o644);
    const sentence = `"${plain}" is not executable (mode 0644): run "chmod +x ${plain}"`;
    expect(await explained({ argv: ['./plain'] })).toBe(sentence);
    expect(await explained({ argv: ['plain'], env: { PATH: `/usr/bin:${home}` } })).toBe(sentence);
  });

  it('tells a directory from a program', async () => {
    mkdirSync(path('folder'));
    expect(await explained({ argv: ['./folder'] })).toBe(`"${path('folder')}" is a directory, not a program`);
    expect(await explained({ argv: ['./plain/x'] })).toBe(`"${path('plain/x')}" cannot be reached (ENOTDIR)`);
  });

  it('names a working directory that is missing or none, rather than the program', async () => {
    expect(await explained({ argv: ['true'], cwd: path('nowhere') })).toBe(`the working directory "${path('nowhere')}" does not exist`);
    expect(await explained({ argv: ['true'], cwd: path('plain') })).toBe(`the working directory "${path('plain')}" is not a directory`);
  });

  it('names the missing interpreter of a script, which the system reports as a missing file', async () => {
    file('script', '#!/usr/bin/foo -x\n', 0o755);
    expect(await explained({ argv: ['./script'] })).toBe(`interpreter "/usr/bin/foo" of "${path('script')}" not found`);
    expect(await explained({ argv: ['script'], env: { PATH: home } })).toBe(`interpreter "/usr/bin/foo" of "${path('script')}" not found`);
  });

  it('recognises line ends of Windows', async () => {
    file('dos', '#!/bin/sh\r\necho\r\n', 0o755);
    expect(await explained({ argv: ['./dos'] })).toBe(
      `interpreter "/bin/sh\\r" of "${path('dos')}" not found: the file has the line ends of Windows`,
    );
  });

  it('names an interpreter that is not executable', async () => {
    file('by-plain', `#!${path('plain')}\n`, 0o755);
    expect(await explained({ argv: ['./by-plain'] })).toBe(`interpreter "${path('plain')}" of "${path('by-plain')}" is not executable`);
  });

  it('gives the size of arguments that are too big', async () => {
    expect(await explained({ argv: ['true', 'x'.repeat(200_000)], env: {} })).toBe(
      'arguments and environment of "true" are too big: 200006 bytes together',
    );
  });

  it('names a program that is being written', async () => {
    copyFileSync('/bin/true', path('busy'));
    chmodSync(path('busy'), 0o755);
    expect(explainStartError({ argv: ['./busy'], cwd: home, env: {}, errno: 'ETXTBSY' })).toBe(
      `"${path('busy')}" is open for writing, so it cannot be executed`,
    );
  });

  it('explains an empty command and null bytes', async () => {
    expect(await explained({ argv: [''] })).toBe('the command is empty');
    expect(await explained({ argv: ['true', 'a\0b'] })).toBe('command, cwd or environment of "true" holds a null byte');
  });

  it.each([
    ['ENOEXEC', 'is neither a program for this machine nor a script with a "#!" line'],
    ['EAGAIN', 'the limit of processes is reached'],
    ['ENOMEM', 'not enough memory for a new process'],
    ['EMFILE', 'the limit of open files is reached'],
    ['EIO', 'cannot start "true": EIO'],
  ])('has a sentence for %s', (errno, words) => {
    expect(explainStartError({ argv: ['true'], cwd: '/', env: { PATH: '/bin' }, errno })).toContain(words);
  });
});

describe('what keeps somebody else from a program', () => {
  const who = { uid: 4711, groups: [4712], name: 'bob' };
  const obstacle = (argv: readonly string[], more: { readonly cwd?: string; readonly PATH?: string } = {}): string | undefined =>
    obstacleTo({ argv, cwd: more.cwd ?? '/', env: { PATH: more.PATH ?? '/usr/bin:/bin' }, who });

  it('is told by the mode bits of the program, its folders and the working directory', () => {
    // The home of a test is closed to everybody else, and so is the folder of the run.
    const program = file('for-nobody', '#!/bin/sh\n', 0o755);
    expect(obstacle([program])).toMatch(/"[^"]*for-nobody" cannot be reached by user "bob": permission denied for "[^"]*"$/);
    expect(obstacle(['true'], { cwd: home })).toMatch(
      /the working directory "[^"]*" cannot be entered by user "bob": permission denied for "/,
    );
  });

  it('is nothing where one cannot be sure: what can be executed may have ended by itself', () => {
    expect(obstacle(['sh'])).toBeUndefined();
    expect(obstacle(['/bin/sh', '-c', 'exit 127'])).toBeUndefined();
    file('sh', '#!/bin/sh\n', 0o755);
    expect(obstacle(['sh'], { PATH: `${home}:/usr/bin:/bin` })).toBeUndefined();
    expect(obstacle(['sh'], { PATH: home })).toContain('cannot be reached by user "bob"');
  });

  it('is told of ourselves by the system', () => {
    const script = file('bad-script', '#!/no/such\n', 0o755);
    const own = (argv: readonly string[], cwd = '/'): string | undefined => obstacleTo({ argv, cwd, env: {} });
    expect(own([script])).toBe(`interpreter "/no/such" of "${script}" not found`);
    expect(own(['/no/such/program'])).toBe('no such file: "/no/such/program"');
    expect(own(['true'], '/no/such')).toBe('the working directory "/no/such" does not exist');
    expect(own(['true'])).toBeUndefined();
  });
});
