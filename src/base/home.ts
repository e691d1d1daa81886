/** Where portsup keeps things: all below `home` and `runtime`, both 0700 and owned by the person who runs it. */
export interface HomeLayout {
  /** State that outlives a reboot: journal, logs. The lock, too: the runtime folder may be removed under a daemon (at logout). */
  readonly home: string;
  /** Socket, FIFOs. */
  readonly runtime: string;
  readonly socket: string;
  readonly lock: string;
  readonly fifos: string;
  readonly logs: string;
  readonly journal: string;
  readonly daemonLog: string;
  /** What the next keeper has to know, should this one be killed. */
  readonly state: string;
  /** Written by a keeper that has given up starting daemons: its PID, and why. */
  readonly failure: string;
  /** Written by a daemon that starts another keeper in the place of one that was killed: its own PID. */
  readonly relay: string;
}

/** What the layout depends on; `isOurFolder` says whether a path is a folder owned by this user. */
export interface HomeSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  readonly isOurFolder: (path: string) => boolean;
}

/** Longest path of a Unix socket in bytes: sun_path holds 108 on Linux and 104 on macOS, one of them the final zero. */
export const maxSocketPath = (platform: string): number => (platform === 'linux' ? 107 : 103);

/**
 * The folders of one portsup: `PORTSUP_HOME`, else `$XDG_STATE_HOME/portsup`, else `~/.local/state/portsup`.
 * Runtime files go to `$XDG_RUNTIME_DIR/portsup` where that folder exists and is ours; with `PORTSUP_HOME` set they always stay inside it.
 */
export function homeLayout(source: HomeSource): HomeLayout {
  const { env } = source;
  const home = env['PORTSUP_HOME'] || `${env['XDG_STATE_HOME'] || `${source.userHome}/.local/state`}/portsup`;
  const shared = env['XDG_RUNTIME_DIR'];
  const runtime = !env['PORTSUP_HOME'] && shared && source.isOurFolder(shared) ? `${shared}/portsup` : `${home}/run`;
  return {
    home,
    runtime,
    socket: `${runtime}/portsup.sock`,
    lock: `${home}/lock`,
    fifos: `${runtime}/fifo`,
    logs: `${home}/logs`,
    journal: `${home}/journal.ndjson`,
    daemonLog: `${home}/daemon.log`,
    state: `${home}/state.ndjson`,
    failure: `${runtime}/no-daemon`,
    relay: `${runtime}/relay`,
  };
}
