import { describe, expect, it } from 'vitest';
import { homeLayout } from '../../src/base/home.js';

const layoutOf = (env: Readonly<Record<string, string>>, isOurs = true): ReturnType<typeof homeLayout> =>
  homeLayout({ env, userHome: '/home/ann', isOurFolder: () => isOurs });

describe('a home', () => {
  it('is below the home of the person, XDG_STATE_HOME, or what PORTSUP_HOME says', () => {
    expect(layoutOf({}).home).toBe('/home/ann/.local/state/portsup');
    expect(layoutOf({ XDG_STATE_HOME: '/state' }).home).toBe('/state/portsup');
    expect(layoutOf({ XDG_STATE_HOME: '/state', PORTSUP_HOME: '/mine' }).home).toBe('/mine');
  });

  it('has its socket and pipes in XDG_RUNTIME_DIR where that is ours and PORTSUP_HOME does not say otherwise', () => {
    expect(layoutOf({ XDG_RUNTIME_DIR: '/run/user/7' })).toMatchObject({
      socket: '/run/user/7/portsup/portsup.sock',
      fifos: '/run/user/7/portsup/fifo',
    });
    expect(layoutOf({ XDG_RUNTIME_DIR: '/run/user/7' }, false).runtime).toBe('/home/ann/.local/state/portsup/run');
    expect(layoutOf({ XDG_RUNTIME_DIR: '/run/user/7', PORTSUP_HOME: '/mine' }).runtime).toBe('/mine/run');
  });

  it('has its lock where nothing is removed at a logout: a second daemon for the home would start everything twice', () => {
    expect(layoutOf({ XDG_STATE_HOME: '/state', XDG_RUNTIME_DIR: '/run/user/7' }).lock).toBe('/state/portsup/lock');
  });
});
