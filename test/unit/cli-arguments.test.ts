import { describe, expect, it } from 'vitest';
import { PortsupError } from '../../src/base/errors.js';
import { type CommandLine, numberOf, parseCommandLine, textsOf } from '../../src/cli/arguments.js';
import { grammar } from '../../src/cli/command-list.js';

const parse = (...words: readonly string[]): CommandLine => parseCommandLine(words, grammar);

function mistake(...words: readonly string[]): PortsupError {
  try {
    parse(...words);
  } catch (error) {
    if (error instanceof PortsupError) return error;
    throw error;
  }
  throw new Error(`accepted: ${words.join(' ')}`);
}

describe('the command line', () => {
  it('takes options before, between and after names', () => {
    const line = parse('--json', 'ps', 'a', '-q', 'b', '--no-color');
    expect(line.command?.name).toBe('ps');
    expect(line.operands).toEqual(['a', 'b']);
    expect([...line.options.keys()]).toEqual(['json', 'quiet', 'no-color']);
  });

  it('knows aliases and commands of two words', () => {
    expect(parse('ls').command?.name).toBe('ps');
    expect(parse('describe', 'x').command?.name).toBe('status');
    expect(parse('daemon', '-f', 'logs', '-n', '5').options.get('lines')).toBe(5);
    expect(parse('--json', 'daemon', 'status').command?.name).toBe('daemon status');
  });

  it('reads -f as the file before the command and as "follow" after it where the command follows', () => {
    const line = parse('-f', 'x.yaml', 'logs', '-f');
    expect(textsOf(line, 'file')).toEqual(['x.yaml']);
    expect(line.options.get('follow')).toBe(true);
    expect(textsOf(parse('ps', '-f', 'x.yaml', '--file=y'), 'file')).toEqual(['x.yaml', 'y']);
  });

  it('reads values with a space, "=", or attached, and joined letters', () => {
    expect(numberOf(parse('logs', '-n5'), 'lines')).toBe(5);
    expect(numberOf(parse('logs', '--lines=7'), 'lines')).toBe(7);
    expect(numberOf(parse('logs', '-n', 'all'), 'lines')).toBe(-1);
    expect(numberOf(parse('stop', 'a', '-t', '1m30s'), 'timeout')).toBe(90_000);
    expect([...parse('ps', '-qA').options.keys()]).toEqual(['quiet', 'all']);
    expect(numberOf(parse('logs', '-fn3'), 'lines')).toBe(3);
  });

  it('takes an interval after -w only when it is one', () => {
    expect(parse('ps', '-w').options.get('watch')).toBe(true);
    expect(numberOf(parse('ps', '-w', '2s'), 'watch')).toBe(2_000);
    expect(numberOf(parse('ps', '-w500ms'), 'watch')).toBe(500);
    expect(parse('ps', '-w', 'web')).toMatchObject({ operands: ['web'] });
  });

  it('passes on what follows "--" to start, and takes it as names elsewhere', () => {
    expect(parse('start', 'pool', '--', '--queue', 'mail')).toMatchObject({ operands: ['pool'], passed: ['--queue', 'mail'] });
    expect(parse('send', 'a', '--', '-x')).toMatchObject({ operands: ['a', '-x'], passed: [] });
  });

  it('says what is wrong, where, and what was probably meant', () => {
    expect(mistake('pss')).toMatchObject({ code: 'USAGE', message: 'unknown command "pss"', hint: 'did you mean "ps"? see --help' });
    expect(mistake('ps', '--jsno').hint).toContain('did you mean "--json"');
    expect(mistake('stop', 'a', '-t', '-5').message).toBe('-t/--timeout: "-5" is not a duration');
    expect(mistake('logs', '-n').message).toBe('-n/--lines needs a value: N');
    expect(mistake('logs', '-n', '-f').message).toBe('-n/--lines needs a value: N');
    expect(mistake('kill', 'a', '-s', 'SIGNOPE').message).toBe('-s/--signal: "SIGNOPE" is not a signal');
    expect(mistake('ps', '--json=1').message).toBe('--json takes no value');
    expect(mistake('stop').message).toBe('"stop" needs NAME...');
    expect(mistake('down', 'x').message).toBe('"down" takes no "x"');
    expect(mistake('daemon').message).toBe('"daemon" needs to know what to do');
    expect(mistake('daemon', 'statsu').hint).toContain('did you mean "status"');
    expect(mistake('-w', 'ps').message).toBe('unknown option "-w"');
    expect(mistake('up', '-z').message).toBe('unknown option "-z"');
  });

  it('knows what other programs call an option, and where one is only known to other commands', () => {
    expect(mistake('logs', '--tail', '5').hint).toBe('did you mean "--lines"? see --help');
    expect(mistake('events', '--tail', '5').hint).toBe('see --help for the options');
    expect(mistake('logs', '-A').hint).toBe('did you mean "-p"? see --help');
    expect(mistake('logs', '--all').hint).toBe('did you mean "--app"? see --help');
  });

  it('names --help in the hint of every mistake', () => {
    for (const words of [
      ['pss'],
      ['xyzzy'],
      ['ps', '--nope'],
      ['up', '-z'],
      ['logs', '-n', 'x'],
      ['stop'],
      ['ps', '--json=1'],
      ['logs', '-n'],
    ]) {
      expect(mistake(...words).hint).toContain('--help');
    }
  });

  it.each([
    [['kill', ''], 'NAME', 'NAME...'],
    [['stop', 'a', ''], 'NAME', 'NAME...'],
    [['ps', ''], 'NAME', '[NAME...]'],
    [['whereis', ''], 'NAME', 'NAME'],
    [['call', '', 'm'], 'NAME', 'NAME METHOD [ARGS...]'],
    [['call', 'a', ''], 'METHOD', 'NAME METHOD [ARGS...]'],
    [['signal', '', 'a'], 'SIGNAL', 'SIGNAL NAME...'],
    [['send', '', 'x'], 'NAME', 'NAME TEXT'],
    [['alarm', 'set', '', 'x'], 'ID', 'ID TEXT'],
    [['import', ''], 'FILE', 'FILE'],
    [['run', '--', ''], 'COMMAND', '-- COMMAND [ARG...]'],
  ])('refuses an empty word where it would mean nothing, or everything: %j', (words, what, form) => {
    const name = words[0] === 'alarm' ? 'alarm set' : words[0];
    expect(mistake(...words)).toMatchObject({
      code: 'USAGE',
      message: `the ${what} of "${name}" is empty`,
      hint: `use: portsup ${name} ${form}; is a variable of your shell empty? See --help`,
    });
  });

  it('takes an empty line of input, and empty arguments', () => {
    expect(parse('send', 'a', '').operands).toEqual(['a', '']);
    expect(parse('call', 'a', 'm', '', '1').operands).toEqual(['a', 'm', '', '1']);
    expect(parse('start', 'pool', '--', '').passed).toEqual(['']);
    expect(parse('run', '--', 'x', '').passed).toEqual(['x', '']);
  });

  it('counts no operands when help is asked for', () => {
    expect(parse('stop', '--help').command?.name).toBe('stop');
    expect(parse('daemon', '--help')).toMatchObject({ command: undefined, group: { name: 'daemon' } });
    expect(parse('daemon', '-h', 'logs').command?.name).toBe('daemon logs');
    expect(mistake('daemon', 'lgos', '--help').hint).toContain('did you mean "logs"');
  });
});
