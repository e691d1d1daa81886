/**
 * The types of a configuration, for editors. Written out, so that the published declarations need no other package;
 * `test/unit/config-types.test.ts` holds them against the schema, which stays the one that decides.
 */

interface Inherited {
  /** Variables of the services here and below; the nearest level wins. */
  readonly env?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Working folder of the services here and below, relative to the configuration's folder (the default). */
  readonly cwd?: string | undefined;
  /** As whom the services here and below run: a name or a number. Takes a portsup of root. Default: as portsup. */
  readonly user?: string | number | undefined;
  /** The group of the services here and below: a name or a number. Default: the user's own. */
  readonly group?: string | number | undefined;
}

interface AnyLogs {
  /** A log's file becomes an older part when it would grow beyond this size. Default "10mb"; a number is bytes. */
  readonly max_size?: string | number | undefined;
  /** So many older parts are kept. Default 5. */
  readonly keep?: number | undefined;
  /** Older parts are gzipped. Default true. */
  readonly compress?: boolean | undefined;
  /** How long a program is held while its log cannot be written, before lines are dropped and counted. Default "5s"; or "infinity". */
  readonly block?: string | number | undefined;
  /** The program writes into its log file itself, without time, run and stream. Default false. */
  readonly raw?: boolean | undefined;
  /** The budget of all logs here and below together; each level may have its own. Default "1gb" at the top level, none elsewhere. */
  readonly total?: string | number | undefined;
}

interface ServiceLogs extends AnyLogs {
  /** Plain lines also go to this file, relative to the configuration's folder. */
  readonly file?: string | undefined;
}

interface Limits {
  /** How many files it may have open, soft and hard limit alike. */
  readonly nofile?: number | undefined;
  /** How large a core dump of it may be: "unlimited", 0 (none), or a size; a number is bytes. */
  readonly core?: string | number | undefined;
}

interface AnyChild {
  /** When an ended child is started again: always (permanent, the default), after abnormal ends (transient), never (temporary). */
  readonly restart?: 'permanent' | 'transient' | 'temporary' | undefined;
  /** Its end may end its supervisor, see `auto_shutdown`. Default false. */
  readonly significant?: boolean | undefined;
}

/** A program to supervise. */
export interface ServiceConfig extends AnyChild, Inherited {
  /** A command line (split like a shell's words, run without one), a list of words, or with `shell: true` a shell line. */
  readonly command: string | readonly (string | number)[];
  /** Runs `command` by `/bin/sh -c`. Default false. */
  readonly shell?: boolean | undefined;
  /** Time to end before SIGKILL (default "5s"; a number is seconds), or "infinity", or "brutal_kill". */
  readonly shutdown?: string | number | undefined;
  /** Asks the program to end. Default "SIGTERM". */
  readonly stop_signal?: string | number | undefined;
  /** Exit codes besides 0 that count as a clean end. */
  readonly success_exit_codes?: readonly number[] | undefined;
  /** "pipe" (default): open until stop, as an Erlang port's; "null": /dev/null. */
  readonly stdin?: 'pipe' | 'null' | null | undefined;
  /** Started with its supervisor. Default true. */
  readonly autostart?: boolean | undefined;
  /** What happens to processes that have left its process group when it has ended: "kill" (default) or "leave". Linux only. */
  readonly orphans?: 'kill' | 'leave' | undefined;
  /** Its niceness, -20 (goes first) to 19 (goes last); below portsup's own takes root. Default: portsup's own. */
  readonly nice?: number | undefined;
  /** What is taken from the mode of files it makes: octal digits, such as "027". Default: portsup's own. */
  readonly umask?: string | number | undefined;
  /** Limits of its resources. Default: portsup's own. */
  readonly limits?: Limits | undefined;
  /** How its output is kept, over what the levels above say key by key; "none": not at all. */
  readonly logs?: 'none' | ServiceLogs | undefined;
}

interface AnySupervisor extends Inherited {
  /** What to do with the siblings of a child that ended. Default "one_for_one". */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one' | undefined;
  /** At most this many automatic restarts within `period`; one more and the supervisor gives up. Default 3. */
  readonly intensity?: number | undefined;
  /** The time in which restarts are counted. Default "5s"; a number is seconds. */
  readonly period?: string | number | undefined;
  /** When the end of significant children ends the supervisor. Default "never". */
  readonly auto_shutdown?: 'never' | 'any_significant' | 'all_significant' | undefined;
  /** After giving up the supervisor tries again by itself after this time. Default: never. */
  readonly reset_after?: string | number | undefined;
  /** Children in start order: a service has `command`, a nested supervisor `services`. */
  readonly services?: Readonly<Record<string, ServiceConfig | SupervisorConfig>> | undefined;
  /** The service that every instance of a simple_one_for_one supervisor runs. */
  readonly template?: ServiceConfig | undefined;
  /** How the output of the services here and below is kept; the nearest level wins key by key; "none": not at all. */
  readonly logs?: 'none' | AnyLogs | undefined;
}

/** A supervisor below the root. */
export interface SupervisorConfig extends AnySupervisor, AnyChild {
  /** Time to end before SIGKILL. Default "infinity": each child below has its own limit. */
  readonly shutdown?: string | number | undefined;
}

/** A whole configuration: the root supervisor and the application's name. */
export interface PortsupConfig extends AnySupervisor {
  /** The application's name. Default: the name of the configuration's folder. */
  readonly name?: string | undefined;
  /** Run for the application's events: it reads them from its standard input, a JSON object a line. A command line or a list of words. */
  readonly on_event?: string | readonly (string | number)[] | undefined;
}

/** What a JS or TS configuration may export: a configuration, or a function that returns one, at once or later. */
export type ConfigExport = PortsupConfig | (() => PortsupConfig | Promise<PortsupConfig>);

/**
 * Returns its argument; it exists so that an editor knows the fields in `portsup.config.ts`:
 *
 * ```ts
 * import { defineConfig } from 'portsup';
 * export default defineConfig({ services: { web: { command: 'node web.js' } } });
 * ```
 *
 * The value is checked when the configuration is loaded, not here.
 */
export function defineConfig(config: ConfigExport): ConfigExport {
  return config;
}
