import type { Budget, LogPlan } from '../logs/store.js';
import type { LogSpec } from '../supervision/spec.js';
import type { Supervisor } from '../supervision/tree.js';
import { isServicePlace, placedNodes } from './view.js';

/** How the logs of an application are kept, as its tree is configured now. Pure. */
export function logPlanOf(root: Supervisor): LogPlan {
  const policies = new Map<string, LogSpec>();
  const budgets: Budget[] = [];
  for (const place of placedNodes({ name: '', root })) {
    const { path, node } = place;
    if (isServicePlace(place)) policies.set(path, place.node.spec.logs);
    if (node.spec.logTotalBytes !== null) budgets.push({ path, bytes: node.spec.logTotalBytes });
  }
  return { policies, budgets };
}
