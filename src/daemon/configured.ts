/** What clearing up has to know of runs of which nobody knows any more how they were started. */
import { type Forest, findNode } from '../supervision/tree.js';
import type { AppRegistry } from './app-registry.js';
import type { Configured } from './clear-run.js';
import { accountOf } from './execution.js';
import { askedBy } from './health/probe-name.js';
import { declaredEnvironment, type RunName } from './service-environment.js';
import { inheritedBy, userOf } from './service-user.js';

type Place = Pick<RunName, 'app' | 'path'>;

/** A service as it is configured now; undefined: there is none. */
export function configuredService(forest: Forest, apps: AppRegistry, { app, path }: Place): Configured | undefined {
  const root = forest.apps[app]?.root;
  const service = root && findNode(root, path);
  if (service?.kind !== 'service') return undefined;
  const { spec } = service;
  const env = (): Record<string, string> => declaredEnvironment(inheritedBy(userOf(spec), apps.get(app)?.env ?? {}, spec.inheritEnv), spec);
  return { orphans: spec.orphans, env, owner: () => accountOf({ user: userOf(spec) })?.uid };
}

/**
 * The same of a command that asks: it runs as its service, or as a watchdog. What `orphans` says is about runs of the service: of what asks,
 * which goes on as long as the service runs, nothing may pile up.
 */
export function configuredProbe(forest: Forest, apps: AppRegistry, { app, path }: Place): Configured | undefined {
  const asked = askedBy(path);
  if (asked.kind === 'service') {
    const service = configuredService(forest, apps, { app, path: asked.path });
    return service && { ...service, orphans: 'kill' };
  }
  const spec = forest.apps[app]?.root.spec.watchdogs.find(({ name }) => name === asked.name);
  if (!spec) return undefined;
  return { orphans: 'kill', env: () => declaredEnvironment(apps.get(app)?.env ?? {}, spec), owner: () => undefined };
}
