#!/usr/bin/env bash
# liblama.so must export the symbols of symbols.txt: a removed symbol breaks programs, and a new one is a
# promise.
#
#   symbols_test.sh LIBLAMA.SO
set -euo pipefail
diff -u "$(dirname "$0")/symbols.txt" \
  <(nm --dynamic --defined-only --demangle "$1" | sed -E 's/^[0-9a-f]* . //' | LC_ALL=C sort -u)
