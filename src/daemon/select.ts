/** From what a person wrote to the nodes that are meant. Pure. */
import { isGlob, placesAt } from '../base/address.js';
import { PortsupError } from '../base/errors.js';
import { nearest } from '../base/nearest.js';
import type { Application, Forest } from '../supervision/tree.js';
import { type Placed, placedNodes } from './view.js';

/** Where to look: `only` this application (`-p`), else in `home` (the project's own) first, then everywhere. */
export interface Where {
  readonly only: string | undefined;
  readonly home: string | undefined;
}

/**
 * The nodes that addresses mean, each once, in the order they were written. An address is a path ("backend/db"), its unique last
 * part, a glob over either ("web-*"), or one of these after "app:"; an application's name, where nothing else has it, or "app:" is its root.
 *
 * @throws {@link PortsupError} `NOT_FOUND` with the nearest names; `AMBIGUOUS` with the candidates.
 */
export function resolveNames(forest: Forest, names: readonly string[], where: Where): readonly Placed[] {
  const found = names.flatMap((name) => resolveName(forest, name, where));
  const seen = new Set<string>();
  return found.filter(({ app, path }) => {
    const key = `${app}:${path}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

/**
 * The applications a scope means without names.
 *
 * @throws {@link PortsupError} `NOT_FOUND` if `-p` names none.
 */
export function resolveApps(forest: Forest, where: Where): readonly Application[] {
  if (where.only !== undefined) return [applicationNamed(forest, where.only)];
  const home = where.home === undefined ? undefined : forest.apps[where.home];
  return home ? [home] : [];
}

function resolveName(forest: Forest, name: string, where: Where): readonly Placed[] {
  const colon = name.indexOf(':');
  if (colon >= 0) return inApplication(applicationNamed(forest, name.slice(0, colon)), name.slice(colon + 1), name.slice(0, colon + 1));
  if (where.only !== undefined) return inApplication(applicationNamed(forest, where.only), name, '');
  const home = where.home === undefined ? undefined : forest.apps[where.home];
  const atHome = home ? matches(home, name) : [];
  if (atHome.length > 0) return unique(atHome, name);
  const everywhere = Object.values(forest.apps).flatMap((application) => matches(application, name));
  if (everywhere.length > 0) return unique(everywhere, name);
  const application = Object.hasOwn(forest.apps, name) ? forest.apps[name] : undefined;
  if (application) return [{ app: name, path: '', node: application.root }];
  throw notFound(name, nearest(name, [...addressesIn(Object.values(forest.apps)), ...Object.keys(forest.apps)]));
}

function applicationNamed(forest: Forest, name: string): Application {
  const application = Object.hasOwn(forest.apps, name) ? forest.apps[name] : undefined;
  if (application) return application;
  const known = Object.keys(forest.apps);
  const near = nearest(name, known);
  const running = known.length > 0 ? `running: ${known.join(', ')}` : 'nothing is up; "portsup up" in its folder brings it up';
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : running;
  throw new PortsupError('NOT_FOUND', `no application "${name}" is up`, hint);
}

/** `prefix` is what was written before the name: "app:", or nothing. */
const inApplication = (application: Application, name: string, prefix: string): readonly Placed[] => {
  const found = matches(application, name);
  if (found.length > 0) return unique(found, name);
  const near = nearest(name, addressesIn([application]));
  throw notFound(
    prefix + name,
    near.map((address) => prefix + address),
  );
};

/** What `name` matches in one application. */
const matches = (application: Application, name: string): readonly Placed[] =>
  placesAt(
    placedNodes(application).map((placed) => ({ ...placed, isService: placed.node.kind === 'service' })),
    name,
  );

/**
 * What an address matches, if that is one place, or a glob.
 *
 * @throws {@link PortsupError} `AMBIGUOUS` with the candidates.
 */
export function unique<P extends Pick<Placed, 'app' | 'path'>>(found: readonly P[], name: string): readonly P[] {
  if (found.length === 1 || isGlob(name)) return found;
  const candidates = found.map(({ app, path }) => `${app}:${path}`).join(', ');
  throw new PortsupError('AMBIGUOUS', `"${name}" may be any of ${candidates}`, 'write one of these addresses');
}

const addressesIn = (applications: readonly Application[]): readonly string[] =>
  applications
    .flatMap((application) => placedNodes(application))
    .filter(({ path }) => path !== '')
    .flatMap(({ path, node }) => (path === node.name ? [path] : [path, node.name]));

function notFound(name: string, near: readonly string[]): PortsupError {
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'see "portsup ps -A" for what there is';
  return new PortsupError('NOT_FOUND', `no service or supervisor "${name}"`, hint);
}
