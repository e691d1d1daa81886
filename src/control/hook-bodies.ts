/** Who is told of what happens to an application, as it goes over the wire. */

/** A command that is run for events: without a shell, in a folder, with variables besides those of the person who ran `up`. */
export interface HookBody {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Variables that are read from files at each start. */
  readonly envFiles?: Readonly<Record<string, string>> | undefined;
}

/** Who is told of alarms that are set and cleared; both may be null, then nobody is. */
export interface AlarmHookBody {
  /** Run for them: it reads them from its standard input. */
  readonly command: HookBody | null;
  /** Gets them by POST. */
  readonly webhook: string | null;
}
