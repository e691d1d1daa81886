/** How the keeper knows the command of a probe: as a port of its own, whose path no service can have. */
import { fileStem } from '../../base/names.js';
import type { RunName } from '../service-environment.js';

/** Who is asked: a service, or a watchdog. */
export interface Subject {
  readonly app: string;
  /** Of a service its path, of a watchdog its name with "@watchdog/" before it. */
  readonly path: string;
}

const PROBE = '@probe/';
const WATCHDOG = '@watchdog/';

/** A watchdog as the subject of tries. */
export const watchdogSubject = (app: string, name: string): Subject => ({ app, path: `${WATCHDOG}${name}` });

/** Stands where services have their path, also in the marker of the command's run. */
export const portOfProbe = ({ app, path }: Subject): Pick<RunName, 'app' | 'path'> => ({
  app,
  path: path.startsWith(WATCHDOG) ? path : `${PROBE}${path}`,
});

/** Whom a command with this path asks. */
export const askedBy = (
  path: string,
): { readonly kind: 'service'; readonly path: string } | { readonly kind: 'watchdog'; readonly name: string } =>
  path.startsWith(WATCHDOG) ? { kind: 'watchdog', name: path.slice(WATCHDOG.length) } : { kind: 'service', path: path.slice(PROBE.length) };

export const keyOfProbe = (subject: Subject): string => `${subject.app}:${portOfProbe(subject).path}`;

/** Is this what stands where services have their path, of the command of a probe? */
export const isProbePath = (path: string): boolean => path.startsWith(PROBE) || path.startsWith(WATCHDOG);

/** The application and the path of a port that is the command of a probe; undefined: it is another one. */
export function probeOfKey(key: string): Pick<RunName, 'app' | 'path'> | undefined {
  const end = key.indexOf(':');
  const [app, path] = [key.slice(0, end), key.slice(end + 1)];
  return isProbePath(path) ? { app, path } : undefined;
}

/** Where what it prints goes. */
export const probeFifo = (folder: string, subject: Subject): string => `${folder}/${fileStem(subject.app, portOfProbe(subject).path)}.out`;
