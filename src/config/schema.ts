/**
 * The fields of a configuration: the one place that knows their names, values, units and defaults. The types of
 * `defineConfig` are inferred from it, and so is the JSON Schema for editors. It validates and changes nothing;
 * what a value means is `build.ts`'s business, what parent and child demand of each other is `rules.ts`'s.
 *
 * Every leaf carries the text that a message puts after "expected".
 */
import * as z from 'zod/mini';
import { isName, NAME_EXPECTED, NAME_PATTERN } from '../base/names.js';
import { parseSignal } from '../base/signals.js';
import { DEFAULTS } from './defaults.js';
import { alarmHook, backoffField, healthFields } from './health-schema.js';
import { command, count, DURATION, DURATION_PATTERN, durationMs, flag, hasNoNul, positiveDuration, textOf } from './leaves.js';
import { serviceLogsSchema, supervisorLogsSchema } from './logs-schema.js';
import { watchdogs } from './probe-schema.js';
import { accountFields, processFields } from './process-schema.js';
import { triggerFields } from './trigger-schema.js';

const SHUTDOWN = `${DURATION}, or infinity, or brutal_kill`;
const ENV_VALUE = 'text, a number, true or false (for an empty value write ""), or { file: PATH } to read it from a file at each start';
const ENV_FILE = 'the path of a file, or { path: PATH, required: false }';
const ENV_FILES = `${ENV_FILE}, or a list of these`;
const INHERIT_ENV = 'true, false, or a list of variable names';
const EXTENDS = 'the path of a configuration, or a list of them';
const PROFILES = 'a list of names: letters, digits, "_", "-" or "."';
const ENV_NAME = 'a variable name: not empty, without "=", and not one that portsup sets (PORTSUP_APP, PORTSUP_SERVICE, PORTSUP_RUN)';
const SIGNAL = 'a signal, for example SIGTERM, SIGINT, SIGQUIT or SIGHUP';
const MAPPING = 'a mapping';

const setByPortsup = new Set(['PORTSUP_APP', 'PORTSUP_SERVICE', 'PORTSUP_RUN']);

/** Can a variable that somebody declares be called so? */
export const isVariableName = (name: string): boolean =>
  name !== '' && name !== '__proto__' && hasNoNul(name) && !name.includes('=') && !setByPortsup.has(name);

const shutdown = z.union([z.number(), z.string()], SHUTDOWN).check(
  z.refine((value) => value === 'infinity' || value === 'brutal_kill' || durationMs(value) >= 0, SHUTDOWN),
  z.meta({ pattern: `^(infinity|brutal_kill|${DURATION_PATTERN})$`, minimum: 0 }),
);
const exitCode = z.number('an exit code from 0 to 255').check(
  z.refine((value) => Number.isInteger(value) && value >= 0 && value <= 255, 'an exit code from 0 to 255'),
  z.meta({ type: 'integer', minimum: 0, maximum: 255 }),
);
const signal = z.union([z.string(), z.number()], SIGNAL).check(z.refine((value) => parseSignal(String(value)) !== undefined, SIGNAL));
const folder = textOf('a folder');
const envName = z.string().check(z.refine(isVariableName, ENV_NAME));
const file = textOf('the path of a file');
const envValue = z
  .union([z.string(), z.number(), z.boolean(), z.strictObject({ file }, ENV_VALUE)], ENV_VALUE)
  .check(z.refine((value) => typeof value !== 'string' || hasNoNul(value), 'text without a NUL character'));
const envFile = z.union([file, z.strictObject({ path: file, required: z.optional(flag) }, ENV_FILE)], ENV_FILE);
const inheritEnv = z
  .union([z.boolean(), z.array(z.string('a variable name'), INHERIT_ENV)], INHERIT_ENV)
  .check(z.refine((value) => typeof value === 'boolean' || value.every((name) => name !== '' && !/[=\0]/.test(name)), INHERIT_ENV));
const restart = z.enum(['permanent', 'transient', 'temporary'], 'permanent, transient or temporary');

const PROFILE = /^[A-Za-z0-9_.-]{1,64}$/;
const profiles = z.array(z.string(PROFILES).check(z.meta({ pattern: PROFILE.source })), PROFILES).check(
  z.refine((names) => names.length > 0 && names.every((name) => PROFILE.test(name)), PROFILES),
  z.meta({ minItems: 1 }),
);

const inheritedFields = {
  env: z.optional(
    z
      .record(envName, envValue, 'a mapping of variables')
      .check(z.describe('Variables of the services here and below; the nearest level wins.')),
  ),
  env_file: z.optional(
    z
      .union([envFile, z.array(envFile, ENV_FILES)], ENV_FILES)
      .check(
        z.describe(
          'Files of variables (NAME=VALUE a line) for the services here and below, relative to the configuration; later ones win, and env of the same level over them.',
        ),
      ),
  ),
  inherit_env: z.optional(
    inheritEnv.check(
      z.meta({
        description:
          'What the services here and below see of the environment of the person who ran up: all of it, nothing, or these variables.',
        default: DEFAULTS.inherit_env,
      }),
    ),
  ),
  cwd: z.optional(
    folder.check(
      z.describe("Working folder of the services here and below, relative to the configuration's folder, which is the default."),
    ),
  ),
  backoff: backoffField,
  ...accountFields,
};

const childFields = {
  profiles: z.optional(
    profiles.check(z.describe('It is only there when one of these profiles is asked for (up --profile NAME); left out: always.')),
  ),
  restart: z.optional(restart.check(z.meta({ description: 'When an ended child is started again.', default: DEFAULTS.restart }))),
  significant: z.optional(
    flag.check(z.meta({ description: 'Its end may end its supervisor, see auto_shutdown.', default: DEFAULTS.significant })),
  ),
};

const serviceFields = {
  command: command.check(
    z.describe(
      "Program and arguments: a line split like a shell's words but run without a shell, a list, or with shell: true a shell line. The system finds a relative program from the service's cwd, a bare name in its PATH.",
    ),
  ),
  shell: z.optional(flag.check(z.meta({ description: 'Runs the command by /bin/sh -c.', default: DEFAULTS.shell }))),
  ...childFields,
  shutdown: z.optional(
    shutdown.check(
      z.meta({ description: 'Time to end before SIGKILL, or infinity, or brutal_kill (at once).', default: DEFAULTS.shutdown }),
    ),
  ),
  stop_signal: z.optional(signal.check(z.meta({ description: 'Asks the program to end.', default: DEFAULTS.stop_signal }))),
  success_exit_codes: z.optional(
    z
      .array(exitCode, 'a list of exit codes')
      .check(z.meta({ description: 'Exit codes besides 0 that count as a clean end.', default: [] })),
  ),
  stdin: z.optional(
    z
      .union([z.enum(['pipe', 'null']), z.null()], 'pipe or null')
      .check(z.meta({ description: 'pipe: open until stop; null: /dev/null.', default: DEFAULTS.stdin })),
  ),
  autostart: z.optional(
    flag.check(z.meta({ description: 'Started with its supervisor; false: only by hand.', default: DEFAULTS.autostart })),
  ),
  orphans: z.optional(
    z.enum(['kill', 'leave'], 'kill or leave').check(
      z.meta({
        description: 'What happens to processes that have left its process group (setsid, double fork) when it has ended. Linux only.',
        default: DEFAULTS.orphans,
      }),
    ),
  ),
  ...processFields,
  ...triggerFields,
  ...healthFields,
  ...inheritedFields,
  logs: z.optional(
    serviceLogsSchema.check(z.describe('How its output is kept, over what the levels above say key by key; none: not at all.')),
  ),
};

const supervisorFields = {
  strategy: z.optional(
    z
      .enum(
        ['one_for_one', 'one_for_all', 'rest_for_one', 'simple_one_for_one'],
        'one_for_one, one_for_all, rest_for_one or simple_one_for_one',
      )
      .check(z.meta({ description: 'What to do with the siblings of a child that ended.', default: DEFAULTS.strategy })),
  ),
  intensity: z.optional(
    count.check(z.meta({ description: 'At most this many automatic restarts within period.', default: DEFAULTS.intensity })),
  ),
  period: z.optional(positiveDuration.check(z.meta({ description: 'The time in which restarts are counted.', default: DEFAULTS.period }))),
  auto_shutdown: z.optional(
    z
      .enum(['never', 'any_significant', 'all_significant'], 'never, any_significant or all_significant')
      .check(z.meta({ description: 'When the end of significant children ends the supervisor.', default: DEFAULTS.auto_shutdown })),
  ),
  reset_after: z.optional(
    positiveDuration.check(z.describe('After giving up the supervisor tries again by itself after this time; left out: never.')),
  ),
  services: z.optional(
    z
      .record(z.string(), z.unknown(), 'a mapping of services')
      .check(z.meta({ description: 'Children in start order: a service has command, a nested supervisor services.', minProperties: 1 })),
  ),
  template: z.optional(z.unknown().check(z.describe('The service that every instance of a simple_one_for_one supervisor runs.'))),
  ...inheritedFields,
  logs: z.optional(
    supervisorLogsSchema.check(
      z.describe('How the output of the services here and below is kept; the nearest level wins key by key; none: not at all.'),
    ),
  ),
};

/** A program to supervise. */
export const serviceSchema = z
  .strictObject(serviceFields, 'a mapping with command (a service) or services (a nested supervisor)')
  // `health-rules.ts` refuses it in words; this is for the JSON Schema.
  .check(z.meta({ not: { required: ['start', 'autostart'] } }));

/** A supervisor below the root. Its children are checked one by one, each by the schema of its kind. */
export const supervisorSchema = z.strictObject(
  {
    ...supervisorFields,
    ...childFields,
    shutdown: z.optional(
      shutdown.check(z.meta({ description: 'Time to end, or infinity, or brutal_kill.', default: DEFAULTS.supervisorShutdown })),
    ),
  },
  MAPPING,
);

/** The top level: the root supervisor, and the application's name. */
export const rootSchema = z.strictObject(
  {
    $schema: z.optional(
      z.string('an address').check(z.describe('Where an editor finds the JSON Schema of configurations; portsup does not look at it.')),
    ),
    name: z.optional(
      z.string(NAME_EXPECTED).check(
        z.refine(isName, NAME_EXPECTED),
        z.meta({
          description: "The application's name; left out: the name of the configuration's folder.",
          pattern: NAME_PATTERN.source,
        }),
      ),
    ),
    extends: z.optional(
      z
        .union([file, z.array(file, EXTENDS)], EXTENDS)
        .check(
          z.describe(
            'Configurations that this one is laid over, relative to it: what it names wins, key by key; later ones over earlier ones.',
          ),
        ),
    ),
    on_event: z.optional(
      command.check(
        z.describe(
          "Run for the application's events: it reads them from its standard input, a JSON object a line. A line or a list, run without a shell in the configuration's folder.",
        ),
      ),
    ),
    on_alarm: z.optional(alarmHook),
    watchdogs: z.optional(watchdogs),
    ...supervisorFields,
  },
  'a mapping with services',
);

/** What `extends` must be. */
export const EXTENDS_EXPECTED = EXTENDS;
/** What a variable's key must be. */
export const ENV_NAME_EXPECTED = ENV_NAME;
