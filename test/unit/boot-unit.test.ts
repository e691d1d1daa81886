import { describe, expect, it } from 'vitest';
import { readPlist, renderPlist } from '../../src/cli/render/launchd-plist.js';
import { readUnit, renderUnit } from '../../src/cli/render/systemd-unit.js';
import { annsJob } from '../helpers/boot.js';

const ODD = {
  node: '/o d%h $X ü/node',
  launcher: '/q"uo\'te \\ $X ${Y} %t/portsup.js',
  env: { PATH: '/a b:/%n', PORTSUP_HOME: '/h "%" $H \\' },
};
const www = { name: 'www-data', uid: 33, folder: '/var/www' };

describe('the systemd unit', () => {
  it('of a person starts the daemon with their systemd', () => {
    expect(renderUnit(annsJob())).toBe(`# Written by "portsup boot enable", which writes it anew.
# For changes of your own: systemctl --user edit portsup.service
[Unit]
Description=portsup (/home/ann/.local/state/portsup)

[Service]
Type=forking
Environment="PATH=/usr/bin:/bin"
ExecStart="/usr/bin/node" "/usr/lib/node_modules/portsup/bin/portsup.js" daemon start
RuntimeDirectory=portsup-unit
RuntimeDirectoryMode=0700
ExecStartPost="/usr/bin/node" -e "fs.copyFileSync(...process.argv.slice(1))" "/home/ann/.local/state/portsup/lock" %t/portsup-unit/pid
PIDFile=%t/portsup-unit/pid
Restart=on-failure
RestartSec=1s
KillMode=process
TimeoutStopSec=5min
OOMPolicy=continue
TasksMax=infinity

[Install]
WantedBy=default.target
`);
  });

  it('of the machine says who it runs as, and waits for the network', () => {
    const text = renderUnit(annsJob({ scope: 'system', user: www }));
    expect(text).toContain('\nUser=www-data\n');
    expect(text).toContain('\nWants=network-online.target\nAfter=network-online.target ');
    expect(text).toContain('\nWantedBy=multi-user.target\n');
    expect(text).toContain('systemctl edit portsup-www-data.service');
  });

  it('never lets systemd remove the lock, which it would take for a PID file', () => {
    expect(renderUnit(annsJob())).not.toMatch(/^PIDFile=.*lock/m);
  });

  it('keeps odd paths as they are: quotes, percent and dollar signs, backslashes, spaces', () => {
    const text = renderUnit(annsJob(ODD));
    // The program's own path knows no variables, its arguments do. Checked with systemd-analyze 252.
    expect(text).toContain(`ExecStart="/o d%%h $X ü/node" "/q\\"uo'te \\\\ $$X $\${Y} %%t/portsup.js" daemon start\n`);
    expect(text).toContain('Environment="PATH=/a b:/%%n"\nEnvironment="PORTSUP_HOME=/h \\"%%\\" $H \\\\"\n');
    expect(text).toContain('"/h \\"%%\\" $$H \\\\/lock" %t/');
    expect(readUnit(text)).toEqual({ node: ODD.node, launcher: ODD.launcher, path: ODD.env.PATH });
  });

  it('is not read as ours when it starts something else', () => {
    expect(readUnit('[Service]\nExecStart=/usr/bin/node server.js\n')).toBeUndefined();
    expect(readUnit('')).toBeUndefined();
    expect(readUnit('ExecStart=/usr/bin/node /p.js daemon start\n')).toEqual({ node: '/usr/bin/node', launcher: '/p.js', path: undefined });
  });
});

describe('the launchd plist', () => {
  it('of a person runs once at login, and leaves alone what it has started', () => {
    expect(renderPlist(annsJob({ platform: 'darwin' }))).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- Written by "portsup boot enable", which writes it anew. -->
<plist version="1.0">
<dict>
  <key>Label</key><string>portsup</string>
  <key>ProgramArguments</key><array><string>/usr/bin/node</string><string>/usr/lib/node_modules/portsup/bin/portsup.js</string><string>daemon</string><string>start</string></array>
  <key>EnvironmentVariables</key><dict><key>PATH</key><string>/usr/bin:/bin</string></dict>
  <key>RunAtLoad</key><true/>
  <key>AbandonProcessGroup</key><true/>
  <key>ProcessType</key><string>Interactive</string>
  <key>StandardOutPath</key><string>/home/ann/Library/Logs/portsup.log</string>
  <key>StandardErrorPath</key><string>/home/ann/Library/Logs/portsup.log</string>
</dict>
</plist>
`);
  });

  it('of the machine says who it runs as', () => {
    const text = renderPlist(annsJob({ platform: 'darwin', scope: 'system' }));
    expect(text).toContain('  <key>Label</key><string>portsup-ann</string>\n  <key>UserName</key><string>ann</string>\n');
    expect(text).toContain('<string>/home/ann/Library/Logs/portsup-ann.log</string>');
  });

  it('keeps odd paths as they are', () => {
    const odd = { node: '/a & b/node', launcher: '/<p> &amp; "q"/portsup.js', env: { PATH: '/x&y:/<z>' } };
    const text = renderPlist(annsJob({ platform: 'darwin', ...odd }));
    expect(text).toContain('<string>/a &amp; b/node</string><string>/&lt;p&gt; &amp;amp; "q"/portsup.js</string>');
    expect(readPlist(text)).toEqual({ node: odd.node, launcher: odd.launcher, path: odd.env.PATH });
    expect(readPlist('<key>ProgramArguments</key><array><string>/bin/ls</string></array>')).toBeUndefined();
  });
});
