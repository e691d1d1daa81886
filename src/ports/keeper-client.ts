import { PortsupError } from '../base/errors.js';
import type { BootNews, KeeperNews, KeeperOrder } from '../keeper/protocol.js';

/** The daemon's end of the line to the keeper that forked it. */
export interface KeeperClient {
  /** PID of the keeper. */
  readonly pid: number;
  /** Version of the protocol that it speaks; 0 before its hello. */
  protocol(): number;
  /** Passes an order on. Nothing happens when the keeper is gone: `onGone` has been told, or is about to be. */
  send(order: KeeperOrder): void;
  /**
   * Makes named pipes (0600); those that exist stay.
   *
   * @throws {@link PortsupError} `FAILED` if one cannot be made, or the keeper ends before it has answered.
   */
  makeFifos(paths: readonly string[]): Promise<void>;
  /** Tells the keeper, once, that the control socket listens, or why it cannot. */
  bootNews(news: BootNews): void;
}

/** What the daemon wants to hear. */
export interface KeeperListener {
  /** Each piece of news in order, except answers to `makeFifos`. */
  readonly onNews: (news: KeeperNews) => void;
  /** The keeper is gone, or can no longer be talked to. */
  readonly onGone: () => void;
}

/** The part of `process` that is the channel; a test brings its own. */
export type KeeperChannel = Pick<NodeJS.Process, 'send' | 'on' | 'env' | 'connected'>;

/**
 * Listens to the keeper that forked this process.
 *
 * @throws {@link PortsupError} `FAILED` if this process was not forked by a keeper.
 */
export function connectKeeper(listener: KeeperListener, channel: KeeperChannel = process): KeeperClient {
  const pid = Number(channel.env['PORTSUP_KEEPER_PID']);
  if (!channel.send || !Number.isInteger(pid) || pid <= 0) {
    throw new PortsupError('FAILED', 'this program is started by the keeper of portsup, not by hand', 'run "portsup up"');
  }
  const waiting = new Map<number, (error: string | null) => void>();
  let lastId = 0;
  let protocol = 0;
  channel.on('message', (message: unknown) => {
    // What a keeper of any version says is one of these, or has a name that the listener passes over.
    const news = message as KeeperNews;
    if (news.news === 'hello') ({ protocol } = news);
    if (news.news !== 'fifos-made') return listener.onNews(news);
    waiting.get(news.id)?.(news.error);
    waiting.delete(news.id);
  });
  channel.on('disconnect', () => {
    for (const answer of waiting.values()) answer('the keeper is gone');
    waiting.clear();
    listener.onGone();
  });
  // Without a callback, sending on a closed channel would be an 'error' event of the process. onGone covers it.
  const say = (message: KeeperOrder | BootNews): void => void channel.send?.(message, undefined, undefined, () => undefined);
  const makeFifos = async (paths: readonly string[]): Promise<void> => {
    if (paths.length === 0) return;
    const error = await new Promise<string | null>((resolve) => {
      if (!channel.connected) return resolve('the keeper is gone');
      waiting.set((lastId += 1), resolve);
      say({ do: 'make-fifos', id: lastId, paths });
    });
    if (error !== null) throw new PortsupError('FAILED', error, 'see "portsup daemon logs"');
  };
  return { pid, protocol: () => protocol, send: say, makeFifos, bootNews: say };
}
