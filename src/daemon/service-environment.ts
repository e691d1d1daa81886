import type { ServiceSpec } from '../supervision/spec.js';

/** Which run of which service. */
export interface RunName {
  readonly app: string;
  readonly path: string;
  readonly run: number;
}

/**
 * The whole environment of one run: what its application inherited when it was brought up, what is declared for it,
 * and the marker by which its processes can be recognised. Nothing else. Pure.
 */
export const serviceEnvironment = (
  inherited: Readonly<Record<string, string>>,
  spec: Pick<ServiceSpec, 'env'>,
  name: RunName,
): Record<string, string> => ({
  ...inherited,
  ...spec.env,
  PORTSUP_APP: name.app,
  PORTSUP_SERVICE: name.path,
  PORTSUP_RUN: String(name.run),
});
