#!/usr/bin/env bash
# What liblama.so exports is what symbols.txt lists: a symbol that goes breaks programs, and one that
# comes is a promise.
#
#   symbols_test.sh LIBLAMA.SO
set -euo pipefail
diff -u "$(dirname "$0")/symbols.txt" \
  <(nm --dynamic --defined-only --demangle "$1" | sed -E 's/^[0-9a-f]* . //' | LC_ALL=C sort -u)
