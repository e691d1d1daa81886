import type { AlarmHookBody, HookBody, Scope } from '../control/contract.js';

/** What the daemon knows of an application besides its tree. */
export interface AppRecord {
  readonly name: string;
  /** Absolute path of the configuration it was brought up from. */
  readonly file: string;
  /** Environment of the person who ran `up`, as it was then; services get it at each start. */
  readonly env: Readonly<Record<string, string>>;
  /** Run for its events; null: nothing is. Left out in what an older version has remembered. */
  readonly onEvent?: HookBody | null | undefined;
  /** Told of its alarms; null: nobody is. Left out as `onEvent` is. */
  readonly onAlarm?: AlarmHookBody | null | undefined;
}

/** The applications by name. */
export type AppRegistry = Map<string, AppRecord>;

/** The application that was brought up from this configuration file. */
export const appOfFile = (apps: AppRegistry, file: string | undefined): string | undefined =>
  [...apps.values()].find((app) => app.file === file)?.name;

/**
 * Whether an application is in a scope; without a scope all are. What goes on asks for each anew: the application of a folder may not be up yet, and
 * have another name the next time.
 */
export const isInScope = (apps: AppRegistry, { app, here }: Scope, name: string): boolean =>
  (app === undefined && here === undefined) || name === (app ?? appOfFile(apps, here));

/** Do two environments hold the same values? */
export const isSameEnvironment = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean => {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
};
