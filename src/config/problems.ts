import { PortsupError } from '../base/errors.js';
import { type Finding, findingText, withoutEchoes } from './finding.js';
import type { LayerFinding } from './gather-layers.js';
import type { Layer, Layered, LayerPlace } from './layers.js';
import { pathText } from './path.js';
import type { FileProblem } from './variables.js';

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
  /** Two lines for eyes: the line of the file without its secrets, and a mark below the place; empty where there is none to show. */
  readonly excerpt: readonly string[];
}

/** The `cause` of a `CONFIG_INVALID` error. */
export interface ConfigProblems {
  /** In the order of the file; never empty. */
  readonly problems: readonly ConfigProblem[];
  /** What a JS or TS configuration threw, for `--verbose`. */
  readonly thrown?: unknown;
}

/** One problem as one line: `file:line:column: path: message`. */
export function problemLine({ file, line, column, path, message }: Omit<ConfigProblem, 'excerpt'>): string {
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

/** Everything that was found wrong with a configuration and the files it is made of. */
export interface Wrong {
  readonly config: Layered;
  readonly layers: readonly Layer[];
  /** In what all of them together say. */
  readonly findings: readonly Finding[];
  /** In one of them by itself. */
  readonly layerFindings: readonly LayerFinding[];
  /** In other files that they name, by their names for people. */
  readonly fileProblems: readonly FileProblem[];
}

/** Everything that is wrong, file by file, in the order of each file, each place and message once. */
export function locate({ config, layers, findings, layerFindings, fileProblems }: Wrong): readonly ConfigProblem[] {
  const located = [
    ...layers.flatMap((layer) =>
      layer.problems.map(({ place, path, message }) => problemAt({ layer, place }, { path: pathText(path), message })),
    ),
    ...layerFindings.map(({ layer, finding }) => findingAt({ layer, place: layer.place(finding.path, 'value') }, finding)),
    ...withoutEchoes(findings).map((finding) => findingAt(placeOf(config, finding), finding)),
  ];
  // One wrong line that aliases or merge keys bring to many services is one thing to mend.
  const seen = new Set<string>();
  const once = located.filter(({ file, line, column, path, message }) => {
    const key =
      line === null ? `${file}: ${path}: ${message}` : `${file}:${line}:${column}: ${path.slice(path.lastIndexOf('.'))}: ${message}`;
    return !seen.has(key) && seen.add(key);
  });
  const order = new Map(layers.map(({ shown }, index) => [shown, index]));
  const placeIn = ({ file }: ConfigProblem): number => order.get(file) ?? 0;
  const sorted = once.sort(
    (left, right) => placeIn(right) - placeIn(left) || (left.line ?? 0) - (right.line ?? 0) || (left.column ?? 0) - (right.column ?? 0),
  );
  return [
    ...sorted,
    ...fileProblems.map(({ file, place, message }): ConfigProblem => ({ file, ...place, path: '', message, excerpt: [] })),
  ];
}

function placeOf(config: Layered, { type, path }: Finding): LayerPlace {
  if (type === 'missing') return config.place(path.slice(0, -1), 'key');
  return config.place(path, type === 'value' || type === 'variable' ? 'value' : 'key');
}

const findingAt = (where: LayerPlace, finding: Finding): ConfigProblem =>
  problemAt(where, { path: pathText(finding.path), message: findingText(finding) });

const problemAt = (
  { layer, place }: LayerPlace,
  { path, message }: { readonly path: string; readonly message: string },
): ConfigProblem => ({
  file: layer.shown,
  line: place?.line ?? null,
  column: place?.column ?? null,
  path,
  message,
  excerpt: place ? layer.excerpt(place) : [],
});
