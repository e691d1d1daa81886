/** The help, from the list of commands. Pure. */
import type { CommandSpec, Grammar, OptionSpec } from '../arguments.js';

/** Help of portsup as a whole. */
export function renderHelp(grammar: Grammar): readonly string[] {
  const forms = grammar.commands.map((command) => [[command.name, ...command.aliases].join(', '), command.summary] as const);
  return [
    'Usage: portsup COMMAND [OPTIONS]',
    '',
    'Runs programs under supervision trees, the way Erlang/OTP does.',
    '',
    'Commands:',
    ...twoColumns(forms),
    '',
    'Options of every command:',
    ...twoColumns(grammar.globals.map(optionRow)),
    '',
    'Durations: 10 (seconds), 500ms, 1m30s, 2h. "portsup COMMAND --help" says more about one command.',
    'Example: portsup up && portsup ps',
  ];
}

/** Help of one command. */
export function renderCommandHelp(command: CommandSpec, globals: readonly OptionSpec[]): readonly string[] {
  const own = command.options.length === 0 ? [] : ['', 'Options:', ...twoColumns(command.options.map(optionRow))];
  // A command's own -f (follow) hides the global -f (file): the help must not show both.
  const hidden = new Set(command.options.map((option) => option.short));
  const others = globals.map((option) => (option.short !== undefined && hidden.has(option.short) ? withoutShort(option) : option));
  return [
    `Usage: portsup ${command.name} [OPTIONS]${command.operands === '' ? '' : ` ${command.operands}`}`,
    '',
    `${command.summary[0]?.toUpperCase() ?? ''}${command.summary.slice(1)}.`,
    ...(command.aliases.length === 0 ? [] : ['', `Also called: ${command.aliases.join(', ')}`]),
    ...own,
    '',
    'Options of every command:',
    ...twoColumns(others.map(optionRow)),
    '',
    `Example: ${command.example}`,
  ];
}

const withoutShort = ({ name, kind, value, summary }: OptionSpec): OptionSpec => ({
  name,
  kind,
  summary,
  ...(value === undefined ? {} : { value }),
});

function optionRow(option: OptionSpec): readonly [string, string] {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return [`${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`, option.summary];
}

function twoColumns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
