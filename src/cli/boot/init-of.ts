import type { RunTool } from '../system-service.js';
import type { Init } from './init.js';
import type { BootJob } from './job.js';
import { launchd } from './launchd.js';
import { systemd } from './systemd.js';

/** The init system that a job is for. */
export const initOf = (job: BootJob, run: RunTool): Init => (job.init === 'launchd' ? launchd(job, run) : systemd(job, run));
