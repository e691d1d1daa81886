import { errnoOf, messageOf, PortsupError, shortageOf } from '../base/errors.js';

/** That a file of the system cannot be read, as people are told it; what is no error of the system is given back as it is. */
export function unreadable(path: string, error: unknown): unknown {
  if (errnoOf(error) === undefined) return error;
  const shortage = shortageOf(error);
  const why = shortage?.what ?? messageOf(error);
  return new PortsupError('FAILED', `cannot read ${path}: ${why}`, shortage?.hint ?? 'see "portsup daemon logs"', { cause: error });
}
