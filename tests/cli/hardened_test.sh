#!/usr/bin/env bash
# The program and the shared library have what makes an attacker's work harder: addresses that differ from run to
# run, no stack to execute, tables of functions that are read-only after the start, and checks of writes to the stack,
# of sizes of copies and of containers' indices.
#
#   hardened_test.sh FILE...
set -euo pipefail
command -v readelf >/dev/null || exit 77
failed=0
for file in "$@"; do
  header=$(readelf -hW "$file") segments=$(readelf -lW "$file") dynamic=$(readelf -dW "$file")
  symbols=$(readelf -sW --dyn-syms "$file")
  require() {
    grep -q "$2" <<<"$3" || { echo "$file: $1"; failed=1; }
  }
  require "its addresses are fixed" 'Type: *DYN' "$header"
  require "its tables stay writable (no RELRO)" GNU_RELRO "$segments"
  require "its tables stay writable (no BIND_NOW)" 'BIND_NOW\|FLAGS_1.*NOW' "$dynamic"
  require "nothing watches its stack" __stack_chk_fail "$symbols"
  require "sizes of copies are not checked" '__[a-z]*_chk' "$symbols"
  require "indices are not checked" _ZSt21__glibcxx_assert_fail "$symbols"
  if grep GNU_STACK <<<"$segments" | grep -q 'RWE'; then echo "$file: its stack can be executed"; failed=1; fi
done
exit $failed
