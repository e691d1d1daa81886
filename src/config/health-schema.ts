/** The fields that tie a service to others and to those who watch it. What they mean is `build-health.ts`'s business. */
import * as z from 'zod/mini';
import { DEFAULTS } from './defaults.js';
import { command, countFrom1, positiveDuration, textOf } from './leaves.js';
import { methodsOf } from './methods.js';
import { probeFields, url, urlOrStdio } from './probe-schema.js';

/** What `backoff` must be. */
const BACKOFF = 'none, or a mapping such as { min: 100ms, max: 30s }';
const FACTOR = 'a number, 1 or more';
const JITTER = 'a number from 0 to 1';
const NEEDS = 'a list of names: of siblings, of watchdogs, or paths from the top such as backend/db';
const LINKS = 'a list of services: names of siblings, or paths from the top such as backend/db';
const CALL = 'one of { xmlrpc: URL }, { jsonrpc: URL }, { jsonrpc: stdio }, { http: URL }';
const ALARM = 'a mapping such as { restarts: 3, within: 1h }';
const ALARM_HOOK = 'a command line, a list, or a mapping such as { command: ./notify, webhook: "https://example.com/alarms" }';

const backoff = z.strictObject(
  {
    min: z.optional(positiveDuration.check(z.meta({ description: 'Before the first restart.', default: DEFAULTS.backoff.min }))),
    max: z.optional(positiveDuration.check(z.meta({ description: 'It gets no longer than this.', default: DEFAULTS.backoff.max }))),
    factor: z.optional(
      z.number(FACTOR).check(
        z.refine((value) => Number.isFinite(value) && value >= 1, FACTOR),
        z.meta({ minimum: 1 }),
        z.meta({ description: 'So many times longer before each further restart.', default: DEFAULTS.backoff.factor }),
      ),
    ),
    jitter: z.optional(
      z.number(JITTER).check(
        z.refine((value) => value >= 0 && value <= 1, JITTER),
        z.meta({ minimum: 0, maximum: 1 }),
        z.meta({ description: 'So much of it is added or taken away by chance: 0.1 is a tenth.', default: DEFAULTS.backoff.jitter }),
      ),
    ),
    reset_after: z.optional(
      positiveDuration.check(
        z.meta({ description: 'After a run of this length it begins again at min.', default: DEFAULTS.backoff.reset_after }),
      ),
    ),
  },
  BACKOFF,
);

/** `backoff` of every level. */
export const backoffField = z.optional(
  z
    .union([z.literal('none'), z.literal(false), backoff], BACKOFF)
    .check(
      z.describe(
        'How long services here and below wait before they are restarted; the nearest level wins key by key; none: not at all; left out everywhere: not at all, as in OTP.',
      ),
    ),
);

/** The fields of services. */
export const healthFields = {
  ...probeFields,
  /** What has to be up before it is started, and is stopped after it. Default: nothing. */
  needs: z.optional(
    z.array(textOf(NEEDS), NEEDS).check(
      z.meta({
        description: 'Services, supervisors and watchdogs that have to be up before it is started; it is stopped before them.',
        default: [],
      }),
    ),
  ),
  /** Services whose abnormal end restarts it, and the reverse. Default: none. */
  links: z.optional(
    z
      .array(textOf(LINKS), LINKS)
      .check(z.meta({ description: 'Services whose abnormal end restarts this one, and the other way round.', default: [] })),
  ),
  /** How `portsup call` calls it. Default: it cannot be called. */
  call: z.optional(
    z
      .strictObject(
        {
          xmlrpc: z.optional(url.check(z.describe('XML-RPC at this URL.'))),
          jsonrpc: z.optional(
            urlOrStdio.check(
              z.describe('JSON-RPC 2.0 at this URL, or with stdio: a line to its standard input, a line of its standard output.'),
            ),
          ),
          http: z.optional(url.check(z.describe('A POST to this URL.'))),
        },
        CALL,
      )
      .check(
        z.meta({
          oneOf: methodsOf.call.map((name) => ({ required: [name] })),
          description: 'How it is called by portsup call: one of these ways; left out: it cannot be called.',
        }),
      ),
  ),
  /** Is it started with its supervisor, or by the first call? Default `auto`. */
  start: z.optional(
    z
      .enum(['auto', 'on_demand'], 'auto or on_demand')
      .check(
        z.meta({ description: 'auto: with its supervisor; on_demand: by the first call, so it needs call.', default: DEFAULTS.start }),
      ),
  ),
  /** With `start: on_demand`: stopped when nobody has called it for this long. Default: never. */
  idle: z.optional(
    positiveDuration.check(z.describe('With start: on_demand, it is stopped when nobody has called it for this long; left out: never.')),
  ),
  /** Restarts that are an alarm. Default: none are. */
  alarm: z.optional(
    z
      .strictObject(
        {
          restarts: z.optional(countFrom1.check(z.meta({ description: 'So many restarts ...', default: DEFAULTS.alarm.restarts }))),
          within: z.optional(positiveDuration.check(z.meta({ description: '... within this time.', default: DEFAULTS.alarm.within }))),
        },
        ALARM,
      )
      .check(z.describe('Restarts that are an alarm: so many within this time; left out: none are.')),
  ),
};

/** `on_alarm` of the root. */
export const alarmHook = z
  .union(
    [
      command,
      z.strictObject(
        {
          command: z.optional(
            command.check(z.describe("Run for each alarm that is set or cleared, without a shell, in the configuration's folder.")),
          ),
          webhook: z.optional(url.check(z.describe('Gets each alarm that is set or cleared, as JSON, by POST.'))),
        },
        ALARM_HOOK,
      ),
    ],
    ALARM_HOOK,
  )
  .check(
    z.describe('Told of alarms that are set and cleared: a command, which reads them from its standard input as JSON, a webhook, or both.'),
  );
