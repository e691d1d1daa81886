/** The fields that say as whom and within which limits a program runs. What they mean is `build-process.ts`'s business. */
import * as z from 'zod/mini';
import { isNoHugeId, MOST_ID } from '../base/account-id.js';
import { parseSize } from '../base/size.js';
import { hasNoNul, sizePattern } from './leaves.js';

/** Standard input, output and error, and one more: with fewer no program can even load its libraries. */
const LEAST_FILES = 4;

const NICE = 'a whole number from -20 (goes first) to 19 (goes last)';
/** What `umask` must be. */
export const UMASK_EXPECTED = 'octal digits in quotes, for example "022" or "0027"';
const LIMITS = 'a mapping such as { nofile: 65536, core: unlimited }';
const FILES = `a whole number of files, at least ${LEAST_FILES}`;
const CORE = 'unlimited, 0, or a size such as "512mb" (a number is bytes)';
/** As they may stand in /etc/passwd and /etc/group. */
const ACCOUNT = /^[^\s:/,-][^\s:/,]*$/;
const USER = "a user's name or number";
const GROUP = "a group's name or number";

const isWhole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

const nice = z.number(NICE).check(
  z.refine((value) => isWhole(value, -20, 19), NICE),
  z.meta({ type: 'integer', minimum: -20, maximum: 19 }),
);
// A number may be octal as it is written: `umask.ts` looks at that.
const umask = z
  .union([z.number(), z.string()], UMASK_EXPECTED)
  .check(z.refine((value) => typeof value === 'number' || /^(?:0o)?[0-7]{1,4}$/.test(value), UMASK_EXPECTED))
  .check(z.refine((value) => typeof value === 'number' || Number.parseInt(value.replace('0o', ''), 8) <= 0o777, 'at most "777"'))
  // Editors see the number, not how it is written: of one without octal digits they cannot know.
  .check(z.meta({ pattern: '^(0o)?0?[0-7]{1,3}$', multipleOf: 1, minimum: 0, maximum: 777 }));
const files = z.number(FILES).check(
  z.refine((value) => isWhole(value, LEAST_FILES, Number.MAX_SAFE_INTEGER), FILES),
  z.meta({ type: 'integer', minimum: LEAST_FILES }),
);
const core = z
  .union([z.number(), z.string()], CORE)
  .check(z.refine((value) => value === 'unlimited' || parseSize(value) !== undefined, CORE))
  .check(z.meta({ pattern: `^(unlimited|${sizePattern(0)})$`, minimum: 0 }));

const account = (expected: string): z.ZodMiniUnion<readonly [z.ZodMiniNumber<number>, z.ZodMiniString<string>]> =>
  z.union([z.number(), z.string()], expected).check(
    z.refine((value) => isAccount(value), expected),
    z.meta({ pattern: ACCOUNT.source, multipleOf: 1, minimum: 0, maximum: MOST_ID }),
  );

const isAccount = (value: string | number): boolean =>
  typeof value === 'number' ? isWhole(value, 0, MOST_ID) : ACCOUNT.test(value) && hasNoNul(value) && isNoHugeId(value);

const limits = z.strictObject(
  {
    /** How many files it may have open, soft and hard limit alike. */
    nofile: z.optional(files.check(z.describe('How many files it may have open, soft and hard limit alike.'))),
    /** How large a core dump of it may be: `unlimited`, 0 (none), or a size. */
    core: z.optional(core.check(z.describe('How large a core dump of it may be: unlimited, 0 (none), or a size.'))),
  },
  LIMITS,
);

/** The fields of services. */
export const processFields = {
  /** Its niceness, -20 (goes first) to 19 (goes last); below portsup's own takes root. Default: portsup's own. */
  nice: z.optional(
    nice.check(z.describe("Its niceness, -20 (goes first) to 19 (goes last); below portsup's own takes root; left out: portsup's own.")),
  ),
  /** What is taken from the mode of files it makes, as octal text. Default: portsup's own. */
  umask: z.optional(
    umask.check(z.describe(`What is taken from the mode of files it makes: octal digits, such as "027"; left out: portsup's own.`)),
  ),
  /** Limits of its resources. Default: portsup's own. */
  limits: z.optional(limits.check(z.describe("Limits of its resources; left out: portsup's own."))),
};

/** The fields of services and of all levels above them. */
export const accountFields = {
  /** As whom the services here and below run: a name or a number. Takes a portsup of root. Default: as portsup. */
  user: z.optional(
    account(USER).check(
      z.describe('As whom the services here and below run: a name or a number. Takes a portsup of root; left out: as portsup.'),
    ),
  ),
  /** Their group. Default: the user's own. */
  group: z.optional(
    account(GROUP).check(z.describe("The group of the services here and below: a name or a number; left out: the user's own.")),
  ),
};

/** The keys of `limits`. */
export const limitKeys: readonly string[] = Object.keys(limits.shape);
