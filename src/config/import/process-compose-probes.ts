/** `readiness_probe`, `liveness_probe` and `ready_log_line` of process-compose: `ready` and `alive` here. */
import { isMapping, type Mapping } from '../path.js';
import { fieldsOfShellLine } from './command-line.js';
import type { Outcome } from './imported.js';
import { filledText, type TextRules } from './process-compose-text.js';
import { count, text } from './values.js';

/** process-compose waits for ever for an end or a line; long enough to be the same to people. */
export const FOR_EVER = '24h';

/** What process-compose takes where a probe does not say it, in seconds. */
const DEFAULTS = { delay: 0, period: 10, timeout: 1, failures: 3 };
const KNOWN = new Set([
  'exec',
  'http_get',
  'initial_delay_seconds',
  'period_seconds',
  'timeout_seconds',
  'success_threshold',
  'failure_threshold',
]);

/** Of `readiness_probe`; undefined: not understood. */
export function readyOfProbe(value: unknown, rules: TextRules): Outcome | undefined {
  const probe = probeOf(value, rules);
  if (probe === undefined) return undefined;
  const { delay, period, timeout, failures } = probe;
  // As many tries as process-compose has before it gives up.
  const limit = delay + failures * (period + timeout);
  return outcome('ready', { ...probe.way(), delay: `${delay}s`, interval: `${period}s`, timeout: `${limit}s` }, probe.others);
}

/** Of `liveness_probe`; undefined: not understood. */
export function aliveOfProbe(value: unknown, rules: TextRules): Outcome | undefined {
  const probe = probeOf(value, rules);
  if (probe === undefined) return undefined;
  const { delay, period, timeout, failures } = probe;
  const times = { interval: `${period}s`, timeout: `${timeout}s`, failures, ...(delay === 0 ? {} : { grace: `${delay}s` }) };
  return outcome('alive', { ...probe.way(), ...times }, probe.others);
}

/** Of `ready_log_line`, which is a part of a line; undefined: not understood. */
export function readyOfLine(value: unknown, process: Mapping): Outcome | undefined {
  const line = text(value);
  if (line === undefined) return undefined;
  if (process['readiness_probe'] !== undefined) return { say: 'left out, as there is a readiness_probe: a service is ready in one way' };
  return { set: { ready: { log: line.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), timeout: FOR_EVER } } };
}

/** Has a process a way to become ready that portsup has, too? */
export const hasReadiness = (process: Mapping): boolean =>
  process['readiness_probe'] !== undefined || process['ready_log_line'] !== undefined;

function outcome(field: 'ready' | 'alive', fields: Mapping, others: readonly string[]): Outcome {
  const set = { [field]: fields };
  return others.length === 0 ? { set } : { set, say: `without ${others.join(', ')}, which has no counterpart` };
}

interface Probe {
  /** `http` or `exec`, with the time for one try. */
  readonly way: () => Mapping;
  /** Seconds, as `period` and `timeout`. */
  readonly delay: number;
  readonly period: number;
  readonly timeout: number;
  readonly failures: number;
  /** Fields that say more than portsup can. */
  readonly others: readonly string[];
}

function probeOf(value: unknown, rules: TextRules): Probe | undefined {
  if (!isMapping(value)) return undefined;
  const seconds = (field: string, usual: number): number | undefined => (value[field] === undefined ? usual : count(value[field]));
  const delay = seconds('initial_delay_seconds', DEFAULTS.delay);
  const period = seconds('period_seconds', DEFAULTS.period);
  const timeout = seconds('timeout_seconds', DEFAULTS.timeout);
  const failures = seconds('failure_threshold', DEFAULTS.failures);
  const { exec, http_get: get } = value;
  const found = isMapping(get) ? httpOf(get, rules) : isMapping(exec) ? execOf(exec, rules) : undefined;
  if (delay === undefined || period === undefined || timeout === undefined || failures === undefined || found === undefined)
    return undefined;
  const wellAfter = count(value['success_threshold']) ?? 1;
  const others = Object.keys(value).filter((name) => !KNOWN.has(name));
  return {
    way: () => found.way(`${Math.max(1, timeout)}s`),
    delay,
    period: Math.max(1, period),
    timeout: Math.max(1, timeout),
    failures: Math.max(1, failures),
    others: [...found.others, ...others, ...(wellAfter > 1 ? ['success_threshold'] : [])],
  };
}

interface Way {
  readonly way: (timeout: string) => Mapping;
  readonly others: readonly string[];
}

const HTTP_KEYS = new Set(['host', 'path', 'scheme', 'port', 'num_port', 'status_code']);

function httpOf(get: Mapping, rules: TextRules): Way | undefined {
  const { host = '127.0.0.1', path = '/', scheme = 'http', port, num_port: number = port, status_code: status } = get;
  const portText = typeof number === 'number' || typeof number === 'string' ? String(number) : '80';
  const parts = [host, path, scheme].map((part) => (typeof part === 'string' ? filledText(part, rules) : undefined));
  const [hostText, pathText = '', schemeText] = parts;
  const code = status === undefined ? undefined : count(status);
  if (parts.includes(undefined) || (status !== undefined && code === undefined)) return undefined;
  const slash = pathText.startsWith('/') ? '' : '/';
  const url = `${(schemeText ?? '').toLowerCase()}://${hostText}:${filledText(portText, rules)}${slash}${pathText}`;
  return {
    way: (timeout) => ({ http: { url, ...(code === undefined ? {} : { status: code }), timeout } }),
    others: Object.keys(get).filter((name) => !HTTP_KEYS.has(name)),
  };
}

function execOf(exec: Mapping, rules: TextRules): Way | undefined {
  const line = text(exec['command']);
  if (line === undefined) return undefined;
  const fields = fieldsOfShellLine(line);
  const isPlain = fields['shell'] !== true && fields['env'] === undefined;
  const command = isPlain ? fields['command'] : ['/bin/sh', '-c', filledText(line.trim(), rules)];
  return {
    way: (timeout) => ({ exec: { command, timeout } }),
    others: Object.keys(exec)
      .filter((name) => name !== 'command')
      .map((name) => `exec.${name}`),
  };
}
