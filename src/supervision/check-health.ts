/** What the fields about health and calls of a service demand, and the probes of watchdogs. */
import { isHttpUrl, MOST_PORT } from '../base/net-address.js';
import { patternMistake } from '../base/pattern.js';
import { FD_EXPECTED, isReadyFd } from '../base/ready-descriptor.js';
import type { AliveSpec, BackoffSpec, ProbeMethod, ReadySpec, ServiceSpec, SpecProblem, SupervisorSpec } from './spec.js';

/** One rule: does it hold, which field is it about, what was found, what is expected? */
type Rule = readonly [holds: boolean, field: string, found: string, expected: string];

/** Every such rule that a service breaks; `prefix` stands before the names of its fields. */
export function healthProblems(service: ServiceSpec, path: string, prefix: string): readonly SpecProblem[] {
  const { ready, alive, backoff, idleMs, onDemand, autostart, alarm } = service;
  return broken(path, prefix, [
    ...(ready === null ? [] : [...readyRules(ready), ...readyOfService(service, ready)]),
    ...(alive === null ? [] : aliveRules(alive)),
    ...(backoff === null ? [] : backoffRules(backoff)),
    ...callRules(service),
    [!onDemand || !autostart, 'autostart', 'true with onDemand', 'false'],
    [!onDemand || prefix === '', 'onDemand', 'true in a template', 'false'],
    [idleMs === null || onDemand, 'idleMs', `${String(idleMs)} without onDemand`, 'null'],
    [idleMs === null || isPositive(idleMs), 'idleMs', String(idleMs), MORE],
    [alarm === null || isPositive(alarm.withinMs), 'alarm.withinMs', String(alarm?.withinMs), MORE],
  ]);
}

/** Every such rule that the watchdogs of the root break. */
export const watchdogMethodProblems = ({ watchdogs }: SupervisorSpec): readonly SpecProblem[] =>
  broken(
    '',
    'watchdogs.',
    watchdogs.flatMap(({ name, method, intervalMs, cwd }): readonly Rule[] => [
      ...methodRules(method, `${name}.method`),
      [isPositive(intervalMs), `${name}.intervalMs`, String(intervalMs), MORE],
      [cwd.startsWith('/'), `${name}.cwd`, JSON.stringify(cwd), 'an absolute path'],
    ]),
  );

const MORE = 'more than 0';
const isPositive = (value: number): boolean => Number.isFinite(value) && value > 0;

const broken = (path: string, prefix: string, rules: readonly Rule[]): readonly SpecProblem[] =>
  rules.filter(([holds]) => !holds).map(([, field, found, expected]) => ({ path, field: `${prefix}${field}`, found, expected }));

function readyRules({ method, intervalMs, timeoutMs }: ReadySpec): readonly Rule[] {
  return [
    ...(method.by === 'http' || method.by === 'tcp' || method.by === 'exec' ? methodRules(method, 'ready.method') : []),
    ...(method.by === 'log' ? [patternRule(method.pattern, 'ready.method')] : []),
    [method.by !== 'fd' || isReadyFd(method.fd), 'ready.method', method.by === 'fd' ? `descriptor ${method.fd}` : '', FD_EXPECTED],
    [isPositive(intervalMs), 'ready.intervalMs', String(intervalMs), MORE],
    [isPositive(timeoutMs), 'ready.timeoutMs', String(timeoutMs), MORE],
  ];
}

const readyOfService = ({ restart, logs }: ServiceSpec, { method }: ReadySpec): readonly Rule[] => [
  [method.by !== 'exit' || restart !== 'permanent', 'ready.method', 'exit with restart permanent', 'restart transient or temporary'],
  [method.by !== 'log' || logs.mode === 'capture', 'ready.method', `log with logs.mode ${logs.mode}`, 'logs.mode capture'],
];

function aliveRules({ method, intervalMs }: AliveSpec): readonly Rule[] {
  return [
    ...(method.by === 'notify' ? [] : methodRules(method, 'alive.method')),
    [isPositive(intervalMs), 'alive.intervalMs', String(intervalMs), MORE],
  ];
}

const backoffRules = ({ minMs, maxMs }: BackoffSpec): readonly Rule[] => [
  [isPositive(minMs), 'backoff.minMs', String(minMs), MORE],
  [maxMs >= minMs, 'backoff.maxMs', String(maxMs), `at least minMs, ${minMs}`],
];

function callRules({ call, stdin, logs }: ServiceSpec): readonly Rule[] {
  if (call === null) return [];
  if (call.url !== null) return [urlRule(call.url, 'call.url')];
  return [
    [stdin === 'pipe', 'call.url', 'null with stdin null', 'stdin pipe'],
    [logs.mode === 'capture', 'call.url', `null with logs.mode ${logs.mode}`, 'logs.mode capture'],
  ];
}

function methodRules(method: ProbeMethod, field: string): readonly Rule[] {
  const own: readonly Rule[] = [[isPositive(method.tryMs), `${field}.tryMs`, String(method.tryMs), MORE]];
  switch (method.by) {
    case 'http':
      return [...own, urlRule(method.url, `${field}.url`), ...(method.body === null ? [] : [patternRule(method.body, `${field}.body`)])];
    case 'tcp': {
      const isPort = Number.isInteger(method.port) && method.port >= 1 && method.port <= MOST_PORT;
      return [...own, [isPort, `${field}.port`, String(method.port), `a port from 1 to ${MOST_PORT}`]];
    }
    case 'exec':
      return [
        ...own,
        [(method.command[0] ?? '') !== '', `${field}.command`, 'no program', 'a program'],
        [!method.command.some((word) => word.includes('\0')), `${field}.command`, 'a NUL character', 'text without a NUL character'],
      ];
    default:
      return method satisfies never;
  }
}

const urlRule = (url: string, field: string): Rule => [isHttpUrl(url), field, JSON.stringify(url), 'an http or https URL'];

const patternRule = (text: string, field: string): Rule => [
  patternMistake(text) === undefined,
  field,
  JSON.stringify(text),
  'a regular expression of JavaScript',
];
