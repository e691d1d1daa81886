import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';
import { halt } from '../helpers/processes.js';
import { until } from '../helpers/until.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

const texts = async (...args: readonly string[]): Promise<readonly string[]> => (await app.logs(...args)).map(({ text }) => text);

describe('a service that floods its output', () => {
  it('costs the daemon no memory, and the others nothing: ps answers and a crash is mended meanwhile', async () => {
    await app.up({
      services: { flood: { command: ['yes', 'this is the end, my only friend'], shutdown: 'brutal_kill' }, other: { command: idle } },
    });
    const before = (await app.daemon()).rssBytes;
    for (let crash = 1; crash <= 3; crash += 1) {
      await app.do('kill', 'other');
      await app.untilRun('other', crash + 1);
    }
    expect((await app.service('flood')).state).toBe('running');
    const { rssBytes } = await app.daemon();
    await app.do('stop', 'flood');
    expect((rssBytes ?? 0) - (before ?? 0)).toBeLessThan(64 * 2 ** 20);
    const tail = JSON.parse((await app.do('logs', 'flood', '--json', '-n', '1')).stdout) as { readonly text: string };
    expect('this is the end, my only friend'.startsWith(tail.text)).toBe(true);
  });

  it('loses no line, tears none and keeps the order of each stream', async () => {
    const count = 20_000;
    await app.up({ services: { numbered: { command: [process.execPath, fixture('e2e-numbered.mjs'), String(count)] } } });
    // Each stream is read by itself: the end of one says nothing of the other.
    for (const stream of ['--out', '--err']) {
      const last = async (): Promise<string> => (await app.do('logs', 'numbered', stream, '-n', '1', '--no-prefix')).stdout;
      await until(`it has written all of ${stream}`, async () => (await last()) === 'all written\n', 20_000);
    }
    const lines = await app.logs('numbered');
    for (const stream of ['out', 'err'] as const) {
      const own = lines.filter((line) => line.stream === stream && line.text !== 'all written').map(({ text }) => text);
      const expected = Array.from({ length: count }, (_, number) => `${stream} ${number} ${'.'.repeat(number % 61)}`);
      expect(own.length).toBe(count);
      expect(own.findIndex((text, number) => text !== expected[number])).toBe(-1);
    }
  });

  it('does not wait for a follower that has stopped reading', async () => {
    await app.up({
      services: { numbered: { command: sh('echo ready; read -r _; exec "$@"', process.execPath, fixture('e2e-numbered.mjs'), '20000') } },
    });
    const follower = app.start('logs', '-f', 'numbered', '--json');
    expect(await follower.nextLine()).toContain('ready');
    await halt(follower.pid);
    await app.do('send', 'numbered', 'go');
    await app.untilSays('numbered', /all written/);
    follower.kill('SIGKILL');
    await follower.ended;
  });
});

describe('a service that ends at once', () => {
  it('has all of its last words kept under the right run, twenty times in a row', async () => {
    const runs = 20;
    app.configure({ intensity: runs - 1, period: '1m', services: { brief: { command: fixture('e2e-last-words.sh') } } });
    await app.do('up', '--no-wait');
    await until('it has given up', async () => (await app.supervisor('')).state === 'failed', 60_000);
    const lines = await app.logs('brief');
    const torn: string[] = [];
    for (let run = 1; run <= runs; run += 1) {
      const own = lines.filter((line) => line.run === run).map(({ text }) => text);
      const expected = [...Array.from({ length: 17_500 }, (_, index) => `${run} ${index + 1}`), `the last words of run ${run}`];
      if (own.join('\n') !== expected.join('\n')) torn.push(`run ${run}: ${own.length} lines, the last "${own.at(-1) ?? ''}"`);
    }
    expect(torn).toEqual([]);
    expect((await app.service('brief')).run).toBe(runs);
    expect(await texts('brief', '--run', '7')).toHaveLength(17_501);
    // A third of a million lines, read back as JSON: on a busy machine that takes a while.
  }, 120_000);

  it('has its last lines shown by the up that failed', async () => {
    const command = sh('echo "cannot find the database" >&2; exit 3');
    app.configure({ intensity: 0, services: { bad: { command } } });
    const { code, stderr } = await app.run('up');
    expect(code).toBe(1);
    expect(stderr).toContain('cannot find the database');
    expect(stderr).toContain('exit code 3');
  });
});

describe('what a service says', () => {
  it('is told apart by stream, also when it opens /dev/stdout and /dev/stderr itself', async () => {
    await app.up({
      services: {
        a: { command: sh('echo one; echo two >&2; echo three > /dev/stdout; echo four > /dev/stderr; echo ready; exec sleep 1000') },
      },
    });
    for (const last of [/ready/, /four/]) await app.untilSays('a', last);
    const said = async (...args: readonly string[]): Promise<readonly string[]> => (await texts('a', ...args)).toSorted();
    expect(await said('--out')).toEqual(['one', 'ready', 'three']);
    expect(await said('--err')).toEqual(['four', 'two']);
    expect((await app.logs('a')).every(({ stream, text }) => (stream === 'err') === /two|four/.test(text))).toBe(true);
  });

  it('may be nothing more: one that closes both streams lives on', async () => {
    await app.up({ services: { mute: { command: sh('echo bye; exec >&- 2>&-; read -r _; exit 7'), restart: 'temporary' } } });
    await app.untilSays('mute', /bye/);
    expect(await app.service('mute')).toMatchObject({ state: 'running', run: 1 });
    await app.do('send', 'mute', 'end');
    const row = await app.untilService('mute', 'has ended', ({ state }) => state === 'failed');
    expect(row.exit).toMatchObject({ code: 7, signal: null });
  });

  it('is seen before its line is finished, at the latest when it ends', async () => {
    await app.up({ services: { a: { command: sh('printf "no newline"; read -r _; exit 0'), restart: 'temporary' } } });
    await app.do('send', 'a', 'end');
    await app.untilService('a', 'has ended', ({ state }) => state === 'completed');
    expect(await texts('a')).toEqual(['no newline']);
  });

  it('may be bytes of no encoding, controls and a line of a megabyte: the lines around stay whole', async () => {
    const line = [
      "printf 'before\\n\\377\\376\\001\\000x\\r\\n'",
      "head -c 1048576 /dev/zero | tr '\\000' y",
      "printf '\\n\\033[31mred\\033[0m\\n\\n\\342\\230\\203 after\\n'",
      'exec sleep 1000',
    ].join('; ');
    await app.up({ services: { odd: { command: sh(line) } } });
    await app.untilSays('odd', /after/);
    const said = await texts('odd');
    expect(said.map((text) => text.length)).toHaveLength(6);
    expect([said[0], said[2], said[3], said[4], said[5]]).toEqual(['before', 'y'.repeat(2 ** 20), '\u001b[31mred\u001b[0m', '', '☃ after']);
    const plain = await app.do('logs', 'odd', '-n', 'all', '--no-prefix');
    expect(plain.stdout).toContain('☃ after');
  });
});

describe('the standard input of a service', () => {
  it('takes lines by send, and ends when the service is stopped', async () => {
    const command = sh("trap '' TERM; echo ready; while read -r line; do echo \"got $line\"; done; echo 'end of input'");
    await app.up({ services: { a: { command, restart: 'transient', shutdown: '20s' } } });
    await app.untilSays('a', /ready/);
    for (const text of ['one', 'two words', 'ünï ☃ "quoted" $HOME %s']) await app.do('send', 'a', text);
    await app.untilSays('a', /HOME/);
    await app.do('stop', 'a');
    expect(await texts('a')).toEqual(['ready', 'got one', 'got two words', 'got ünï ☃ "quoted" $HOME %s', 'end of input']);
    expect((await app.service('a')).exit).toMatchObject({ code: 0, signal: null });
  });

  it('holds nothing that an earlier run has not read', async () => {
    await app.up({ services: { a: { command: sh('echo ready $PORTSUP_RUN; [ $PORTSUP_RUN = 1 ] && exec sleep 1000; exec cat') } } });
    await app.untilSays('a', /ready 1/);
    await app.do('send', 'a', 'for the first run');
    await app.do('kill', 'a');
    await app.untilSays('a', /ready 2/);
    await app.do('send', 'a', 'for the second run');
    await app.untilSays('a', /second/);
    expect(await texts('a')).toEqual(['ready 1', 'ready 2', 'for the second run']);
  });

  it('says when it is full, instead of keeping anybody waiting', async () => {
    await app.up({ services: { a: { command: idle } } });
    // A pipe holds 64 KB on Linux, less on macOS.
    const results = await Promise.all(['a', 'b', 'c'].map((letter) => app.run('send', 'a', letter.repeat(40_000))));
    expect(results.map(({ code }) => code).toSorted((left, right) => Number(left) - Number(right))).toEqual([0, 1, 1]);
    expect(results.map(({ stderr }) => stderr).join('')).toContain('input buffer is full');
    expect((await app.service('a')).state).toBe('running');
  });

  it('is empty with "stdin: null", and send says so', async () => {
    await app.up({ services: { a: { command: sh('cat; echo empty; exec sleep 1000'), stdin: 'null' } } });
    await app.untilSays('a', /empty/);
    const { code, stderr } = await app.run('send', 'a', 'hello');
    expect([code, stderr]).toEqual([1, expect.stringContaining('no standard input')]);
  });
});
