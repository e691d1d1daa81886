import type { ServiceSpec } from '../supervision/spec.js';
import { readValues } from './value-file.js';

/** Which run of which service. */
export interface RunName {
  readonly app: string;
  readonly path: string;
  readonly run: number;
}

/**
 * The whole environment of one run: what it inherits, what is declared for it (values from files as they are now), and the marker by which its processes can
 * be recognised. Nothing else.
 *
 * @param inherited - see `inheritedBy`.
 * @throws {@link PortsupError} `START_FAILED` when a file with a value cannot be read.
 */
export const serviceEnvironment = (
  inherited: Readonly<Record<string, string>>,
  spec: Pick<ServiceSpec, 'env' | 'envFiles'>,
  name: RunName,
): Record<string, string> => ({ ...declaredEnvironment(inherited, spec), ...readValues(spec.envFiles), ...markerOf(name) });

/** The same without the values that stand in files. Pure. */
export const markedEnvironment = (
  inherited: Readonly<Record<string, string>>,
  spec: Pick<ServiceSpec, 'env'>,
  name: RunName,
): Record<string, string> => ({ ...declaredEnvironment(inherited, spec), ...markerOf(name) });

/** Last, so that nothing goes over it. */
const markerOf = ({ app, path, run }: RunName): Record<string, string> => ({
  PORTSUP_APP: app,
  PORTSUP_SERVICE: path,
  PORTSUP_RUN: String(run),
});

/** The same without the marker, too: what is inherited and declared. Pure. */
export const declaredEnvironment = (
  inherited: Readonly<Record<string, string>>,
  { env }: Pick<ServiceSpec, 'env'>,
): Record<string, string> => ({
  ...inherited,
  ...env,
});
