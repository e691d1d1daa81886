/**
 * Looks whether room runs out: on the disk of portsup's own files, before nothing can be written there any more, and in the budgets of logs, which a program
 * that writes its own file may exceed.
 */
import { statfs } from 'node:fs/promises';
import type { Clock, Millis } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import { formatSize } from '../../base/size.js';
import type { Exceeded, LogStore } from '../../logs/store.js';
import type { Forest } from '../../supervision/tree.js';
import type { Conditions } from '../conditions.js';
import { idOf } from './alarm-ids.js';
import type { AlarmStore } from './alarm-store.js';

const LOOK_MS: Millis = 10_000;

/** Less than this is little, or less than a twentieth of a disk on which that is less. */
const LITTLE_BYTES = 100 * 1024 * 1024;
const LITTLE_SHARE = 1 / 20;
/** It is enough again when it is so many times that. */
const ENOUGH = 1.5;

export interface SpaceWatchOptions {
  readonly clock: Clock;
  readonly layout: Pick<HomeLayout, 'home'>;
  readonly logs: Pick<LogStore, 'exceeded'>;
  readonly alarms: Pick<AlarmStore, 'set' | 'clear' | 'get' | 'all'>;
  readonly conditions: Pick<Conditions, 'raise' | 'clear'>;
  readonly forest: () => Forest;
  /** All goes down, and will be brought up again as it was: nothing is over. */
  readonly isHalting: () => boolean;
  /** Goes to the daemon's log. */
  readonly warn: (message: string) => void;
}

/** Owns a timer from `begin` to `close`, after which there is none, whatever is called. */
export class SpaceWatch {
  readonly #options: SpaceWatchOptions;
  /** The disk cannot be asked; that has been told. */
  #isMute = false;
  #isClosed = false;
  #cancel = (): void => undefined;

  constructor(options: SpaceWatchOptions) {
    this.#options = options;
  }

  /** From now on: at once, and again and again. */
  begin(): void {
    // It never rejects but for a bug, which ends the daemon.
    void this.#look();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const room = await this.#room();
    if (this.#isClosed) return;
    if (!this.#options.isHalting()) {
      if (room) this.#judgeDisk(room);
      this.#judgeLogs();
    }
    this.#cancel = this.#options.clock.after(LOOK_MS, () => void this.#look());
  }

  async #room(): Promise<Room | null> {
    const { layout, warn } = this.#options;
    try {
      const { bsize, bavail, blocks } = await statfs(layout.home);
      this.#isMute = false;
      return { free: bavail * bsize, size: blocks * bsize };
    } catch (error) {
      if (!this.#isMute) warn(`how much room is left for ${layout.home} cannot be told: ${messageOf(error)}`);
      this.#isMute = true;
      return null;
    }
  }

  #judgeDisk({ free, size }: Room): void {
    const { alarms, conditions, layout } = this.#options;
    const little = Math.min(LITTLE_BYTES, size * LITTLE_SHARE);
    const isLow = alarms.get('disk') !== undefined;
    if (free >= little * (isLow ? ENOUGH : 1)) return conditions.clear('disk');
    conditions.raise('disk', `less than ${formatSize(little)} is left on the disk of ${layout.home}; make room there`);
  }

  #judgeLogs(): void {
    const { alarms, forest, logs } = this.#options;
    const places = Object.keys(forest().apps).flatMap((app) => logs.exceeded(app).map((exceeded) => ({ app, ...exceeded })));
    const ids = new Set<string>();
    for (const { app, path, ...exceeded } of places) {
      const id = idOf('log_budget', { app, path });
      ids.add(id);
      alarms.set({ id, source: 'log_budget', app, path, text: textOf(exceeded) });
    }
    for (const { id, source } of alarms.all()) if (source === 'log_budget' && !ids.has(id)) alarms.clear(id, 'they are within it again');
  }
}

interface Room {
  readonly free: number;
  readonly size: number;
}

/** The same as long as the same is wrong, so that it is told and remembered once. */
function textOf({ bytes, raw, folder }: Omit<Exceeded, 'path'>): string {
  const what = `its logs take more than their "total" of ${formatSize(bytes)}`;
  if (raw === null) return `${what}, and what is too old cannot be removed; see to it that files in ${folder} can be`;
  return `${what}: what ${raw} writes itself ("raw") is kept until its next run; restart it`;
}
