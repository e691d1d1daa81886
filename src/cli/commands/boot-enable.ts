import { PortsupError } from '../../base/errors.js';
import { isGiven } from '../arguments.js';
import { lookAround, mustBeWritable, sudoFindings } from '../boot/before.js';
import type { Finding } from '../boot/finding.js';
import type { Init } from '../boot/init.js';
import { initOf } from '../boot/init-of.js';
import type { BootJob } from '../boot/job.js';
import { mustBeAllowed, subjectOf } from '../boot/subject.js';
import { differences, readOwn, writeWhole } from '../boot/unit-file.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';
import { renderTroubles } from '../render/findings.js';
import { toolsWith } from '../system-service.js';

/** `boot enable`: what is up at the end of this boot is brought up at the next. */
export async function bootEnable(context: Context): Promise<number> {
  const run = toolsWith(context.env);
  const job = await subjectOf(context, run);
  return isGiven(context.line, 'dry-run') ? showUnit(context, job, initOf(job, run)) : enableJob(context, job, initOf(job, run));
}

/**
 * Writes the unit of a job, if it is not there as it should be, and enables it. What runs is left alone.
 *
 * @returns the exit code: 1 when it is enabled, but will not come up at boot for a reason that is printed.
 * @throws PortsupError `NOT_PERMITTED` when it takes root, `FAILED` when something that is needed is not there, before anything is written.
 */
export async function enableJob(context: Context, job: BootJob, init: Init): Promise<number> {
  mustBeAllowed('enable', job);
  await init.reach();
  const before = soundFindings(context, job);
  const change = install(job, init.render(job));
  const findings = [...before, ...(await init.enable())];
  await note(context, changeNote(job, change));
  await context.err.print(renderTroubles(findings, await context.err.paint()));
  if (context.json) await printJson(context, { ...headOf(job), ...change, checks: findings });
  return findings.some(({ state }) => state === 'wrong') ? 1 : 0;
}

/** What every answer about a job begins with. */
export const headOf = ({ init, scope, name, file, user, home }: BootJob): Readonly<Record<string, string>> => ({
  init,
  scope,
  unit: name,
  file,
  user: user.name,
  home,
});

async function showUnit(context: Context, job: BootJob, init: Init): Promise<number> {
  const findings = findingsOf(context, job);
  const text = init.render(job);
  await note(context, `this would be ${job.file}; nothing has been changed`);
  await context.err.print(renderTroubles(findings, await context.err.paint()));
  if (context.json) await printJson(context, { ...headOf(job), text, checks: findings });
  else await context.out.write(text);
  return 0;
}

/** @throws PortsupError `FAILED` with the first thing that is wrong. */
function soundFindings(context: Context, job: BootJob): readonly Finding[] {
  const findings = findingsOf(context, job);
  const flaw = findings.find(({ state }) => state === 'wrong');
  if (flaw) throw new PortsupError('FAILED', `${flaw.check}: ${flaw.detail}`, flaw.remedy ?? '');
  return findings;
}

/** @throws PortsupError `FAILED` if the unit cannot even be written down. */
function findingsOf(context: Context, job: BootJob): readonly Finding[] {
  mustBeWritable(job);
  return [...lookAround(job), ...sudoFindings(context, job)];
}

interface Change {
  readonly change: 'created' | 'changed' | 'unchanged';
  /** The settings that are not as they were. */
  readonly settings: readonly string[];
}

function install({ file }: BootJob, text: string): Change {
  const old = readOwn(file);
  if (old === text) return { change: 'unchanged', settings: [] };
  writeWhole(file, text);
  return old === undefined ? { change: 'created', settings: [] } : { change: 'changed', settings: differences(old, text) };
}

function changeNote({ file, user, init, scope }: BootJob, { change, settings }: Change): string {
  const done =
    change === 'unchanged' ? `${file} is as it should be` : `${change} ${file}${settings.length > 0 ? ` (${settings.join(', ')})` : ''}`;
  const when = init === 'launchd' && scope === 'user' ? `the next login of ${user.name}` : 'the next boot';
  return `${done}; ${when} brings up what ${user.name} had up`;
}
