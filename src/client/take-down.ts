/** What `down` means where no daemon is left to do it. */
import { PortsupError } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import type { Scope } from '../control/contract.js';
import { isAlone, isKept, keeperPid } from './keeper.js';
import { forgetApps, type RememberedApp, rememberedApps } from './remembered.js';

/** Does this error of a `down` say that nothing is left to take down? A daemon that is lost on the way has a successor, which goes on with it. */
export const isDown = (layout: HomeLayout, error: unknown): boolean =>
  error instanceof PortsupError &&
  ((error.code === 'DAEMON_NOT_RUNNING' && !isAlone(layout)) || (error.code === 'DAEMON_UNREACHABLE' && !isKept(layout)));

/**
 * Nothing runs, but what was up before a reboot would be brought up again: what is meant of it is forgotten. Nothing is where somebody has started a keeper
 * since: it has taken that over.
 *
 * @returns the names of what was forgotten.
 */
export function forgetMeant(layout: HomeLayout, { app, here }: Scope): readonly string[] {
  if (keeperPid(layout) !== undefined) return [];
  const isMeant = ({ name, file }: RememberedApp): boolean => (app === undefined ? here === undefined || file === here : name === app);
  const meant = rememberedApps(layout).filter(isMeant);
  const names = meant.map(({ name }) => name);
  if (names.length > 0) forgetApps(layout, names);
  return names;
}
