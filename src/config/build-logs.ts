/** What `logs` means at each level: those above hold key by key, its own win. */
import type { LogSpec } from '../supervision/spec.js';
import { DEFAULTS } from './defaults.js';
import type { ServiceConfig } from './define-config.js';
import { toBytes, toMs } from './units.js';

/** What holds at one level for the services below; `isOff` apart, as a nearer level that turns capture on again finds the other keys. */
export interface LogLevel {
  readonly isOff: boolean;
  readonly spec: LogSpec;
}

/** What holds where no level says anything. */
export const defaultLogs: LogSpec = {
  mode: 'capture',
  maxBytes: toBytes(DEFAULTS.logs.max_size),
  keep: DEFAULTS.logs.keep,
  compress: DEFAULTS.logs.compress,
  blockMs: toMs(DEFAULTS.logs.block),
  file: null,
};

/** The budget of an application whose root names none, in bytes. */
export const defaultRootLogTotal: number = toBytes(DEFAULTS.rootLogTotal);

/** What holds at a level that says `own`, below one where `above` holds. */
export function inheritLogs(above: LogLevel, own: ServiceConfig['logs']): LogLevel {
  if (own === undefined) return above;
  if (own === 'none') return { ...above, isOff: true };
  const { spec } = above;
  return {
    isOff: false,
    spec: {
      ...spec,
      mode: own.raw === undefined ? spec.mode : own.raw ? 'raw' : 'capture',
      maxBytes: own.max_size === undefined ? spec.maxBytes : toBytes(own.max_size),
      keep: own.keep ?? spec.keep,
      compress: own.compress ?? spec.compress,
      blockMs: own.block === undefined ? spec.blockMs : own.block === 'infinity' ? 'infinity' : toMs(own.block),
    },
  };
}

/**
 * How the output of a service is kept; `file` is absolute. Where it is not, the other values are the defaults, so that no change
 * above is taken for one of it.
 */
export const logSpecOf = ({ isOff, spec }: LogLevel, file: string | null): LogSpec =>
  isOff ? { ...defaultLogs, mode: 'none' } : { ...spec, file };

/** The budget that `logs` names, in bytes; null when it names none. It is not inherited: each level has its own. */
export const logTotalOf = (own: ServiceConfig['logs']): number | null =>
  typeof own === 'object' && own.total !== undefined ? toBytes(own.total) : null;
