import type { ServiceSpec } from '../supervision/spec.js';
import { readValues } from './value-file.js';

/** Which run of which service. */
export interface RunName {
  readonly app: string;
  readonly path: string;
  readonly run: number;
}

/** What a run's environment is made of, as it is configured. */
export type EnvironmentSpec = Pick<ServiceSpec, 'env' | 'envFiles' | 'inheritEnv'>;

/**
 * The whole environment of one run: what it is to see of what its application inherited when it was brought up, what is declared for it
 * (values from files as they are now), and the marker by which its processes can be recognised. Nothing else.
 *
 * @throws {@link PortsupError} `START_FAILED` when a file with a value cannot be read.
 */
export const serviceEnvironment = (
  inherited: Readonly<Record<string, string>>,
  spec: EnvironmentSpec,
  name: RunName,
): Record<string, string> => ({ ...markedEnvironment(inherited, spec, name), ...readValues(spec.envFiles) });

/** The same without the values that stand in files. Pure. */
export const markedEnvironment = (
  inherited: Readonly<Record<string, string>>,
  spec: Omit<EnvironmentSpec, 'envFiles'>,
  name: RunName,
): Record<string, string> => ({
  ...declaredEnvironment(inherited, spec),
  PORTSUP_APP: name.app,
  PORTSUP_SERVICE: name.path,
  PORTSUP_RUN: String(name.run),
});

/** The same without the marker, too: what is inherited and declared. Pure. */
export function declaredEnvironment(
  inherited: Readonly<Record<string, string>>,
  { env, inheritEnv }: Omit<EnvironmentSpec, 'envFiles'>,
): Record<string, string> {
  if (inheritEnv === true) return { ...inherited, ...env };
  const kept = inheritEnv.flatMap((name) => (Object.hasOwn(inherited, name) ? [[name, inherited[name] ?? ''] as const] : []));
  return { ...Object.fromEntries(kept), ...env };
}
