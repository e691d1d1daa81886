import type { InputOf } from '../control/contract.js';
import type { Explanation } from '../control/registry-rows.js';
import { explain } from '../supervision/explain.js';
import { stateOf } from '../supervision/state-name.js';
import type { DaemonContext } from './context.js';
import { placeNamed } from './whereis.js';

/**
 * What would follow if it ended now; of what does not run, what a start would do.
 *
 * @throws PortsupError as `placeNamed`.
 */
export function explainNow(context: DaemonContext, query: InputOf<'GET /v1/explain'>): Explanation {
  const forest = context.runtime.forest();
  const { app, path, node } = placeNamed(context, query, 'name one');
  const explanation = explain(forest, { app, path, at: context.clock.now() });
  if (!explanation) throw new Error(`bug: ${app}:${path} was found and is not there`);
  return { app, kind: node.kind, state: stateOf(node), ...explanation };
}
