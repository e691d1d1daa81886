import { describe, expect, it } from 'vitest';
import { crontabLine, portsupBoot } from '../../src/cli/boot/commands.js';
import { placeOf } from '../../src/cli/boot/place.js';
import { differences } from '../../src/cli/boot/unit-file.js';
import { annsJob } from '../helpers/boot.js';

const root = { name: 'root', uid: 0, folder: '/root' };
const www = { name: 'www-data', uid: 33, folder: '/var/www' };

describe('a start at boot', () => {
  it("is a unit of the person's own, in the folder where their systemd looks", () => {
    expect(annsJob()).toMatchObject({
      name: 'portsup',
      file: '/home/ann/.config/systemd/user/portsup.service',
      otherFile: '/etc/systemd/system/portsup-ann.service',
      home: '/home/ann/.local/state/portsup',
      environment: { PATH: '/usr/bin:/bin' },
    });
    expect(annsJob({ env: { XDG_CONFIG_HOME: '/cfg' } }).file).toBe('/cfg/systemd/user/portsup.service');
    expect(annsJob({ env: { XDG_CONFIG_HOME: 'cfg' } }).file).toBe('/home/ann/.config/systemd/user/portsup.service');
  });

  it("is one of the machine's for root, with the person's name for others", () => {
    const asRoot = { me: root, env: { XDG_STATE_HOME: '/roots', XDG_CONFIG_HOME: '/roots' }, myFolder: '/root' };
    expect(annsJob({ scope: 'system', ...asRoot, user: root, env: {} })).toMatchObject({
      file: '/etc/systemd/system/portsup.service',
      otherFile: '/root/.config/systemd/user/portsup.service',
    });
    expect(annsJob({ scope: 'system', ...asRoot, user: www })).toMatchObject({
      name: 'portsup-www-data',
      file: '/etc/systemd/system/portsup-www-data.service',
      otherFile: '/var/www/.config/systemd/user/portsup.service',
      home: '/var/www/.local/state/portsup',
      environment: {},
    });
  });

  it('of another home has a name of its own, the same each time, and never that of a third home', () => {
    const nameOf = (home: string): string => annsJob({ env: { PORTSUP_HOME: home } }).name;
    expect(nameOf('/srv/shop')).toMatch(/^portsup-shop-[0-9a-f]{6}$/);
    expect(nameOf('/srv/shop')).toBe(nameOf('/srv/shop'));
    expect(nameOf('/opt/shop')).not.toBe(nameOf('/srv/shop'));
    expect(nameOf('/srv/a shop@home%')).toMatch(/^portsup-a-shop-home-[0-9a-f]{6}$/);
    expect(nameOf('/srv/.ü')).toMatch(/^portsup-home-[0-9a-f]{6}$/);
    expect(nameOf('/home/ann/.local/state/portsup')).toBe('portsup');
  });

  it('takes along what decides about the home, and no more than that and PATH', () => {
    const env = { PATH: '/bin', XDG_STATE_HOME: '/state', TOKEN: 'secret', LANG: 'C' };
    expect(annsJob({ env }).environment).toEqual({ PATH: '/bin', XDG_STATE_HOME: '/state' });
    expect(annsJob({ env: { ...env, PORTSUP_HOME: '/p' } }).environment).toEqual({ PATH: '/bin', PORTSUP_HOME: '/p' });
    expect(annsJob({ env: { PATH: '/bin' }, myFolder: '/elsewhere' })).toMatchObject({
      environment: { PATH: '/bin', HOME: '/elsewhere' },
      home: '/elsewhere/.local/state/portsup',
    });
  });

  it('has the PATH of the person, without what npx puts before it', () => {
    const env = { npm_execpath: '/x', PATH: '/app/node_modules/.bin:/node_modules/.bin:/lib/node-gyp-bin:/usr/bin' };
    expect(annsJob({ env }).environment).toEqual({ PATH: '/usr/bin' });
  });

  it('is a plist on macOS, in the folder of agents or of daemons', () => {
    expect(annsJob({ platform: 'darwin' }).file).toBe('/home/ann/Library/LaunchAgents/portsup.plist');
    expect(annsJob({ platform: 'darwin', scope: 'system' }).file).toBe('/Library/LaunchDaemons/portsup-ann.plist');
  });

  it('can be had from cron, by a line that it takes as it is meant', () => {
    expect(crontabLine(annsJob())).toBe('@reboot /usr/bin/node /usr/lib/node_modules/portsup/bin/portsup.js daemon start');
    expect(crontabLine(annsJob({ env: { PORTSUP_HOME: "/it's 100%" }, node: '/a b/node', launcher: '/p.js' }))).toBe(
      "@reboot PORTSUP_HOME='/it'\\''s 100\\%' '/a b/node' /p.js daemon start",
    );
  });

  it('is named in remedies by the option that means it', () => {
    expect(portsupBoot('enable', annsJob())).toBe('portsup boot enable');
    expect(portsupBoot('status', annsJob({ scope: 'system' }))).toBe('portsup boot status --user ann');
  });
});

describe('the place of a program', () => {
  it.each([
    ['/home/ann/.nvm/versions/node/v20.1.0/bin/node', 'nvm'],
    ['/home/ann/.local/share/fnm/node-versions/v20.1.0/installation/bin/node', 'fnm'],
    ['/home/ann/.volta/tools/image/node/20.1.0/bin/node', 'Volta'],
    ['/home/ann/.asdf/installs/nodejs/20.1.0/bin/node', 'asdf'],
    ['/home/ann/.local/share/mise/installs/node/20.1.0/bin/node', 'mise'],
    ['/opt/homebrew/Cellar/node/20.1.0/bin/node', 'Homebrew'],
    ['/nix/store/abc-nodejs-20.1.0/bin/node', 'Nix'],
    ['/snap/node/8000/bin/node', 'snap'],
    ['/home/ann/.npm/_npx/0123abcd/node_modules/portsup/bin/portsup.js', "npx's cache"],
    ['/srv/app/node_modules/.pnpm/portsup@0.1.0/node_modules/portsup/bin/portsup.js', "pnpm's store"],
  ])('%s goes with %s', (path, name) => {
    expect(placeOf(path)).toEqual({ name, isTemporary: false });
  });

  it.each(['/tmp/node', '/run/user/1000/fnm_multishells/1_2/bin/node', '/private/var/folders/x/node', '/dev/shm/node'])(
    '%s is temporary',
    (path) => {
      expect(placeOf(path)?.isTemporary).toBe(true);
    },
  );

  it.each(['/usr/bin/node', '/usr/local/bin/node', '/usr/lib/node_modules/portsup/bin/portsup.js', '/run/current-system/sw/bin/node'])(
    '%s is to stay',
    (path) => {
      expect(placeOf(path)).toBeUndefined();
    },
  );
});

describe('what differs', () => {
  it('is told by the names of the settings', () => {
    expect(differences('# a\nType=forking\nUser=ann\n', '# b\nType=forking\nUser=bob\nRestart=no\n')).toEqual([
      'comments',
      'User',
      'Restart',
    ]);
    expect(differences('<key>RunAtLoad</key><true/>', '<key>RunAtLoad</key><false/>')).toEqual(['RunAtLoad']);
    expect(differences('same', 'same')).toEqual([]);
  });
});
