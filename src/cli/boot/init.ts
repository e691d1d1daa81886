/** What systemd and launchd have in common, for the commands that do not care which it is. */
import type { StartedProgram } from '../render/systemd-unit.js';
import type { Finding } from './finding.js';
import type { BootJob } from './job.js';

/** The init system with regard to one job. */
export interface Init {
  /** The text of its unit or plist. */
  render(job: BootJob): string;
  /** What an installed text starts; undefined when it is none of ours. */
  read(text: string): StartedProgram | undefined;
  /**
   * Makes sure that it is there and answers.
   *
   * @throws PortsupError `FAILED` with the remedy: another way to start at boot, or how to reach it.
   */
  reach(): Promise<void>;
  /**
   * Makes the file that has been written count. What stands in the way of a start at boot all the same is in the findings.
   *
   * @throws PortsupError `FAILED` with what it says.
   */
  enable(): Promise<readonly Finding[]>;
  /** Undoes `enable`, while the file is there still. What runs goes on. */
  disable(): Promise<void>;
  /** The file has been removed. */
  forget(): Promise<void>;
  /** Looks at it. `keeper`: PID of the home's keeper, undefined when none lives. */
  look(keeper: number | undefined): Promise<readonly Finding[]>;
}
