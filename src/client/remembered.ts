/** What was up before the machine was started anew, or before everything was halted: the next daemon brings it up again. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errnoOf } from '../base/errors.js';
import type { HomeLayout } from '../base/home.js';
import { bootOf } from '../base/machine.js';
import { isSameBoot, type RunState, readState, stateHeader, stateText } from '../base/run-state.js';

/** An application that is going to be brought up again. */
export interface RememberedApp {
  readonly name: string;
  /** Absolute path of its configuration. */
  readonly file: string;
}

/** The applications that the next daemon would bring up; none where services may still run. */
export const rememberedApps = (layout: HomeLayout): readonly RememberedApp[] => appsOf(pastOf(layout)?.memory ?? new Map());

/** They are not brought up again. To be called only while there is no keeper. */
export function forgetApps(layout: HomeLayout, names: readonly string[]): void {
  const past = pastOf(layout);
  if (!past) return;
  const rest = [...past.memory].filter(([key]) => !names.includes(appOf(key)));
  if (rest.length === 0) return rmSync(layout.state, { force: true });
  const draft = `${layout.state}.new`;
  writeFileSync(draft, stateHeader(past.boot) + stateText({ remember: rest }) + stateText({ halted: true }), { mode: 0o600 });
  renameSync(draft, layout.state);
}

function pastOf({ state }: HomeLayout): RunState | undefined {
  const boot = bootOf();
  const read = readState(textOf(state), boot);
  return read.kind === 'state' && (read.state.isHalted || !isSameBoot(read.state.boot, boot)) ? read.state : undefined;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'EISDIR' || errno === 'EACCES') return '';
    throw error;
  }
}

/** As daemon/memory.ts names its entries: a kind, the application, the path in it. */
const appOf = (key: string): string => /^\S+ ([^:]*):/.exec(key)?.[1] ?? '';

function appsOf(memory: ReadonlyMap<string, string>): readonly RememberedApp[] {
  return [...memory].flatMap(([key, text]) => {
    if (!key.startsWith('app ')) return [];
    const { name, file } = JSON.parse(text) as RememberedApp;
    return [{ name, file }];
  });
}
