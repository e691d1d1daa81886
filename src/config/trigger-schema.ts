/** The fields that start and restart a service besides its own end: `cron`, `watch`, `max_memory`. */
import * as z from 'zod/mini';
import { CRON_EXPECTED } from './cron.js';
import { hasNoNul, sizeOf, textOf } from './leaves.js';

const PATH = 'a path';
const PATTERN = 'a pattern as in a .gitignore';
/** What `watch` must be. */
const WATCH_EXPECTED = 'a list of paths, at least one, or a mapping such as { paths: [src], ignore: ["*.tmp"] }';

const paths = z.array(textOf(PATH), WATCH_EXPECTED).check(
  z.refine((list) => list.length > 0, 'at least one path'),
  z.meta({ minItems: 1 }),
);

const watchMapping = z.strictObject(
  {
    /** Files and folders with all that is in them, relative to the configuration's folder. */
    paths: paths.check(z.describe("Files and folders with all that is in them, relative to the configuration's folder.")),
    /** What is not watched: patterns as in a .gitignore, from the configuration's folder. */
    ignore: z.optional(
      z
        .array(z.string(PATTERN).check(z.refine((pattern) => pattern.trim() !== '' && hasNoNul(pattern), PATTERN)), 'a list of patterns')
        .check(z.describe("What is not watched: patterns as in a .gitignore, from the configuration's folder.")),
    ),
  },
  WATCH_EXPECTED,
);

/** Fields of services. */
export const triggerFields = {
  /** When it is restarted or, being temporary, started: "0 3 * * *", with seconds in front of it if wanted, or "@daily". */
  cron: z.optional(
    z
      .string(CRON_EXPECTED)
      .check(
        z.describe(
          'When it is restarted or, being temporary, started: minute, hour, day, month and weekday, with seconds in front of them if wanted, or @daily and the like. CRON_TZ=Europe/Berlin before it names a time zone.',
        ),
      ),
  ),
  /** Files and folders whose changes restart it. */
  watch: z.optional(
    z
      .union([paths, watchMapping], WATCH_EXPECTED)
      .check(z.describe("Files and folders, relative to the configuration's folder, whose changes restart it.")),
  ),
  /** What all its processes together may take before it is ended, as by a crash; a number is bytes. */
  max_memory: z.optional(
    sizeOf('1mb').check(z.describe('What all its processes together may take before it is ended, as by a crash; a number is bytes.')),
  ),
};
