import { PortsupError } from '../../base/errors.js';
import { readPlist, renderPlist } from '../render/launchd-plist.js';
import type { RunTool } from '../system-service.js';
import { doubtful, type Finding, fine, wrong } from './finding.js';
import type { Init } from './init.js';
import type { BootJob } from './job.js';

/**
 * launchd loads what is in its folders at boot (daemons) or login (agents) by itself. So a plist is only written, never loaded: that would
 * start it at once. What `launchctl disable` has noted beside the plist counts more than the plist, though.
 */
export function launchd(job: BootJob, run: RunTool): Init {
  const domain = job.scope === 'system' ? 'system' : `gui/${job.user.uid}`;
  const service = `${domain}/${job.name}`;
  return {
    render: renderPlist,
    read: readPlist,
    reach: () => Promise.resolve(),
    enable: async () => {
      const result = await run('launchctl', 'enable', service);
      if (result?.code !== 0)
        throw new PortsupError('FAILED', `launchctl enable ${service}: ${result?.stderr ?? 'not found'}`, 'try that by hand');
      return loginFindings(job);
    },
    disable: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    look: async (keeper) => {
      const listed = (await run('launchctl', 'print-disabled', domain))?.stdout ?? '';
      return [
        isDisabled(listed, job.name)
          ? wrong('enabled', 'launchd has been told to leave it out', `run "launchctl enable ${service}"`)
          : fine('enabled', `launchd starts it at ${job.scope === 'system' ? 'boot' : 'login'}`),
        ...loginFindings(job),
        fine('keeper', keeper === undefined ? 'it does not run now' : `process ${keeper}`),
      ];
    },
  };
}

/** macOS knows no lingering: agents wait for their person. */
const loginFindings = ({ scope, user }: BootJob): readonly Finding[] =>
  scope === 'system'
    ? []
    : [
        doubtful(
          'lingering',
          `portsup starts when ${user.name} logs in`,
          `"sudo portsup boot enable --user ${user.name}" starts it at boot`,
        ),
      ];

/** Lines like `"portsup" => disabled`, before macOS 13 `=> true`. */
const isDisabled = (listed: string, label: string): boolean =>
  listed.split('\n').some((line) => line.includes(`"${label}"`) && /=>\s*(?:disabled|true)\b/.test(line));
