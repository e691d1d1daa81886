import { PortsupError } from '../base/errors.js';
import type { InputOf } from '../control/contract.js';
import type { Explanation } from '../control/registry-rows.js';
import { explain } from '../supervision/explain.js';
import type { DaemonContext } from './context.js';
import { resolveNames } from './select.js';
import { stateOf } from './view.js';
import { whereOf } from './whereis.js';

/**
 * What would follow if it ended now; of what does not run, what a start would do.
 *
 * @throws PortsupError as `resolveNames`; `AMBIGUOUS` for a name of several.
 */
export function explainNow(context: DaemonContext, query: InputOf<'GET /v1/explain'>): Explanation {
  const forest = context.runtime.forest();
  const [place, ...others] = resolveNames(forest, [query.name], whereOf(context, query));
  const explanation = place && explain(forest, { app: place.app, path: place.path, at: context.clock.now() });
  if (!explanation || others.length > 0) throw new PortsupError('AMBIGUOUS', `"${query.name}" is more than one`, 'name one');
  return { app: place.app, kind: place.node.kind, state: stateOf(place.node), ...explanation };
}
