import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { problemLine, problemsOf } from '../../src/config/problems.js';
import { configFolder, loaded, problemsIn } from '../helpers/config-folder.js';

const one = async (fields: string): Promise<string> => (await problemsIn(`services: { a: { ${fields} } }`)).join('\n');

describe('problems of a configuration', () => {
  it('are all reported at once, each with file, line, column, path, what was found and what was expected', async () => {
    const lines = await problemsIn(`name: 9lives
intensity: 1.5
period: 0
services:
  db:
    comand: postgres
  two:
    command: "a 'b"
    restart: always
    shutdown: -1
  two words: { command: x }
  two:
    command: x
`);
    expect(lines).toEqual([
      'portsup.yaml:1:7: name: found "9lives", expected a name: a letter, then letters, digits, "_" or "-", at most 64',
      'portsup.yaml:2:12: intensity: found 1.5, expected an integer, 0 or more',
      'portsup.yaml:3:9: period: found 0, expected a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms',
      'portsup.yaml:6:5: services.db.comand: unknown key; did you mean "command"?',
      'portsup.yaml:11:3: services["two words"]: found the name "two words", expected a name: a letter, then letters, digits, "_" or "-", at most 64',
      'portsup.yaml:12:3: found the key "two" twice, expected it once',
    ]);
  });

  it('come with a summary and a hint in one CONFIG_INVALID error', async () => {
    const error: unknown = await loaded('services: {}\nx: 1').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: 'portsup.yaml has 2 problems' });
    expect(problemsOf(error).map(({ line, column, path }) => ({ line, column, path }))).toEqual([
      { line: 1, column: 11, path: 'services' },
      { line: 2, column: 1, path: 'x' },
    ]);
  });

  it('name the file by its absolute path when it is not below the current folder', async () => {
    const folder = configFolder({ 'portsup.yaml': 'x: 1', 'sub/y': '' });
    const error: unknown = await loadConfig({ cwd: `${folder.path}/sub` }).catch((caught: unknown) => caught);
    expect(problemsOf(error).map(problemLine)[0]).toContain(`${folder.path}/portsup.yaml:1:1: `);
    folder.dispose();
  });

  it.each([
    ['restart: always, command: x', 'restart: found "always", expected permanent, transient or temporary'],
    ['shutdown: -1, command: x', 'shutdown: found -1, expected a duration'],
    ['shutdown: 5 parsecs, command: x', 'shutdown: found "5 parsecs", expected a duration'],
    ['shutdown: .inf, command: x', 'shutdown: found Infinity, expected a duration'],
    ['stop_signal: SIGFOO, command: x', 'stop_signal: found "SIGFOO", expected a signal'],
    ['success_exit_codes: [0, 256], command: x', 'success_exit_codes[1]: found 256, expected an exit code from 0 to 255'],
    ['success_exit_codes: 3, command: x', 'success_exit_codes: found 3, expected a list of exit codes'],
    ['stdin: file, command: x', 'stdin: found "file", expected pipe or null'],
    ['autostart: yes, command: x', 'autostart: found "yes", expected true or false'],
    ['cwd: "", command: x', 'cwd: found "", expected a folder'],
    ['restart: , command: x', 'restart: found nothing (null), expected permanent, transient or temporary'],
    ['command: ', 'command: found nothing (null), expected a command line'],
    ['command: ""', 'command: found "", expected a program'],
    ['command: "\'\' x"', 'command: found an empty program, expected a program'],
    ['command: []', 'command: found an empty list, expected a program'],
    ['command: ["", x]', 'command: found an empty program, expected a program'],
    ['command: [x, true]', 'command: found a list, expected a command line, or a list of texts and numbers'],
    ['command: "x \\0"', 'command: found a NUL character, expected text without one'],
    ['command: "say \\"hi"', 'command: found an unclosed double quote at character 5'],
    ['command: [x], shell: true', 'command: found a list with shell: true, expected one shell line'],
    ['command: x, readi: 1', 'readi: unknown key; did you mean "ready"?'],
    ['command: x, intensity: 3', 'intensity: unknown key in a service; it is a field of supervisors'],
    ['command: x, services: { b: { command: y } }', 'command: unknown key beside "services"'],
    ['restart: transient', 'command: missing, expected a command line'],
    ['strategy: one_for_al, services: { b: { command: y } }', 'strategy: found "one_for_al", expected one_for_one, one_for_all'],
    ['strategy: one_for_all, servces: { b: { command: y } }', 'servces: unknown key; did you mean "services"?'],
    ['intensity: -1, services: { b: { command: y } }', 'intensity: found -1, expected an integer, 0 or more'],
    ['services: {}', 'services: found an empty mapping, expected at least one service'],
  ])('refuse { %s }', async (fields, expected) => {
    const text = await one(fields);
    expect(text).toContain(`services.a.${expected}`);
    expect(text).not.toContain('\n');
  });

  it.each([
    ['on_event: ""', 'portsup.yaml:1:11: on_event: found "", expected a program'],
    ['on_event: []', 'portsup.yaml:1:11: on_event: found an empty list, expected a program'],
    ['on_event: [x, "a\\0"]', 'portsup.yaml:1:15: on_event[1]: found a NUL character, expected text without one'],
    ["on_event: mail 'me", 'portsup.yaml:1:11: on_event: found an unclosed single quote at character 6, expected quotes in pairs'],
    ['on_event: true', 'portsup.yaml:1:11: on_event: found true, expected a command line, or a list of texts and numbers'],
    ['on_events: x', 'portsup.yaml:1:1: on_events: unknown key; did you mean "on_event"?'],
  ])('refuse %s', async (line, expected) => {
    expect(await problemsIn(`${line}\nservices: { a: { command: x } }`)).toEqual([expect.stringContaining(expected)]);
  });

  it.each(['command: x', 'services: { b: { command: x } }'])('refuse on_event beside { %s }: it is of the top level', async (fields) => {
    expect(await one(`on_event: y, ${fields}`)).toContain('services.a.on_event: unknown key here; only the top level has it');
  });

  it('refuse a child that is no mapping', async () => {
    expect(await problemsIn('services:\n  a: node x.js\n  b:\n')).toEqual([
      'portsup.yaml:2:6: services.a: found text, expected a mapping with command (a service) or services (a nested supervisor)',
      'portsup.yaml:3:3: services.b: found nothing (null), expected a mapping with command (a service) or services (a nested supervisor)',
    ]);
  });

  it('tell an empty variable how to be written, and never show the value of one', async () => {
    const text = (await problemsIn('services: { a: { command: x, env: { A: , B: [hunter2], "C=D": x, E: "hunter2\\0" } } }')).join('\n');
    expect(text).toContain('env.A: found nothing (null), expected text, a number, true or false (for an empty value write "")');
    expect(text).toContain('env.B: found a list');
    expect(text).toContain('services.a.env[***]: found a name that is none, expected a variable name');
    expect(text).not.toContain('hunter2');
    expect(await problemsIn('env: hunter2\nservices: { a: { command: x } }')).toEqual([
      'portsup.yaml:1:6: env: found text, expected a mapping of variables',
    ]);
  });

  it('shown once where aliases bring them to many services', async () => {
    const text = 'services:\n  a: &a\n    command: x\n    restart: always\n  b: { <<: *a }\n  c: *a\n';
    expect(await problemsIn(text)).toEqual([
      'portsup.yaml:4:14: services.a.restart: found "always", expected permanent, transient or temporary',
    ]);
  });
});

describe('rules between a supervisor and its children', () => {
  it.each([
    ['significant: true, restart: transient', 'never', 'significant: found true under auto_shutdown never'],
    ['significant: true', 'any_significant', 'significant: found true with restart permanent (the default)'],
    ['significant: true, restart: permanent', 'all_significant', 'significant: found true with restart permanent,'],
  ])('refuse { %s } under auto_shutdown %s', async (fields, autoShutdown, expected) => {
    const lines = await problemsIn(`auto_shutdown: ${autoShutdown}\nservices: { a: { command: x, ${fields} } }`);
    expect(lines).toEqual([expect.stringContaining(`services.a.${expected}`)]);
  });

  it.each([
    ['', 'template: missing'],
    [
      'services: { a: { command: x } }',
      'services: found services with strategy simple_one_for_one, expected exactly one service, under template',
    ],
    [
      'template: { command: x }, auto_shutdown: any_significant',
      'auto_shutdown: found any_significant with strategy simple_one_for_one, expected never',
    ],
    ['template: { command: x, significant: true, restart: transient }', 'template.significant: found true under auto_shutdown never'],
    ['template: { services: { a: { command: x } } }', 'template.services: unknown key in a service'],
    ['template: [x]', 'template: found a list, expected a mapping with command (a service)'],
  ])('refuse a simple_one_for_one supervisor with { %s }', async (fields, expected) => {
    const lines = await problemsIn(`services: { pool: { strategy: simple_one_for_one, ${fields} } }`);
    expect(lines.join('\n')).toContain(`services.pool.${expected}`);
  });

  it('refuse a template elsewhere', async () => {
    const lines = await problemsIn('services: { pool: { template: { command: x } } }');
    expect(lines).toEqual([expect.stringContaining('services.pool.template: found a template with strategy one_for_one')]);
  });
});

describe('a file that is no configuration', () => {
  it.each([
    ['', 'portsup.yaml:1:1: the file is empty, expected a mapping with services'],
    ['# nothing\n', 'portsup.yaml:1:1: the file is empty, expected a mapping with services'],
    ['[1]', 'portsup.yaml:1:1: found a list, expected a mapping with services'],
    ['hello', 'portsup.yaml:1:1: found text, expected a mapping with services'],
    ['{}', 'portsup.yaml:1:1: services: missing, expected a mapping of services'],
    ['a: 1\n---\nb: 2\n', 'portsup.yaml:2:1: found a second document (---), expected one'],
    ['services:\n\ta: 1\n', 'portsup.yaml:2:1: found a tab as indentation, expected spaces'],
    ['services: "x', 'portsup.yaml:1:13: not valid: Missing closing "quote'],
    [
      'services: { a: { command: *x } }',
      'portsup.yaml:1:27: found an alias (*), expected its anchor (&) before it; text that begins with * needs quotes',
    ],
    ['services: &s { a: *s }', 'portsup.yaml:1:19: found an alias (*) inside of what it stands for'],
    ['services: { a: { command: !js x } }', 'portsup.yaml:1:27: not valid: Unresolved tag'],
    [
      'services: { <<: 1, a: { command: x } }',
      'portsup.yaml:1:13: found a merge key (<<) with something else, expected a mapping or a list of mappings',
    ],
    [new Uint8Array([0x61, 0xff]), 'portsup.yaml:1:1: found bytes that are no UTF-8, expected text'],
    ['['.repeat(100_000), 'nested deeper than 100 levels'],
    [`services: ${'{a: {services: '.repeat(60)}{a: {command: x}}${'}}'.repeat(60)}`, 'nested deeper than 100 levels'],
  ])('is refused: %.40s', async (text, expected) => {
    expect((await problemsIn(text)).join('\n')).toContain(expected);
  });

  it('is refused when its aliases multiply', async () => {
    const bomb = [
      'a0: &a0 [x]',
      ...Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]`),
    ];
    expect(await problemsIn(bomb.join('\n'))).toEqual(['portsup.yaml:1:1: aliases expand to more than 200000 values']);
    const merges = [
      'm0: &m0 { k: 1 }',
      ...Array.from({ length: 30 }, (_, index) => `m${index + 1}: &m${index + 1} { <<: [*m${index}, *m${index}] }`),
    ];
    expect((await problemsIn(merges.join('\n'))).length).toBeGreaterThan(0);
  });

  it('is refused when JSON has a key twice', async () => {
    const lines = await problemsIn('{"services": {"a": {"command": "x"},\n "a": {"command": "y"}}}', 'portsup.json');
    expect(lines).toEqual(['portsup.json:2:2: found the key "a" twice, expected it once']);
  });
});
