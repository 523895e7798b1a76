#!/usr/bin/env bash
# Tests the offers of completions/lama.bash. Usage: completion_test.sh LAMA SOURCE_DIR
set -euo pipefail
PATH=$(dirname "$1"):$PATH
source "$2/completions/lama.bash"
failed=0

# expect "offered words" typed words …
expect() {
  local wanted=$1
  shift
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  _lama
  if [[ "${COMPREPLY[*]}" != "$wanted" ]]; then
    echo "$*: offered '${COMPREPLY[*]}', expected '$wanted'" >&2
    failed=1
  fi
}

expect "inpaint" lama inp
expect "info" lama models inf
expect "--mask-threshold --mask-channel" lama inpaint photo.jpg --mask-
expect "auto alpha" lama inpaint photo.jpg mask.png --mask-channel a
expect "alex" lama evaluate set results --lpips a
expect "--dtype" lama models convert big-lama --d
expect "" lama inpaint photo
expect "big-lama big-lama-torchscript" lama models pull big
expect "--offline" lama models pull --off
exit $failed
