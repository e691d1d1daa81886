import { type ConfigPath, isMapping, isSecretPath, isSwallowed } from './path.js';

/** What a check found wrong, not yet tied to a line of a file. */
export type Finding =
  /** A value that breaks a rule. */
  | { readonly type: 'value'; readonly path: ConfigPath; readonly found: string; readonly expected: string }
  /** A field that must be there and is not; `path` names the field. */
  | { readonly type: 'missing'; readonly path: ConfigPath; readonly expected: string }
  /** A key no field has; `meant` are the known ones that look like it, `note` says more. */
  | { readonly type: 'unknown'; readonly path: ConfigPath; readonly meant: readonly string[]; readonly note: string }
  /** A key that is no allowed name. */
  | { readonly type: 'name'; readonly path: ConfigPath; readonly expected: string }
  /** A variable that a value needs and nobody has set; `message` is its author's, "" if there is none. */
  | { readonly type: 'variable'; readonly path: ConfigPath; readonly name: string; readonly message: string };

const LONGEST_QUOTE = 60;

/** A finding as one sentence without its place. */
export function findingText(finding: Finding): string {
  switch (finding.type) {
    case 'value':
      return `found ${finding.found}, expected ${finding.expected}`;
    case 'missing':
      return `missing, expected ${finding.expected}`;
    case 'unknown':
      return `unknown key${finding.meant[0] === undefined ? '' : `; did you mean "${finding.meant[0]}"?`}${finding.note}`;
    case 'name':
      return `found ${nameText(finding.path)}, expected ${finding.expected}`;
    case 'variable':
      return `variable ${finding.name} is not set${finding.message === '' ? `, expected it in the environment or an env_file, or \${${finding.name}:-default} (for the text itself write $\${${finding.name}})` : `: ${finding.message}`}`;
    default:
      return finding satisfies never;
  }
}

/** A value as a message may show it: short, and only its kind where it is a value of `env`, or perhaps meant to be one (`isPlain` false). */
export function foundText(value: unknown, path: ConfigPath, isPlain = true): string {
  if (value === undefined || value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isMapping(value)) return Object.keys(value).length === 0 ? 'an empty mapping' : 'a mapping';
  if (typeof value === 'object') return 'an object of a class';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  if (!isPlain || isSecretPath(path)) return typeof value === 'string' ? 'text' : `a ${typeof value}`;
  if (typeof value !== 'string') return String(value);
  return isSwallowed(value) ? 'a text over several lines, perhaps by a quote that is not closed' : quoted(value);
}

const nameText = (path: ConfigPath): string =>
  isSecretPath(path.slice(0, -1)) || isSwallowed(String(path.at(-1))) ? 'a name that is none' : `the name ${quoted(String(path.at(-1)))}`;

/** Without the findings that only follow from another: a field that is missing because its key is misspelt. */
export function withoutEchoes(findings: readonly Finding[]): readonly Finding[] {
  const misspelt = new Set<string>();
  for (const finding of findings) {
    if (finding.type === 'unknown') for (const name of finding.meant) misspelt.add(JSON.stringify([...finding.path.slice(0, -1), name]));
  }
  return findings.filter(({ type, path }) => type !== 'missing' || !misspelt.has(JSON.stringify(path)));
}

function quoted(text: string): string {
  const whole = JSON.stringify(text);
  return whole.length <= LONGEST_QUOTE ? whole : `${JSON.stringify(text.slice(0, LONGEST_QUOTE - 10))}...`;
}
