import { childPath } from '../base/names.js';
import type { ServiceSpec, SupervisorSpec } from '../supervision/spec.js';

/** A service of a specification. */
export interface PlacedSpec {
  readonly path: string;
  readonly spec: ServiceSpec;
}

/** The services below a supervisor, in start order. */
export const servicesOfSpec = ({ children }: SupervisorSpec, path = ''): readonly PlacedSpec[] =>
  children.flatMap((child): readonly PlacedSpec[] => {
    const childsPath = childPath(path, child.name);
    return child.kind === 'service' ? [{ path: childsPath, spec: child }] : servicesOfSpec(child, childsPath);
  });

/** The templates of the pools below a supervisor, each of which stands for all its instances. */
export function templatesOfSpec({ children, template }: SupervisorSpec, path = ''): readonly PlacedSpec[] {
  const own = template === null ? [] : [{ path: childPath(path, template.name), spec: template }];
  const below = children.flatMap((child) => (child.kind === 'service' ? [] : templatesOfSpec(child, childPath(path, child.name))));
  return [...own, ...below];
}
