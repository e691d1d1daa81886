/** How the keeper knows the command that an application runs for its events: as a port of its own, whose path no service can have. */

/** Stands where services have their path, also in the marker of its runs. */
export const HOOK_PATH = '@on_event';

/** Names the port of an application's command to the keeper. */
export const hookKey = (app: string): string => `${app}:${HOOK_PATH}`;

/** The application whose command a port is; undefined: it is a service. */
export const appOfHook = (key: string): string | undefined =>
  key.endsWith(`:${HOOK_PATH}`) ? key.slice(0, -HOOK_PATH.length - 1) : undefined;
