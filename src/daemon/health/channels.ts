/**
 * What a run is given to say that it is ready (and well) by itself: a descriptor to write a newline to (s6), or the address of a socket (systemd). Both are
 * there before the run is executed, so nothing that it says can come too soon; what it says before supervision knows that it runs is remembered.
 *
 * A pipe that the service itself holds keeps what it wrote while there is no daemon. A datagram cannot be sent to no daemon (ECONNREFUSED, or ENOENT): the
 * kernel keeps none for a socket whose owner is gone, and the keeper, which could own one, is not to know of such things.
 */
import { existsSync } from 'node:fs';
import type { Clock } from '../../base/clock.js';
import { messageOf } from '../../base/errors.js';
import type { HomeLayout } from '../../base/home.js';
import type { NotifyMessage } from '../../health/notify-message.js';
import { FifoReader } from '../../logs/fifo-reader.js';
import type { KeeperClient } from '../../ports/keeper-client.js';
import { uidOf } from '../execution.js';
import { givePipes } from '../pipe-owner.js';
import { type ChannelWish, type Execution, readyFifoOf } from '../port.js';
import type { RunName } from '../service-environment.js';
import { createSignal } from '../signal.js';
import { listenForNotify, notifyPath, placeForNotify, removeNotify } from './notify-socket.js';
import type { SaidMemory } from './said-memory.js';

/** What a service has said. */
export interface Heard extends RunName {
  readonly message: NotifyMessage;
}

export interface ChannelsOptions {
  readonly clock: Clock;
  readonly keeper: Pick<KeeperClient, 'makeFifos'>;
  readonly layout: Pick<HomeLayout, 'fifos' | 'home' | 'runtime'>;
  /** Is told what of it holds for the rest of the run. */
  readonly said: Pick<SaidMemory, 'hear' | 'end'>;
  readonly warn: (message: string) => void;
}

interface Channel {
  readonly name: RunName;
  isReady: boolean;
  readonly closers: (() => void)[];
}

const READY: NotifyMessage = { isReady: true, isStopping: false, watchdog: null, status: null };
const NEWLINE = 0x0a;

/** Owns pipes and sockets; `close` closes them. */
export class Channels {
  /** Told of each message. */
  readonly heard = createSignal<Heard>();
  readonly #options: ChannelsOptions;
  readonly #channels = new Map<string, Channel>();

  constructor(options: ChannelsOptions) {
    this.#options = options;
  }

  /**
   * Opens what a run wants that is about to be executed, and gives what it is to be executed with.
   *
   * @throws Error that says what is missing, and what to do about it.
   */
  async open(name: RunName, execution: Execution): Promise<Execution> {
    const { channels: wish, attributes, env } = execution;
    if (!wish) return execution;
    this.end(name);
    const channel = this.#begin(name);
    const uid = uidOf(execution);
    try {
      const descriptor = wish.fd === null ? undefined : { fd: wish.fd, path: await this.#openFifo(channel, uid) };
      const address = wish.notify ? await this.#listenToSocket(channel, uid) : undefined;
      return {
        ...execution,
        attributes: { ...attributes, descriptor },
        env: address === undefined || !wish.notify ? env : { ...withoutNotify(env), ...notifyVariables(address, wish.notify) },
      };
    } catch (error) {
      this.end(name);
      throw error;
    }
  }

  /** Listens again to a run that an earlier daemon has started. */
  async adopt(name: RunName, wish: ChannelWish, uid: number): Promise<void> {
    if (this.has(name)) return;
    const channel = this.#begin(name);
    try {
      if (wish.fd !== null) this.#listenToFifo(channel, this.#fifo(name), false);
      if (wish.notify) await this.#listenToSocket(channel, uid);
    } catch (error) {
      // ENOENT: its folder is gone (at a logout). It is as if it said nothing.
      this.#options.warn(`${keyOf(name)}: what it says of itself cannot be heard: ${messageOf(error)}`);
    }
  }

  has(name: RunName): boolean {
    return this.#channels.get(keyOf(name))?.name.run === name.run;
  }

  /** Has this run said that it is ready? */
  isReady(name: RunName): boolean {
    const channel = this.#channels.get(keyOf(name));
    return channel?.name.run === name.run && channel.isReady;
  }

  /** Its run is over, or another one is about to begin. */
  end(name: Pick<RunName, 'app' | 'path'>): void {
    this.#options.said.end(name);
    this.#close(name);
  }

  /** Nobody listens any more; runs go on, and what they have said holds. */
  close(): void {
    for (const { name } of this.#channels.values()) this.#close(name);
  }

  readonly #fifo = (name: RunName): string => readyFifoOf(this.#options.layout.fifos, name);

  #begin(name: RunName): Channel {
    this.#close(name);
    const channel: Channel = { name, isReady: false, closers: [] };
    this.#channels.set(keyOf(name), channel);
    return channel;
  }

  #close(name: Pick<RunName, 'app' | 'path'>): void {
    const key = keyOf(name);
    const channel = this.#channels.get(key);
    this.#channels.delete(key);
    for (const close of channel?.closers ?? []) close();
  }

  async #openFifo(channel: Channel, uid: number): Promise<string> {
    const path = this.#fifo(channel.name);
    if (!existsSync(path)) await this.#options.keeper.makeFifos([path]);
    // For whoever opens /dev/fd/N anew.
    givePipes([path], uid);
    this.#listenToFifo(channel, path, true);
    return path;
  }

  /** `isNew`: what is in it an earlier run has written. */
  #listenToFifo(channel: Channel, path: string, isNew: boolean): void {
    const { name } = channel;
    let isHeard = !isNew;
    const take = (bytes: Buffer): boolean => {
      if (isHeard && bytes.includes(NEWLINE)) this.#hear(channel, READY);
      return true;
    };
    const onTrouble = (message: string): void => this.#options.warn(`${keyOf(name)}: ${message}`);
    // It is read on when it is ready, as who writes more would wait for ever.
    const reader = new FifoReader(path, { take, clock: this.#options.clock, onTrouble });
    if (isNew) reader.drain();
    isHeard = true;
    // Nobody waits for it: its errors are told.
    this.#keep(channel, () => void reader.close());
  }

  async #listenToSocket(channel: Channel, uid: number): Promise<string> {
    const { name } = channel;
    const path = notifyPath(this.#options.layout, name, uid);
    placeForNotify(path, uid);
    const close = await listenForNotify(path, uid, {
      onMessage: (message) => this.#hear(channel, message),
      onTrouble: (message) => this.#options.warn(`${keyOf(name)}: ${message}`),
    });
    this.#keep(channel, () => {
      close();
      removeNotify(path);
    });
    return path;
  }

  /** What is opened for a run that nobody wants any more is closed at once. */
  #keep(channel: Channel, close: () => void): void {
    if (this.#channels.get(keyOf(channel.name)) === channel) channel.closers.push(close);
    else close();
  }

  #hear(channel: Channel, message: NotifyMessage): void {
    const { name } = channel;
    if (this.#channels.get(keyOf(name)) !== channel) return;
    channel.isReady ||= message.isReady;
    // First, as a listener may ask for it.
    this.#options.said.hear(name, message);
    this.heard.emit({ ...name, message });
  }
}

/** Those that portsup itself may have been started with are about somebody else. */
function withoutNotify(env: Execution['env']): Execution['env'] {
  const { NOTIFY_SOCKET: _socket, WATCHDOG_PID: _pid, WATCHDOG_USEC: _usec, ...others } = env;
  return others;
}

/** sd_watchdog_enabled(3) takes a missing WATCHDOG_PID for "whoever asks"; nobody knows the PID before there is one. */
const notifyVariables = (address: string, { watchdogMs }: NonNullable<ChannelWish['notify']>): Execution['env'] => ({
  NOTIFY_SOCKET: address,
  ...(watchdogMs !== null && { WATCHDOG_USEC: String(Math.round(watchdogMs * 1_000)) }),
});

const keyOf = ({ app, path }: Pick<RunName, 'app' | 'path'>): string => `${app}:${path}`;
