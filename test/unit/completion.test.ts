import { describe, expect, it } from 'vitest';
import { grammar } from '../../src/cli/command-list.js';
import type { CommandSpec, Grammar } from '../../src/cli/command-spec.js';
import { splitBashLine } from '../../src/cli/completion/bash-line.js';
import { type Answer, candidatesFor } from '../../src/cli/completion/candidates.js';
import type { Surroundings } from '../../src/cli/completion/surroundings.js';
import { readUnfinished } from '../../src/cli/completion/unfinished.js';

const place = (app: string, path: string): Surroundings['places'][number] => ({ app, path, text: 'service, running' });
const shop: Surroundings = {
  places: [place('shop', ''), place('shop', 'web'), place('shop', 'backend'), place('shop', 'backend/db')],
  home: 'shop',
  profiles: ['dev', 'test'],
  alarms: [{ id: 'backup', text: 'none since Monday' }],
};

/** What fits at the end of a line; a space at its end begins a new word. */
async function answer(text: string, known: Grammar = grammar): Promise<Answer> {
  const [, ...before] = text.split(' ');
  const current = before.pop() ?? '';
  return candidatesFor(readUnfinished(before, known), current, { grammar: known, surroundings: () => Promise.resolve(shop) });
}

/** As words that begin as the last one does. */
async function words(text: string, known: Grammar = grammar): Promise<readonly string[]> {
  const found = await answer(text, known);
  const typed = text.split(' ').at(-1) ?? '';
  return typeof found === 'string' ? [`:${found}`] : found.map(({ word }) => word).filter((word) => word.startsWith(typed));
}

const NAMES = ['web', 'backend', 'backend/db', 'db', 'shop'];

describe('the words that fit', () => {
  it('in the beginning are commands, their other names, and groups', async () => {
    const known = grammar.commands.flatMap(({ name, aliases }) => [name.split(' ')[0] ?? '', ...aliases]);
    expect(new Set(await words('portsup '))).toEqual(new Set(known));
    expect(await words('portsup ki')).toEqual(['kill']);
    expect(await words('portsup --json --no-color st')).toEqual(['status', 'start', 'stop']);
  });

  it('after "alarm set" and "alarm clear" are the ids that other programs have set', async () => {
    expect(await words('portsup alarm ')).toEqual(['set', 'clear']);
    for (const verb of ['set', 'clear']) expect(await words(`portsup alarm ${verb} `)).toEqual(['backup']);
    expect(await words('portsup alarm set backup ')).toEqual([]);
    expect(await words('portsup alarm clear backup --j')).toEqual(['--json']);
  });

  it('after the first word of a group are its commands', async () => {
    expect(await words('portsup daemon ')).toEqual(['status', 'start', 'restart', 'upgrade', 'stop', 'logs']);
    expect(await words('portsup boot e')).toEqual(['enable']);
    expect(await words('portsup help daemon l')).toEqual(['logs']);
    expect(await words('portsup help daemon logs ')).toEqual([]);
  });

  it.each(['stop', 'ps', 'logs -f', 'history -n 3', 'kill -s HUP', 'signal HUP', 'status', 'ps -w', 'stop --'])(
    'after %s are names',
    async (command) => {
      expect(await words(`portsup ${command} `)).toEqual(NAMES);
    },
  );

  it('of what can be waited for are those', async () => {
    expect(await words('portsup wait web --for ')).toEqual(['ready', 'stopped', 'exit', 'gone']);
    expect(await words('portsup wait --for=ex')).toEqual(['--for=exit']);
    expect(await words('portsup breaker ')).toEqual(['melt', 'reset', 'disable', 'enable']);
    for (const command of ['wait --for exit', 'whereis', 'monitor', 'explain', 'breaker melt'])
      expect(await words(`portsup ${command} `)).toEqual(NAMES);
  });

  it('are no names that have been given', async () => {
    expect(await words('portsup stop web backend/db ')).toEqual(['backend', 'db', 'shop']);
    expect(await words('portsup stop -- web ')).not.toContain('web');
  });

  it('are nothing where only the person knows', async () => {
    for (const line of ['send web ', 'stop -t ', 'logs --grep ', 'nonsense ', 'status web x', 'down x'])
      expect(await words(`portsup ${line}`)).toEqual([]);
  });

  it('are the options where no operand can stand', async () => {
    expect(await words('portsup down ')).toEqual(expect.arrayContaining(['--all', '--timeout', '-t', '--json']));
    expect(await words('portsup status web ')).toEqual(expect.arrayContaining(['--json']));
  });
});

describe('the options that fit', () => {
  it('are those of the command and of all commands, without those that are given', async () => {
    expect(await words('portsup ps --')).toEqual(
      expect.arrayContaining(['--watch', '--quiet', '--all', '--file', '--app', '--json', '--help']),
    );
    expect(await words('portsup ps -q --a')).toEqual(['--all', '--app']);
    expect(await words('portsup ps -qA --a')).toEqual(['--app']);
    expect(await words('portsup logs -n5 --l')).toEqual([]);
    expect(await words('portsup stop web --timeout=5s --t')).toEqual([]);
  });

  it('have their letters only where nothing else has them', async () => {
    const found = await answer('portsup logs -');
    const follow = typeof found === 'string' ? [] : found.filter(({ word }) => word === '-f');
    expect(follow).toEqual([{ word: '-f', text: 'go on with new lines until Ctrl-C' }]);
  });

  it('are only those of all commands before the command', async () => {
    expect(await words('portsup --w')).toEqual([]);
    expect(await words('portsup --ver')).toEqual(['--verbose', '--version']);
  });

  it('are no options after "--"', async () => {
    expect(await words('portsup stop -- -')).toEqual([]);
  });
});

describe('the values that fit', () => {
  it('of a signal are its names, with and without SIG, in the case that is written', async () => {
    expect(await words('portsup kill -s SIGH')).toEqual(['SIGHUP']);
    expect(await words('portsup kill --signal H')).toEqual(['HUP']);
    expect(await words('portsup kill --signal=si')).toContain('--signal=sigterm');
    expect(await words('portsup signal te')).toEqual(['term']);
    expect(await words('portsup kill -s S')).toEqual(expect.arrayContaining(['SIGTERM', 'SEGV', 'STOP']));
    expect(await words('portsup signal ')).toContain('SIGTERM');
  });

  it('of -f are files, of -p applications, of --lines "all", of a time its words', async () => {
    expect(await answer('portsup -f ')).toBe('file');
    expect(await answer('portsup ps --file=x')).toBe('file');
    expect(await words('portsup -p ')).toEqual(['shop']);
    expect(await words('portsup logs -n ')).toEqual(['all']);
    expect(await words('portsup logs --since=y')).toEqual(['--since=yesterday']);
    expect(await words('portsup boot enable --user ')).toEqual([]);
    expect(await words('portsup completion ')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('after "--" of what passes words on are files', async () => {
    expect(await answer('portsup start workers -- ')).toBe('file');
    expect(await answer('portsup start workers -- -')).toBe('file');
  });
});

describe('a command that is added to the list', () => {
  const base: CommandSpec = {
    name: '',
    aliases: [],
    section: 'everyday',
    operands: '',
    arity: [0, Number.POSITIVE_INFINITY],
    passes: false,
    summary: 'new',
    options: [],
    examples: [],
  };
  const text = { kind: 'text', summary: '' } as const;
  const later: Grammar = {
    ...grammar,
    commands: [
      {
        ...base,
        name: 'run',
        operands: '-- COMMAND [ARG...]',
        passes: true,
        options: [
          { ...text, kind: 'texts', name: 'env', short: 'e', value: 'K=V' },
          { ...text, name: 'cwd', value: 'DIR' },
          { ...text, kind: 'texts', name: 'profile', value: 'NAME' },
          { ...text, name: 'restart', value: 'permanent|transient|temporary' },
          { ...text, name: 'name', value: 'NAME' },
        ],
      },
      { ...base, name: 'import', operands: 'FILE', arity: [1, 1] },
      { ...base, name: 'alarm set', operands: 'ID TEXT' },
    ],
    groups: [{ name: 'alarm', summary: 'alarms', examples: [] }],
  };

  it('is completed by what it says of itself', async () => {
    expect(await words('portsup ', later)).toEqual(['run', 'import', 'alarm']);
    expect(await words('portsup alarm ', later)).toEqual(['set']);
    expect(await words('portsup alarm set x', later)).toEqual([]);
    expect(await answer('portsup import ', later)).toBe('file');
    expect(await answer('portsup run -- ', later)).toBe('program');
    expect(await answer('portsup run -- node ', later)).toBe('file');
    expect(await answer('portsup run --cwd ', later)).toBe('folder');
    expect(await words('portsup run --restart t', later)).toEqual(['transient', 'temporary']);
    expect(await words('portsup run --profile ', later)).toEqual(['dev', 'test']);
    expect(await words('portsup run --name ', later)).toEqual([]);
  });

  it('offers again what may be given several times', async () => {
    expect(await words('portsup run -e A=1 --profile dev --cwd x --', later)).toEqual(expect.arrayContaining(['--env', '--profile']));
    expect(await words('portsup run -e A=1 --profile dev --cwd x --c', later)).toEqual([]);
  });
});

describe('the line of bash', () => {
  const split = (line: string): ReturnType<typeof splitBashLine> => splitBashLine(line, ' \t\n"\'@><=;|&(:');

  it.each([
    ['portsup ki', ['portsup'], 'ki', 0],
    ['portsup kill ', ['portsup', 'kill'], '', 0],
    ['portsup kill shop:', ['portsup', 'kill'], 'shop:', 5],
    ['portsup kill shop:d', ['portsup', 'kill'], 'shop:d', 5],
    ['portsup kill shop: ', ['portsup', 'kill', 'shop:'], '', 0],
    ['portsup kill --signal=H', ['portsup', 'kill'], '--signal=H', 9],
    ['portsup kill "shop:d', ['portsup', 'kill'], 'shop:d', 0],
    ["portsup -f 'my file.yaml' kill w", ['portsup', '-f', 'my file.yaml', 'kill'], 'w', 0],
    ['portsup -f my\\ file.yaml kill ', ['portsup', '-f', 'my file.yaml', 'kill'], '', 0],
    ['portsup -f "a\\"b" x', ['portsup', '-f', 'a"b'], 'x', 0],
    ['portsup send web "" x', ['portsup', 'send', 'web', ''], 'x', 0],
    ['portsup kill w\\', ['portsup', 'kill'], 'w', 0],
    ['portsup logs > out.txt we', ['portsup', 'logs'], 'we', 0],
  ])('"%s" has these words', (line, finished, current, kept) => {
    expect(split(line)).toEqual({ words: finished, current, kept, isRedirected: false });
  });

  it.each(['portsup logs > ou', 'portsup logs >', 'portsup logs 2>> x', 'portsup logs < x', 'portsup logs &> x'])(
    'the end of "%s" is the file of a redirection',
    (line) => {
      expect(split(line).isRedirected).toBe(true);
    },
  );

  it('keeps together what this bash does not break', () => {
    expect(splitBashLine('portsup kill shop:d', ' \t\n').kept).toBe(0);
  });
});
