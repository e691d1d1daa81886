/** The field `logs`: how output is kept. What it means is `build-logs.ts`'s business. */
import * as z from 'zod/mini';
import { DEFAULTS } from './defaults.js';
import { count, DURATION, DURATION_PATTERN, durationMs, flag, hasNoNul, sizeOf } from './leaves.js';

const MIN_FILE = '4kb';
const MIN_TOTAL = '64kb';
/** What `logs` must be. */
export const LOGS_EXPECTED = 'none, or a mapping such as { max_size: 10mb, keep: 5 }';
const BLOCK = `${DURATION}, or infinity`;
const FILE = 'the path of a file';

const block = z.union([z.number(), z.string()], BLOCK).check(
  z.refine((value) => value === 'infinity' || durationMs(value) >= 0, BLOCK),
  z.meta({ pattern: `^(infinity|${DURATION_PATTERN})$`, minimum: 0 }),
);
const file = z.string(FILE).check(z.refine((value) => value !== '' && !value.endsWith('/') && hasNoNul(value), FILE));

const fields = {
  max_size: z.optional(
    sizeOf(MIN_FILE).check(
      z.meta({ description: "A log's file becomes an older part when it would grow beyond this size.", default: DEFAULTS.logs.max_size }),
    ),
  ),
  keep: z.optional(count.check(z.meta({ description: 'So many older parts are kept.', default: DEFAULTS.logs.keep }))),
  compress: z.optional(flag.check(z.meta({ description: 'Older parts are gzipped.', default: DEFAULTS.logs.compress }))),
  block: z.optional(
    block.check(
      z.meta({
        description: 'How long a program is held while its log cannot be written, before lines are dropped and counted; or infinity.',
        default: DEFAULTS.logs.block,
      }),
    ),
  ),
  raw: z.optional(
    flag.check(
      z.meta({
        description: 'The program writes into its log file itself, without time, run and stream.',
        default: DEFAULTS.logs.raw,
      }),
    ),
  ),
  total: z.optional(
    sizeOf(MIN_TOTAL).check(
      z.describe(
        `The budget of all logs here and below together; each level may have its own; left out: ${DEFAULTS.rootLogTotal} at the top level, none elsewhere.`,
      ),
    ),
  ),
};

const supervisorLogs = z.strictObject(fields, LOGS_EXPECTED);
const serviceLogs = z.strictObject(
  {
    ...fields,
    file: z.optional(file.check(z.describe("Plain lines also go to this file, relative to the configuration's folder."))),
  },
  LOGS_EXPECTED,
);

/** `logs` of the root and of supervisors. */
export const supervisorLogsSchema = z.union([z.literal('none'), supervisorLogs], LOGS_EXPECTED);
/** `logs` of services. */
export const serviceLogsSchema = z.union([z.literal('none'), serviceLogs], LOGS_EXPECTED);

/** The keys of `logs` that supervisors have. */
export const supervisorLogKeys: readonly string[] = Object.keys(supervisorLogs.shape);
/** The keys of `logs` that services have. */
export const serviceLogKeys: readonly string[] = Object.keys(serviceLogs.shape);
