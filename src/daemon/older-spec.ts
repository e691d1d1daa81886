/**
 * Specifications that an older daemon remembered lack the fields that came later. They mean what they would mean in a
 * configuration that does not name them, so a new daemon takes the forest over, and the next `up` finds nothing changed. Pure.
 */

import { defaultHealth } from '../config/build-health.js';
import { defaultLogs, defaultRootLogTotal } from '../config/build-logs.js';
import { defaultProcess } from '../config/build-process.js';
import type { ChildSpec, ServiceSpec, SupervisorSpec } from '../supervision/spec.js';
import type { Policy } from '../supervision/tree.js';

type Later =
  | 'logs'
  | 'logTotalBytes'
  | 'envFiles'
  | 'inheritEnv'
  | 'cron'
  | 'watch'
  | 'maxMemoryBytes'
  | 'watchdogs'
  | keyof typeof defaultProcess
  | keyof typeof defaultHealth;
/** A specification as an older daemon may have written it. */
export type Older<S> = S extends unknown ? Omit<S, Later> & Partial<Pick<S, Later & keyof S>> : never;

/** A service's specification with every field. */
export const completeService = (spec: Older<ServiceSpec>): ServiceSpec => ({
  logs: defaultLogs,
  logTotalBytes: null,
  envFiles: {},
  inheritEnv: true,
  cron: null,
  watch: null,
  maxMemoryBytes: null,
  ...defaultProcess,
  ...defaultHealth,
  ...spec,
});

/** A supervisor's specification without its children, with every field; `path` is "" for the root. */
export const completePolicy = (spec: Older<Policy>, path: string): Policy => ({
  logTotalBytes: path === '' ? defaultRootLogTotal : null,
  watchdogs: [],
  ...spec,
  template: spec.template && completeService(spec.template),
});

/** A supervisor's specification with every field, down to the last service. */
export const completeSupervisor = (spec: Older<SupervisorSpec>, path: string): SupervisorSpec => ({
  ...completePolicy(spec, path),
  children: spec.children.map(completeChild),
});

const completeChild = (spec: Older<ChildSpec>): ChildSpec =>
  spec.kind === 'service' ? completeService(spec) : completeSupervisor(spec, spec.name);
