/** Signals that both Linux and macOS know, by name; the number only where it is the same on both. */
const SIGNALS: Readonly<Record<string, number | null>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGBUS: null,
  SIGSYS: null,
  SIGUSR1: null,
  SIGUSR2: null,
  SIGCHLD: null,
  SIGCONT: null,
  SIGSTOP: null,
  SIGTSTP: null,
  SIGTTIN: null,
  SIGTTOU: null,
  SIGURG: null,
  SIGXCPU: null,
  SIGXFSZ: null,
  SIGVTALRM: null,
  SIGPROF: null,
  SIGWINCH: null,
  SIGIO: null,
};

/** Every signal name portsup accepts; each also without "SIG". */
export const signalNames: readonly string[] = Object.keys(SIGNALS);

/** "SIGHUP" for "SIGHUP", "HUP", "hup" or "1"; undefined for what is no signal. */
export function parseSignal(text: string): string | undefined {
  const upper = text.trim().toUpperCase();
  if (/^\d+$/.test(upper)) return signalNames.find((name) => SIGNALS[name] === Number(upper));
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  return name in SIGNALS ? name : undefined;
}
