import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { readScript } from '../../src/config/script-source.js';
import { configFolder, loaded, problemsIn } from '../helpers/config-folder.js';

const SERVICES = "services: { a: { command: ['x', 1], restart: undefined } }";

describe('a configuration that is a program', () => {
  it.each([
    [
      'portsup.config.ts',
      `import { defineConfig } from 'portsup';\nconst name: string = 'ts';\nexport default defineConfig({ name, ${SERVICES} });`,
    ],
    [
      'portsup.config.ts',
      `import { defineConfig } from 'portsup';\nexport default defineConfig(async () => ({ name: 'ts', ${SERVICES} }));`,
    ],
    ['portsup.config.mjs', `import { defineConfig } from 'portsup';\nexport default defineConfig(() => ({ name: 'ts', ${SERVICES} }));`],
    ['portsup.config.js', `export default { name: 'ts', ${SERVICES} };`],
    ['portsup.config.js', `module.exports = { name: 'ts', ${SERVICES} };`],
    ['portsup.config.mjs', `const name = await Promise.resolve('ts');\nexport default { name, ${SERVICES} };`],
  ])('is loaded from %s: %.60s', async (file, text) => {
    expect(await loaded(text, file)).toMatchObject({
      app: 'ts',
      root: { children: [{ name: 'a', command: ['x', '1'], restart: 'permanent' }] },
    });
  });

  it('may import its own modules and leaves nothing in the folder', async () => {
    const folder = configFolder({
      'portsup.config.ts': `import { command } from './more.js';\nexport default { services: { a: { command } } };`,
      'more.ts': `export const command: string = 'x y';`,
    });
    expect(await loadConfig({ cwd: folder.path })).toMatchObject({ root: { children: [{ command: ['x', 'y'] }] } });
    expect(readdirSync(folder.path, { recursive: true })).toEqual(['more.ts', 'portsup.config.ts']);
    folder.dispose();
  });

  it('has its problems named by path', async () => {
    const text =
      "export default { services: { web: { comand: 'x', env: { A: null } }, b: { command: 'x', cwd: () => 1, restart: new Date() } } };";
    expect(await problemsIn(text, 'portsup.config.mjs')).toEqual([
      'portsup.config.mjs: services.web.env.A: found nothing (null), expected text, a number, true or false (for an empty value write ""), or { file: PATH } to read it from a file at each start',
      'portsup.config.mjs: services.web.comand: unknown key; did you mean "command"?',
      'portsup.config.mjs: services.b.restart: found an object of a class, expected permanent, transient or temporary',
      'portsup.config.mjs: services.b.cwd: found a function, expected a folder',
    ]);
  });

  it.each([
    ['', 'no default export, expected'],
    ['export const x = 1;', 'no default export, expected'],
    ['export default () => {};', 'found nothing (null), expected a mapping with services'],
    ['export default 7;', 'found a number, expected a mapping with services'],
    ['const o: any = {}; o.services = { a: o };\nexport default o;', 'services.a: found a value inside of itself (a cycle)'],
    ["\nexport default () => { throw new TypeError('boom\\nmore'); };", ':2:1: the configuration failed: TypeError: boom'],
    ["\nexport default async () => { throw new Error('no database'); };", ':2:1: the configuration failed: no database'],
    ['export default { a: 1\n b: 2 };', ':2:1: not valid: Unexpected token, expected ","'],
    ["import x from 'not-there';\nexport default x;", "the configuration failed: Cannot find module 'not-there'"],
    ["throw 'text';", 'the configuration failed: text'],
    ['throw Object.create(null);', 'the configuration failed: it threw an empty mapping'],
    ["export default { get services() { throw new Error('got'); } };", 'the configuration failed: got'],
  ])('is refused without a stack: %.60s', async (text, expected) => {
    const lines = await problemsIn(text, 'portsup.config.ts');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
    expect(lines[0]).not.toContain('\n');
  });

  it('keeps what it threw as a cause', async () => {
    const error: unknown = await loaded("throw new RangeError('x');", 'portsup.config.ts').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', cause: { thrown: { message: 'x' } } });
  });

  it('is given up after 30 s, and what it changed of the process is as before', async () => {
    const folder = configFolder({ 'portsup.config.mjs': 'export default () => new Promise(() => {});' });
    const exit = Object.getOwnPropertyDescriptor(process, 'exit');
    const listening = (): readonly number[] => ['beforeExit', 'uncaughtException'].map((name) => process.listenerCount(name));
    const before = listening();
    const limits: number[] = [];
    const { problems } = await readScript(`${folder.path}/portsup.config.mjs`, (delayMs, action) => {
      limits.push(delayMs);
      setImmediate(action);
      return () => undefined;
    });
    expect({ limits, messages: problems.map(({ message }) => message) }).toEqual({
      limits: [30_000],
      messages: ['the configuration failed: it has not finished loading after 30 s'],
    });
    expect({ exit: Object.getOwnPropertyDescriptor(process, 'exit'), listening: listening() }).toEqual({ exit, listening: before });
    folder.dispose();
  });
});
