import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixture, idle, LiveApp, sh } from '../helpers/live-app.js';

let app: LiveApp;

beforeEach(() => {
  app = new LiveApp();
});

afterEach(async () => {
  await app.dispose();
});

interface Facts {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const facts = [process.execPath, fixture('e2e-facts.mjs')];
const factsOf = async (path: string): Promise<Facts> => JSON.parse((await app.untilSays(path, /^\{/)).text) as Facts;

/** What a shell, a template or a format string would have made something else of. */
const ODD = [
  '',
  ' ',
  ' a  b ',
  "it's",
  'say "hi"',
  '$HOME',
  '$',
  '$(echo no)',
  '`echo no`',
  '%s %d 100% %(ENV_HOME)s',
  'back\\slash \\n \\\\',
  'line one\nline two\n',
  '\ttab\r',
  'naïve ☃ 日本語 👩‍👩‍👧',
  '*',
  '~',
  '; exit 1 #',
  '&& false',
  '--flag=value',
  '-',
  '--',
  '{"json": [1]}',
  'x'.repeat(20_000),
];

describe('odd values', () => {
  it('arrive byte for byte as arguments, as variables and as working folder', async () => {
    const env = Object.fromEntries(ODD.map((value, index) => [`ODD_${index}`, value]));
    const cwd = app.path("my 'odd' folder $HOME %s ☃");
    mkdirSync(cwd);
    await app.up({ services: { facts: { command: [...facts, ...ODD], env: { ...env, 'odd.name-☃': 'yes' }, cwd } } });
    const found = await factsOf('facts');
    expect(found.argv).toEqual(ODD);
    expect(found.env).toMatchObject({ ...env, 'odd.name-☃': 'yes' });
    expect(found.cwd).toBe(cwd);
    await app.do('restart', 'facts');
    const again = await app.untilSays('facts', /"PORTSUP_RUN":"2"/);
    expect((JSON.parse(again.text) as Facts).argv).toEqual(ODD);
  });

  it('arrive as arguments of an instance of a pool', async () => {
    await app.up({ services: { pool: { strategy: 'simple_one_for_one', template: { command: facts } } } });
    await app.do('start', 'pool', '--', ...ODD);
    const instance = (await app.rows()).find(({ kind }) => kind === 'service');
    expect((await factsOf(instance?.path ?? '')).argv).toEqual(ODD);
  });

  it('are split from a command line as a shell splits words, without being run by one', async () => {
    const line = [...facts, `a 'b c' "d \\"e\\"" f\\ g '' $HOME "$HOME" * ~ ; | > %d '☃ "x"'`].join(' ');
    await app.up({ services: { facts: { command: line } } });
    expect((await factsOf('facts')).argv).toEqual([
      'a',
      'b c',
      'd "e"',
      'f g',
      '',
      '$HOME',
      '$HOME',
      '*',
      '~',
      ';',
      '|',
      '>',
      '%d',
      '☃ "x"',
    ]);
  });

  it('reach a shell line as they are written, and it is a shell that reads them', async () => {
    const command = `x="a  b"; printf '%s|' "$x" "$WHO" '☃'; echo; exec sleep 1000`;
    await app.up({ services: { line: { command, shell: true, env: { WHO: "it's $me" } } } });
    expect((await app.untilSays('line', /./)).text).toBe("a  b|it's $me|☃|");
  });

  it('come out of YAML blocks and anchors as YAML says', async () => {
    const yaml = [
      'services:',
      '  idle:',
      '    command: sleep 1000',
      '    env: &common { SHARED: "tab\\there", OVER: common }',
      '  facts:',
      '    command:',
      ...facts.map((word) => `      - ${JSON.stringify(word)}`),
      '      - |',
      '        first',
      '          second',
      '      - 0x10',
      '      - "0x10"',
      '    env:',
      '      <<: *common',
      '      OVER: own',
      '      NUMBER: 1.50',
      '      FLAG: true',
      '      TEXT: "1.50"',
    ];
    writeFileSync(app.path('portsup.yaml'), `${yaml.join('\n')}\n`);
    await app.do('up');
    const { argv, env } = await factsOf('facts');
    expect(argv).toEqual(['first\n  second\n', '0x10', '0x10']);
    expect(env).toMatchObject({ SHARED: 'tab\there', OVER: 'own', NUMBER: '1.50', FLAG: 'true', TEXT: '1.50' });
  });
});

describe('names and places', () => {
  const longest = (letter: string): string => letter + '-_9'.repeat(21);

  it('of 64 characters work on every level, and one more is refused', async () => {
    const [name, outer, inner, leaf] = [longest('n'), longest('o'), longest('i'), longest('l')];
    expect(name).toHaveLength(64);
    await app.up({ name, services: { [outer]: { services: { [inner]: { services: { [leaf]: { command: idle } } } } } } });
    const path = `${outer}/${inner}/${leaf}`;
    expect((await app.untilSays(path, /ready/)).path).toBe(path);
    await app.do('kill', leaf);
    await app.untilRun(path, 2);
    await app.do('down');
    app.configure({ name: `${name}x`, services: { a: { command: idle } } });
    expect((await app.run('up')).code).toBe(6);
  });

  it("that differ only where a path is joined do not get in each other's way", async () => {
    const talk = (word: string): object => ({ command: sh('echo "I am $1"; exec sleep 1000', word) });
    await app.up({ name: 'a', services: { b: { services: { c: talk('a:b/c') } }, 'b-c': talk('a:b-c'), b_c: talk('a:b_c') } });
    const other = new LiveApp({ home: app.home, folder: app.home.path('other') });
    await other.up({ name: 'a-b', services: { c: talk('a-b:c') } });
    for (const path of ['b/c', 'b-c', 'b_c']) expect((await app.untilSays(path, /I am/)).text).toBe(`I am a:${path}`);
    expect((await other.untilSays('c', /I am/)).text).toBe('I am a-b:c');
  });

  it('with spaces, quotes and letters of other scripts hold the configuration, the home and the program', async () => {
    const home = app.home.path("the home of Zoë's ☃");
    app = new LiveApp({ home: app.home, folder: app.home.path('projet "été" $1 %2'), env: { PORTSUP_HOME: home } });
    const program = app.path("it's mein Programm");
    writeFileSync(program, '#!/bin/sh\necho "ready in $(pwd)"\nexec cat\n', { mode: 0o755 });
    await app.up({
      name: 'odd',
      services: { relative: { command: ["./it's mein Programm"] }, line: { command: '"./it\'s mein Programm"' } },
    });
    for (const path of ['relative', 'line']) expect((await app.untilSays(path, /ready/)).text).toBe(`ready in ${app.folder}`);
    await app.do('send', 'line', 'echoed');
    await app.untilSays('line', /echoed/);
    expect((await app.daemon()).home).toBe(home);
    expect(readFileSync(`${home}/journal.ndjson`, 'utf8')).toContain('"started"');
    const elsewhere = new LiveApp({ home: app.home, folder: app.home.path('elsewhere'), env: { PORTSUP_HOME: home } });
    await elsewhere.do('-f', app.path('portsup.json'), 'restart', 'line');
    await app.do('down');
  });
});
