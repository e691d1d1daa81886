/** The help, from the list of commands. Pure. */
import { type CommandSpec, commandsOf, type Grammar, type GroupSpec, type Section } from '../command-spec.js';
import type { OptionSpec } from '../option-values.js';
import { EXIT_CODES, exitTexts, operandTexts, relatedTo, WITHOUT_NAME } from './help-details.js';
import { widthOf, wrapTo } from './text.js';

const SECTIONS: readonly (readonly [Section, string])[] = [
  ['everyday', 'Everyday'],
  ['inspecting', 'To look'],
  ['configuration', 'Configuration'],
  ['machine', 'portsup itself'],
];

/** For a pipe, or a file. */
const USUAL_WIDTH = 79;
/** Longer lines are hard to read. */
const MOST_WIDTH = 110;

/** Columns of the help on something this wide; undefined: no terminal. The last column stays free. */
const helpWidth = (columns: number | undefined): number => (columns === undefined ? USUAL_WIDTH : Math.min(MOST_WIDTH, columns - 1));

/** Help of portsup as a whole. */
export function renderHelp(grammar: Grammar, columns: number | undefined): readonly string[] {
  const width = helpWidth(columns);
  const sections = SECTIONS.map(([section, title]) => ({ title, commands: grammar.commands.filter((one) => one.section === section) }));
  // One column for all sections.
  const names = leftWidth(grammar.commands.map(commandRow), width);
  return [
    'Usage: portsup COMMAND [OPTIONS]',
    '',
    ...wrapTo('Runs programs under supervision trees, the way Erlang/OTP does.', width),
    ...sections
      .filter(({ commands }) => commands.length > 0)
      .flatMap(({ title, commands }) => ['', `${title}:`, ...twoColumns(commands.map(commandRow), width, names)]),
    '',
    'Options of every command:',
    ...twoColumns(grammar.globals.map(optionRow), width),
    '',
    ...wrapTo('Durations: 10 (seconds), 500ms, 1m30s, 2h. "portsup help COMMAND" says more about one command, with examples.', width),
    ...wrapTo(EXIT_CODES, width),
    '',
    'Examples:',
    ...exampleLines(['portsup up && portsup ps', 'portsup logs -f'], width),
  ];
}

/** Help of the commands that begin with the same word. */
export function renderGroupHelp(group: GroupSpec, grammar: Grammar, columns: number | undefined): readonly string[] {
  const width = helpWidth(columns);
  return [
    ...hanging(`Usage: portsup ${group.name} COMMAND [OPTIONS]`, width),
    '',
    ...wrapTo(sentence(group.summary), width),
    '',
    'Commands:',
    ...twoColumns(commandsOf(group.name, grammar).map(commandRow), width),
    '',
    ...wrapTo(`"portsup help ${group.name} COMMAND" says more about one of them.`, width),
    '',
    'Examples:',
    ...exampleLines(group.examples, width),
  ];
}

/** Help of one command. */
export function renderCommandHelp(command: CommandSpec, globals: readonly OptionSpec[], columns: number | undefined): readonly string[] {
  const width = helpWidth(columns);
  const operands = operandRows(command);
  const exits = exitTexts[command.name];
  const related = relatedTo[command.name] ?? [];
  return [
    ...hanging(`Usage: portsup ${command.name} [OPTIONS]${command.operands === '' ? '' : ` ${command.operands}`}`, width),
    '',
    ...wrapTo(sentence(command.summary), width),
    ...(command.aliases.length === 0 ? [] : ['', `Also called: ${command.aliases.join(', ')}`]),
    ...(operands.length === 0 ? [] : ['', ...twoColumns(operands, width)]),
    ...(command.options.length === 0 ? [] : ['', 'Options:', ...twoColumns(command.options.map(optionRow), width)]),
    '',
    'Options of every command:',
    ...twoColumns(visibleGlobals(command, globals).map(optionRow), width),
    ...(exits === undefined ? [] : ['', ...hanging(`Exit codes: ${exits}`, width)]),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...exampleLines(command.examples, width),
    ...(related.length === 0 ? [] : ['', ...hanging(`See also: ${related.map((name) => `portsup ${name}`).join(', ')}`, width)]),
  ];
}

const sentence = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}${/[.?]$/.test(text) ? '' : '.'}`;

/** Each word of the operands once: "NAME... [-- ARG...]" has NAME and ARG. */
export const operandWords = ({ operands }: Pick<CommandSpec, 'operands'>): readonly string[] => [
  ...new Set(operands.match(/[A-Z]+/g) ?? []),
];

function operandRows(command: CommandSpec): readonly (readonly [string, string])[] {
  const mayMissName = command.operands.startsWith('[NAME');
  return operandWords(command).map((word) => {
    const text = operandTexts[word] ?? '';
    return [word, word === 'NAME' && mayMissName ? `${text}; ${WITHOUT_NAME}` : text];
  });
}

/** A command's own -f (follow) hides the global -f (file): the help must not show both. */
function visibleGlobals({ options }: CommandSpec, globals: readonly OptionSpec[]): readonly OptionSpec[] {
  const hidden = new Set(options.map(({ short }) => short));
  return globals.map((option) => {
    const { short, ...rest } = option;
    return short !== undefined && hidden.has(short) ? rest : option;
  });
}

const commandRow = ({ name, aliases, summary }: CommandSpec): readonly [string, string] => [[name, ...aliases].join(', '), summary];

function optionRow(option: OptionSpec): readonly [string, string] {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return [`${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`, option.summary];
}

/** Two columns, the right one wrapped; on a narrow screen it stands below the left one where that is too wide. */
function twoColumns(rows: readonly (readonly [string, string])[], width: number, left = leftWidth(rows, width)): readonly string[] {
  const indent = ' '.repeat(left + 4);
  return rows.flatMap(([text, right]) => {
    const [first = '', ...others] = wrapTo(right, width - indent.length);
    const rest = others.map((line) => indent + line);
    return text.length > left ? [`  ${text}`, indent + first, ...rest] : [`  ${text.padEnd(left)}  ${first}`, ...rest];
  });
}

/** The widest of the left column that leaves half of the width to the right one. */
function leftWidth(rows: readonly (readonly [string, string])[], width: number): number {
  const most = Math.floor(width / 2) - 4;
  return Math.max(...rows.map(([text]) => text.length).filter((length) => length <= most), 4);
}

/** "Title: text", its further lines indented. */
function hanging(text: string, width: number): readonly string[] {
  const [first = '', ...others] = wrapTo(text, width - 2);
  return [first, ...others.map((line) => `  ${line}`)];
}

/**
 * Command lines as they can be copied: never wrapped. What one does stands behind it where there is room for all of them, else above it.
 */
function exampleLines(examples: readonly string[], width: number): readonly string[] {
  const parts = examples.map(splitExample);
  const longest = Math.max(...parts.filter(({ says }) => says !== '').map(({ line }) => line.length), 0);
  const fits = parts.every(({ says }) => says === '' || longest + widthOf(says) + 6 <= width);
  return parts.flatMap(({ line, says }) => {
    if (says === '') return [`  ${line}`];
    return fits ? [`  ${line.padEnd(longest)}  # ${says}`] : [...wrapTo(`# ${says}`, width - 2).map(commented), `  ${line}`];
  });
}

const commented = (line: string, index: number): string => `  ${index === 0 ? '' : '# '}${line}`;

/** An example's command line, and what is said about it. */
export function splitExample(example: string): { readonly line: string; readonly says: string } {
  const [line = '', says = ''] = example.split('  # ');
  return { line, says };
}
