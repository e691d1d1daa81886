/** Which application a command means. */
import * as client from '../client/scope.js';
import type { Scope } from '../control/contract.js';
import { textOf, textsOf } from './arguments.js';
import type { Context } from './context.js';

/**
 * `-p NAME`, else the configuration of this folder (`-f FILE` or the nearest one), else nothing: all applications.
 *
 * @throws PortsupError `CONFIG_MISSING` when `-f` names no file.
 */
export const scopeOf = ({ line, cwd }: Context): Scope => client.scopeOf({ app: textOf(line, 'app'), file: textsOf(line, 'file')[0], cwd });
