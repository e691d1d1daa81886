import { describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { nearest } from '../../src/base/nearest.js';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { commands, grammar } from '../../src/cli/command-list.js';
import { hintForOtherTools, wordsOfOtherTools } from '../../src/cli/other-tools.js';
import { resolveNames } from '../../src/daemon/select.js';
import { forestOf } from '../helpers/forest.js';
import { supervisor } from '../helpers/specs.js';

function hintOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof PortsupError) return error.hint;
    throw error;
  }
  throw new Error('nothing was wrong');
}

const parsed = (line: string): string => hintOf(() => parseCommandLine(line.split(' '), grammar));

describe('the nearest names', () => {
  it.each([
    ['stat', ['start', 'status', 'stop'], ['status', 'start']],
    ['STATUS', ['status'], ['status']],
    ['lgos', ['logs', 'ls'], ['logs']],
    ['Serv', ['service_a', 'service_b', 'db'], ['service_a', 'service_b']],
    ['xyzzy', ['status'], []],
  ])('of "%s" among %j are %j', (wanted, known, near) => {
    expect(nearest(wanted, known)).toEqual(near);
  });
});

describe('a command that there is not', () => {
  it.each([
    ['stat service_a', 'did you mean "status" or "start"'],
    ['lgos', 'did you mean "logs"'],
    ['histroy', 'did you mean "history"'],
    ['demon status', 'did you mean "daemon"'],
    ['daemon strat', 'did you mean "start"'],
    ['boot enabel', 'did you mean "enable"'],
    ['completions', 'did you mean "completion"'],
  ])('"%s": %s', (line, hint) => {
    expect(parsed(line)).toContain(hint);
  });

  it.each([
    ['delete', '"portsup down"'],
    ['reload', '"portsup restart NAME"'],
    ['startup', '"portsup boot enable"'],
    ['save', '"portsup boot enable"'],
    ['monit', '"portsup ps -w"'],
    ['enable', '"portsup boot enable"'],
    ['disable', '"portsup boot disable"'],
    ['is-active', '"portsup status NAME"'],
    ['exec', '"portsup send NAME TEXT"'],
    ['reread', '"portsup up"'],
    ['update', '"portsup up --dry-run"'],
    ['tail', '"portsup logs NAME"'],
  ])('"%s" of another tool is %s here', (word, ours) => {
    expect(parsed(`${word} web`)).toContain(ours);
    expect(parsed(word)).toMatch(/see --help$/);
  });

  it('has hints only with command lines that there are', () => {
    for (const word of wordsOfOtherTools) {
      const hint = hintForOtherTools(word, commands) ?? '';
      for (const [, use = ''] of hint.matchAll(/"portsup ([^"]+)"/g)) {
        const words = use.replace('SIGNAL', 'HUP').replace('POOL', 'NAME').split(' ');
        expect(() => parseCommandLine(words, grammar)).not.toThrow();
      }
    }
  });

  it('has a hint of each word of others as soon as there is a command for it', () => {
    const base = {
      aliases: [],
      section: 'everyday',
      operands: '',
      arity: [0, 9],
      passes: true,
      summary: '',
      options: [],
      examples: [],
    } as const;
    expect(wordsOfOtherTools.filter((word) => hintForOtherTools(word, commands) === undefined)).toEqual([]);
    expect(hintForOtherTools('delete', commands)).toContain('"portsup rm NAME"');
    expect(hintForOtherTools('delete', [{ ...base, name: 'stop' }])).not.toContain('"portsup rm NAME"');
  });
});

describe('an option or value that there is not', () => {
  it.each([
    ['ps --jsno', 'did you mean "--json"'],
    ['ps -a', 'did you mean "-A"'],
    ['logs --tail 5', 'did you mean "--lines"'],
    ['ps --follow', '"portsup logs" and "portsup daemon logs" have it'],
    ['tree -d', '"portsup up" has it'],
    ['kill web -s SIGTREM', 'did you mean "SIGTERM"'],
    ['kill web -s hpu', 'did you mean "HUP"'],
    ['kill web -s xyzzy', 'for example --signal SIGTERM'],
  ])('"%s": %s', (line, hint) => {
    expect(parsed(line)).toContain(hint);
    expect(parsed(line)).toContain('see --help');
  });
});

describe('a service or application that there is not', () => {
  const forest = forestOf({
    shop: ['web', supervisor('backend', ['db'])],
    blog: ['search'],
  });
  const hint = (name: string, only?: string): string => hintOf(() => resolveNames(forest, [name], { only, home: undefined }));

  it.each([
    ['wbe', 'did you mean web?'],
    ['backend/bd', 'did you mean backend/db or backend?'],
    ['shp', 'did you mean shop?'],
    ['shpo:web', 'did you mean shop?'],
    ['shop:wbe', 'did you mean shop:web?'],
    ['xyzzy:web', 'running: shop, blog'],
    ['xyzzy', 'see "portsup ps -A" for what there is'],
  ])('"%s": %s', (name, said) => {
    expect(hint(name)).toBe(said);
  });

  it('of an application that was chosen only its own are suggested', () => {
    expect(hint('wbe', 'shop')).toBe('did you mean web?');
    expect(hint('wbe', 'blog')).toBe('see "portsup ps -A" for what there is');
  });
});
