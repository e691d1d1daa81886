/** The fields that ask whether something is well: `ready` and `alive` of services, `watchdogs` of the root. What they mean is `build-health.ts`'s business. */
import * as z from 'zod/mini';
import { isName, NAME_EXPECTED, NAME_PATTERN } from '../base/names.js';
import { ADDRESS_EXPECTED, isHttpUrl, MOST_PORT, parseAddress, URL_EXPECTED } from '../base/net-address.js';
import { FD_EXPECTED, isReadyFd, LEAST_FD, MOST_FD } from '../base/ready-descriptor.js';
import { DEFAULTS } from './defaults.js';
import { anyDuration, command, countFrom1, positiveDuration, textOf } from './leaves.js';
import { type MethodField, methodsOf } from './methods.js';

const STDIO = `stdio, or ${URL_EXPECTED}`;
const STATUS = 'a status from 100 to 599, or a list of them';
const HTTP = 'a URL, or a mapping such as { url: "http://localhost:3000/ready", status: 200 }';
const EXEC = 'a command line, a list, or a mapping such as { command: pg_isready, timeout: 5s }';
const READY = 'a mapping such as { http: "http://localhost:3000/ready" }, { tcp: 5432 } or { log: "listening on" }';
const ALIVE = 'a mapping such as { http: "http://localhost:3000/live", interval: 10s }';
const WATCHDOG = 'a mapping such as { tcp: "db.example:5432" }, { http: URL } or { exec: COMMAND }';
const WATCHDOGS = 'a mapping of watchdogs';
const TRY = 'Time for one try.';

/** Text that holds variables can only be checked with their values, by `variables.ts`. */
const isOpen = (text: string): boolean => text.includes('$');
const URL_PATTERN = '[hH][tT][tT][pP][sS]?://.|.*\\$';

/** An http or https URL, perhaps with variables in it. */
export const url = z.string(URL_EXPECTED).check(
  z.refine((text) => isOpen(text) || isHttpUrl(text), URL_EXPECTED),
  z.meta({ pattern: `^(${URL_PATTERN})` }),
);

/** The same, or `stdio`. */
export const urlOrStdio = z.string(STDIO).check(
  z.refine((text) => text === 'stdio' || isOpen(text) || isHttpUrl(text), STDIO),
  z.meta({ pattern: `^(stdio$|${URL_PATTERN})` }),
);
const address = z.union([z.number(), z.string()], ADDRESS_EXPECTED).check(
  z.refine((value) => (typeof value === 'string' && isOpen(value)) || parseAddress(value) !== undefined, ADDRESS_EXPECTED),
  z.meta({ pattern: '^(.*\\$.*|\\s*(.+:)?\\d{1,5}\\s*)$', multipleOf: 1, minimum: 1, maximum: MOST_PORT }),
);
const status = z.number(STATUS).check(
  z.refine((value) => Number.isInteger(value) && value >= 100 && value <= 599, STATUS),
  z.meta({ type: 'integer', minimum: 100, maximum: 599 }),
);
const statuses = z.array(status, STATUS).check(
  z.refine((list) => list.length > 0, 'at least one status'),
  z.meta({ minItems: 1 }),
);
const pattern = textOf('a regular expression of JavaScript');
const tryTimeout = z.optional(positiveDuration.check(z.meta({ description: TRY, default: DEFAULTS.tryTimeout })));

const http = z
  .union(
    [
      url,
      z.strictObject(
        {
          url: url.check(z.describe('What is asked for, by GET.')),
          status: z.optional(z.union([status, statuses], STATUS).check(z.describe('Statuses that are well; left out: every 2xx.'))),
          body: z.optional(pattern.check(z.describe('A regular expression that the body has to match; left out: any body will do.'))),
          timeout: tryTimeout,
        },
        HTTP,
      ),
    ],
    HTTP,
  )
  .check(z.describe('This URL answers a GET with a good status.'));
const tcp = address.check(z.describe('This port takes connections.'));
const exec = z
  .union(
    [
      command,
      z.strictObject(
        {
          command: command.check(z.describe('Run without a shell, in the folder and with the environment of whose probe it is.')),
          timeout: tryTimeout,
        },
        EXEC,
      ),
    ],
    EXEC,
  )
  .check(z.describe('This command, run without a shell, ends with exit code 0.'));
const notify = z.literal(true, 'true');

/** Ways to ask, of which one has to be there: all that have to do with `name`. */
const exactlyOne = (field: MethodField): { readonly oneOf: readonly object[] } => ({
  oneOf: methodsOf[field].map((name) => ({ required: [name] })),
});

const ready = z
  .strictObject(
    {
      http: z.optional(http),
      tcp: z.optional(tcp),
      exec: z.optional(exec),
      log: z.optional(pattern.check(z.describe('A line of its output matches this regular expression.'))),
      exit: z.optional(z.literal(0, '0').check(z.describe('It has ended well: for what does something once, and is not permanent.'))),
      fd: z.optional(
        z
          .number(FD_EXPECTED)
          .check(
            z.refine(isReadyFd, FD_EXPECTED),
            z.meta({ type: 'integer', minimum: LEAST_FD, maximum: MOST_FD }),
            z.describe("It has written a newline to this descriptor (s6's notification-fd)."),
          ),
      ),
      notify: z.optional(notify.check(z.describe("It has sent READY=1 to the socket NOTIFY_SOCKET (systemd's sd_notify)."))),
      delay: z.optional(anyDuration.check(z.meta({ description: 'From its execution to the first try.', default: DEFAULTS.ready.delay }))),
      interval: z.optional(
        positiveDuration.check(z.meta({ description: 'From the end of one try to the next.', default: DEFAULTS.ready.interval })),
      ),
      timeout: z.optional(
        positiveDuration.check(
          z.meta({ description: 'Not ready this long after its execution is a failed start.', default: DEFAULTS.ready.timeout }),
        ),
      ),
    },
    READY,
  )
  .check(z.meta(exactlyOne('ready')));

/** What `alive` and a watchdog have in common. */
const asking = {
  interval: z.optional(
    positiveDuration.check(z.meta({ description: 'From the end of one try to the next.', default: DEFAULTS.alive.interval })),
  ),
  timeout: z.optional(positiveDuration.check(z.meta({ description: TRY, default: DEFAULTS.alive.timeout }))),
  failures: z.optional(countFrom1.check(z.meta({ description: 'So many bad answers in a row count.', default: DEFAULTS.alive.failures }))),
  clear_after: z.optional(
    countFrom1.check(z.meta({ description: 'So many good answers in a row, and all is well again.', default: DEFAULTS.alive.clear_after })),
  ),
};

const alive = z
  .strictObject(
    {
      http: z.optional(http),
      tcp: z.optional(tcp),
      exec: z.optional(exec),
      notify: z.optional(notify.check(z.describe("It sends WATCHDOG=1 within each interval (systemd's sd_notify)."))),
      grace: z.optional(
        anyDuration.check(
          z.meta({ description: 'From its start (its readiness, if it has one) to the first try.', default: DEFAULTS.alive.grace }),
        ),
      ),
      ...asking,
    },
    ALIVE,
  )
  .check(z.meta(exactlyOne('alive')));

const watchdog = z
  .strictObject({ http: z.optional(http), tcp: z.optional(tcp), exec: z.optional(exec), ...asking }, WATCHDOG)
  .check(z.meta(exactlyOne('watchdogs')));

/** The fields of services. */
export const probeFields = {
  /** When it has started: until then those after it wait. Default: as soon as it is executed. */
  ready: z.optional(
    ready.check(z.describe('When it has started, until then those after it wait: one of these ways; left out: as soon as it is executed.')),
  ),
  /** How it is seen that it is well. Default: not at all. */
  alive: z.optional(
    alive.check(
      z.describe(
        'How it is seen that it is well: what has answered badly too often is restarted as after a crash; left out: nobody looks.',
      ),
    ),
  ),
};

/** `watchdogs` of the root. */
export const watchdogs = z
  .record(z.string().check(z.refine(isName, NAME_EXPECTED), z.meta({ pattern: NAME_PATTERN.source })), watchdog, WATCHDOGS)
  .check(z.describe('Probes of what is no service here, a database elsewhere for instance, by names that services can need.'));
