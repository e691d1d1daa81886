/** Shells that complete a line for real, as a person who presses the tab key has them do it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { portsupBin } from './cli.js';
import type { TestHome } from './home.js';
import type { Project } from './project.js';

/** Is this shell installed? */
export const hasShell = (name: string): boolean => spawnSync(name, ['-c', 'exit 0']).status === 0;

/** Milliseconds that a shell may take for one line; then it is killed, and the test fails. */
const LIMIT_MS = 20_000;

/** An environment in which `portsup` is this project's, as after an installation. */
export function withPortsup(home: TestHome): Readonly<Record<string, string>> {
  const bin = home.path('bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(portsupBin, `${bin}/portsup`);
  return { PATH: `${bin}:${home.env['PATH'] ?? ''}`, TERM: 'dumb' };
}

/** What COMPREPLY holds after the script of `portsup completion bash` has been asked; `setup` is run before. */
export function inBash(project: Project, line: string, setup = ''): readonly string[] {
  const script = `
    eval "$(portsup completion bash)"
    read -ra COMP_WORDS <<< "$1"
    [[ $1 == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )) COMP_LINE=$1 COMP_POINT=\${#1}
    ${setup}
    _portsup portsup "\${1##*[ :=]}"
    (( \${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "\${COMPREPLY[@]}"`;
  return linesOf(project, 'bash', '--noprofile', '--norc', '-c', script, 'bash', line);
}

/** What fish offers, each with its description behind a tab. */
export const inFish = (project: Project, line: string): readonly string[] =>
  linesOf(project, 'fish', '-N', '-c', 'portsup completion fish | source; complete -C $argv[1]', line);

/**
 * Types a line into a zsh on a terminal, and then `keys` (tab); gives what is on the command line then, and what has come to the screen.
 * `^Xa` puts all that fits on the command line.
 */
export function inZsh(project: Project, line: string, keys = '\t'): { readonly buffer: string; readonly screen: string } {
  const said = linesOf(project, 'zsh', '-f', '-c', ZSH_DRIVER, 'zsh', line + keys);
  const at = said.indexOf('BUFFER');
  return { buffer: said[at + 1] ?? '', screen: said.slice(0, at).join('\n') };
}

const ZSH_DRIVER = `
  zmodload zsh/zpty
  zpty inner 'zsh -f -i'
  zpty -w inner 'autoload -Uz compinit && compinit -u -D; stty cols 120 rows 60; unsetopt beep; LISTMAX=500'
  zpty -w inner 'source <(portsup completion zsh)'
  zpty -w inner 'show() { print -r -- "$BUFFER" > $HOME/buffer; exit }; zle -N show; bindkey "^Xs" show'
  zpty -w inner 'zle -C all-matches complete-word _generic; bindkey "^Xa" all-matches'
  zpty -w inner 'zstyle ":completion:all-matches:*" insert yes; zstyle ":completion:all-matches::::" completer _all_matches _complete'
  zpty -w inner 'print rea""dy'
  zpty -r -m inner before '*ready*' || exit 1
  zpty -n -w inner "$1"$'\\030s'
  while zpty -r inner part; do print -rn -- "$part"; done
  print
  print BUFFER
  cat $HOME/buffer
`;

function linesOf({ env, folder }: Project, shell: string, ...args: readonly string[]): readonly string[] {
  const { stdout, stderr, status, signal } = spawnSync(shell, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (status !== 0 || stderr !== '') throw new Error(`${shell} ended with ${status ?? signal}: ${stderr}`);
  // oxlint-disable-next-line no-control-regex -- an escape sequence begins with one.
  const plain = stdout.replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '');
  return plain.split('\n').filter((one) => one !== '');
}
