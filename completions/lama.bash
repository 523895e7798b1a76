# Completion of lama's commands and options for bash, and for zsh after `bashcompinit`. It reads
# the program's --help, so it is always up to date.
_lama() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local -a command=()
  local word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    # Commands are the plain words at the beginning.
    [[ $word =~ ^[a-z]+$ && ${#command[@]} -lt 2 ]] || break
    command+=("$word")
  done
  local help
  help=$("${COMP_WORDS[0]}" "${command[@]}" --help 2>/dev/null) ||
    help=$("${COMP_WORDS[0]}" "${command[0]}" --help 2>/dev/null) || return
  local words=
  case $previous in
    --mask-channel) words="auto luma alpha" ;;
    --device) words="auto cpu torch-cpu cuda" ;;
    --strategy) words="auto full crop resize" ;;
    --detail) words="auto off on" ;;
    --match) words="auto off" ;;
    --lpips) words="vgg alex squeeze" ;;
    --dtype) words="f32 f16 bf16" ;;
    --shard) words="auto" ;;
  esac
  if [[ ${command[*]} == "models pull" && $current != -* ]]; then
    words=$("${COMP_WORDS[0]}" models list | sed -n '/^embedded/d;s/^\([a-z-]*\) .*/\1/p')
  fi
  if [[ -z $words && $current == -* ]]; then
    words=$(sed -n 's/^  \(-[a-z],\)\{0,1\}\(--[a-z-]*\).*/\2/p' <<<"$help")
  elif [[ -z $words ]]; then
    words=$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$help")
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _lama lama
