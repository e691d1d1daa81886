import { describe, expect, it } from 'vitest';
import { inheritedEnvironment } from '../../src/config/environment.js';

describe('the inherited environment', () => {
  it('is without what only describes a terminal, a shell or one process', () => {
    const personal = {
      SHLVL: '2',
      PWD: '/x',
      OLDPWD: '/y',
      _: '/usr/bin/node',
      TERM_PROGRAM: 'vscode',
      SSH_TTY: '/dev/pts/1',
      SSH_AUTH_SOCK: '/tmp/agent',
      WINDOWID: '7',
      INIT_CWD: '/x',
      npm_lifecycle_event: 'start',
      NODE_CHANNEL_FD: '3',
      NODE_CHANNEL_SERIALIZATION_MODE: 'json',
      NODE_OPTIONS: '--inspect',
      PORTSUP_APP: 'other',
      PORTSUP_SERVICE: 'other/x',
      PORTSUP_RUN: '4',
    };
    const kept = {
      TERM: 'xterm',
      LANG: 'C',
      HOME: '/home/me',
      PORTSUP_HOME: '/p',
      NODE_ENV: 'production',
      TERMINFO: '/t',
      '': 'odd',
      A: '',
    };
    expect(inheritedEnvironment({ ...personal, ...kept })).toEqual(kept);
  });

  it('leaves out variables that are not set', () => {
    expect(inheritedEnvironment({ A: undefined, B: 'b' })).toEqual({ B: 'b' });
  });

  it('keeps NODE, COLOR, EDITOR and PATH as they are when no package runner ran us', () => {
    const env = { NODE: '/n', COLOR: '1', EDITOR: 'vi', PATH: '/p/node_modules/.bin:/bin' };
    expect(inheritedEnvironment(env)).toEqual(env);
  });

  it('is without what npm put there', () => {
    const npm = { npm_execpath: '/npm-cli.js', npm_node_execpath: '/usr/bin/node', NODE: '/usr/bin/node', COLOR: '1', EDITOR: 'vi' };
    const path = '/w/node_modules/.bin:/node_modules/.bin:/npm/@npmcli/run-script/lib/node-gyp-bin:/mine/node_modules/.bin:/bin';
    expect(inheritedEnvironment({ ...npm, PATH: path })).toEqual({ PATH: '/mine/node_modules/.bin:/bin' });
  });

  it("keeps a person's own EDITOR and NODE under npm", () => {
    const env = { npm_execpath: '/npm-cli.js', npm_node_execpath: '/usr/bin/node', NODE: '/opt/node', EDITOR: 'nano', HOME: '/h' };
    expect(inheritedEnvironment(env)).toEqual({ NODE: '/opt/node', EDITOR: 'nano', HOME: '/h' });
  });

  it.each([
    ['/a/node_modules/.bin:/x/node-gyp-bin:/b/node_modules/.bin:/y/node-gyp-bin:/bin', '/bin'],
    ['/a/node_modules/.bin:/b/node_modules/.bin:/bin:/c/node_modules/.bin', '/bin:/c/node_modules/.bin'],
    ['/bin:/a/node_modules/.bin', '/bin:/a/node_modules/.bin'],
    ['/a/node_modules/.bin:/x/node-gyp-bin', '/a/node_modules/.bin:/x/node-gyp-bin'],
  ])('makes of the PATH %s under a runner %s', (before, after) => {
    expect(inheritedEnvironment({ npm_lifecycle_event: 'npx', PATH: before })).toEqual({ PATH: after });
  });
});
