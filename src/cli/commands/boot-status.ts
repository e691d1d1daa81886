import { keeperPid } from '../../client/keeper.js';
import { lookAround } from '../boot/before.js';
import { portsupBoot } from '../boot/commands.js';
import { doubtful, type Finding, fine, wrong } from '../boot/finding.js';
import type { Init } from '../boot/init.js';
import { initOf } from '../boot/init-of.js';
import type { BootJob } from '../boot/job.js';
import { subjectOf } from '../boot/subject.js';
import { differences, isOwn, readOwn } from '../boot/unit-file.js';
import type { Context } from '../context.js';
import { NOT_KNOWN, NOT_UP } from '../exit-codes.js';
import { printJson } from '../print-json.js';
import { renderFindings } from '../render/findings.js';
import { toolsWith } from '../system-service.js';
import { headOf } from './boot-enable.js';

/** `boot status`: is portsup going to be there after the next boot, and if not, why? */
export async function bootStatus(context: Context): Promise<number> {
  const run = toolsWith(context.env);
  const job = await subjectOf(context, run);
  return statusOfJob(context, job, initOf(job, run));
}

/**
 * Prints what a look at a job's unit, and at what it depends on, has found.
 *
 * @returns the exit code: 0 all is well, 3 something is wrong, 4 it is not enabled at all.
 * @throws PortsupError `FAILED` when the init system is not there or does not answer.
 */
export async function statusOfJob(context: Context, job: BootJob, init: Init): Promise<number> {
  await init.reach();
  const text = readOwn(job.file);
  const keeper = keeperPid({ lock: `${job.home}/lock` });
  const checks = text === undefined ? [missing(job)] : [...installed(job, init, text), ...(await init.look(keeper))];
  const ok = checks.every(({ state }) => state !== 'wrong');
  const { out } = context;
  if (context.json) await printJson(context, { ok, ...headOf(job), keeperPid: keeper ?? null, checks });
  else await out.print(renderFindings(checks, await out.paint()));
  if (text === undefined) return NOT_KNOWN;
  return ok ? 0 : NOT_UP;
}

function missing(job: BootJob): Finding {
  const other = { ...job, scope: job.scope === 'user' ? 'system' : 'user' } as const;
  return isOwn(job.otherFile)
    ? wrong('unit', `there is no ${job.file}, but ${job.otherFile} starts the same home`, `see "${portsupBoot('status', other)}"`)
    : wrong('unit', `nothing is started at boot: there is no ${job.file}`, `run "${portsupBoot('enable', job)}"`);
}

/**
 * The file as it is. What it starts counts, not what would be written from here: PATH is another one in every shell, and a node or a
 * portsup beside the one that answers here is good as long as it is there.
 */
function installed(job: BootJob, init: Init, text: string): readonly Finding[] {
  const remedy = `run "${portsupBoot('enable', job)}"`;
  const unit = fine('unit', job.file);
  const started = init.read(text);
  if (started === undefined) return [unit, wrong('text', 'it does not start "portsup daemon start"', remedy)];
  const { PATH: _mine, ...environment } = job.environment;
  const path = started.path === undefined ? {} : { PATH: started.path };
  const itsJob = { ...job, node: started.node, launcher: started.launcher, environment: { ...path, ...environment } };
  const differing = differences(text, init.render(itsJob));
  const same =
    differing.length === 0
      ? fine('text', 'as it would be written now')
      : wrong('text', `not as it would be written now: ${differing.join(', ')}`, remedy);
  return [unit, same, ...lookAround(itsJob), ...elsewhere(job, itsJob, remedy)];
}

function elsewhere(job: BootJob, { launcher }: BootJob, remedy: string): readonly Finding[] {
  if (launcher === job.launcher) return [];
  return [doubtful('launcher', `it starts another portsup than this one, ${job.launcher}`, `if that is not wanted, ${remedy}`)];
}
