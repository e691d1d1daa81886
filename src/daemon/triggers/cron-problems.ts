import { childPath } from '../../base/names.js';
import { CRON_EXPECTED, parseCron } from '../../config/cron.js';
import type { SpecProblem, SupervisorSpec } from '../../supervision/spec.js';

/** Every `cron` below a supervisor that is none, for specifications that come over the socket: the core, which checks the rest, knows no library. */
export const cronProblems = (supervisor: SupervisorSpec, path: string): readonly SpecProblem[] =>
  supervisor.children.flatMap((child) => {
    const childsPath = childPath(path, child.name);
    if (child.kind === 'supervisor') return cronProblems(child, childsPath);
    const parsed = child.cron === null ? null : parseCron(child.cron);
    if (parsed === null || !('problem' in parsed)) return [];
    return [{ path: childsPath, field: 'cron', found: `${JSON.stringify(child.cron)} (${parsed.problem})`, expected: CRON_EXPECTED }];
  });
