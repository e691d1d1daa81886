/**
 * What makes a shell ask `portsup __complete` (src/cli/complete.ts) for the words that fit. As little as possible is done here, so that the words are
 * always those of the portsup that is installed. It is the one that is being called, if that can be found without running anything. Pure.
 */
import type { ShellName } from '../shells.js';

// Works with bash 3.2, which macOS has: there is no compopt in it, hence the second way to files.
const BASH = `# bash completion of portsup; in ~/.bashrc: source <(portsup completion bash)
_portsup() {
  local IFS=' ' line=\${COMP_LINE-} program=portsup word
  [[ -n $line ]] || line="\${COMP_WORDS[*]:0:COMP_CWORD+1}"
  line=\${line:0:\${COMP_POINT:-\${#line}}}
  [[ -n \${1-} ]] && type -P -- "$1" >/dev/null && program=$1
  COMPREPLY=()
  while IFS= read -r word; do
    case $word in
      :files) compopt -o default 2>/dev/null || _portsup_take -f "\${2-}" ;;
      :folders) compopt -o dirnames 2>/dev/null || _portsup_take -d "\${2-}" ;;
      :programs) compopt -o default 2>/dev/null; _portsup_take -c "\${2-}" ;;
      *) COMPREPLY+=("$word") ;;
    esac
  done < <(command "$program" __complete bash "$COMP_WORDBREAKS" "$line" 2>/dev/null)
}
_portsup_take() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$1" -- "$2")
}
complete -F _portsup portsup
`;

const ZSH = `#compdef portsup
# zsh completion of portsup; in ~/.zshrc: source <(portsup completion zsh)
# or as the file _portsup in a folder of $fpath, before compinit.
_portsup() {
  local program=portsup line word result=1
  local -a before lines found
  [[ -n $words[1] ]] && whence -p -- "\${(Q)words[1]}" >/dev/null && program=\${(Q)words[1]}
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  lines=("\${(@f)$(command $program __complete zsh "\${(@)before}" "\${(Q)PREFIX}" 2>/dev/null)}")
  for line in "\${(@)lines}"; do
    case $line in
      '') ;;
      :files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files && result=0 ;;
      :folders) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ && result=0 ;;
      :programs) _command_names -e && result=0 ;;
      *) word=\${line%%$'\\t'*}; found+=("\${word//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( $#found )) && _describe -V -t portsup 'portsup' found && result=0
  return result
}
if [[ $funcstack[1] == _portsup ]]; then
  _portsup "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _portsup portsup
fi
`;

const FISH = `# fish completion of portsup; portsup completion fish > ~/.config/fish/completions/portsup.fish
function __portsup_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l program portsup
    type -fq -- $before[1]; and set program $before[1]
    set -e before[1]
    for line in (command $program __complete fish $before "$current" 2>/dev/null)
        switch $line
            case :files
                __portsup_files __fish_complete_path "$current"
            case :folders
                __portsup_files __fish_complete_directories "$current"
            case :programs
                complete -C "$current"
            case '*'
                printf '%s\\n' $line
        end
    end
end
function __portsup_files
    set -l option (string match -r -- '^--[^=]+=' $argv[2])
    printf '%s\\n' "$option"($argv[1] (string replace -r -- '^--[^=]+=' '' $argv[2]))
end
complete -c portsup -e
complete -c portsup -f -k -a '(__portsup_complete)'
`;

const SCRIPTS: Readonly<Record<ShellName, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** The script for a shell; sourcing it twice is the same as once. */
export const completionScript = (shell: ShellName): string => SCRIPTS[shell];
