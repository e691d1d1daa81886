import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/config/env-file.js';
import { interpolate } from '../../src/config/interpolate.js';
import { type LoadedConfig, loadConfig } from '../../src/config/load.js';
import { problemLine, problemsOf } from '../../src/config/problems.js';
import { resolvedYaml } from '../../src/config/resolved.js';
import type { ServiceSpec } from '../../src/supervision/spec.js';
import { type ConfigFolder, configFolder } from '../helpers/config-folder.js';

const put = (text: string, variables: Readonly<Record<string, string>> = {}): ReturnType<typeof interpolate> =>
  interpolate(text, new Map(Object.entries(variables)));

describe('variables in a text', () => {
  it.each([
    ['${A}-${B:-b}', { A: 'x' }, 'x-b'],
    ['${A:-none}|${B:-none}|${B}', { A: 'a', B: '' }, 'a|none|'],
    ['${A:?why}', { A: 'x' }, 'x'],
    ['${A:-{"k": {"l": 1}}}', {}, '{"k": {"l": 1}}'],
    ['${A:-${B:-${C}}}', { C: 'deep' }, 'deep'],
    ['$$${A}$$', { A: 'x' }, '$x$'],
    ['$${A} $$$${A}', { A: 'x' }, '${A} $${A}'],
    ['$HOME ${} ${1a} ${A%b} ${A-b} ${A:+b} ${A', { A: 'x' }, '$HOME ${} ${1a} ${A%b} ${A-b} ${A:+b} ${A'],
    ['%s 100% $', {}, '%s 100% $'],
    ['${A}', { A: '${B} $$' }, '${B} $$'],
  ])('%j with %j is %j', (text, variables, expected) => {
    expect(put(text, variables)).toEqual({ text: expected, missing: [] });
  });

  it('names all that are missing, with what their author says', () => {
    expect(put('${A} ${B:?the shop needs it} ${C:-${D}}').missing).toEqual([
      { name: 'A', message: '' },
      { name: 'B', message: 'the shop needs it' },
      { name: 'D', message: '' },
    ]);
    expect(put('${A:?empty}', { A: '' }).missing).toEqual([{ name: 'A', message: 'empty' }]);
  });

  it('any text whose dollars are doubled means itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '?', ' ', 'é') }), (text) => {
        expect(put(text.replaceAll('$', '$$$$'), { A: 'x' })).toEqual({ text, missing: [] });
      }),
    );
  });
});

describe('a file of variables', () => {
  const read = (text: string): Readonly<Record<string, string>> => Object.fromEntries(parseEnvFile(text).variables);

  it('has quotes, comments, export, several lines, and later values win', () => {
    const text = `# a comment
A=1
export B = two words   # behind it
  C='single $A "x" # no comment'
D="a \\"b\\" \\n\\t\\\\ \\$A \\x # no comment" # a comment
E=

F="first
 second
third"
G=\`back'"tick\`
H=http://x/#fragment
I= # nothing
A=last
dotted.name-x=1
`;
    expect(read(text)).toEqual({
      A: 'last',
      B: 'two words',
      C: 'single $A "x" # no comment',
      D: 'a "b" \n\t\\ $A \\x # no comment',
      E: '',
      F: 'first\n second\nthird',
      G: `back'"tick`,
      H: 'http://x/#fragment',
      I: '',
      'dotted.name-x': '1',
    });
    expect(read('\uFEFFA=1\r\nB="x\r\ny"\r\n')).toEqual({ A: '1', B: 'x\ny' });
  });

  it('says where a line is wrong, and nothing of what it holds', () => {
    const { problems, variables } = parseEnvFile("A=1\nhunter2\nB=\"hunter2\nC=3\nD='x' hunter2\nE: hunter2\n=hunter2\n");
    expect(problems.map(({ place, message }) => `${place.line}: ${message}`)).toEqual([
      '2: expected NAME=VALUE',
      '3: a quote is never closed',
      '5: found something behind the closing quote',
      '6: expected NAME=VALUE',
      '7: expected NAME=VALUE',
    ]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
    expect([...variables.keys()]).toEqual(['A', 'C']);
  });

  it('refuses a NUL character by its line, and says nothing of the value', () => {
    const { problems, variables } = parseEnvFile('A=1\n# \0\nB=hunter2\0\nC="x\nhunter2\0\n" # y\nD=4 # \0\nE=5\n');
    expect(problems).toEqual([3, 5].map((line) => ({ place: { line, column: 1 }, message: 'found a NUL character' })));
    expect([...variables]).toEqual([
      ['A', '1'],
      ['D', '4'],
      ['E', '5'],
    ]);
  });

  it('takes time in proportion to its length, also with quotes', () => {
    // Where each line looks at all that follow it, this takes minutes, and the test ends at its limit.
    const lines = 200_000;
    const text = Array.from({ length: lines }, (_none, index) => `K${index}="${'v'.repeat(40)}"\n`).join('');
    const { variables, problems } = parseEnvFile(`${text}LAST\n`);
    expect(variables.size).toBe(lines);
    expect(problems).toEqual([{ place: { line: lines + 1, column: 1 }, message: 'expected NAME=VALUE' }]);
  });

  it('means what it means to bash, as far as bash takes nothing for more than a text', () => {
    const plain = fc.string({ unit: fc.constantFrom('a', 'B', '1', '_', '/', ':', '.', '#', '-', '=') });
    const quoted = fc.string({ unit: fc.constantFrom('a', ' ', '#', '\n', 'é', '"', '{', '=') });
    const value = fc.oneof(
      plain,
      quoted.map((text) => `'${text}'`),
      quoted.map((text) => `"${text.replaceAll('"', '\\"')}"`),
    );
    const line = fc.record({
      name: fc.constantFrom('A', 'B', 'C_1'),
      isExported: fc.boolean(),
      value,
      comment: fc.constantFrom('', ' # x', '\t#'),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        const text = lines.map((one) => `${one.isExported ? 'export ' : ''}${one.name}=${one.value}${one.comment}\n`).join('');
        const script = `set -a\n${text}\nfor name in A B C_1; do [ -z "\${!name+x}" ] || printf '%s=%s\\0' "$name" "\${!name}"; done`;
        const said = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env: {} });
        const expected = said.split('\0').filter((one) => one !== '');
        const names = ['A', 'B', 'C_1'];
        const found = read(text);
        expect(names.flatMap((name) => (Object.hasOwn(found, name) ? [`${name}=${found[name]}`] : []))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('never fails, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', '=', '"', "'", '`', '\\', '\n', ' ', '#', 'export ', '\r') }), (text) => {
        const { problems, variables } = parseEnvFile(text);
        expect(problems.length + variables.size).toBeLessThanOrEqual(text.split('\n').length);
      }),
    );
  });
});

describe('the environment of a configuration', () => {
  let folder: ConfigFolder = configFolder({});

  afterEach(() => folder.dispose());

  const load = (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<LoadedConfig> => {
    folder.dispose();
    folder = configFolder(files);
    return loadConfig({ cwd: folder.path, env });
  };
  const problems = async (...args: Parameters<typeof load>): Promise<readonly string[]> => {
    const error: unknown = await load(...args).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    return problemsOf(error).map(problemLine);
  };
  const service = (config: LoadedConfig, index = 0): ServiceSpec => {
    const child = config.root.children[index];
    if (child?.kind !== 'service') throw new Error('no service');
    return child;
  };

  it('is what is inherited, then env_file, then env, level by level, nearest last; each sees what is around it', async () => {
    const config = await load(
      {
        '.env': 'A=file\nB=file\nPORT=1\n',
        'sub/more': 'B=more\n',
        'portsup.yaml': `env_file: [.env, "\${DIR}/more"]
env: { A: root, FROM: "\${B} \${HOME}", UNSEEN: "\${FROM:-not yet}" }
cwd: "\${DIR}"
on_event: tell \${PORT} \${A}
services:
  a:
    command: ./run --port \${PORT} "\${FROM}" \${A:-x} '\${WORDS}' $$X $Y
    env_file: { path: none, required: false }
    env: { PORT: "\${PORT}2", A: 7 }
  b: { command: 'echo "\${PORT}" $$HOME', shell: true }
  c: { command: [x, "\${PORT}", "$$"], env: { KEY: { file: "\${DIR}/key" } }, cwd: other }
`,
      },
      { HOME: '/h', DIR: 'sub', WORDS: `two 'words"` },
    );
    expect(service(config)).toMatchObject({
      command: ['./run', '--port', '12', 'more /h', '7', `two 'words"`, '$X', '$Y'],
      cwd: `${folder.path}/sub`,
      env: { A: '7', B: 'more', PORT: '12', FROM: 'more /h', UNSEEN: 'not yet' },
    });
    expect(service(config, 1).command).toEqual(['/bin/sh', '-c', 'echo "1" $HOME']);
    expect(service(config, 2)).toMatchObject({
      command: ['x', '1', '$'],
      cwd: `${folder.path}/other`,
      envFiles: { KEY: `${folder.path}/sub/key` },
    });
    expect(service(config, 2).env).not.toHaveProperty('KEY');
    expect(config.onEvent).toMatchObject({ command: ['tell', '1', 'root'], env: { A: 'root' } });
    expect(resolvedYaml(config)).not.toMatch(/\b(?:A|B|FROM|UNSEEN|PORT): (?!"\*\*\*")/);
    expect(resolvedYaml(config)).toContain(`KEY:\n        file: ${folder.path}/sub/key`);
  });

  it('tells all missing variables and files together, with everything else that is wrong', async () => {
    const lines = await problems({
      'bad.env': 'A=1\noops hunter2\n',
      'portsup.yaml': `env_file: [none.env, bad.env]
env: { URL: "\${URL:?the shop needs a database}" }
services:
  a: { command: "x \${PORT} \${PORT}", cwd: "\${DIR}", shutdwn: 5 }
  b: { command: [y, "\${OTHER}"], env_file: { path: . } }
`,
    });
    expect(lines).toEqual([
      expect.stringMatching(/^portsup\.yaml:1:12: env_file\[0\]: found "none\.env", which is not there, expected a file of variables/),
      'portsup.yaml:2:13: env.URL: variable URL is not set: the shop needs a database',
      expect.stringMatching(
        /^portsup\.yaml:4:17: services\.a\.command: variable PORT is not set, expected it in the environment or an env_file, or \$\{PORT:-default\}/,
      ),
      expect.stringMatching(/^portsup\.yaml:4:43: services\.a\.cwd: variable DIR is not set/),
      'portsup.yaml:4:53: services.a.shutdwn: unknown key; did you mean "shutdown"?',
      expect.stringMatching(/^portsup\.yaml:5:21: services\.b\.command\[1\]: variable OTHER is not set/),
      expect.stringMatching(
        /^portsup\.yaml:5:52: services\.b\.env_file\.path: found ".*", which is no regular file, expected a file of variables/,
      ),
      'bad.env:2:1: expected NAME=VALUE',
    ]);
  });

  it('puts in numbers as they are written, and refuses a program that is nothing then', async () => {
    const config = await load({
      'portsup.yaml': 'env: { V: 1.10, O: 0755, T: True }\nservices: { a: { command: "echo ${V} ${O} ${T}" } }\n',
    });
    expect(service(config).command).toEqual(['echo', '1.10', '0755', 'True']);
    expect(await problems({ 'portsup.yaml': 'services: { a: { command: "${E} foo" } }\n' }, { E: '' })).toEqual([
      expect.stringMatching(/services\.a\.command: found an empty program, once its variables are put in, expected a program/),
    ]);
  });

  it('asks nothing of what is not there', async () => {
    const text = 'services: { a: { command: x }, d: { command: "x ${TOKEN}", env_file: none, profiles: [dev] } }\n';
    expect((await load({ 'portsup.yaml': text })).root.children).toHaveLength(1);
    folder.dispose();
    folder = configFolder({ 'portsup.yaml': text });
    await expect(loadConfig({ cwd: folder.path, env: {}, profiles: ['dev'] })).rejects.toMatchObject({
      message: 'portsup.yaml has 2 problems',
    });
  });

  it('a file of variables that is a pipe, has no end, is a giant or no text is refused, and holds nobody up', async () => {
    const { path } = configFolder({ giant: '#'.repeat(1024 * 1024 + 1), latin: Buffer.from('A=\xe9', 'latin1') });
    try {
      execFileSync('mkfifo', [`${path}/pipe`]);
      const lines = await problems({
        'portsup.yaml': `env_file: [${path}/pipe, /dev/zero, { path: ${path}/giant, required: false }, ${path}/latin]\nservices: { a: { command: x } }\n`,
      });
      expect(lines).toEqual([
        expect.stringMatching(/env_file\[0\]: found ".*\/pipe", which is no regular file, expected a file of variables/),
        expect.stringMatching(/env_file\[1\]: found "\/dev\/zero", which is no regular file/),
        expect.stringMatching(/env_file\[2\]\.path: found ".*\/giant", which has more than 1 MB/),
        expect.stringMatching(/env_file\[3\]: found ".*\/latin", which holds bytes that are no UTF-8/),
      ]);
    } finally {
      rmSync(path, { recursive: true });
    }
  });

  it('inherit_env narrows what is inherited, at the nearest level that says so', async () => {
    const config = await load({
      'portsup.yaml': `inherit_env: [HOME, PATH]
services:
  a: { command: x }
  b: { command: x, inherit_env: false }
  c: { command: x, inherit_env: true }
`,
    });
    expect([0, 1, 2].map((index) => service(config, index).inheritEnv)).toEqual([['HOME', 'PATH'], [], true]);
  });

  it.each([
    ['env: { A: { path: x } }', /env\.A(?:\.file)?: /],
    ['env: { A: { file: "" } }', /env\.A\.file: found text, expected the path of a file/],
    ['inherit_env: HOME', /inherit_env: found "HOME", expected true, false, or a list of variable names/],
    ['inherit_env: ["A=B"]', /inherit_env: .*expected true, false, or a list/],
    ['env_file: 3', /env_file: found 3, expected the path of a file/],
    ['env_file: [{ file: x }]', /env_file: found a list, expected the path of a file, or/],
  ])('refuses %s', async (fields, expected) => {
    expect((await problems({ 'portsup.yaml': `${fields}\nservices: { a: { command: x } }\n` })).join('\n')).toMatch(expected);
  });
});
