import { formatSize } from '../base/size.js';

/** Why a service was started, restarted or ended though it did nothing, and nobody asked: its `cron`, `watch`, `max_memory`. */
export type TriggerCause =
  | { readonly type: 'cron'; readonly expression: string }
  /** Its time came while its last run went on. */
  | { readonly type: 'cron_overlap'; readonly expression: string; readonly run: number }
  /** Nobody was there when its time (ISO 8601) came, and now it is too late. */
  | { readonly type: 'cron_missed'; readonly expression: string; readonly due: string }
  /** Files have changed, named from the configuration's folder. */
  | { readonly type: 'watch'; readonly files: readonly string[] }
  /** The file changes each time soon after a start that was for its change. */
  | { readonly type: 'watch_loop'; readonly file: string }
  | { readonly type: 'memory_limit'; readonly bytes: number; readonly limitBytes: number };

/** One line for people. */
export function describeTrigger(cause: TriggerCause): string {
  switch (cause.type) {
    case 'cron':
      return `cron ${cause.expression}`;
    case 'cron_overlap':
      return `cron ${cause.expression}: its run ${cause.run} goes on`;
    case 'cron_missed':
      return `cron ${cause.expression}: nobody was there at ${cause.due}, and now it is too late`;
    case 'watch':
      return `watch: ${changedFiles(cause.files)} changed`;
    case 'watch_loop':
      return `watch: off, as ${cause.file} changes soon after each start; if the service writes it, add it to watch.ignore`;
    case 'memory_limit':
      return `memory limit: ${formatSize(cause.bytes)} of ${formatSize(cause.limitBytes)}`;
    default:
      return cause satisfies never;
  }
}

const changedFiles = ([first = '', ...others]: readonly string[]): string =>
  others.length === 0 ? first : `${first} and ${others.length} more`;
