/** What a schema cannot say of the fields about health, dependencies and calls; what their names mean is `needs.ts`'s business. */
import { patternMistake } from '../base/pattern.js';
import { commandFindings } from './command-rules.js';
import { DEFAULTS } from './defaults.js';
import { type Finding, foundText } from './finding.js';
import { type HealthText, healthTexts } from './health-texts.js';
import type { ConfigNode } from './kinds.js';
import { durationMs } from './leaves.js';
import { ofLevel, unseenOutput } from './log-levels.js';
import { type MethodField, methodsOf } from './methods.js';
import { type ConfigPath, isMapping, type Mapping } from './path.js';

/** The rules that one supervisor or service breaks. */
export function healthFindings(node: ConfigNode, value: Mapping): readonly Finding[] {
  const isService = node.kind === 'service' || node.kind === 'template';
  const own = isService ? serviceFindings(node, value) : node.kind === 'root' ? rootFindings(value) : [];
  const texts = isService || node.kind === 'root' ? healthTexts(node.path, value).flatMap(textFindings) : [];
  return [...own, ...texts, ...backoffFindings(node, value)];
}

const refuse = (path: ConfigPath, found: string, expected: string): readonly Finding[] => [{ type: 'value', path, found, expected }];

function serviceFindings(node: ConfigNode, value: Mapping): readonly Finding[] {
  const fields = ['ready', 'alive', 'call'] as const;
  return [
    ...fields.flatMap((field) => methodFindings(field, [...node.path, field], value[field])),
    ...readyFindings(node, value),
    ...aliveFindings(node, value),
    ...callFindings(node, value),
    ...startFindings(node, value),
  ];
}

function rootFindings({ watchdogs, services, on_alarm: hook }: Mapping): readonly Finding[] {
  const names = isMapping(watchdogs) ? Object.entries(watchdogs) : [];
  const isEmpty = isMapping(hook) && hook['command'] === undefined && hook['webhook'] === undefined;
  return [
    ...names.flatMap(([name, watchdog]) => methodFindings('watchdogs', ['watchdogs', name], watchdog)),
    ...names.flatMap(([name]): readonly Finding[] =>
      isMapping(services) && Object.hasOwn(services, name)
        ? [{ type: 'name', path: ['watchdogs', name], expected: 'one that no service or supervisor of the top level has' }]
        : [],
    ),
    ...(isEmpty && Object.keys(hook).length === 0 ? refuse(['on_alarm'], 'an empty mapping', 'command, webhook, or both') : []),
  ];
}

/** What is one of several things has to be exactly one of them. */
function methodFindings(field: MethodField, path: ConfigPath, value: unknown): readonly Finding[] {
  if (!isMapping(value)) return [];
  const methods: readonly string[] = methodsOf[field];
  const named = methods.filter((name) => Object.hasOwn(value, name));
  // A key that nobody knows is most likely the one that is missing, misspelt.
  const isMisspelt = Object.keys(value).some((key) => !methods.includes(key) && !OTHER_KEYS.has(key));
  if (named.length === 1 || (named.length === 0 && isMisspelt)) return [];
  return refuse(path, named.length === 0 ? 'none of them' : named.join(' and '), `exactly one of ${methods.join(', ')}`);
}

const OTHER_KEYS = new Set(['delay', 'interval', 'timeout', 'failures', 'grace', 'clear_after']);

function readyFindings(node: ConfigNode, { ready, restart }: Mapping): readonly Finding[] {
  if (!isMapping(ready)) return [];
  const path = [...node.path, 'ready'];
  const isPermanent = restart === undefined || restart === 'permanent';
  const unseen = ready['log'] === undefined ? undefined : unseenOutput(node);
  const told = ['log', 'exit', 'fd', 'notify'].find((name) => Object.hasOwn(ready, name));
  return [
    ...(ready['exit'] === 0 && isPermanent
      ? refuse(
          [...path, 'exit'],
          `0 with restart: permanent${restart === undefined ? ' (the default)' : ''}`,
          'restart: transient or temporary beside it',
        )
      : []),
    ...(unseen
      ? refuse([...path, 'log'], `log with ${unseen.why}${ofLevel(node, unseen)}`, 'output that is captured, so that a line is seen')
      : []),
    ...['delay', 'interval'].flatMap((key) =>
      told !== undefined && ready[key] !== undefined
        ? refuse([...path, key], `${key} with ${told}`, `none: nobody asks, the program tells`)
        : [],
    ),
  ];
}

function aliveFindings({ path }: ConfigNode, { alive }: Mapping): readonly Finding[] {
  if (!isMapping(alive) || alive['notify'] === undefined || alive['timeout'] === undefined) return [];
  return refuse(
    [...path, 'alive', 'timeout'],
    'timeout with notify',
    'none: nobody asks; interval is what the program has between two signs',
  );
}

function callFindings(node: ConfigNode, { call, stdin }: Mapping): readonly Finding[] {
  if (!isMapping(call) || call['jsonrpc'] !== 'stdio') return [];
  const path = [...node.path, 'call', 'jsonrpc'];
  const unseen = unseenOutput(node);
  return [
    ...(stdin === null || stdin === 'null' ? refuse(path, 'stdio with stdin: null', 'stdin: pipe') : []),
    ...(unseen
      ? refuse(path, `stdio with ${unseen.why}${ofLevel(node, unseen)}`, 'output that is captured, as a reply is a line of it')
      : []),
  ];
}

function startFindings({ kind, path }: ConfigNode, { start, autostart, idle, call }: Mapping): readonly Finding[] {
  const isOnDemand = start === 'on_demand';
  return [
    ...(isOnDemand && kind === 'template'
      ? refuse([...path, 'start'], 'on_demand in a template', 'none: its instances are started one by one')
      : []),
    ...(isOnDemand && call === undefined && kind !== 'template'
      ? refuse([...path, 'start'], 'on_demand without call', 'call beside it, or for what is started only by hand autostart: false instead')
      : []),
    ...(start !== undefined && autostart !== undefined
      ? refuse([...path, 'autostart'], `autostart beside start`, 'one of the two: start: on_demand is never started with its supervisor')
      : []),
    ...(idle !== undefined && !isOnDemand ? refuse([...path, 'idle'], 'idle without start: on_demand', 'start: on_demand beside it') : []),
  ];
}

function textFindings({ path, value, is }: HealthText): readonly Finding[] {
  if (is === 'command') return commandFindings(path, value, false);
  if (is !== 'pattern' || typeof value !== 'string') return [];
  const mistake = patternMistake(value);
  if (mistake === undefined) return [];
  // "Invalid regular expression: /(/: Unterminated group"
  const why = mistake.slice(mistake.lastIndexOf('/: ') + 3).trim();
  return refuse(path, `${foundText(value, path)} (${why})`, 'a regular expression of JavaScript');
}

/** `max` and `min` may come from different levels. */
function backoffFindings(node: ConfigNode, { backoff }: Mapping): readonly Finding[] {
  if (!isMapping(backoff) || (backoff['min'] === undefined && backoff['max'] === undefined)) return [];
  const [min, max] = [backoffAt(node, 'min'), backoffAt(node, 'max')];
  if (min.ms < 1 || max.ms < 1 || max.ms >= min.ms) return [];
  const path = [...node.path, 'backoff'];
  const least = `at least min, which is ${String(min.value)}${min.level === undefined ? ' by default' : ofLevel(node, min.level)}`;
  if (backoff['max'] !== undefined) return refuse([...path, 'max'], foundText(max.value, path), least);
  const most = `at most max, which is ${String(max.value)}${max.level === undefined ? ' by default' : ofLevel(node, max.level)}`;
  return refuse([...path, 'min'], foundText(min.value, path), most);
}

interface BackoffValue {
  readonly value: unknown;
  /** -1: none. */
  readonly ms: number;
  /** Undefined: the default. */
  readonly level: ConfigNode | undefined;
}

/** What holds at a level, said there or above. */
function backoffAt(node: ConfigNode | undefined, key: 'min' | 'max'): BackoffValue {
  if (node === undefined) return { value: DEFAULTS.backoff[key], ms: durationMs(DEFAULTS.backoff[key]), level: undefined };
  const own = isMapping(node.value) && isMapping(node.value['backoff']) ? node.value['backoff'][key] : undefined;
  return own === undefined ? backoffAt(node.parent, key) : { value: own, ms: durationMs(own), level: node };
}
