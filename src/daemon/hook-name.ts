/** How the keeper knows the commands that an application runs for what happens: as ports of their own, whose paths no service can have. */

/** They stand where services have their path, also in the marker of their runs. */
export const HOOK_PATHS = ['@on_event', '@on_alarm'] as const;
export type HookPath = (typeof HOOK_PATHS)[number];

/** Which command of which application. */
export interface HookName {
  readonly app: string;
  readonly path: HookPath;
}

/** Names the port of an application's command to the keeper. */
export const hookKey = ({ app, path }: HookName): string => `${app}:${path}`;

/** The command that a port is; undefined: it is a service. */
export function hookOfKey(key: string): HookName | undefined {
  const path = HOOK_PATHS.find((one) => key.endsWith(`:${one}`));
  return path && { app: key.slice(0, -path.length - 1), path };
}
