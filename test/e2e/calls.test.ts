/** Calls of real services through the built command line: each has one of three outcomes, and none hangs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallOutcome } from '../../src/control/contract.js';
import type { CliResult } from '../helpers/cli.js';
import { freePorts } from '../helpers/example.js';
import { fixture, idle, LiveApp } from '../helpers/live-app.js';
import { until } from '../helpers/until.js';

const callee = (...words: readonly string[]): readonly string[] => [process.execPath, fixture('e2e-callee.mjs'), ...words];

let app: LiveApp;
let port: string;

beforeEach(async () => {
  ({ SERVICE_A_PORT: port } = await freePorts());
  app = new LiveApp();
  await app.up({
    intensity: 100,
    services: {
      web: { command: callee('http', port), call: { http: `http://127.0.0.1:${port}` } },
      lines: { command: callee('stdio'), call: { jsonrpc: 'stdio' } },
      // Its program listens nowhere.
      deaf: { command: idle, call: { xmlrpc: 'http://127.0.0.1:1' } },
      mute: { command: idle },
      group: { services: { inner: { command: idle } } },
    },
  });
  for (const name of ['web', 'lines']) await app.untilSays(name, /^ready$/);
});
afterEach(() => app.dispose());

async function outcome(...words: readonly string[]): Promise<CallOutcome> {
  const { stdout, stderr } = await app.run('call', ...words, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as CallOutcome;
}

const shown = ({ code, stdout, stderr }: CliResult): readonly unknown[] => [code, stdout, stderr];

describe.each(['web', 'lines'])('a call of %s', (name) => {
  it('prints the answer, text as it is and all else as JSON', async () => {
    expect(shown(await app.run('call', name, 'echo', 'hello world'))).toEqual([0, 'hello world\n', '']);
    expect(shown(await app.run('call', name, 'echo', '{"a": [1, null]}'))).toEqual([0, '{"a":[1,null]}\n', '']);
    expect(await outcome(name, 'echo', '5')).toEqual({ outcome: 'reply', kind: 'value', value: 5 });
  });

  it('takes arguments for JSON where they are, numbers never for options, and what stands behind "--" for nothing else', async () => {
    expect((await app.do('call', name, 'echo', '-5', '-.5', '4', 'true', '"7"', 'it', '07', '-0.5')).stdout).toBe(
      '[-5,"-.5",4,true,"7","it","07",-0.5]\n',
    );
    expect((await app.do('call', name, 'echo', '--', '--all', '-x')).stdout).toBe('["--all","-x"]\n');
    expect((await app.do('call', '-t', '9s', name, 'echo')).stdout).toBe('[]\n');
  });

  it('says that it went down during the call, and why; and it is back a moment later', async () => {
    const before = await app.service(name);
    const result = await app.run('call', name, 'die', '3');
    expect(shown(result)).toEqual([
      1,
      '',
      `error: ${name} went down during the call: exit code 3\nhint: it is being started again; "portsup history ${name}" tells more\n`,
    ]);
    await app.untilRun(name, before.run + 1);
    await until('it answers again', async () => (await app.run('call', name, 'echo', 'back')).stdout === 'back\n');
  });

  it('tells of one that is killed during the call what killed it, and which run it was', async () => {
    const { pid } = await app.service(name);
    const asked = outcome(name, 'hang', '-t', '1m');
    await app.untilSays(name, /^asked hang$/);
    await app.do('kill', name);
    expect(await asked).toEqual({
      outcome: 'down',
      cause: 'signal SIGKILL',
      exit: { code: null, signal: 'SIGKILL', coreDumped: false, outOfMemory: false },
      run: 1,
      pid,
      comesBack: true,
      hint: 'it is being started again',
    });
  });

  it('tells of one that is stopped during the call who stopped it, and of one that is not running why not', async () => {
    const asked = outcome(name, 'hang', '-t', '1m');
    await app.untilSays(name, /^asked hang$/);
    await app.do('stop', name);
    expect(await asked).toMatchObject({ outcome: 'down', cause: 'stopped by hand', run: 1, comesBack: false });
    expect(shown(await app.run('call', name, 'echo'))).toEqual([
      1,
      '',
      `error: ${name} is not running (noproc): stopped by hand\nhint: "portsup start ${name}" starts it\n`,
    ]);
    expect(await outcome(name, 'echo')).toMatchObject({ outcome: 'down', cause: 'noproc: stopped by hand', run: 1, pid: null });
  });

  it('gives what it answered before it ended, not its end', async () => {
    for (let run = 1; run <= 5; run += 1) {
      await app.untilRun(name, run);
      await until('it listens', async () => (await app.logs(name)).filter(({ text }) => text === 'ready').length === run);
      expect(await outcome(name, 'answerAndDie', '7')).toEqual({ outcome: 'reply', kind: 'value', value: 'last words' });
      await app.untilRun(name, run + 1);
    }
  });

  it('ends after its time, and a late answer reaches nobody', async () => {
    const result = await app.run('call', name, 'late', '400', '-t', '250ms');
    expect(shown(result)).toEqual([
      124,
      '',
      `error: no answer from ${name} within 250ms; it goes on with what it does\nhint: wait longer with -t, or see "portsup logs ${name}"\n`,
    ]);
    expect(await outcome(name, 'late', '400', '-t', '100ms')).toEqual({ outcome: 'timeout', afterMs: 100, run: 1 });
    expect((await app.do('call', name, 'late', '500')).stdout).toBe('late\n');
    expect((await app.do('call', name, 'echo', 'mine')).stdout).toBe('mine\n');
    expect(await app.service(name)).toMatchObject({ run: 1, state: 'running' });
  });

  it('gives an error as the answer', async () => {
    const refused = await outcome(name, 'refuse');
    expect(refused).toMatchObject({ outcome: 'reply', kind: 'error', code: 418 });
    const { code, stdout, stderr } = await app.run('call', name, 'refuse');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: .*I will not/);
  });

  it('takes and gives what is longer than any pipe', async () => {
    const long = 'z'.repeat(100_000);
    expect(await outcome(name, 'echo', long)).toEqual({ outcome: 'reply', kind: 'value', value: long });
    expect((await app.do('call', name, 'longer', '1000000')).stdout).toHaveLength(1_000_001);
  });
});

describe('a call', () => {
  it('that is interrupted is given up, and its service hears of that', async () => {
    const asking = app.start('call', 'web', 'hang', '-t', '1h');
    await app.untilSays('web', /^asked hang$/);
    asking.kill('SIGINT');
    expect((await asking.ended).signal).toBe('SIGINT');
    await app.untilSays('web', /^gone$/);
  });

  it('understands that garbage is no answer', async () => {
    expect(await outcome('web', 'garbage')).toMatchObject({ outcome: 'reply', kind: 'error', reason: 'unreadable' });
    expect(await outcome('web', 'huge')).toMatchObject({ outcome: 'reply', kind: 'error', reason: 'unreadable' });
    expect(await outcome('lines', 'garbage', '-t', '300ms')).toEqual({ outcome: 'timeout', afterMs: 300, run: 1 });
    expect((await app.do('call', 'lines', 'echo', 'well')).stdout).toBe('well\n');
  });

  it('of one that runs and does not listen is an error, and it runs on', async () => {
    expect(shown(await app.run('call', 'deaf', 'echo'))).toEqual([
      1,
      '',
      'error: deaf runs, but cannot be called: connection refused (127.0.0.1:1)\nhint: does it listen there yet? With "ready" calls wait for that; "portsup logs deaf" may tell more\n',
    ]);
    expect(await app.service('deaf')).toMatchObject({ run: 1, state: 'running' });
  });

  it('is of one service that says how it is called', async () => {
    expect(shown(await app.run('call', 'mute', 'echo'))).toEqual([
      2,
      '',
      'error: mute does not say how it is called\nhint: say how in its configuration, with "call": {xmlrpc: URL}, {jsonrpc: URL}, {jsonrpc: stdio} or {http: URL}\n',
    ]);
    expect((await app.run('call', 'group', 'echo')).stderr).toContain('error: group is a supervisor');
    expect((await app.run('call', '*e*', 'echo')).stderr).toContain('is more than one');
    expect((await app.run('call', 'nobody', 'echo')).code).toBe(5);
    expect((await app.run('call', 'web')).code).toBe(2);
    expect((await app.run('call', 'web', '../echo')).stderr).toContain('error: "../echo" is no method');
  });

  it('sends no number that would not arrive as it is written', async () => {
    const { code, stderr } = await app.run('call', 'web', 'echo', '12345678901234567890');
    expect([code, stderr]).toEqual([
      2,
      'error: 12345678901234567890 is more than a number can be\nhint: as text it is \'"12345678901234567890"\'; XML-RPC also takes \'{"$int": "12345678901234567890"}\'\n',
    ]);
  });
});
