/** What people see: on narrow and wide terminals, in pipes, when they press Ctrl-C, and when nobody reads any more. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portsupBin } from '../helpers/cli.js';
import { type Project, projectWith } from '../helpers/project.js';
import { hasTerminals, isColoured, linesOf, onTerminal, plainText, screenOf } from '../helpers/terminal.js';
import { until } from '../helpers/until.js';

const CONFIG = `name: shop
services:
  web: { command: sleep 1000 }
  a_service_with_quite_a_long_name: { command: sleep 1000 }
  loud: { command: "seq 20000; printf '\\\\033[2Jwipe\\\\a \\\\033[31mred\\n'; exec sleep 1000", shell: true }
  backend:
    services:
      db: { command: "echo this is why >&2; exit 7", shell: true, restart: temporary }
      slow: { command: "trap '' TERM; echo ready; while :; do sleep 1; done", shell: true, shutdown: 20s }
`;

let project: Project;

beforeAll(async () => {
  project = projectWith(CONFIG);
  // One of them ends badly, so that there is something to read under WHY.
  await project.run('up');
  await until('all has been said', async () => (await project.run('logs', '-n', '1', 'loud')).stdout.includes('wipe'));
});
afterAll(() => project.dispose());

const widest = (screen: string): number => Math.max(...linesOf(screen).map((line) => line.length));

describe.skipIf(!hasTerminals)('on a terminal', () => {
  it.each([20, 40, 60, 80, 200])('of %i columns ps has no line that would wrap', async (columns) => {
    const screen = await screenOf(project, { columns }, 'ps');
    expect(widest(screen)).toBeLessThanOrEqual(columns);
    expect(linesOf(screen).length).toBe(8);
    expect(isColoured(screen)).toBe(true);
  });

  it.each(['tree', 'history'])('of 60 columns %s has no line that would wrap', async (command) => {
    const screen = await screenOf(project, { columns: 60 }, command);
    expect(widest(screen)).toBeLessThanOrEqual(60);
    expect(linesOf(screen).length).toBeGreaterThan(6);
  });

  it.each([60, 80])('of %i columns the help has no line that would wrap, and is coloured nowhere', async (columns) => {
    for (const words of [['--help'], ['help', 'up'], ['daemon', '--help']]) {
      const screen = await screenOf(project, { columns }, ...words);
      expect(widest(screen)).toBeLessThan(columns);
      expect(linesOf(screen).length).toBeGreaterThan(8);
      expect(isColoured(screen)).toBe(false);
    }
  });

  it('that is narrow the last columns are dropped, on a wide one all are there', async () => {
    const [narrow] = linesOf(await screenOf(project, { columns: 60 }, 'ps'));
    const [wide] = linesOf(await screenOf(project, { columns: 200 }, 'ps'));
    expect(narrow?.trim().split(/ +/)).toEqual(['NAME', 'STATE', 'PID', 'UPTIME']);
    expect(wide?.trim().split(/ +/)).toEqual(['NAME', 'STATE', 'PID', 'UPTIME', 'RESTARTS', 'CPU', 'MEM', 'WHY', 'LOGS']);
  });

  it.each([
    ['NO_COLOR', { NO_COLOR: '1' }, ['ps']],
    ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, ['ps']],
    ['TERM=dumb', { TERM: 'dumb' }, ['ps']],
    ['--no-color', {}, ['ps', '--no-color']],
  ])('there is no colour with %s', async (_what, env, words) => {
    const screen = await screenOf(project, { columns: 100, env }, ...words);
    expect(isColoured(screen)).toBe(false);
    expect(linesOf(screen)[0]).toContain('NAME');
  });

  it('an error is coloured, and is one line with its hint below', async () => {
    const screen = await screenOf(project, { columns: 100 }, 'stop', 'wep');
    expect(isColoured(screen)).toBe(true);
    expect(linesOf(screen)).toEqual(['error: no service or supervisor "wep"', 'hint: did you mean web?']);
  });

  it('the control characters of a service are made visible, its colours pass', async () => {
    const screen = await screenOf(project, { columns: 100 }, 'logs', '-n', '1', 'loud');
    expect(screen).not.toContain('\u001b[2J');
    expect(screen).not.toContain('\u0007');
    expect(screen).toContain('\\e[2Jwipe\\a \u001b[31mred\u001b[0m');
  });

  it('ps -w follows the window, fits its height, and ends with q, with the cursor back', async () => {
    const watching = onTerminal(project, { columns: 60, rows: 5 }, 'ps', '-w', '30s');
    await until('the table', () => watching.screen().includes('more'));
    const before = watching.screen();
    expect(widest(before)).toBeLessThanOrEqual(60);
    await watching.resize(200);
    // The next look is far away: it was the window that made it draw again.
    await until('a wider table', () => plainText(watching.screen().slice(before.length)).includes('RESTARTS'));
    watching.type('q');
    expect(await watching.ended).toBe(0);
    expect(watching.screen().lastIndexOf('\u001b[?25h')).toBeGreaterThan(watching.screen().lastIndexOf('\u001b[?25l'));
  });

  it('ps -w leaves nothing of the old table when the window changes its size in whatever way', async () => {
    const watching = onTerminal(project, { columns: 60, rows: 24 }, 'ps', '-w', '30s');
    await until('the table', () => watching.screen().includes('NAME'));
    for (const [columns, rows] of [
      [40, 10],
      [150, 30],
    ] as const) {
      const before = watching.screen().length;
      await watching.resize(columns, rows);
      const after = (): string => watching.screen().slice(before);
      await until('the table again', () => after().includes('NAME'));
      // The whole screen is cleared before the new table, whatever the terminal has made of the old lines.
      expect(after().indexOf('\u001b[2J\u001b[H')).toBeGreaterThanOrEqual(0);
      expect(after().indexOf('\u001b[2J\u001b[H')).toBeLessThan(after().indexOf('NAME'));
    }
    watching.type('q');
    expect(await watching.ended).toBe(0);
  });

  it('ps -w of an unknown name ends as ps does, and leaves the keyboard alone', async () => {
    const watching = onTerminal(project, { columns: 60 }, 'ps', '-w', 'nobody');
    expect(await watching.ended).toBe(4);
  });

  it.each([
    [['ps', '-w'], 'NAME'],
    [['logs', '-f', 'loud', '-n', '3'], 'wipe'],
  ])('Ctrl-C ends %j with 0', async (words, shown) => {
    const viewing = onTerminal(project, { columns: 100 }, ...words);
    await until('it shows something', () => viewing.screen().includes(shown));
    viewing.type('\u0003');
    expect(await viewing.ended).toBe(0);
  });

  it('a slow stop shows whom it waits for and when SIGKILL comes; Ctrl-C ends only the waiting, with 130 and the cursor back', async () => {
    const stopping = onTerminal(project, { columns: 100 }, 'stop', 'slow');
    await until('it says so', () => /slow.*SIGKILL in \d/.test(plainText(stopping.screen())));
    stopping.type('\u0003');
    expect(await stopping.ended).toBe(130);
    expect(stopping.screen().lastIndexOf('\u001b[?25h')).toBeGreaterThan(stopping.screen().lastIndexOf('\u001b[?25l'));
    expect((await project.service('backend/slow')).state).toBe('stopping');
    await project.ok('stop', '-t', '0', 'slow');
    await project.ok('start', 'slow');
  });
});

describe('in a pipe', () => {
  it('there is no colour and no limit of width, whatever COLUMNS says', async () => {
    const narrow = projectWith(CONFIG, { home: project.home, env: { COLUMNS: '40' } });
    const { stdout } = await narrow.ok('ps');
    expect(stdout).not.toContain('\u001b');
    expect(stdout.split('\n')[0]?.trim().split(/ +/).at(-1)).toBe('LOGS');
    expect(stdout).toContain('exit code 7');
  });

  it('there is colour with FORCE_COLOR, unless --no-color says otherwise', async () => {
    const forced = projectWith(CONFIG, { home: project.home, env: { FORCE_COLOR: '1' } });
    expect(isColoured((await forced.ok('ps')).stdout)).toBe(true);
    expect(isColoured((await forced.ok('ps', '--no-color')).stdout)).toBe(false);
  });

  it('logs gives what a service wrote, byte for byte', async () => {
    expect((await project.ok('logs', '--no-prefix', '-n', '1', 'loud')).stdout).toBe('\u001b[2Jwipe\u0007 \u001b[31mred\n');
  });

  it.each([
    ['logs', '-n', 'all', 'loud'],
    ['logs', '-f', '-n', 'all', 'loud'],
    ['ps', '-w', '100ms'],
    ['history', '--json'],
  ])('a reader that has seen enough ends %s %s %s %s with 0, and nothing is said about it', async (...words) => {
    const script = `{ "$0" "$@"; echo "ended with $?" >&2; } | head -n 1`;
    const child = spawn('/bin/sh', ['-c', script, process.execPath, portsupBin, ...words], {
      cwd: project.folder,
      env: project.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    expect({ lines: stdout.split('\n').length, stderr }).toEqual({ lines: 2, stderr: 'ended with 0\n' });
  });

  it.each([
    ['ps', '-w', '100ms'],
    ['logs', '-f', 'loud'],
  ])('Ctrl-C (SIGINT) and SIGTERM end %s %s with 0, and change nothing', async (...words) => {
    const before = await project.pids();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const viewing = project.start(...words);
      await viewing.nextLine();
      viewing.kill(signal);
      expect(await viewing.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    }
    expect(await project.pids()).toEqual(before);
  });

  it('logs -f goes on over restarts of the service, and when the application has been taken down', async () => {
    const other = project.beside('other', 'services: { web: { command: "echo up; exec sleep 1000", shell: true } }\n');
    await other.ok('up');
    const following = other.start('logs', '-f');
    expect(await following.nextLine()).toBe('web | up');
    await other.ok('restart', 'web');
    expect(await following.nextLine()).toBe('web | up');
    await other.ok('down');
    following.kill('SIGINT');
    expect(await following.ended).toMatchObject({ code: 0, stderr: '' });
  });
});
