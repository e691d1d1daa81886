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

export const keyOfProbe = (subject: Subject): string => `${subject.app}:${portOfProbe(subject).path}`;

/** Is a port the command of a probe? */
export const isProbeKey = (key: string): boolean => /^[^:]*:@(?:probe|watchdog)\//.test(key);

/** Where what it prints goes. */
export const probeFifo = (folder: string, subject: Subject): string => `${folder}/${fileStem(subject.app, portOfProbe(subject).path)}.out`;
