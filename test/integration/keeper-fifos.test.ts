import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryHome } from '../helpers/home.js';
import { bundleKeeper, type KeeperRig, startKeeper } from '../helpers/keeper-rig.js';

const home = temporaryHome();
let keeper: KeeperRig;

beforeAll(async () => {
  keeper = await startKeeper(await bundleKeeper(home), { home });
  expect(await keeper.answer).toEqual({ launch: 'ready' });
});

afterAll(() => home.dispose());

describe('a pipe that cannot be made', () => {
  it('is told of, whatever the system says against it, and the keeper lives on', async () => {
    const tooLong = home.path('run', 'fifo', 'x'.repeat(300));
    expect(await keeper.makeFifos([tooLong])).toMatch(/cannot make the named pipe .*x \(.*too long/);
    expect(await keeper.makeFifos([home.path('lock', 'x')])).toMatch(/cannot make the named pipe .*\/lock\/x \(.*Not a directory/);
    expect(await keeper.makeFifos([home.path('run', 'fifo', 'fine')])).toBeNull();
  });
});
