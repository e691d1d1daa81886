import type { PortsupConfig } from './config-types.js';

export type { PortsupConfig, ServiceConfig, SupervisorConfig } from './config-types.js';

/** What a JS or TS configuration may export: a configuration, or a function that returns one, at once or later. */
export type ConfigExport = PortsupConfig | (() => PortsupConfig | Promise<PortsupConfig>);

/**
 * Returns its argument; it exists so that an editor knows the fields in `portsup.config.ts`:
 *
 * ```ts
 * import { defineConfig } from 'portsup';
 * export default defineConfig({ services: { web: { command: 'node web.js' } } });
 * ```
 *
 * The value is checked when the configuration is loaded, not here.
 */
export function defineConfig(config: ConfigExport): ConfigExport {
  return config;
}
