/**
 * The laws of ARCHITECTURE.md about the sources, as pure functions over their text. oxlint enforces most of them too, but
 * by the words of an import; here paths are resolved, so that no spelling gets around the table.
 */

/** Sources by path from the project's folder, "src/base/clock.ts". */
export type Sources = ReadonlyMap<string, string>;

const NEIGHBOURS = ['ports', 'logs', 'journal', 'health', 'calls'] as const;

/** What each folder may import besides itself: folders, or single files of them. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  supervision: ['base'],
  config: ['base', 'supervision/spec.ts'],
  keeper: ['base'],
  ports: ['base', 'keeper/protocol.ts'],
  logs: ['base'],
  journal: ['base'],
  health: ['base'],
  calls: ['base'],
  control: ['base'],
  daemon: ['base', 'supervision', 'config', 'keeper/protocol.ts', ...NEIGHBOURS, 'control'],
  client: ['base', 'config', 'control'],
  cli: ['base', 'config', 'control', 'client'],
  'index.ts': ['base', 'config', 'control', 'client'],
};

/** Folders that import no package at all; of the keeper that is a promise. */
const WITHOUT_PACKAGES = ['base', 'supervision', 'keeper'] as const;

const TIMED = [/^src\/base\/system-clock\.ts$/, /^src\/keeper\//, /^src\/client\//, /^src\/cli\/(?!render\/)/];
const SPAWNING = [/^src\/keeper\//, /^src\/base\/launch-keeper\.ts$/, /^src\/cli\/system-service\.ts$/];
const ENTRY = /^src\/[^/]+\/main\.ts$/;
/** The few files of base that touch the system, for folders that may not see each other. */
const IMPURE_BASE = [
  'src/base/system-clock.ts',
  'src/base/read-backwards.ts',
  'src/base/read-small-file.ts',
  'src/base/real-path.ts',
  'src/base/append-file.ts',
  'src/base/folders.ts',
  'src/base/own-home.ts',
  'src/base/stderr.ts',
  'src/base/process-stat.ts',
  'src/base/machine.ts',
  'src/base/launch-keeper.ts',
];

/** Files that are pure though their folder is not. */
const PURE_FILES = [
  'src/daemon/alarms/alarm-ids.ts',
  'src/daemon/alarms/restart-rate.ts',
  'src/daemon/alarms/standing.ts',
  'src/daemon/alarms/webhook-state.ts',
  'src/calls/answer.ts',
  'src/calls/jsonrpc.ts',
  'src/calls/xml.ts',
  'src/calls/xmlrpc.ts',
  'src/calls/xmlrpc-values.ts',
  'src/daemon/hook-state.ts',
  'src/daemon/triggers/cron-plan.ts',
  'src/daemon/triggers/memory-limit.ts',
  'src/health/alarms.ts',
  'src/health/answer.ts',
  'src/health/counted.ts',
  'src/health/limit-text.ts',
  'src/health/liveness.ts',
  'src/health/notify-message.ts',
  'src/health/phase.ts',
  'src/health/readiness.ts',
  'src/health/said.ts',
  'src/health/watchdog.ts',
  'src/journal/entry.ts',
  'src/journal/runs.ts',
  'src/logs/gap.ts',
  'src/logs/join.ts',
  'src/logs/record.ts',
];

/** Single files that a law names: each must be there, or the law would hold nothing. */
export const NAMED_FILES: readonly string[] = [...IMPURE_BASE, ...PURE_FILES];

const TIMER = /(?<![.\w$])(?:setTimeout|setInterval)\b|\bAbortSignal\.timeout\b|['"](?:node:)?timers(?:\/promises)?['"]/;
const IMPURE: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['a module of Node', /['"]node:/],
  ['process', /(?<![.\w$])process\s*(?:\.|\[|\?\.)/],
  ['the clock', /\bDate\.now\b|\bDate\(\s*\)|\bperformance\s*\./],
  ['randomness', /\bMath\.random\b|\bcrypto\s*\./],
  ['a timer', /(?<![.\w$])(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/],
];

/** Every broken law, as "path: what"; an empty list is a sound house. */
export function violations(sources: Sources): readonly string[] {
  const found = [...sources].flatMap(([path, text]) => {
    const code = withoutComments(text);
    return [...importViolations(path, code), ...placeViolations(path, code), ...purityViolations(path, code)].map(
      (what) => `${path}: ${what}`,
    );
  });
  return [...found, ...cycles(sources).map((cycle) => `${cycle[0] ?? ''}: import cycle ${cycle.join(' -> ')}`)];
}

/** Is this file held to purity: no clock, no process, no I/O, no randomness? */
export function isPure(path: string): boolean {
  if (path.startsWith('src/base/')) return !IMPURE_BASE.includes(path);
  return path.startsWith('src/supervision/') || path.startsWith('src/cli/render/') || PURE_FILES.includes(path);
}

/** The import cycles among the sources, each as the paths along it; type imports count. */
export function cycles(sources: Sources): readonly (readonly string[])[] {
  const done = new Set<string>();
  const found: (readonly string[])[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    const next = specifiers(withoutComments(sources.get(path) ?? '')).flatMap((specifier) => resolve(path, specifier) ?? []);
    for (const target of next) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}

function importViolations(path: string, code: string): readonly string[] {
  const own = folderOf(path);
  return specifiers(code).flatMap((specifier) => {
    const target = resolve(path, specifier);
    if (target !== undefined) return mayImport(own, target) ? [] : [`${own} may not import ${target}`];
    const isPackage = !specifier.startsWith('node:');
    return isPackage && WITHOUT_PACKAGES.some((folder) => folder === own) ? [`${own} may not import the package ${specifier}`] : [];
  });
}

function mayImport(own: string, target: string): boolean {
  const folder = folderOf(target);
  const allowed = MAY_IMPORT[own] ?? [];
  return folder === own || allowed.includes(folder) || allowed.some((file) => target === `src/${file}`);
}

function placeViolations(path: string, code: string): readonly string[] {
  const found: string[] = [];
  if (MAY_IMPORT[folderOf(path)] === undefined) found.push('a folder that the table does not know');
  if (/['"](?:node:)?child_process['"]/.test(code) && !SPAWNING.some((place) => place.test(path))) found.push('starts processes');
  if (TIMER.test(code) && !TIMED.some((place) => place.test(path))) found.push('sets a timer without a Clock');
  if (/\bprocess\.exit\(/.test(code) && !ENTRY.test(path)) found.push('calls process.exit outside an entry point');
  return found;
}

const purityViolations = (path: string, code: string): readonly string[] =>
  isPure(path) ? IMPURE.filter(([, pattern]) => pattern.test(code)).map(([name]) => `is pure and uses ${name}`) : [];

/** "base" of "src/base/clock.ts"; "index.ts" of "src/index.ts". */
const folderOf = (path: string): string => path.split('/')[1] ?? '';

/** What is imported, re-exported or imported later. */
function specifiers(code: string): readonly string[] {
  const forms = [
    /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]/g,
    /\bimport\s*['"]([^'"]+)['"]/g,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].flatMap(([, specifier]) => specifier ?? []));
}

/** The source a relative specifier means, "src/base/clock.ts"; undefined for a package or a module of Node. */
function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return new URL(specifier, `file:///${from}`).pathname.slice(1).replace(/\.js$/, '.ts');
}

/** Comments may name what code may not use. A "//" inside a string (an address) follows a colon, never a space. */
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
