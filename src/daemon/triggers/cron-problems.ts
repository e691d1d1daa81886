import { CRON_EXPECTED, parseCron } from '../../config/cron.js';
import type { SpecProblem, SupervisorSpec } from '../../supervision/spec.js';
import { servicesOfSpec } from '../spec-services.js';

/** Every `cron` of an application that is none, for specifications that come over the socket: the core, which checks the rest, knows no library. */
export const cronProblems = (root: SupervisorSpec): readonly SpecProblem[] =>
  servicesOfSpec(root).flatMap(({ path, spec: { cron } }) => {
    const parsed = cron === null ? null : parseCron(cron);
    if (parsed === null || !('problem' in parsed)) return [];
    return [{ path, field: 'cron', found: `${JSON.stringify(cron)} (${parsed.problem})`, expected: CRON_EXPECTED }];
  });
