/** The texts of the fields about health in which variables are put in, or that a schema alone cannot check. Pure. */
import { type ConfigPath, isMapping, type Mapping } from './path.js';

/** One of these texts as it is written, with what it is meant to be. */
export interface HealthText {
  readonly path: ConfigPath;
  /** May be anything. */
  readonly value: unknown;
  readonly is: 'url' | 'address' | 'command' | 'pattern';
}

/** Of a service, a template or the root; `path` is where it stands. */
export function healthTexts(path: ConfigPath, fields: Mapping): readonly HealthText[] {
  const texts = path.length === 0 ? rootTexts(fields) : serviceTexts(path, fields);
  return texts.filter(({ value }) => value !== undefined);
}

function rootTexts({ watchdogs, on_alarm: alarm }: Mapping): readonly HealthText[] {
  const probes = isMapping(watchdogs) ? Object.entries(watchdogs) : [];
  const hook: readonly HealthText[] = isMapping(alarm)
    ? [
        { path: ['on_alarm', 'command'], value: alarm['command'], is: 'command' },
        { path: ['on_alarm', 'webhook'], value: alarm['webhook'], is: 'url' },
      ]
    : [{ path: ['on_alarm'], value: alarm, is: 'command' }];
  return [...probes.flatMap(([name, probe]) => probeTexts(['watchdogs', name], probe)), ...hook];
}

function serviceTexts(path: ConfigPath, { ready, alive, call }: Mapping): readonly HealthText[] {
  const calls = isMapping(call) ? call : {};
  const { xmlrpc, http, jsonrpc } = calls;
  const urls = { xmlrpc, http, jsonrpc: jsonrpc === 'stdio' ? undefined : jsonrpc };
  return [
    ...probeTexts([...path, 'ready'], ready),
    ...probeTexts([...path, 'alive'], alive),
    ...Object.entries(urls).map(([name, value]): HealthText => ({ path: [...path, 'call', name], value, is: 'url' })),
  ];
}

function probeTexts(path: ConfigPath, probe: unknown): readonly HealthText[] {
  if (!isMapping(probe)) return [];
  const { http, tcp, exec, log } = probe;
  return [
    ...(isMapping(http)
      ? ([
          { path: [...path, 'http', 'url'], value: http['url'], is: 'url' },
          { path: [...path, 'http', 'body'], value: http['body'], is: 'pattern' },
        ] as const)
      : ([{ path: [...path, 'http'], value: http, is: 'url' }] as const)),
    { path: [...path, 'tcp'], value: tcp, is: 'address' },
    isMapping(exec)
      ? { path: [...path, 'exec', 'command'], value: exec['command'], is: 'command' }
      : { path: [...path, 'exec'], value: exec, is: 'command' },
    { path: [...path, 'log'], value: log, is: 'pattern' },
  ];
}
