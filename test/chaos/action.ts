/** What can happen in a round, and the choice of it. Depends on seed and plan alone, so that a seed says what happens. */
import { changedPlan, type GroupPlan, groupsOf, servicesOf } from './plan.js';
import type { Random } from './random.js';

export type Action =
  /** A signal from outside portsup to the main process alone. */
  | { readonly do: 'kill'; readonly name: string; readonly signal: 'SIGKILL' | 'SIGSEGV' | 'SIGTERM' }
  /** The program exits by itself. */
  | { readonly do: 'exit'; readonly name: string; readonly code: number }
  /** A command about one service or group; not `wait`: whatever follows happens meanwhile. */
  | { readonly do: 'stop' | 'start' | 'restart' | 'crash'; readonly name: string; readonly wait: boolean }
  | { readonly do: 'send'; readonly name: string }
  | { readonly do: 'up'; readonly recreate: boolean; readonly wait: boolean }
  | { readonly do: 'configure'; readonly plan: GroupPlan; readonly wait: boolean }
  /** Everything down, then up again; `daemonDies`: in the middle of the first. */
  | { readonly do: 'down'; readonly daemonDies: boolean }
  /** The daemon gets SIGKILL so many times in a row. While it is halted before the first, `meanwhile` are killed. */
  | { readonly do: 'kill-daemon'; readonly times: number; readonly meanwhile: readonly string[] }
  | { readonly do: 'replace-daemon'; readonly how: 'restart' | 'upgrade' }
  | { readonly do: 'kill-keeper' }
  /**
   * Keeper and daemon, so many milliseconds apart (null: not at all); `meanwhile` are killed before somebody takes care of what runs on.
   */
  | {
      readonly do: 'kill-both';
      readonly pauseMs: number | null;
      readonly meanwhile: readonly string[];
      readonly rescue: 'up' | 'daemon start';
    };

/** What a run leaves out. */
export interface Choice {
  readonly plan: GroupPlan;
  /** Keepers are killed, too. */
  readonly keeper: boolean;
  /** For a service that is added. */
  readonly newName: string;
}

type Make = (random: Random, choice: Choice) => Action;

const anyService: (random: Random, choice: Choice) => string = (random, { plan }) => random.of(servicesOf(plan)).name;

/** Most times a service, else a group. */
function anyNode(random: Random, choice: Choice): string {
  const groups = groupsOf(choice.plan);
  return groups.length > 0 && random.percent(20) ? random.of(groups).name : anyService(random, choice);
}

const some = (random: Random, choice: Choice): readonly string[] =>
  random.percent(50) ? [] : Array.from({ length: 1 + random.below(2) }, () => anyService(random, choice));

const byHand =
  (what: 'stop' | 'start' | 'restart' | 'crash'): Make =>
  (random, choice) => ({ do: what, name: anyNode(random, choice), wait: random.percent(60) });

const kill: Make = (random, choice) => ({
  do: 'kill',
  name: anyService(random, choice),
  signal: random.of(['SIGKILL', 'SIGKILL', 'SIGSEGV', 'SIGTERM']),
});
const exit: Make = (random, choice) => ({ do: 'exit', name: anyService(random, choice), code: random.of([0, 1, 7]) });
const send: Make = (random, choice) => ({ do: 'send', name: anyService(random, choice) });
const up: Make = (random) => ({ do: 'up', recreate: random.percent(10), wait: random.percent(60) });
const configure: Make = (random, { plan, newName }) => ({
  do: 'configure',
  plan: changedPlan(plan, random, newName),
  wait: random.percent(60),
});
const down: Make = (random) => ({ do: 'down', daemonDies: random.percent(50) });
const killDaemon: Make = (random, choice) => ({
  do: 'kill-daemon',
  times: random.percent(75) ? 1 : 2 + random.below(2),
  meanwhile: some(random, choice),
});
const replaceDaemon: Make = (random) => ({ do: 'replace-daemon', how: random.of(['restart', 'upgrade']) });
const killKeeper: Make = () => ({ do: 'kill-keeper' });
const killBoth: Make = (random, choice) => ({
  do: 'kill-both',
  // A daemon needs some 200 ms to start another keeper and to hand over to it.
  pauseMs: random.percent(50) ? null : random.below(250),
  meanwhile: some(random, choice),
  rescue: random.of(['up', 'daemon start']),
});

/** How often of a hundred, roughly. */
const menu: readonly (readonly [weight: number, make: Make])[] = [
  [20, kill],
  [8, exit],
  [8, byHand('stop')],
  [8, byHand('start')],
  [8, byHand('restart')],
  [8, byHand('crash')],
  [4, send],
  [6, up],
  [5, configure],
  [2, down],
  [16, killDaemon],
  [6, replaceDaemon],
];
const keeperMenu: typeof menu = [
  [6, killKeeper],
  [5, killBoth],
];

/** One to five things, one after another. A configuration that is changed is the plan of those after it. */
export function randomRound(random: Random, choice: Choice): readonly Action[] {
  const actions: Action[] = [];
  let { plan } = choice;
  for (let left = 1 + random.below(5); left > 0; left -= 1) {
    const action = randomAction(random, { ...choice, plan, newName: `${choice.newName}${left}` });
    actions.push(action);
    if (action.do === 'configure') plan = action.plan;
  }
  return actions;
}

function randomAction(random: Random, choice: Choice): Action {
  const entries = choice.keeper ? [...menu, ...keeperMenu] : menu;
  let pick = random.below(entries.reduce((sum, [weight]) => sum + weight, 0));
  for (const [weight, make] of entries) {
    if (pick < weight) return make(random, choice);
    pick -= weight;
  }
  throw new Error('bug: nothing was picked');
}

/** An action in a few words. */
export function describeAction(action: Action): string {
  switch (action.do) {
    case 'kill':
      return `${action.signal} to ${action.name}`;
    case 'exit':
      return `${action.name} exits with ${action.code}`;
    case 'stop':
    case 'start':
    case 'restart':
    case 'crash':
      return `${action.do} ${action.name}${action.wait ? '' : ' &'}`;
    case 'send':
      return `send ${action.name}`;
    case 'up':
      return `up${action.recreate ? ' --force-recreate' : ''}${action.wait ? '' : ' &'}`;
    case 'configure':
      return `up changed${action.wait ? '' : ' &'}`;
    case 'down':
      return action.daemonDies ? 'down without daemon, up' : 'down, up';
    case 'kill-daemon':
      return `SIGKILL to daemon${action.times > 1 ? ` x${action.times}` : ''}${meanwhile(action.meanwhile)}`;
    case 'replace-daemon':
      return `daemon ${action.how}`;
    case 'kill-keeper':
      return 'SIGKILL to keeper';
    case 'kill-both':
      return `SIGKILL to keeper and${action.pauseMs === null ? '' : ` ${action.pauseMs} ms later`} daemon${meanwhile(action.meanwhile)}, ${action.rescue}`;
    default:
      return action satisfies never;
  }
}

const meanwhile = (names: readonly string[]): string => (names.length > 0 ? ` (meanwhile ${names.join(', ')})` : '');
