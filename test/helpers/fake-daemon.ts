import { PortsupError } from '../../src/base/errors.js';
import { routes } from '../../src/control/routes.js';
import type { Handlers } from '../../src/control/server.js';

/** Handlers for a control server of a test: those given, and a refusal for every other route. */
export function fakeHandlers(given: Partial<Handlers>): Handlers {
  const refuse = (route: string) => (): Promise<never> => Promise.reject(new PortsupError('FAILED', `the test has no ${route}`, ''));
  const others = Object.fromEntries(Object.keys(routes).map((route) => [route, refuse(route)]));
  return { ...others, ...given } as Handlers;
}
