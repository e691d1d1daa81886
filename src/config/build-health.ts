/** Builds what of a service's specification is about its health, its dependencies and its callers. */
import type { ServiceSpec } from '../supervision/spec.js';

/** As a service has it that says nothing about these. */
export const defaultHealth = {
  ready: null,
  alive: null,
  backoff: null,
  needs: [],
  links: [],
  call: null,
  onDemand: false,
  idleMs: null,
  alarm: null,
} as const satisfies Partial<ServiceSpec>;
