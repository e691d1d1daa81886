import { describe, expect, it } from 'vitest';
import { fieldsOfShellLine } from '../../src/config/import/command-line.js';
import { convertText, formatOf } from '../../src/config/import/convert.js';
import type { Imported } from '../../src/config/import/imported.js';
import { convertProcfile } from '../../src/config/import/procfile.js';
import { someFacts, sourceFacts, textOf, troublesOf } from '../helpers/import.js';

function imported(text: string, facts: Parameters<typeof someFacts>[0] = {}): Imported {
  const result = convertProcfile(text, someFacts(facts));
  expect(troublesOf(result)).toEqual([]);
  return result;
}

describe('a shell line', () => {
  it.each([
    ['node a.js --x 1', { command: 'node a.js --x 1' }],
    [' exec node a.js ', { command: 'node a.js' }],
    ['A=1 B="x y" node a', { command: 'node a', env: { A: '1', B: 'x y' } }],
    ['a "b c"', { command: ['a', 'b c'] }],
    ['a | b', { command: 'a | b', shell: true }],
    ['a $PORT', { command: 'a $PORT', shell: true }],
    ['a ${PORT}', { command: 'a $${PORT}', shell: true }],
    ['echo $$', { command: 'echo $$$$', shell: true }],
    ['cd x', { command: 'cd x', shell: true }],
    ['A=1', { command: 'A=1', shell: true }],
    ['a *.js', { command: 'a *.js', shell: true }],
    ['~/a', { command: '~/a', shell: true }],
    ["it's", { command: "it's", shell: true }],
    ['exec', { command: 'exec', shell: true }],
  ])('%j is %j', (line, fields) => {
    expect(fieldsOfShellLine(line)).toEqual(fields);
  });
});

describe('a Procfile', () => {
  it('has a service for each process, with the port that foreman gives it', () => {
    const { children } = imported('web: node web.js\nworker: node worker.js\napi: ./api -p $PORT\n');
    expect(children.map(({ name, fields }) => [name, fields])).toEqual([
      ['web', { command: 'node web.js', env: { PORT: '${PORT:-5000}' } }],
      ['worker', { command: 'node worker.js' }],
      ['api', { command: './api -p $PORT', shell: true, env: { PORT: 5200 } }],
    ]);
  });

  it('has its release first, once', () => {
    expect(imported('web: a\nrelease: b\n').children.map(({ name, fields }) => [name, fields['restart']])).toEqual([
      ['release', 'temporary'],
      ['web', undefined],
    ]);
  });

  it('keeps its comments where they stand', () => {
    expect(textOf(imported('# the site\nweb: a\n# the end\n'))).toMatch(/# the end\n[^]*web:\n {4}# the site\n/);
  });

  it('in another folder runs there, with its .env', () => {
    expect(imported('web: a', { relativeFolder: 'shop', siblings: new Set(['.env']) }).fields).toEqual({
      cwd: 'shop',
      env_file: 'shop/.env',
    });
  });

  it.each([
    ['web: a\nnonsense\n', 'source:2: no process'],
    ['web:\n', 'source:1: no process'],
    ['# nothing\n', 'source: no processes'],
  ])('%j is refused', (text, message) => {
    expect(() => convertProcfile(text, someFacts())).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining(message),
        hint: expect.stringContaining('web: node'),
      }),
    );
  });
});

describe('the format of a file', () => {
  it.each([
    ['Procfile', 'x: y', 'procfile'],
    ['Procfile.dev', 'x: y', 'procfile'],
    ['supervisord.conf', '', 'supervisord'],
    ['ecosystem.config.cjs', '', 'pm2'],
    ['a.yaml', 'processes:\n  a: { command: b }', 'process-compose'],
    ['a.yml', 'apps:\n  - script: b', 'pm2'],
    ['a.json', '// x\n[{ "script": "b" }]', 'pm2'],
    ['a.json', '{ "script": "b" }', 'pm2'],
    ['programs', '; x\n[program:a]\ncommand=b', 'supervisord'],
    ['programs', '# x\nweb: node x\nworker: node y', 'procfile'],
  ])('%s with %j is %s', (name, text, format) => {
    expect(formatOf({ name, text, from: undefined }, sourceFacts())).toBe(format);
  });

  it.each([
    ['docker-compose.yaml', 'version: "3"\nservices:\n  a: { image: b }'],
    ['x', 'nothing of it'],
    ['x.json', '{'],
  ])('%s with %j is refused, with the way to say it', (name, text) => {
    expect(() => formatOf({ name, text, from: undefined }, sourceFacts())).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('--from') }),
    );
  });

  it('that is said counts, whatever the name', () => {
    expect(formatOf({ name: 'x.yaml', text: 'web: a', from: 'procfile' }, sourceFacts())).toBe('procfile');
  });
});

it('a mistake in YAML or JSON is told with its place', () => {
  const parts = { facts: sourceFacts({ file: 'x.yaml' }), included: [] };
  expect(() => convertText({ name: 'x.yaml', text: 'apps:\n\t- a', from: 'pm2' }, 'pm2', parts)).toThrow(/^x\.yaml:2:1: /);
  expect(() =>
    convertText({ name: 'x.yaml', text: 'processes:\n  a:\n    commnd: x\n', from: undefined }, 'process-compose', parts),
  ).toThrow(/^x\.yaml:2:3: the process a has no command/);
});
