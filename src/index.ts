/** The public library of portsup. */
export { type ErrorCode, PortsupError } from './base/errors.js';
export { type ConfigExport, defineConfig, type PortsupConfig, type ServiceConfig, type SupervisorConfig } from './config/define-config.js';
