import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemLine, problemsOf } from '../../src/config/problems.js';
import { loaded } from '../helpers/config-folder.js';

async function excerpts(text: string, name = 'portsup.yaml'): Promise<readonly string[]> {
  const error: unknown = await loaded(text, name).catch((caught: unknown) => caught);
  return problemsOf(error).flatMap(({ excerpt }) => excerpt);
}

async function said(text: string): Promise<string> {
  const error: unknown = await loaded(text).catch((caught: unknown) => caught);
  return problemsOf(error)
    .flatMap((problem) => [problemLine(problem), ...problem.excerpt])
    .join('\n');
}

describe('the line of a problem', () => {
  it('is shown with its number and a mark below the place', async () => {
    expect(await excerpts('services:\n  db:\n    command: x\n    shutdwn: 5s\n')).toEqual(['  4 |     shutdwn: 5s', '    |     ^']);
    expect(await excerpts('services: {a: {command: x, restart: no}}')).toEqual([
      '  1 | services: {a: {command: x, restart: no}}',
      '    |                                     ^',
    ]);
  });

  it('is cut where it is too long, and keeps the mark in its place', async () => {
    const [line = '', mark = ''] = await excerpts(`services: { a: { command: "${'x'.repeat(500)}", restart: no } }`);
    expect(line.length).toBeLessThan(120);
    expect(line.charAt(mark.indexOf('^'))).toBe('n');
  });

  it('hides every value of env, wherever it stands, also through anchors', async () => {
    const text = `env: &e {A: hunter2, B: "hunter2", oops: [hunter2]}
services:
  a: { command: x, env: { A: hunter2 }, restart: no }
  b: { command: x, env: { <<: *e }, restart: no }
`;
    const shown = (await excerpts(text)).join('\n');
    expect(shown).toContain('restart: no');
    expect(shown).not.toContain('hunter2');
  });

  it('hides what stands where no field is known', async () => {
    const shown = (await excerpts('envv: { A: hunter2 }\nservices: { a: { command: x, envs: [hunter2] } }\n')).join('\n');
    expect(shown).toContain('envv: { A: ******* }');
    expect(shown).not.toContain('hunter2');
  });

  it('shows the keys that a field has, and hides what stands at others', async () => {
    expect((await excerpts('services: { a: { command: x, limits: { nofile: abc } } }')).join()).toContain('limits: { nofile: abc }');
    for (const odd of [
      'logs: { keep: x, env: { P: hunter2 } }',
      'logs: { PASSWORD: hunter2 }',
      'logs: [ { env: { P: hunter2 } } ]',
      'inherit_env: ["P=hunter2"]',
      'env_file: { pth: hunter2 }',
    ])
      expect(await said(`${odd}\nservices: { a: { command: x } }\n`)).not.toContain('hunter2');
  });

  it('costs little, however much is wrong', async () => {
    const services = Array.from(
      { length: 1_000 },
      (_none, index) => `  s${index}:\n    comand: sleep 1\n    shutdown: abc\n    foo: 1\n    env: { A: 1 }\n`,
    );
    expect((await excerpts(`services:\n${services.join('')}`)).length).toBeGreaterThan(4_000);
  });

  it('hides all but known words where a mistake keeps from telling what is secret', async () => {
    expect((await excerpts('services:\n  a:\n    env:\n      A: "hunter2\n      B: 1\n')).join()).not.toContain('hunter2');
    expect((await excerpts('{"env": {"A": hunter2"}, "services": {"a": {"command": "x", }}\n', 'portsup.json')).join()).not.toContain(
      'hunter2',
    );
    expect(await excerpts('services:\n\ta: x\n')).toEqual(['  2 |  *: *', '    | ^']);
  });

  it('never shows a secret, whatever is damaged', async () => {
    const text = `name: shop\nenv:\n  A: hunter2\n  B: 'hunter2'\nservices:\n  db: { command: x, env: { C: hunter2, D: "hunter2" } }\n  web:\n    command: y\n    env:\n      E: hunter2\n`;
    const damage = fc.record({
      at: fc.nat(text.length),
      insert: fc.constantFrom('"', "'", '{', '}', '[', ': ', '\n', '\t', '&a ', '*a', '- ', '|\n', '#'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const isInside = ({ at }: { readonly at: number }): boolean =>
          [...text.matchAll(/hunter2/g)].some(({ index }) => at > index && at < index + 7);
        fc.pre(!damages.some(isInside));
        const damaged = damages.reduce((current, { at, insert }) => current.slice(0, at) + insert + current.slice(at), text);
        // What stands where a key does has to be told as one: it may be a misspelt field.
        fc.pre(!/hunter2['"]?\s*:/.test(damaged));
        expect(await said(damaged)).not.toContain('hunter2');
      }),
      { numRuns: 300 },
    );
  });
});
