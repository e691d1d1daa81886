import { describe, expect, it } from 'vitest';
import type { Imported, ImportedNode } from '../../src/config/import/imported.js';
import { readIni } from '../../src/config/import/ini.js';
import { convertSupervisord, includedBy } from '../../src/config/import/supervisord.js';
import { environmentOf, expand } from '../../src/config/import/supervisord-values.js';
import { someFacts, troublesOf } from '../helpers/import.js';

const file = (text: string) => ({ file: 'supervisord.conf', folder: '/etc/supervisor', text });

function imported(text: string): Imported {
  const result = convertSupervisord([file(text)], someFacts());
  expect(troublesOf(result)).toEqual([]);
  return result;
}

/** What [program:a] with these lines becomes. */
function program(lines: string): ImportedNode {
  const [child] = imported(`[program:a]\ncommand=/bin/a\n${lines}`).children;
  if (child === undefined) throw new Error('nothing was made');
  return child;
}

describe('a file of supervisord', () => {
  const entries = (text: string): unknown => {
    const read = readIni(text);
    return read.ok
      ? read.sections.map((section) => [section.name, section.entries.map(({ key, value, line }) => [line, key, value])])
      : read;
  };

  it('has comments in lines of their own and behind a space, continued lines, and two ways to separate', () => {
    const text =
      '; a comment\n[a:b]\nKey = value ; comment\n# another\nsame=a;b#c\nlong=\n  A="1",\n  ; in between\n\n  B="2"  # end\nother: x=y\n';
    expect(entries(text)).toEqual([
      [
        'a:b',
        [
          [3, 'key', 'value'],
          [5, 'same', 'a;b#c'],
          [6, 'long', '\nA="1",\n\nB="2"'],
          [11, 'other', 'x=y'],
        ],
      ],
    ]);
  });

  it('may say a thing twice: the last counts; a section that stands twice is one', () => {
    expect(entries('[a]\nx=1\ny=2\n[b]\n[a]\nx=3\n')).toEqual([
      [
        'a',
        [
          [3, 'y', '2'],
          [6, 'x', '3'],
        ],
      ],
      ['b', []],
    ]);
  });

  it.each([
    ['x=1\n', 1, 'before the first'],
    ['[a]\n\nnonsense\n', 3, 'neither'],
    ['[a]\n=x\n', 2, 'neither'],
  ])('%j has its mistake named by line', (text, line, message) => {
    expect(readIni(text)).toEqual({ ok: false, line, message: expect.stringContaining(message) });
    expect(() => convertSupervisord([file(text)], someFacts())).toThrow(`supervisord.conf:${line}: `);
  });
});

describe('expansions', () => {
  const known = { here: '/etc', process_num: 3, ENV_OWN: 'mine' };

  it.each([
    ['a %(here)s/b 100%%', { ok: true, text: 'a /etc/b 100%' }],
    ['%(process_num)02d-%(process_num)d-%(process_num)3d', { ok: true, text: '03-3-  3' }],
    ['%(ENV_HOME)s/%(ENV_OWN)s', { ok: true, text: '${HOME}/mine' }],
    ['${HOME} $%(ENV_X)s', { ok: true, text: '$${HOME} $$${X}' }],
    ['%(nobody)s', { ok: false, unknown: '%(nobody)s' }],
    ['50%', { ok: false, unknown: 'a lone "%"' }],
  ])('of %j', (text, result) => {
    expect(expand(text, known, true)).toEqual(result);
  });

  it('of the environment are not known where portsup fills in nothing', () => {
    expect(expand('%(ENV_HOME)s', known, false)).toEqual({ ok: false, unknown: '%(ENV_HOME)s' });
  });
});

it.each([
  ['A="1",B=\'2\',C=3', { A: '1', B: '2', C: '3' }],
  ['A="x,y=z; \\"q\\"", B=a"b"c', { A: 'x,y=z; "q"', B: 'abc' }],
  ['\nA="1",\n  B="2",\n', { A: '1', B: '2' }],
  ['', {}],
  ['A', undefined],
  ['A="1" B="2"', undefined],
  ['A="1', undefined],
])('variables are read from %j', (text, result) => {
  const read = environmentOf(text);
  expect(read === undefined ? undefined : Object.fromEntries(read)).toEqual(result);
});

describe('a program', () => {
  it.each([
    ['autorestart=true', { restart: 'permanent' }],
    ['autorestart=unexpected', { restart: 'transient' }],
    ['autorestart=no', { restart: 'temporary' }],
    ['', { restart: 'transient', shutdown: '10s' }],
    ['exitcodes=0,2,143', { success_exit_codes: [2, 143] }],
    ['stopsignal=USR1\nstopwaitsecs=0', { stop_signal: 'SIGUSR1', shutdown: '0s' }],
    ['autostart=off', { autostart: false }],
    ['user=www\numask=27\ndirectory=/srv', { user: 'www', umask: '027', cwd: '/srv' }],
    ['directory=%(ENV_HOME)s/x', { cwd: '${HOME}/x' }],
    [
      'stdout_logfile=/l/a.log\nstdout_logfile_maxbytes=5MB\nstdout_logfile_backups=2',
      { logs: { file: '/l/a.log', max_size: '5mb', keep: 2 } },
    ],
    ['stdout_logfile=NONE\nredirect_stderr=true', { logs: 'none' }],
    ['environment=A="1",B="%(program_name)s"', { env: { A: '1', B: 'a' } }],
  ])('with %j', (lines, fields) => {
    expect(program(lines).fields).toMatchObject(fields);
  });

  it('is run without a shell, as supervisord does: its line stays as it is', () => {
    expect(imported('[program:a]\ncommand=sh -c "a | b" %(ENV_X)s $Y').children[0]?.fields['command']).toBe('sh -c "a | b" ${X} $Y');
  });

  it('with tries has a supervisor with this budget', () => {
    expect(program('startsecs=5\nstartretries=4')).toMatchObject({
      fields: { restart: 'temporary', intensity: 4, period: '20s' },
      children: [{ name: 'a' }],
    });
  });

  it('with several processes is a supervisor of them', () => {
    const node = program(
      'process_name=%(program_name)s-%(process_num)d\nnumprocs=2\nnumprocs_start=8\nenvironment=N="%(process_num)d",X="1"',
    );
    expect(node.fields).toMatchObject({ restart: 'temporary', env: { X: '1' } });
    expect(node.children?.map(({ name, fields }) => [name, fields['env']])).toEqual([
      ['a-8', { N: '8' }],
      ['a-9', { N: '9' }],
    ]);
  });

  it.each([
    ['[program:a]\nx=1', 'supervisord.conf:1: [program:a] has no command'],
    ['[program:a]\n\ncommand=a "b', 'supervisord.conf:3: the command cannot be split'],
    ['[program:a]\ncommand=%(nothing)s', 'supervisord.conf:2: the command holds %(nothing)s'],
    ['[supervisord]\n', 'source: no programs'],
    ['[program:a]\ncommand=a\n[group:g]\nprograms=a,b', 'supervisord.conf:4: [group:g] names the unknown program b'],
  ])('%j is refused', (text, message) => {
    expect(() => convertSupervisord([file(text)], someFacts())).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

describe('programs', () => {
  it('start by priority, groups among them, and in a group too', () => {
    const text =
      '[program:a]\ncommand=a\n[program:b]\ncommand=b\npriority=1\n[program:c]\ncommand=c\npriority=5\n[program:d]\ncommand=d\n[group:g]\nprograms=a,c\npriority=2';
    const { children } = imported(text);
    expect(children.map(({ name, children: inner }) => [name, inner?.map((each) => each.name)])).toEqual([
      ['b', undefined],
      ['g', ['c', 'a']],
      ['d', undefined],
    ]);
  });

  it('take over what [supervisord] says for all', () => {
    const { fields, children } = imported('[supervisord]\nenvironment=A="1"\ndirectory=/srv\numask=077\n[program:a]\ncommand=a\n');
    expect([fields, children[0]?.fields]).toMatchObject([{ env: { A: '1' }, cwd: '/srv' }, { umask: '077' }]);
  });

  it('of included files are there, and know their own folder', () => {
    const main = file('[include]\nfiles = conf.d/*.conf %(here)s/more.ini\n');
    expect(includedBy(main, someFacts())).toEqual(['conf.d/*.conf', '/etc/supervisor/more.ini']);
    const included = { file: 'conf.d/a.conf', folder: '/etc/supervisor/conf.d', text: '[program:a]\ncommand=%(here)s/a' };
    expect(convertSupervisord([main, included], someFacts()).children[0]?.fields['command']).toBe('/etc/supervisor/conf.d/a');
  });

  it('show no passwords of a socket that there is not any more', () => {
    const { notes } = imported('[unix_http_server]\npassword=topsecret\n[program:a]\ncommand=a');
    expect(notes.some(({ field }) => field === '[unix_http_server] password')).toBe(true);
    expect(JSON.stringify(notes)).not.toContain('topsecret');
  });
});
