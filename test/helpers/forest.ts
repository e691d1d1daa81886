import { freshSupervisor } from '../../src/supervision/fresh.js';
import type { ChildSpec } from '../../src/supervision/spec.js';
import type { Forest } from '../../src/supervision/tree.js';
import { root } from './specs.js';

/** A forest of applications by name, with these children; nothing of them has been started. */
export const forestOf = (apps: Readonly<Record<string, readonly (ChildSpec | string)[]>>): Forest => ({
  apps: Object.fromEntries(Object.entries(apps).map(([name, children]) => [name, { name, root: freshSupervisor(root(children)) }])),
});
