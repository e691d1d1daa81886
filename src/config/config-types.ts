/**
 * The types of a configuration, for editors: written from the schema by `test/unit/config-types.test.ts`, which fails when they are not what the
 * schema says; `npx vitest run --config test/vitest.config.ts test/unit/config-types.test.ts -u` writes them anew. They stand here so that the published
 * declarations need no other package.
 */

/** A program to supervise. */
export interface ServiceConfig {
  /** Program and arguments: a line split like a shell's words but run without a shell, a list, or with shell: true a shell line. The system finds a relative program from the service's cwd, a bare name in its PATH. Expected: a command line, or a list of texts and numbers. */
  readonly command: string | readonly (string | number)[];
  /** Runs the command by /bin/sh -c. Default false. Expected: true or false. */
  readonly shell?: boolean | undefined;
  /** It is only there when one of these profiles is asked for (up --profile NAME); left out: always. Expected: a list of names: letters, digits, "_", "-" or ".". */
  readonly profiles?: readonly string[] | undefined;
  /** When an ended child is started again. Default "permanent". Expected: permanent, transient or temporary. */
  readonly restart?: 'permanent' | 'transient' | 'temporary' | undefined;
  /** Its end may end its supervisor, see auto_shutdown. Default false. Expected: true or false. */
  readonly significant?: boolean | undefined;
  /** Time to end before SIGKILL, or infinity, or brutal_kill (at once). Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", or infinity, or brutal_kill. */
  readonly shutdown?: number | string | undefined;
  /** Asks the program to end. Default "SIGTERM". Expected: a signal, for example SIGTERM, SIGINT, SIGQUIT or SIGHUP. */
  readonly stop_signal?: string | number | undefined;
  /** Exit codes besides 0 that count as a clean end. Default []. Expected: a list of exit codes. */
  readonly success_exit_codes?: readonly number[] | undefined;
  /** pipe: open until stop; null: /dev/null. Default "pipe". Expected: pipe or null. */
  readonly stdin?: 'pipe' | 'null' | null | undefined;
  /** Started with its supervisor; false: only by hand. Default true. Expected: true or false. */
  readonly autostart?: boolean | undefined;
  /** What happens to processes that have left its process group (setsid, double fork) when it has ended. Linux only. Default "kill". Expected: kill or leave. */
  readonly orphans?: 'kill' | 'leave' | undefined;
  /** Its niceness, -20 (goes first) to 19 (goes last); below portsup's own takes root; left out: portsup's own. Expected: a whole number from -20 (goes first) to 19 (goes last). */
  readonly nice?: number | undefined;
  /** What is taken from the mode of files it makes: octal digits, such as "027"; left out: portsup's own. Expected: octal digits in quotes, for example "022" or "0027". */
  readonly umask?: number | string | undefined;
  /** Limits of its resources; left out: portsup's own. Expected: a mapping such as { nofile: 65536, core: unlimited }. */
  readonly limits?: {
    /** How many files it may have open, soft and hard limit alike. Expected: a whole number of files, at least 4. */
    readonly nofile?: number | undefined;
    /** How large a core dump of it may be: unlimited, 0 (none), or a size. Expected: unlimited, 0, or a size such as "512mb" (a number is bytes). */
    readonly core?: number | string | undefined;
  } | undefined;
  /** When it is restarted or, being temporary, started: minute, hour, day, month and weekday, with seconds in front of them if wanted, or @daily and the like. CRON_TZ=Europe/Berlin before it names a time zone. Expected: a time as cron writes it, such as "0 3 * * *", "*\/10 * * * * *" (with seconds), "@daily" or "CRON_TZ=Europe/Berlin 0 3 * * *". */
  readonly cron?: string | undefined;
  /** Files and folders, relative to the configuration's folder, whose changes restart it. Expected: a list of paths, at least one, or a mapping such as { paths: [src], ignore: ["*.tmp"] }. */
  readonly watch?: readonly string[] | {
    /** Files and folders with all that is in them, relative to the configuration's folder. Expected: a list of paths, at least one, or a mapping such as { paths: [src], ignore: ["*.tmp"] }. */
    readonly paths: readonly string[];
    /** What is not watched: patterns as in a .gitignore, from the configuration's folder. Expected: a list of patterns. */
    readonly ignore?: readonly string[] | undefined;
  } | undefined;
  /** What all its processes together may take before it is ended, as by a crash; a number is bytes. Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 1mb. */
  readonly max_memory?: number | string | undefined;
  /** Variables of the services here and below; the nearest level wins. Expected: a mapping of variables. */
  readonly env?: Readonly<Record<string, string | number | boolean | { readonly file: string }>> | undefined;
  /** Files of variables (NAME=VALUE a line) for the services here and below, relative to the configuration; later ones win, and env of the same level over them. Expected: the path of a file, or { path: PATH, required: false }, or a list of these. */
  readonly env_file?: string | { readonly path: string; readonly required?: boolean | undefined } | readonly (string | { readonly path: string; readonly required?: boolean | undefined })[] | undefined;
  /** What the services here and below see of the environment of the person who ran up: all of it, nothing, or these variables. Default true. Expected: true, false, or a list of variable names. */
  readonly inherit_env?: boolean | readonly string[] | undefined;
  /** Working folder of the services here and below, relative to the configuration's folder, which is the default. Expected: a folder. */
  readonly cwd?: string | undefined;
  /** As whom the services here and below run: a name or a number. Takes a portsup of root; left out: as portsup. Expected: a user's name or number. */
  readonly user?: number | string | undefined;
  /** The group of the services here and below: a name or a number; left out: the user's own. Expected: a group's name or number. */
  readonly group?: number | string | undefined;
  /** How its output is kept, over what the levels above say key by key; none: not at all. Expected: none, or a mapping such as { max_size: 10mb, keep: 5 }. */
  readonly logs?: 'none' | {
    /** A log's file becomes an older part when it would grow beyond this size. Default "10mb". Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 4kb. */
    readonly max_size?: number | string | undefined;
    /** So many older parts are kept. Default 5. Expected: an integer, 0 or more. */
    readonly keep?: number | undefined;
    /** Older parts are gzipped. Default true. Expected: true or false. */
    readonly compress?: boolean | undefined;
    /** How long a program is held while its log cannot be written, before lines are dropped and counted; or infinity. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", or infinity. */
    readonly block?: number | string | undefined;
    /** The program writes into its log file itself, without time, run and stream. Default false. Expected: true or false. */
    readonly raw?: boolean | undefined;
    /** The budget of all logs here and below together; each level may have its own; left out: 1gb at the top level, none elsewhere. Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 64kb. */
    readonly total?: number | string | undefined;
    /** Plain lines also go to this file, relative to the configuration's folder. Expected: the path of a file. */
    readonly file?: string | undefined;
  } | undefined;
}

/** A supervisor below the root. */
export interface SupervisorConfig {
  /** What to do with the siblings of a child that ended. Default "one_for_one". Expected: one_for_one, one_for_all, rest_for_one or simple_one_for_one. */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one' | undefined;
  /** At most this many automatic restarts within period. Default 3. Expected: an integer, 0 or more. */
  readonly intensity?: number | undefined;
  /** The time in which restarts are counted. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
  readonly period?: number | string | undefined;
  /** When the end of significant children ends the supervisor. Default "never". Expected: never, any_significant or all_significant. */
  readonly auto_shutdown?: 'never' | 'any_significant' | 'all_significant' | undefined;
  /** After giving up the supervisor tries again by itself after this time; left out: never. Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
  readonly reset_after?: number | string | undefined;
  /** Children in start order: a service has command, a nested supervisor services. Expected: a mapping of services. */
  readonly services?: Readonly<Record<string, ServiceConfig | SupervisorConfig>> | undefined;
  /** The service that every instance of a simple_one_for_one supervisor runs. */
  readonly template?: ServiceConfig | undefined;
  /** Variables of the services here and below; the nearest level wins. Expected: a mapping of variables. */
  readonly env?: Readonly<Record<string, string | number | boolean | { readonly file: string }>> | undefined;
  /** Files of variables (NAME=VALUE a line) for the services here and below, relative to the configuration; later ones win, and env of the same level over them. Expected: the path of a file, or { path: PATH, required: false }, or a list of these. */
  readonly env_file?: string | { readonly path: string; readonly required?: boolean | undefined } | readonly (string | { readonly path: string; readonly required?: boolean | undefined })[] | undefined;
  /** What the services here and below see of the environment of the person who ran up: all of it, nothing, or these variables. Default true. Expected: true, false, or a list of variable names. */
  readonly inherit_env?: boolean | readonly string[] | undefined;
  /** Working folder of the services here and below, relative to the configuration's folder, which is the default. Expected: a folder. */
  readonly cwd?: string | undefined;
  /** As whom the services here and below run: a name or a number. Takes a portsup of root; left out: as portsup. Expected: a user's name or number. */
  readonly user?: number | string | undefined;
  /** The group of the services here and below: a name or a number; left out: the user's own. Expected: a group's name or number. */
  readonly group?: number | string | undefined;
  /** How the output of the services here and below is kept; the nearest level wins key by key; none: not at all. Expected: none, or a mapping such as { max_size: 10mb, keep: 5 }. */
  readonly logs?: 'none' | {
    /** A log's file becomes an older part when it would grow beyond this size. Default "10mb". Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 4kb. */
    readonly max_size?: number | string | undefined;
    /** So many older parts are kept. Default 5. Expected: an integer, 0 or more. */
    readonly keep?: number | undefined;
    /** Older parts are gzipped. Default true. Expected: true or false. */
    readonly compress?: boolean | undefined;
    /** How long a program is held while its log cannot be written, before lines are dropped and counted; or infinity. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", or infinity. */
    readonly block?: number | string | undefined;
    /** The program writes into its log file itself, without time, run and stream. Default false. Expected: true or false. */
    readonly raw?: boolean | undefined;
    /** The budget of all logs here and below together; each level may have its own; left out: 1gb at the top level, none elsewhere. Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 64kb. */
    readonly total?: number | string | undefined;
  } | undefined;
  /** It is only there when one of these profiles is asked for (up --profile NAME); left out: always. Expected: a list of names: letters, digits, "_", "-" or ".". */
  readonly profiles?: readonly string[] | undefined;
  /** When an ended child is started again. Default "permanent". Expected: permanent, transient or temporary. */
  readonly restart?: 'permanent' | 'transient' | 'temporary' | undefined;
  /** Its end may end its supervisor, see auto_shutdown. Default false. Expected: true or false. */
  readonly significant?: boolean | undefined;
  /** Time to end, or infinity, or brutal_kill. Default "infinity". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", or infinity, or brutal_kill. */
  readonly shutdown?: number | string | undefined;
}

/** A whole configuration: the root supervisor and the application's name. */
export interface PortsupConfig {
  /** Where an editor finds the JSON Schema of configurations; portsup does not look at it. Expected: an address. */
  readonly $schema?: string | undefined;
  /** The application's name; left out: the name of the configuration's folder. Expected: a name: a letter, then letters, digits, "_" or "-", at most 64. */
  readonly name?: string | undefined;
  /** Configurations that this one is laid over, relative to it: what it names wins, key by key; later ones over earlier ones. Expected: the path of a configuration, or a list of them. */
  readonly extends?: string | readonly string[] | undefined;
  /** Run for the application's events: it reads them from its standard input, a JSON object a line. A line or a list, run without a shell in the configuration's folder. Expected: a command line, or a list of texts and numbers. */
  readonly on_event?: string | readonly (string | number)[] | undefined;
  /** What to do with the siblings of a child that ended. Default "one_for_one". Expected: one_for_one, one_for_all, rest_for_one or simple_one_for_one. */
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one' | undefined;
  /** At most this many automatic restarts within period. Default 3. Expected: an integer, 0 or more. */
  readonly intensity?: number | undefined;
  /** The time in which restarts are counted. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
  readonly period?: number | string | undefined;
  /** When the end of significant children ends the supervisor. Default "never". Expected: never, any_significant or all_significant. */
  readonly auto_shutdown?: 'never' | 'any_significant' | 'all_significant' | undefined;
  /** After giving up the supervisor tries again by itself after this time; left out: never. Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
  readonly reset_after?: number | string | undefined;
  /** Children in start order: a service has command, a nested supervisor services. Expected: a mapping of services. */
  readonly services?: Readonly<Record<string, ServiceConfig | SupervisorConfig>> | undefined;
  /** The service that every instance of a simple_one_for_one supervisor runs. */
  readonly template?: ServiceConfig | undefined;
  /** Variables of the services here and below; the nearest level wins. Expected: a mapping of variables. */
  readonly env?: Readonly<Record<string, string | number | boolean | { readonly file: string }>> | undefined;
  /** Files of variables (NAME=VALUE a line) for the services here and below, relative to the configuration; later ones win, and env of the same level over them. Expected: the path of a file, or { path: PATH, required: false }, or a list of these. */
  readonly env_file?: string | { readonly path: string; readonly required?: boolean | undefined } | readonly (string | { readonly path: string; readonly required?: boolean | undefined })[] | undefined;
  /** What the services here and below see of the environment of the person who ran up: all of it, nothing, or these variables. Default true. Expected: true, false, or a list of variable names. */
  readonly inherit_env?: boolean | readonly string[] | undefined;
  /** Working folder of the services here and below, relative to the configuration's folder, which is the default. Expected: a folder. */
  readonly cwd?: string | undefined;
  /** As whom the services here and below run: a name or a number. Takes a portsup of root; left out: as portsup. Expected: a user's name or number. */
  readonly user?: number | string | undefined;
  /** The group of the services here and below: a name or a number; left out: the user's own. Expected: a group's name or number. */
  readonly group?: number | string | undefined;
  /** How the output of the services here and below is kept; the nearest level wins key by key; none: not at all. Expected: none, or a mapping such as { max_size: 10mb, keep: 5 }. */
  readonly logs?: 'none' | {
    /** A log's file becomes an older part when it would grow beyond this size. Default "10mb". Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 4kb. */
    readonly max_size?: number | string | undefined;
    /** So many older parts are kept. Default 5. Expected: an integer, 0 or more. */
    readonly keep?: number | undefined;
    /** Older parts are gzipped. Default true. Expected: true or false. */
    readonly compress?: boolean | undefined;
    /** How long a program is held while its log cannot be written, before lines are dropped and counted; or infinity. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", or infinity. */
    readonly block?: number | string | undefined;
    /** The program writes into its log file itself, without time, run and stream. Default false. Expected: true or false. */
    readonly raw?: boolean | undefined;
    /** The budget of all logs here and below together; each level may have its own; left out: 1gb at the top level, none elsewhere. Expected: a size such as 65536 (bytes), "512kb", "10mb" or "1.5gb", at least 64kb. */
    readonly total?: number | string | undefined;
  } | undefined;
}
