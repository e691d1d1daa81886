/** The times of jobs, in random trees to which random things happen. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDue, isJob } from '../../src/supervision/job.js';
import type { Command, Event } from '../../src/supervision/messages.js';
import type { SupervisorSpec } from '../../src/supervision/spec.js';
import { step } from '../../src/supervision/step.js';
import { type Forest, findNode, isReachable, type Node, type Service } from '../../src/supervision/tree.js';
import { anyHappenings, anyRoot, happen } from '../helpers/any-tree.js';
import { nodesOf, World } from '../helpers/world.js';

const anySpecs = fc.array(anyRoot({ pools: true }), { minLength: 1, maxLength: 3 });

/** All services of two names are jobs. */
const withJobs = (spec: SupervisorSpec): SupervisorSpec => ({
  ...spec,
  children: spec.children.map((child) => {
    if (child.kind === 'supervisor') return withJobs(child);
    return child.name === 'a' || child.name === 'b' ? { ...child, cron: '0 3 * * *', restart: 'temporary' } : child;
  }),
});

/** What every step from one forest to the next is told to. */
type Watch = (event: Event, before: Forest, after: Forest, commands: readonly Command[]) => void;

function whatever(watch: Watch): void {
  const watched: typeof step = (forest, event) => {
    const [after, commands] = step(forest, event);
    watch(event, forest, after, commands);
    return [after, commands];
  };
  fc.assert(
    fc.property(anySpecs, anyHappenings(60), (specs, happenings) => {
      const wanted = specs.map(withJobs);
      const world = new World({ manner: 'puppet', step: watched });
      if (wanted[0]) world.apply(wanted[0]);
      for (const happening of happenings) happen(world, happening, wanted);
    }),
    { numRuns: 600 },
  );
}

const nodeAt = (forest: Forest, app: string, path: string): Node | undefined => {
  const root = forest.apps[app]?.root;
  return root && findNode(root, path);
};

function jobAt(forest: Forest, app: string, path: string): Service | undefined {
  const node = nodeAt(forest, app, path);
  return node?.kind === 'service' && isJob(node.spec) ? node : undefined;
}

/** Are the job and all above it to stay as they are? */
const isLeftAlone = (forest: Forest, app: string, path: string): boolean => {
  const root = forest.apps[app]?.root;
  const above = path.split('/').map((_name, index, names) => names.slice(0, index + 1).join('/'));
  const isAsked = (node: Node | undefined): boolean => node?.desired === 'up' && node.leaving === 'no';
  return root !== undefined && isAsked(root) && isReachable(root, path) && above.every((one) => isAsked(findNode(root, one)));
};

describe('a job, whatever happens', () => {
  it('is started by nothing but its time, a person, or a change of files while it runs: by each once at most', () => {
    const asked = new Set<string>();
    whatever((event, before, after, commands) => {
      if (Object.keys(before.apps).length === 0) asked.clear();
      const isAsking = ['cron-due', 'start-asked', 'restart-asked', 'files-changed'].includes(event.type);
      if (isAsking && 'path' in event) asked.add(event.path);
      if (isAsking && 'paths' in event) for (const path of event.paths) asked.add(path);
      for (const { app, path } of commands.filter((command) => command.do === 'spawn')) {
        if (jobAt(after, app, path) && !asked.has(path)) throw new Error(`${event.type} has started the job ${path}`);
        asked.delete(path);
      }
    });
  }, 30_000);

  it('misses no time without a word: it is started, or told as skipped (once for each run), or started at its turn', () => {
    let kept = 0;
    whatever((event, before, after, commands) => {
      if (event.type !== 'cron-due' || !jobAt(before, event.app, event.path) || !isLeftAlone(before, event.app, event.path)) return;
      const job = jobAt(after, event.app, event.path);
      const isStarted = commands.some((command) => command.do === 'spawn' && command.path === event.path);
      const isSkipped = job?.skippedRun === job?.run && job?.run === jobAt(before, event.app, event.path)?.run;
      if (job && isDue(job)) kept += 1;
      if (!isStarted && !isSkipped && !(job && isDue(job))) throw new Error(`the time of ${event.path} is lost`);
    });
    expect(kept).toBeGreaterThan(0);
  }, 30_000);

  it('that is to be started at its turn is, unless somebody wants something else or its supervisor ends', () => {
    whatever((event, before, after, commands) => {
      for (const { name: app, root } of Object.values(before.apps)) {
        for (const [path, node] of nodesOf(root)) {
          if (node.kind !== 'service' || !isDue(node) || node.leaving !== 'no' || !isLeftAlone(after, app, path)) continue;
          const job = jobAt(after, app, path);
          const isStarted = commands.some((command) => command.do === 'spawn' && command.path === path);
          const above = path.split('/').slice(0, -1).join('/');
          const isAnew = nodeAt(before, app, above)?.run !== nodeAt(after, app, above)?.run;
          if (job && !isDue(job) && !isStarted && !isAnew) throw new Error(`${event.type} has lost the time of ${path}`);
        }
      }
    });
  }, 30_000);

  it('fails for nobody else: a start at its turn that fails ends no first start, and is charged to nobody', () => {
    whatever((event, before, after) => {
      if (event.type !== 'spawn-failed') return;
      const job = jobAt(before, event.app, event.path);
      if (!job || job.run !== event.run || job.state.phase !== 'starting') return;
      expect(nodeAt(after, event.app, event.path)?.state.phase).not.toBe('down');
      expect(['hand', 'trigger']).toContain(job.state.origin);
    });
  }, 30_000);
});
