import { formatSize } from '../../base/size.js';
import type { DaemonStatus } from '../../control/contract.js';
import { ask } from '../call.js';
import type { Context } from '../context.js';
import { printJson } from '../print-json.js';
import { escapeControls } from '../render/text.js';
import { localTime } from '../time.js';

/** `daemon status`: the daemon itself. */
export async function daemonStatus(context: Context): Promise<number> {
  const { json, out } = context;
  const status = await ask(context, 'GET /v1/daemon', {});
  await (json ? printJson(context, status) : out.print(linesOf(status)));
  return 0;
}

const linesOf = (status: DaemonStatus): readonly string[] => [
  `pid:      ${status.pid} (keeper ${status.keeperPid})`,
  `version:  ${status.version}`,
  `started:  ${localTime(status.startedAt)}`,
  `home:     ${status.home}`,
  `socket:   ${status.socket}`,
  `apps:     ${status.apps}`,
  `services: ${status.services}`,
  `memory:   ${status.rssBytes === null ? '-' : formatSize(status.rssBytes)}`,
  `files:    ${status.fds === null ? 'no more can be opened' : `${status.fds} open`}`,
  `logs:     ${formatSize(status.logBytes)}`,
  ...status.conditions.map(({ text, since }) => `trouble:  ${escapeControls(text)} (since ${localTime(since)})`),
];
