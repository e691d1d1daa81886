import { adviceOf, errnoOf, PortsupError } from '../base/errors.js';

/**
 * What `make` gives; a text says why it cannot. For what is needed to start a run: whatever the system refuses there (EMFILE, ENOMEM) is the outcome of
 * that start, and nothing that other services should suffer from.
 */
export function refusalOr<T extends object>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof PortsupError || errnoOf(error) !== undefined) return adviceOf(error);
    throw error;
  }
}
