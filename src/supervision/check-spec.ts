/** What supervisors and services demand beyond their shape (supervision.md, "Refused"), for specifications that come over the socket. */
import { isNoHugeId, MOST_ID } from '../base/account-id.js';
import { childPath, isName, NAME_EXPECTED } from '../base/names.js';
import { parseSignal } from '../base/signals.js';
import { healthProblems, watchdogMethodProblems } from './check-health.js';
import { needProblems } from './check-needs.js';
import type { ChildSpec, LogSpec, ServiceSpec, SpecProblem, SupervisorSpec } from './spec.js';

const NO_NUL = 'text without a NUL character';
/** What a status byte can hold. */
const MAX_EXIT_CODE = 255;
/** Files smaller than this would cost more than they hold. */
const MIN_LOG_BYTES = 4_096;
const MIN_LOG_TOTAL_BYTES = 65_536;
/** No program gets along with less. */
const MIN_MEMORY_BYTES = 1_048_576;
/** Standard input, output and error, and one more to load a program with. */
const LEAST_FILES = 4;
/** The path of a problem says whose template it is; the template has no path of its own. */
const TEMPLATE = 'template.';
const LOG_TOTAL = `null, or a whole number, ${MIN_LOG_TOTAL_BYTES} or more`;

/**
 * Every rule that an application's specification breaks, in tree order, those about several nodes last; empty when it can be run. Fields have the names they
 * have in the specification (`periodMs`, `autoShutdown`); a template's are told as `template.command` of its supervisor.
 */
export const checkSpec = (root: SupervisorSpec): readonly SpecProblem[] => [
  ...supervisorProblems(root, ''),
  ...watchdogMethodProblems(root),
  ...needProblems(root),
];

/** Gathers the problems of one node: `unless(holds, field, ...)` notes one where a rule does not hold. */
interface Notes {
  readonly problems: SpecProblem[];
  readonly unless: (holds: boolean, field: string, told: { readonly found: string; readonly expected: string }) => void;
}

function notesFor(path: string, prefix = ''): Notes {
  const problems: SpecProblem[] = [];
  return {
    problems,
    unless: (holds, field, told) => {
      if (!holds) problems.push({ path, field: `${prefix}${field}`, ...told });
    },
  };
}

function supervisorProblems(supervisor: SupervisorSpec, path: string): readonly SpecProblem[] {
  const { problems, unless } = notesFor(path);
  const { intensity, periodMs, resetAfterMs } = supervisor;
  unless(Number.isInteger(intensity) && intensity >= 0, 'intensity', { found: String(intensity), expected: 'a whole number, 0 or more' });
  unless(Number.isFinite(periodMs) && periodMs > 0, 'periodMs', { found: String(periodMs), expected: 'more than 0' });
  unless(resetAfterMs === null || isDuration(resetAfterMs), 'resetAfterMs', { found: String(resetAfterMs), expected: '0 or more' });
  unless(isShutdown(supervisor.shutdown), 'shutdown', { found: String(supervisor.shutdown), expected: '0 or more' });
  unless(isLogTotal(supervisor.logTotalBytes), 'logTotalBytes', { found: String(supervisor.logTotalBytes), expected: LOG_TOTAL });
  const own = supervisor.strategy === 'simple_one_for_one' ? poolProblems(supervisor, path) : treeProblems(supervisor, path);
  return [...problems, ...own];
}

function treeProblems(supervisor: SupervisorSpec, path: string): readonly SpecProblem[] {
  const { children, template, strategy } = supervisor;
  const { problems, unless } = notesFor(path);
  const expected = 'children, or strategy simple_one_for_one';
  unless(template === null, 'template', { found: `a template with strategy ${strategy}`, expected });
  const names = new Set<string>();
  const below = children.flatMap((child) => {
    unless(!names.has(child.name), 'children', { found: `two children named "${child.name}"`, expected: 'another name for each' });
    names.add(child.name);
    return childProblems(child, supervisor, path);
  });
  return [...problems, ...below];
}

function childProblems(child: ChildSpec, parent: SupervisorSpec, parentPath: string): readonly SpecProblem[] {
  const path = childPath(parentPath, child.name);
  const { problems, unless } = notesFor(path);
  unless(isName(child.name), 'name', { found: JSON.stringify(child.name), expected: NAME_EXPECTED });
  const own = child.kind === 'service' ? serviceProblems(child, path, '') : supervisorProblems(child, path);
  return [...problems, ...significanceProblems(child, parent, notesFor(path)), ...own];
}

function significanceProblems(child: ChildSpec, parent: SupervisorSpec, { problems, unless }: Notes): readonly SpecProblem[] {
  if (!child.significant) return [];
  const isPool = parent.strategy === 'simple_one_for_one';
  const expected = isPool ? 'false' : 'false, or a supervisor with auto_shutdown any_significant or all_significant';
  unless(!isPool && parent.autoShutdown !== 'never', 'significant', { found: 'true under auto_shutdown never', expected });
  const permanent = { found: 'true with restart permanent', expected: 'restart transient or temporary for a significant child' };
  unless(child.restart !== 'permanent', 'significant', permanent);
  return problems;
}

/** Instances are equals: nothing about one of them can end the supervisor of all. */
function poolProblems(supervisor: SupervisorSpec, path: string): readonly SpecProblem[] {
  const { children, template, autoShutdown } = supervisor;
  const { problems, unless } = notesFor(path);
  const found = `${autoShutdown} with strategy simple_one_for_one`;
  unless(autoShutdown === 'never', 'autoShutdown', { found, expected: 'never' });
  const count = `${children.length} configured ${children.length === 1 ? 'child' : 'children'} with strategy simple_one_for_one`;
  unless(children.length === 0, 'children', { found: count, expected: 'exactly one service, as template' });
  unless(template !== null, 'template', { found: 'none with strategy simple_one_for_one', expected: 'the service that its instances run' });
  if (template === null) return problems;
  unless(template.cron === null, `${TEMPLATE}cron`, { found: 'a cron in a template', expected: 'null' });
  return [
    ...problems,
    ...significanceProblems(template, supervisor, notesFor(path, TEMPLATE)),
    ...serviceProblems(template, path, TEMPLATE),
  ];
}

function serviceProblems(service: ServiceSpec, path: string, prefix: string): readonly SpecProblem[] {
  const { problems, unless } = notesFor(path, prefix);
  const { command, cwd, stopSignal, successExitCodes, shutdown } = service;
  unless((command[0] ?? '') !== '', 'command', {
    found: command.length === 0 ? 'an empty list' : 'an empty program',
    expected: 'a program',
  });
  unless(!command.some(hasNul), 'command', { found: 'a NUL character', expected: NO_NUL });
  unless(cwd.startsWith('/'), 'cwd', { found: JSON.stringify(cwd), expected: 'an absolute path' });
  unless(!hasNul(cwd), 'cwd', { found: 'a NUL character', expected: NO_NUL });
  // The exact name only: other spellings are the configuration's to resolve, the shell sends what stands here.
  unless(parseSignal(stopSignal) === stopSignal, 'stopSignal', { found: JSON.stringify(stopSignal), expected: 'a signal as in "SIGTERM"' });
  const badCode = successExitCodes.find((code) => !Number.isInteger(code) || code < 0 || code > MAX_EXIT_CODE);
  unless(badCode === undefined, 'successExitCodes', { found: String(badCode), expected: `whole numbers from 0 to ${MAX_EXIT_CODE}` });
  unless(isShutdown(shutdown), 'shutdown', { found: String(shutdown), expected: '0 or more' });
  unless(isLogTotal(service.logTotalBytes), 'logTotalBytes', { found: String(service.logTotalBytes), expected: LOG_TOTAL });
  const notes = notesFor(path, prefix);
  return [
    ...problems,
    ...variableProblems(service, notesFor(path, prefix)),
    ...triggerProblems(service, notes),
    ...processProblems(service, notesFor(path, prefix)),
    ...healthProblems(service, path, prefix),
    ...logProblems(service.logs, notesFor(path, `${prefix}logs.`)),
  ];
}

function variableProblems({ env, envFiles }: ServiceSpec, { problems, unless }: Notes): readonly SpecProblem[] {
  for (const [field, names] of Object.entries({ env: Object.keys(env), envFiles: Object.keys(envFiles) })) {
    for (const name of names) {
      const isVariable = name !== '' && !name.includes('=') && !hasNul(name);
      unless(isVariable, field, { found: `a variable named ${JSON.stringify(name)}`, expected: 'names without "=" and NUL, not empty' });
    }
  }
  for (const [name, value] of Object.entries(env)) {
    unless(!hasNul(value), 'env', { found: `a NUL character in the value of ${JSON.stringify(name)}`, expected: NO_NUL });
  }
  for (const file of Object.values(envFiles)) {
    unless(file.startsWith('/') && !hasNul(file), 'envFiles', {
      found: JSON.stringify(file),
      expected: 'an absolute path without a NUL character',
    });
  }
  return problems;
}

function triggerProblems({ watch, maxMemoryBytes: bytes }: ServiceSpec, { problems, unless }: Notes): readonly SpecProblem[] {
  const isMemory = bytes === null || (Number.isSafeInteger(bytes) && bytes >= MIN_MEMORY_BYTES);
  unless(isMemory, 'maxMemoryBytes', { found: String(bytes), expected: `null, or a whole number, ${MIN_MEMORY_BYTES} or more` });
  const paths = watch === null ? [] : [watch.folder, ...watch.paths];
  const arePaths = paths.every((path) => path.startsWith('/') && !hasNul(path)) && paths.length !== 1;
  unless(arePaths, 'watch', { found: JSON.stringify(paths), expected: 'absolute paths without a NUL character, at least one' });
  return problems;
}

function processProblems({ nice, umask, limits, user, group }: ServiceSpec, { problems, unless }: Notes): readonly SpecProblem[] {
  const isNice = nice === null || (Number.isInteger(nice) && nice >= -20 && nice <= 19);
  unless(isNice, 'nice', { found: String(nice), expected: 'null, or a whole number from -20 to 19' });
  unless(umask === null || /^[0-7]{3}$/.test(umask), 'umask', { found: String(umask), expected: 'null, or three octal digits' });
  const isLimit = limits.nofile === null || limits.nofile >= LEAST_FILES;
  unless(isLimit, 'limits.nofile', { found: String(limits.nofile), expected: `null, or ${LEAST_FILES} or more` });
  for (const [field, value] of Object.entries({ user, group })) {
    const isAccount = value === null || (!/[\s:/,]/.test(value) && isNoHugeId(value));
    unless(isAccount, field, { found: JSON.stringify(value), expected: `null, a name or a number up to ${MOST_ID}` });
  }
  return problems;
}

function logProblems({ mode, maxBytes, keep, blockMs, file }: LogSpec, { problems, unless }: Notes): readonly SpecProblem[] {
  const expected = `a whole number, ${MIN_LOG_BYTES} or more`;
  unless(Number.isSafeInteger(maxBytes) && maxBytes >= MIN_LOG_BYTES, 'maxBytes', { found: String(maxBytes), expected });
  unless(Number.isSafeInteger(keep) && keep >= 0, 'keep', { found: String(keep), expected: 'a whole number, 0 or more' });
  unless(blockMs === 'infinity' || isDuration(blockMs), 'blockMs', { found: String(blockMs), expected: '0 or more, or infinity' });
  if (file === null) return problems;
  unless(mode === 'capture', 'file', { found: `a file with mode ${mode}`, expected: 'null' });
  unless(file.startsWith('/') && !hasNul(file), 'file', {
    found: JSON.stringify(file),
    expected: 'an absolute path without a NUL character',
  });
  return problems;
}

const isLogTotal = (bytes: number | null): boolean => bytes === null || (Number.isSafeInteger(bytes) && bytes >= MIN_LOG_TOTAL_BYTES);

const hasNul = (text: string): boolean => text.includes('\0');

const isDuration = (value: number): boolean => Number.isFinite(value) && value >= 0;

const isShutdown = (value: number | string): boolean => typeof value === 'string' || isDuration(value);
