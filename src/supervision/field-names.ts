/** How the fields of a specification are called where a person reads of them: as the configuration calls them. */

const NAMES: Readonly<Record<string, string>> = {
  inheritEnv: 'inherit_env',
  stopSignal: 'stop_signal',
  successExitCodes: 'success_exit_codes',
  logTotalBytes: 'logs.total',
  periodMs: 'period',
  autoShutdown: 'auto_shutdown',
  resetAfterMs: 'reset_after',
  maxMemoryBytes: 'max_memory',
  onDemand: 'start',
  idleMs: 'idle',
};
const LOG_NAMES: Readonly<Record<string, string>> = { mode: 'raw', maxBytes: 'max_size', blockMs: 'block' };
/** Described by nodes of their own, or no fields that anybody writes. */
const UNNAMED = new Set(['children', 'kind', 'name']);

/** The fields in which two specifications of one kind differ; of `env` and `logs` each key by itself. The order of keys is no difference. */
export function differingFields(before: object, after: object): readonly string[] {
  const fields = differingKeys(before, after, UNNAMED).flatMap(([key, old, fresh]): readonly string[] => {
    const nested = isNested(key) ? nestedNames(key, old, fresh) : [];
    return nested.length > 0 ? nested : [NAMES[key] ?? key];
  });
  const names = new Set(fields);
  // What is started on demand has no say in `autostart`.
  if (names.has('start')) names.delete('autostart');
  return [...names];
}

/** Are two values of a field the same? The order of keys in a mapping is no difference. */
export const differ = (before: unknown, after: unknown): boolean => before !== after && canonical(before) !== canonical(after);

type Nested = 'env' | 'envFiles' | 'logs';
const isNested = (key: string): key is Nested => key === 'env' || key === 'envFiles' || key === 'logs';

function nestedNames(field: Nested, before: unknown, after: unknown): readonly string[] {
  if (!isObject(before) || !isObject(after)) return [];
  const keys = differingKeys(before, after).map(([key]) => key);
  if (field !== 'logs') return keys.map((key) => `env.${key}`);
  // Turned on or off as a whole, which is said by one word.
  if (keys.includes('mode') && [before, after].some((logs) => 'mode' in logs && logs.mode === 'none')) return ['logs'];
  return keys.map((key) => `logs.${LOG_NAMES[key] ?? key}`);
}

/** `but` are not even compared: children may be a whole tree. */
function differingKeys(
  before: object,
  after: object,
  but: ReadonlySet<string> = new Set(),
): readonly (readonly [string, unknown, unknown])[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const fresh = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => !but.has(key))
    .map((key) => [key, old.get(key), fresh.get(key)] as const)
    .filter(([, one, other]) => differ(one, other));
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** As text that is the same for the same value, at any depth. */
const canonical = (value: unknown): string => JSON.stringify(value, sorted) ?? '';

const sorted = (_key: string, value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))) : value;
