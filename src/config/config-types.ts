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
  /** When it has started, until then those after it wait: one of these ways; left out: as soon as it is executed. Expected: a mapping such as { http: "http://localhost:3000/ready" }, { tcp: 5432 } or { log: "listening on" }. */
  readonly ready?: {
    /** This URL answers a GET with a good status. Expected: a URL, or a mapping such as { url: "http://localhost:3000/ready", status: 200 }. */
    readonly http?: string | {
      /** What is asked for, by GET. Expected: an http or https URL such as "http://localhost:3000/health". */
      readonly url: string;
      /** Statuses that are well; left out: every 2xx. Expected: a status from 100 to 599, or a list of them. */
      readonly status?: number | readonly number[] | undefined;
      /** A regular expression that the body has to match; left out: any body will do. Expected: a regular expression of JavaScript. */
      readonly body?: string | undefined;
      /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
      readonly timeout?: number | string | undefined;
    } | undefined;
    /** This port takes connections. Expected: a port (of localhost), or "HOST:PORT" such as "db.example:5432" or "[::1]:80". */
    readonly tcp?: number | string | undefined;
    /** This command, run without a shell, ends with exit code 0. Expected: a command line, a list, or a mapping such as { command: pg_isready, timeout: 5s }. */
    readonly exec?: string | readonly (string | number)[] | {
      /** Run without a shell, in the folder and with the environment of whose probe it is. Expected: a command line, or a list of texts and numbers. */
      readonly command: string | readonly (string | number)[];
      /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
      readonly timeout?: number | string | undefined;
    } | undefined;
    /** A line of its output matches this regular expression. Expected: a regular expression of JavaScript. */
    readonly log?: string | undefined;
    /** It has ended well: for what does something once, and is not permanent. Expected: 0. */
    readonly exit?: 0 | undefined;
    /** It has written a newline to this descriptor (s6's notification-fd). Expected: a descriptor from 3 to 9. */
    readonly fd?: number | undefined;
    /** It has sent READY=1 to the socket NOTIFY_SOCKET (systemd's sd_notify). Expected: true. */
    readonly notify?: true | undefined;
    /** From its execution to the first try. Default "0s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s". */
    readonly delay?: number | string | undefined;
    /** From the end of one try to the next. Default "500ms". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly interval?: number | string | undefined;
    /** Not ready this long after its execution is a failed start. Default "60s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly timeout?: number | string | undefined;
  } | undefined;
  /** How it is seen that it is well: what has answered badly too often is restarted as after a crash; left out: nobody looks. Expected: a mapping such as { http: "http://localhost:3000/live", interval: 10s }. */
  readonly alive?: {
    /** This URL answers a GET with a good status. Expected: a URL, or a mapping such as { url: "http://localhost:3000/ready", status: 200 }. */
    readonly http?: string | {
      /** What is asked for, by GET. Expected: an http or https URL such as "http://localhost:3000/health". */
      readonly url: string;
      /** Statuses that are well; left out: every 2xx. Expected: a status from 100 to 599, or a list of them. */
      readonly status?: number | readonly number[] | undefined;
      /** A regular expression that the body has to match; left out: any body will do. Expected: a regular expression of JavaScript. */
      readonly body?: string | undefined;
      /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
      readonly timeout?: number | string | undefined;
    } | undefined;
    /** This port takes connections. Expected: a port (of localhost), or "HOST:PORT" such as "db.example:5432" or "[::1]:80". */
    readonly tcp?: number | string | undefined;
    /** This command, run without a shell, ends with exit code 0. Expected: a command line, a list, or a mapping such as { command: pg_isready, timeout: 5s }. */
    readonly exec?: string | readonly (string | number)[] | {
      /** Run without a shell, in the folder and with the environment of whose probe it is. Expected: a command line, or a list of texts and numbers. */
      readonly command: string | readonly (string | number)[];
      /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
      readonly timeout?: number | string | undefined;
    } | undefined;
    /** It sends WATCHDOG=1 within each interval (systemd's sd_notify). Expected: true. */
    readonly notify?: true | undefined;
    /** From its start (its readiness, if it has one) to the first try. Default "0s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s". */
    readonly grace?: number | string | undefined;
    /** From the end of one try to the next. Default "10s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly interval?: number | string | undefined;
    /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly timeout?: number | string | undefined;
    /** So many bad answers in a row count. Default 3. Expected: an integer, 1 or more. */
    readonly failures?: number | undefined;
    /** So many good answers in a row, and all is well again. Default 3. Expected: an integer, 1 or more. */
    readonly clear_after?: number | undefined;
  } | undefined;
  /** Services, supervisors and watchdogs that have to be up before it is started; it is stopped before them. Default []. Expected: a list of names: of siblings, of watchdogs, or paths from the top such as backend/db. */
  readonly needs?: readonly string[] | undefined;
  /** Services whose abnormal end restarts this one, and the other way round. Default []. Expected: a list of services: names of siblings, or paths from the top such as backend/db. */
  readonly links?: readonly string[] | undefined;
  /** How it is called by portsup call: one of these ways; left out: it cannot be called. Expected: one of { xmlrpc: URL }, { jsonrpc: URL }, { jsonrpc: stdio }, { http: URL }. */
  readonly call?: {
    /** XML-RPC at this URL. Expected: an http or https URL such as "http://localhost:3000/health". */
    readonly xmlrpc?: string | undefined;
    /** JSON-RPC 2.0 at this URL, or with stdio: a line to its standard input, a line of its standard output. Expected: stdio, or an http or https URL such as "http://localhost:3000/health". */
    readonly jsonrpc?: string | undefined;
    /** A POST to this URL. Expected: an http or https URL such as "http://localhost:3000/health". */
    readonly http?: string | undefined;
  } | undefined;
  /** auto: with its supervisor; on_demand: by the first call, so it needs call. Default "auto". Expected: auto or on_demand. */
  readonly start?: 'auto' | 'on_demand' | undefined;
  /** With start: on_demand, it is stopped when nobody has called it for this long; left out: never. Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
  readonly idle?: number | string | undefined;
  /** Restarts that are an alarm: so many within this time; left out: none are. Expected: a mapping such as { restarts: 3, within: 1h }. */
  readonly alarm?: {
    /** So many restarts ... Default 3. Expected: an integer, 1 or more. */
    readonly restarts?: number | undefined;
    /** ... within this time. Default "1h". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly within?: number | string | undefined;
  } | undefined;
  /** Variables of the services here and below; the nearest level wins. Expected: a mapping of variables. */
  readonly env?: Readonly<Record<string, string | number | boolean | { readonly file: string }>> | undefined;
  /** Files of variables (NAME=VALUE a line) for the services here and below, relative to the configuration; later ones win, and env of the same level over them. Expected: the path of a file, or { path: PATH, required: false }, or a list of these. */
  readonly env_file?: string | { readonly path: string; readonly required?: boolean | undefined } | readonly (string | { readonly path: string; readonly required?: boolean | undefined })[] | undefined;
  /** What the services here and below see of the environment of the person who ran up: all of it, nothing, or these variables. Default true. Expected: true, false, or a list of variable names. */
  readonly inherit_env?: boolean | readonly string[] | undefined;
  /** Working folder of the services here and below, relative to the configuration's folder, which is the default. Expected: a folder. */
  readonly cwd?: string | undefined;
  /** How long services here and below wait before they are restarted; the nearest level wins key by key; none: not at all; left out everywhere: not at all, as in OTP. Expected: none, or a mapping such as { min: 100ms, max: 30s }. */
  readonly backoff?: 'none' | false | {
    /** Before the first restart. Default "100ms". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly min?: number | string | undefined;
    /** It gets no longer than this. Default "30s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly max?: number | string | undefined;
    /** So many times longer before each further restart. Default 2. Expected: a number, 1 or more. */
    readonly factor?: number | undefined;
    /** So much of it is added or taken away by chance: 0.1 is a tenth. Default 0.1. Expected: a number from 0 to 1. */
    readonly jitter?: number | undefined;
    /** After a run of this length it begins again at min. Default "10s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly reset_after?: number | string | undefined;
  } | undefined;
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
  /** How long services here and below wait before they are restarted; the nearest level wins key by key; none: not at all; left out everywhere: not at all, as in OTP. Expected: none, or a mapping such as { min: 100ms, max: 30s }. */
  readonly backoff?: 'none' | false | {
    /** Before the first restart. Default "100ms". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly min?: number | string | undefined;
    /** It gets no longer than this. Default "30s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly max?: number | string | undefined;
    /** So many times longer before each further restart. Default 2. Expected: a number, 1 or more. */
    readonly factor?: number | undefined;
    /** So much of it is added or taken away by chance: 0.1 is a tenth. Default 0.1. Expected: a number from 0 to 1. */
    readonly jitter?: number | undefined;
    /** After a run of this length it begins again at min. Default "10s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly reset_after?: number | string | undefined;
  } | undefined;
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
  /** Told of alarms that are set and cleared: a command, which reads them from its standard input as JSON, a webhook, or both. Expected: a command line, a list, or a mapping such as { command: ./notify, webhook: "https://example.com/alarms" }. */
  readonly on_alarm?: string | readonly (string | number)[] | {
    /** Run for each alarm that is set or cleared, without a shell, in the configuration's folder. Expected: a command line, or a list of texts and numbers. */
    readonly command?: string | readonly (string | number)[] | undefined;
    /** Gets each alarm that is set or cleared, as JSON, by POST. Expected: an http or https URL such as "http://localhost:3000/health". */
    readonly webhook?: string | undefined;
  } | undefined;
  /** Probes of what is no service here, a database elsewhere for instance, by names that services can need. Expected: a mapping of watchdogs. */
  readonly watchdogs?: Readonly<Record<string, {
    /** This URL answers a GET with a good status. Expected: a URL, or a mapping such as { url: "http://localhost:3000/ready", status: 200 }. */
    readonly http?: string | {
      /** What is asked for, by GET. Expected: an http or https URL such as "http://localhost:3000/health". */
      readonly url: string;
      /** Statuses that are well; left out: every 2xx. Expected: a status from 100 to 599, or a list of them. */
      readonly status?: number | readonly number[] | undefined;
      /** A regular expression that the body has to match; left out: any body will do. Expected: a regular expression of JavaScript. */
      readonly body?: string | undefined;
      /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
      readonly timeout?: number | string | undefined;
    } | undefined;
    /** This port takes connections. Expected: a port (of localhost), or "HOST:PORT" such as "db.example:5432" or "[::1]:80". */
    readonly tcp?: number | string | undefined;
    /** This command, run without a shell, ends with exit code 0. Expected: a command line, a list, or a mapping such as { command: pg_isready, timeout: 5s }. */
    readonly exec?: string | readonly (string | number)[] | {
      /** Run without a shell, in the folder and with the environment of whose probe it is. Expected: a command line, or a list of texts and numbers. */
      readonly command: string | readonly (string | number)[];
      /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
      readonly timeout?: number | string | undefined;
    } | undefined;
    /** From the end of one try to the next. Default "10s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly interval?: number | string | undefined;
    /** Time for one try. Default "5s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly timeout?: number | string | undefined;
    /** So many bad answers in a row count. Default 3. Expected: an integer, 1 or more. */
    readonly failures?: number | undefined;
    /** So many good answers in a row, and all is well again. Default 3. Expected: an integer, 1 or more. */
    readonly clear_after?: number | undefined;
  }>> | undefined;
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
  /** How long services here and below wait before they are restarted; the nearest level wins key by key; none: not at all; left out everywhere: not at all, as in OTP. Expected: none, or a mapping such as { min: 100ms, max: 30s }. */
  readonly backoff?: 'none' | false | {
    /** Before the first restart. Default "100ms". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly min?: number | string | undefined;
    /** It gets no longer than this. Default "30s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly max?: number | string | undefined;
    /** So many times longer before each further restart. Default 2. Expected: a number, 1 or more. */
    readonly factor?: number | undefined;
    /** So much of it is added or taken away by chance: 0.1 is a tenth. Default 0.1. Expected: a number from 0 to 1. */
    readonly jitter?: number | undefined;
    /** After a run of this length it begins again at min. Default "10s". Expected: a duration such as 10 (seconds), "10s", "500ms" or "1m30s", at least 1ms. */
    readonly reset_after?: number | string | undefined;
  } | undefined;
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
