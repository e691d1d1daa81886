/** Configurations that are programs, and do what a configuration should not: nothing of it may look like success. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Project, projectWith } from '../helpers/project.js';

const SERVICES = "{ name: 'shop', services: { web: { command: 'sleep 1000' } } }";

let project: Project;

beforeEach(() => {
  project = projectWith('');
});
afterEach(() => project.dispose());

/** Writes the program; gives the options that choose it. */
function program(text: string): readonly string[] {
  project.write({ 'portsup.config.mjs': text });
  return ['-f', 'portsup.config.mjs'];
}

describe('a configuration', () => {
  it.each([
    ['waits for what never comes', `await new Promise(() => {});\nexport default ${SERVICES};`, 'it never finishes loading'],
    ['gives a promise that never settles', 'export default () => new Promise(() => {});', 'it never finishes loading'],
    ['ends the process', 'process.exit(0);', 'it calls process.exit'],
    [
      'ends the process later',
      'setTimeout(() => process.exit(0), 1);\nexport default () => new Promise(() => {});',
      'it calls process.exit',
    ],
    ['ends the process and does not look', `try { process.exit(0); } catch {}\nexport default ${SERVICES};`, 'it calls process.exit'],
    ['throws later', "setTimeout(() => { throw new Error('late'); }, 1);\nexport default () => new Promise(() => {});", 'late'],
    ['loses a promise', "Promise.reject(new Error('lost'));\nexport default () => new Promise(() => {});", 'lost'],
  ])('that %s is invalid, for up and for check', async (_what, text, message) => {
    const file = program(text);
    for (const command of ['up', 'check']) {
      const { code, stdout, stderr } = await project.run(command, ...file);
      expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
      expect(stderr).toMatch(
        new RegExp(`^portsup\\.config\\.mjs(:\\d+:\\d+)?: the configuration failed: ${message}\\nerror: .*\\n(hint: .*\\n)?$`),
      );
    }
    const { stdout } = await project.run('check', '--json', ...file);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: [{ message: `the configuration failed: ${message}` }] });
    expect(project.running()).toEqual([]);
  });

  it('that prints and goes on printing prints to standard error; the answer is pure, and the command ends with it', async () => {
    const file = program(
      `console.log('by log'); console.table(['by table']); process.stdout.write('by write\\n');
      setInterval(() => console.log('tick'), 5);
      export default ${SERVICES};`,
    );
    const check = await project.run('check', '--json', ...file);
    expect(check.code).toBe(0);
    expect(JSON.parse(check.stdout)).toMatchObject({ ok: true, services: 1 });
    for (const said of ['by log', 'by table', 'by write']) expect(check.stderr).toContain(said);
    const up = await project.run('up', '--json', ...file);
    expect(up.code).toBe(0);
    expect(JSON.parse(up.stdout)).toHaveLength(2);
    // Waiting for the application takes longer than the first ticks.
    expect(up.stderr).toContain('tick');
  });

  it('that is wrong is to be checked again by its name where it was given by name, and not where it has just been checked', async () => {
    const file = program('export default { intensity: -1, services: {} };');
    const hints = async (...words: readonly string[]): Promise<readonly string[]> =>
      (await project.run(...words)).stderr.split('\n').filter((line) => line.startsWith('hint: '));
    expect(await hints('up', ...file)).toEqual([
      'hint: "portsup check -f portsup.config.mjs" checks the file again without starting anything',
    ]);
    expect(await hints('check', ...file)).toEqual([]);
    project.write({ 'portsup.yaml': 'intensity: -1\n', "it's mine.yaml": 'intensity: -1\n' });
    expect(await hints('up')).toEqual(['hint: "portsup check" checks the file again without starting anything']);
    expect(await hints('up', '-f', "it's mine.yaml")).toEqual([
      `hint: "portsup check -f 'it'\\''s mine.yaml'" checks the file again without starting anything`,
    ]);
  });
});
