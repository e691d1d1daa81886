import type { Init } from '../boot/init.js';
import { initOf } from '../boot/init-of.js';
import type { BootJob } from '../boot/job.js';
import { mustBeAllowed, subjectOf } from '../boot/subject.js';
import { readOwn, remove } from '../boot/unit-file.js';
import type { Context } from '../context.js';
import { note } from '../note.js';
import { printJson } from '../print-json.js';
import { toolsWith } from '../system-service.js';
import { headOf } from './boot-enable.js';

/** `boot disable`: nothing of portsup is started at boot any more. */
export async function bootDisable(context: Context): Promise<number> {
  const run = toolsWith(context.env);
  const job = await subjectOf(context, run);
  return disableJob(context, job, initOf(job, run));
}

/**
 * Removes the unit of a job; one that is not there is no failure. What runs is left alone.
 *
 * @throws PortsupError `NOT_PERMITTED` when it takes root, `FAILED` when the init system is not there or refuses.
 */
export async function disableJob(context: Context, job: BootJob, init: Init): Promise<number> {
  mustBeAllowed('disable', job);
  await init.reach();
  const removed = readOwn(job.file) !== undefined;
  if (removed) {
    await init.disable();
    remove(job.file);
    await init.forget();
  }
  await note(context, removed ? `removed ${job.file}; what runs goes on` : `nothing starts ${job.home} at boot: there is no ${job.file}`);
  if (removed && job.init === 'systemd' && job.scope === 'user')
    await note(context, `lingering stays on, for whatever else needs it: "loginctl disable-linger ${job.user.name}" turns it off`);
  if (context.json) await printJson(context, { ...headOf(job), removed });
  return 0;
}
