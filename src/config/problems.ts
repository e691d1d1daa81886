import { PortsupError } from '../base/errors.js';
import { type Finding, findingText, withoutEchoes } from './finding.js';
import { pathText } from './path.js';
import type { ConfigSource, Place } from './source.js';

/** One thing wrong with a configuration, tied to its place. */
export interface ConfigProblem {
  /** The file as people named it: relative where it is below the current folder. */
  readonly file: string;
  /** Counted from 1; null where the format knows no lines (JS, TS). */
  readonly line: number | null;
  readonly column: number | null;
  /** `services.db.shutdown`; "" is the file as a whole. */
  readonly path: string;
  /** `found X, expected Y`, or what else is wrong. */
  readonly message: string;
}

/** The `cause` of a `CONFIG_INVALID` error. */
export interface ConfigProblems {
  /** In the order of the file; never empty. */
  readonly problems: readonly ConfigProblem[];
  /** What a JS or TS configuration threw, for `--verbose`. */
  readonly thrown?: unknown;
}

/** One problem as one line: `file:line:column: path: message`. */
export function problemLine({ file, line, column, path, message }: ConfigProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return [place, path, message].filter((part) => part !== '').join(': ');
}

/** The problems behind a `CONFIG_INVALID` error; none for any other error. */
export function problemsOf(error: unknown): readonly ConfigProblem[] {
  if (!(error instanceof PortsupError) || error.code !== 'CONFIG_INVALID') return [];
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'problems' in cause ? (cause as ConfigProblems).problems : [];
}

/** The `CONFIG_INVALID` error that carries these problems; its message is the summary line. */
export function invalidConfig(file: string, causes: ConfigProblems): PortsupError {
  const count = causes.problems.length;
  const message = `${file} has ${count === 1 ? 'a problem' : `${count} problems`}`;
  return new PortsupError('CONFIG_INVALID', message, '"portsup check" checks the file again without starting anything', { cause: causes });
}

/** Everything wrong with a source and its fields, in the order of the file, each place and message once. */
export function locate(file: string, source: ConfigSource, findings: readonly Finding[]): readonly ConfigProblem[] {
  const located = [
    ...source.problems.map((problem) => problemAt(file, problem.place, { path: problem.path, message: problem.message })),
    ...withoutEchoes(findings).map((finding) =>
      problemAt(file, placeOf(source, finding), { path: finding.path, message: findingText(finding) }),
    ),
  ];
  // One wrong line that aliases or merge keys bring to many services is one thing to mend.
  const seen = new Set<string>();
  const once = located.filter(({ line, column, path, message }) => {
    const key = line === null ? `${path}: ${message}` : `${line}:${column}: ${path.slice(path.lastIndexOf('.'))}: ${message}`;
    return !seen.has(key) && seen.add(key);
  });
  return once.sort((left, right) => (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0));
}

function placeOf(source: ConfigSource, { type, path }: Finding): Place | undefined {
  if (type === 'missing') return source.place(path.slice(0, -1), 'key');
  return source.place(path, type === 'value' ? 'value' : 'key');
}

const problemAt = (
  file: string,
  place: Place | undefined,
  { path, message }: { readonly path: Finding['path']; readonly message: string },
): ConfigProblem => ({ file, line: place?.line ?? null, column: place?.column ?? null, path: pathText(path), message });
