/** A supervisor of their own for what has a budget of its own in the source, or is several instances of one program. */
import { isMapping, type Mapping } from '../path.js';
import { type ImportedNode, mergeFields, remark } from './imported.js';
import { ordered } from './order.js';
import { durationText } from './values.js';

/** At most so many restarts within this time. */
export interface Budget {
  readonly intensity: number;
  readonly periodMs: number;
  /** What using it up means, as a sentence; left out: that all else goes on. */
  readonly meaning?: string;
}

const ALONE = 'A supervisor with a budget of its own: when that is used up, it is given up and all else goes on.';

/** Fields that services take over from the supervisor above. */
const INHERITED = ['cwd', 'env_file', 'inherit_env', 'user', 'group', 'backoff'];

/**
 * Puts services into a supervisor with a budget of their own. When it is used up they are given up and all others go on, as
 * it is where restarts are counted for each program: so the supervisor is itself temporary.
 */
export function ownSupervisor({ name, notes, children = [] }: Omit<ImportedNode, 'fields'>, budget: Budget): ImportedNode {
  const period = durationText(Math.max(1, budget.periodMs));
  return {
    name,
    notes: [...notes, remark(budget.meaning ?? ALONE)],
    fields: { restart: 'temporary', intensity: budget.intensity, period },
    children,
  };
}

/** Moves what all children have in common, and would take over from their supervisor, up to that: written once, it can be read. */
export function withCommonFields(supervisor: ImportedNode): ImportedNode {
  const { children = [] } = supervisor;
  const all = children.map(({ fields }) => fields);
  const common = Object.fromEntries(INHERITED.flatMap((field) => (isSame(all, field) ? [[field, all[0]?.[field]] as const] : [])));
  const variables = all.map(({ env }) => (isMapping(env) ? env : {}));
  const env = Object.fromEntries(Object.entries(variables[0] ?? {}).filter(([name]) => isSame(variables, name)));
  const shared: Mapping = Object.keys(env).length === 0 ? common : { ...common, env };
  const without = (fields: Mapping): Mapping => {
    const own = isMapping(fields['env']) ? Object.entries(fields['env']).filter(([name]) => !Object.hasOwn(env, name)) : [];
    const rest = Object.entries(fields).filter(([field]) => field !== 'env' && !Object.hasOwn(common, field));
    return ordered({ ...Object.fromEntries(rest), ...(own.length === 0 ? {} : { env: Object.fromEntries(own) }) });
  };
  return {
    ...supervisor,
    fields: ordered(mergeFields(supervisor.fields, shared)),
    children: children.map((child) => ({ ...child, fields: without(child.fields) })),
  };
}

const isSame = (all: readonly Mapping[], field: string): boolean =>
  all.every((each) => Object.hasOwn(each, field) && JSON.stringify(each[field]) === JSON.stringify(all[0]?.[field]));
