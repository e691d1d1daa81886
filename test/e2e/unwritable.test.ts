/** Standard output that cannot be written: said as every other error, by every command that has an answer. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portsupBin } from '../helpers/cli.js';
import { fixture, LiveApp } from '../helpers/live-app.js';

const SAID = 'error: standard output cannot be written: no space left on device (ENOSPC)\n';
const HINT = 'hint: send it elsewhere, or make room there; what the command does besides may be done\n';

let app: LiveApp;

beforeAll(async () => {
  app = new LiveApp();
  const command = [process.execPath, fixture('e2e-callee.mjs'), 'stdio'];
  await app.up({ services: { a: { command, call: { jsonrpc: 'stdio' } } } });
  await app.untilSays('a', /^ready$/);
});
afterAll(() => app.dispose());

function toFull(...words: readonly string[]): SpawnSyncReturns<string> {
  const args = ['-c', 'exec "$@" >/dev/full', 'sh', process.execPath, portsupBin, ...words];
  return spawnSync('sh', args, { cwd: app.folder, env: app.env, encoding: 'utf8', timeout: 30_000 });
}

// Only Linux has /dev/full.
describe.runIf(existsSync('/dev/full'))('where standard output cannot be written', () => {
  it.each([
    [['ps']],
    [['ps', '--json']],
    [['ps', '--json', '-w']],
    [['whereis', 'a']],
    [['status', 'a']],
    [['history']],
    [['logs', '-f']],
    [['call', 'a', 'echo', 'x']],
    [['wait', 'a', '--json']],
    [['explain', 'a']],
    [['check', '--schema']],
    [['--help']],
    [['--version']],
    [['completion', 'bash']],
    [['__complete', 'zsh', 'p']],
    [['run', '--once', '--', 'echo', 'x']],
  ])('%j ends with 1, an error and a hint', (words) => {
    const { status, stderr } = toFull(...words);
    expect([status, stderr]).toEqual([1, SAID + HINT]);
  });

  it('says where only with --verbose', () => {
    for (const words of [
      ['ps', '--verbose'],
      ['history', '--verbose'],
    ])
      expect(toFull(...words).stderr).toMatch(/^error: .*\nhint: .*\nError: ENOSPC.*\n {4}at /);
  });

  it('is no matter to a command that has nothing to say there', () => {
    const { status, stderr } = toFull('call', 'a', 'hang', '-t', '100ms');
    expect([status, stderr]).toEqual([124, expect.stringMatching(/^error: no answer from a within 100ms.*\nhint: .*\n$/)]);
  });
});
