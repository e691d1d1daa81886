/** What tries of services and watchdogs are made with: commands run as what they ask about, with its folder, its environment and its limits. */
import { Matcher } from '../../health/matcher.js';
import type { Tries } from '../../health/try.js';
import type { WatchdogSpec } from '../../supervision/spec.js';
import { findNode } from '../../supervision/tree.js';
import { identityOf } from '../perform.js';
import { markedEnvironment } from '../service-environment.js';
import type { ExecProbes, ProbeExecution } from './exec-probes.js';
import type { HealthOptions } from './health-options.js';
import { portOfProbe, type Subject } from './probe-name.js';

export interface ProbeTriesOptions extends Pick<HealthOptions, 'clock' | 'runtime' | 'apps'> {
  readonly commands: ExecProbes;
}

type Surroundings = Omit<ProbeExecution, 'argv'>;

/** Owns the thread that matches texts; after `close` there is none. */
export class ProbeTries {
  readonly #options: ProbeTriesOptions;
  readonly #matcher: Matcher;

  constructor(options: ProbeTriesOptions) {
    this.#options = options;
    this.#matcher = new Matcher(options.clock);
  }

  ofService(subject: Subject): Tries {
    return this.#of(subject, (run) => this.#service(subject, run));
  }

  ofWatchdog(subject: Subject, spec: WatchdogSpec): Tries {
    return this.#of(subject, (run) => this.#watchdog(subject, spec, run));
  }

  close(): void {
    this.#matcher.close();
  }

  #of(subject: Subject, surroundings: (run: number) => Surroundings): Tries {
    const { clock, commands } = this.#options;
    return {
      clock,
      matches: this.#matcher.matches,
      exec: ({ command }, signal) => commands.run(subject, (run) => ({ ...surroundings(run), argv: command }), signal),
    };
  }

  /** With a marker of its own: what clears up after a run of the service leaves it alone. */
  #service({ app, path }: Subject, run: number): Surroundings {
    const { runtime, apps } = this.#options;
    const root = runtime.forest().apps[app]?.root;
    const service = root && findNode(root, path);
    if (service?.kind !== 'service') throw new Error(`there is no service ${path} any more`);
    return { cwd: service.spec.cwd, ...identityOf(service.spec, apps, { ...portOfProbe({ app, path }), run }) };
  }

  #watchdog(subject: Subject, { cwd, env }: WatchdogSpec, run: number): Surroundings {
    const inherited = this.#options.apps.get(subject.app)?.env ?? {};
    return {
      cwd,
      env: markedEnvironment(inherited, { env }, { ...portOfProbe(subject), run }),
      user: { kind: 'own' },
      attributes: { nice: null, umask: null, limits: { nofile: null, core: null } },
    };
  }
}
