import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { KeeperNews } from '../../src/keeper/protocol.js';
import { connectKeeper, type KeeperChannel } from '../../src/ports/keeper-client.js';

/** A channel whose other end is the test. */
function channelPair(env: Record<string, string> = { PORTSUP_KEEPER_PID: '77' }) {
  const emitter = new EventEmitter();
  const sent: unknown[] = [];
  const channel = Object.assign(emitter, {
    env,
    connected: true,
    send: (message: unknown) => sent.push(message) > 0,
  }) as unknown as KeeperChannel & EventEmitter;
  const news: KeeperNews[] = [];
  let gone = 0;
  const connect = () =>
    connectKeeper(
      {
        onNews: (item) => news.push(item),
        onGone: () => {
          gone += 1;
        },
      },
      channel,
    );
  return { channel, sent, news, connect, goneCount: () => gone };
}

describe('connectKeeper', () => {
  it('passes news on and orders back', () => {
    const pair = channelPair();
    const keeper = pair.connect();
    const hello = { news: 'hello', protocol: 1, pid: 77 } as const;
    pair.channel.emit('message', hello);
    keeper.send({ do: 'goodbye' });
    keeper.bootNews({ boot: 'ready', message: '' });
    expect(keeper.pid).toBe(77);
    expect(pair.news).toEqual([hello]);
    expect(pair.sent).toEqual([{ do: 'goodbye' }, { boot: 'ready', message: '' }]);
  });

  it('tells the answers to several requests for pipes apart', async () => {
    const pair = channelPair();
    const keeper = pair.connect();
    const first = keeper.makeFifos(['/a']);
    const second = keeper.makeFifos(['/b']);
    expect(pair.sent).toEqual([
      { do: 'make-fifos', id: 1, paths: ['/a'] },
      { do: 'make-fifos', id: 2, paths: ['/b'] },
    ]);
    pair.channel.emit('message', { news: 'fifos-made', id: 2, error: 'no space' });
    pair.channel.emit('message', { news: 'fifos-made', id: 1, error: null });
    await expect(second).rejects.toMatchObject({ code: 'FAILED', message: 'no space' });
    await expect(first).resolves.toBeUndefined();
    expect(pair.news).toEqual([]);
  });

  it('asks nothing for no pipes', async () => {
    const pair = channelPair();
    await pair.connect().makeFifos([]);
    expect(pair.sent).toEqual([]);
  });

  it('fails what was asked, and what is asked later, when the keeper goes', async () => {
    const pair = channelPair();
    const keeper = pair.connect();
    const asked = keeper.makeFifos(['/a']);
    Object.assign(pair.channel, { connected: false });
    pair.channel.emit('disconnect');
    await expect(asked).rejects.toMatchObject({ code: 'FAILED', message: 'the keeper is gone' });
    await expect(keeper.makeFifos(['/b'])).rejects.toMatchObject({ code: 'FAILED' });
    expect(pair.goneCount()).toBe(1);
  });

  it('refuses to run in a program that no keeper has forked', () => {
    expect(() => channelPair({}).connect()).toThrow('is started by the keeper of portsup');
  });
});
