/** What `watch` means. */
import type { WatchSpec } from '../supervision/spec.js';
import type { ServiceConfig } from './define-config.js';

/** What is watched for changes; null: nothing. `resolvePath` makes a path absolute, from the configuration's folder. */
export function watchSpecOf(own: ServiceConfig['watch'], resolvePath: (path: string) => string): WatchSpec | null {
  if (own === undefined) return null;
  const { paths, ignore = [] } = 'paths' in own ? own : { paths: own };
  return { folder: resolvePath('.'), paths: paths.map(resolvePath), ignore };
}
