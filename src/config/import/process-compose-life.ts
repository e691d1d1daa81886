/** `availability` of a process: when it is started again, how often, and what its end means for all others. */
import { isMapping, type Mapping } from '../path.js';
import { type Note, noteOn } from './imported.js';
import type { Budget } from './own-supervisor.js';
import { count, flag, text } from './values.js';

/** How a process lives. */
export interface Life {
  /** Of the service. */
  readonly fields: Mapping;
  /** Of the supervisor around it, where there is one. */
  readonly supervisor: Mapping;
  /** Undefined: none of its own. */
  readonly budget: Budget | undefined;
  /** Does its end bring about the end of all? Then the top level needs `auto_shutdown`. */
  readonly endsAll: boolean;
  readonly notes: readonly Note[];
}

const RESTART: Readonly<Record<string, string>> = {
  no: 'temporary',
  always: 'permanent',
  on_failure: 'transient',
  exit_on_failure: 'transient',
};
/** process-compose counts for ever, portsup within a period: long enough to be the same to people. */
const PERIOD_MS = 24 * 3_600_000;
const MEANING = 'A significant supervisor: when it ends, all of the application does.';
const ENDS_ALL = { significant: true, auto_shutdown: 'any_significant' };

/** Reads `availability`; without it a process is not started again. */
export function lifeOf(availability: unknown): Life {
  const given = isMapping(availability) ? availability : {};
  const { restart: policy = 'no', max_restarts: most, exit_on_end: exits } = given;
  // YAML 1.1 takes a bare "no" for false.
  const word = policy === false ? 'no' : (text(policy) ?? '');
  const known = Object.hasOwn(RESTART, word) ? RESTART[word] : undefined;
  const restart = known ?? 'temporary';
  const notes = known === undefined ? [noteOn('availability.restart', policy, 'not understood, so never (temporary)')] : [];
  if (word === 'exit_on_failure') return endsByFailure(notes, given);
  const exitsWithIt = flag(exits) === true && restart !== 'permanent';
  const limit = restart === 'temporary' ? undefined : count(most) || undefined;
  return {
    fields: exitsWithIt ? { restart, significant: true } : { restart },
    supervisor: exitsWithIt ? ENDS_ALL : {},
    budget: limit === undefined ? undefined : { intensity: limit, periodMs: PERIOD_MS, ...(exitsWithIt ? { meaning: MEANING } : {}) },
    endsAll: exitsWithIt,
    notes: [...notes, ...limitNotes(most, limit, restart), ...exitNotes(exits, exitsWithIt)],
  };
}

/** A supervisor that allows no restart gives up at the first failure, and being significant ends all; a clean end leaves it up. */
function endsByFailure(notes: readonly Note[], given: Mapping): Life {
  const { max_restarts: most, exit_on_end: exits } = given;
  const exitsWithIt = flag(exits) === true;
  return {
    fields: exitsWithIt ? { restart: 'temporary', significant: true } : { restart: 'transient' },
    supervisor: exitsWithIt ? ENDS_ALL : { significant: true },
    budget: { intensity: 0, periodMs: 1_000, meaning: MEANING },
    endsAll: true,
    notes: [
      ...notes,
      noteOn(
        'availability.restart',
        'exit_on_failure',
        'its supervisor allows no restart (intensity 0) and is significant: a failure ends the application',
      ),
      ...(most === undefined ? [] : [noteOn('availability.max_restarts', most, 'it is never started again')]),
      ...exitNotes(exits, exitsWithIt),
    ],
  };
}

function limitNotes(most: unknown, limit: number | undefined, restart: string): readonly Note[] {
  if (most === undefined) return [];
  if (count(most) === undefined)
    return [noteOn('availability.max_restarts', most, 'not understood, so left out; process-compose expects a number')];
  if (limit !== undefined)
    return [
      noteOn('availability.max_restarts', most, 'here intensity of a supervisor of its own, within a day; process-compose counts for ever'),
    ];
  return [
    noteOn(
      'availability.max_restarts',
      most,
      restart === 'temporary' ? 'it is never started again' : 'without a limit there; here intensity and period limit all restarts',
    ),
  ];
}

function exitNotes(exits: unknown, exitsWithIt: boolean): readonly Note[] {
  if (exits === undefined) return [];
  if (exitsWithIt)
    return [noteOn('availability.exit_on_end', exits, 'significant: its end ends the application (auto_shutdown at the top level)')];
  return [
    noteOn(
      'availability.exit_on_end',
      exits,
      flag(exits) === true ? 'it is always started again, so it never ends by itself' : 'the default here, too',
    ),
  ];
}
