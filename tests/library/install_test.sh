#!/usr/bin/env bash
# Installs into an empty folder and builds the examples there, outside of the source tree, in every way
# of docs/library.md.
#
#   install_test.sh CMAKE BUILD CC CXX
set -euo pipefail
cmake=$1 build=$2 cc=$3 cxx=$4
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }

"$cmake" --install "$build" --prefix "$work/first" >"$work/log" || { cat "$work/log"; exit 1; }
# Moves the tree: absolute paths into the old place would fail.
mv "$work/first" "$work/prefix"
prefix=$work/prefix
# The installed examples suffice.
cp -r "$prefix/share/doc/lama/examples" "$work/examples"

for file in bin/lama include/lama/api.h include/lama/lama.h include/lama/lama.hpp share/man/man1/lama.1 share/bash-completion/completions/lama \
            share/fish/vendor_completions.d/lama.fish share/doc/lama/LICENSE share/doc/lama/library.md; do
  [ -s "$prefix/$file" ] || fail "not installed: $file"
done
[ "$(ls "$prefix/include")" = lama ] && [ "$(ls "$prefix/include/lama" | wc -l)" = 3 ] ||
  fail "other headers are installed"
library=$(dirname "$(find "$prefix" -name liblama.a)")

# The components together are the whole installation, and the runtime suffices for a program with liblama.so.
for component in runtime development program gimp; do
  "$cmake" --install "$build" --prefix "$work/components" --component $component >"$work/log" ||
    { cat "$work/log"; exit 1; }
  [ $component != runtime ] || [ -z "$(find "$work/components" ! -type d ! -name 'liblama.so.*' ! -path '*/doc/*')" ] ||
    fail "more than the library: $(find "$work/components" -type f)"
done
[ "$(cd "$work/components" && find . ! -type d | sort)" = "$(cd "$prefix" && find . ! -type d | sort)" ] ||
  fail "some files have no install component"

# With find_package.
for static in OFF ON; do
  "$cmake" -S "$work/examples" -B "$work/cmake-$static" -DSTATIC=$static -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
    -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror" \
    >"$work/log" 2>&1 && "$cmake" --build "$work/cmake-$static" >>"$work/log" 2>&1 ||
    { cat "$work/log"; exit 1; }
done

# With pkg-config, which must require nothing that the shared library does not need.
cd "$work/examples"
mkdir "$work/pc-OFF" "$work/pc-ON"
pc() { PKG_CONFIG_LIBDIR=$library/pkgconfig pkg-config "$@" lama; }
shared=$(pc --cflags --libs)
# The linker prefers liblama.so to liblama.a.
static=$(pc --static --cflags --libs | sed 's/-llama/-l:liblama.a/')
# shellcheck disable=SC2086  # flags are words
{
  "$cc" -std=c99 -pedantic -Wall -Wextra -Werror fill.c $shared -Wl,-rpath,"$library" \
    -o "$work/pc-OFF/fill_c"
  "$cxx" -std=c++20 fill.cpp $shared -Wl,-rpath,"$library" -o "$work/pc-OFF/fill_cpp"
  "$cc" -std=c11 fill.c $static -o "$work/pc-ON/fill_c"
  "$cxx" -std=c++20 fill.cpp $static -o "$work/pc-ON/fill_cpp"
}

"$prefix/bin/lama" --version >/dev/null
for program in "$work"/{cmake,pc}-{OFF,ON}/fill_{c,cpp}; do
  "$program" embedded "$program.ppm"
  cmp "$program.ppm" "$work/cmake-OFF/fill_c.ppm"
  needed=$(ldd "$program")
  case $program in
    *-OFF/*) [[ $needed == *liblama.so* ]] || fail "$program is not linked to liblama.so" ;;
    *) [[ $needed != *liblama.so* ]] || fail "$program needs liblama.so" ;;
  esac
  # An error is one line of text.
  if "$program" "$work/none" "$work/none.ppm" 2>"$work/error"; then fail "no model, no error"; fi
  [ "$(wc -l <"$work/error")" = 1 ] && grep -q "$work/none" "$work/error" || fail "$(cat "$work/error")"
done
for program in "$work"/cmake-{OFF,ON}/host; do "$program" embedded | grep -q '^most during the fill: '; done
# The green rectangle is gone.
[ "$(tail -c 18432 "$work/cmake-OFF/fill_c.ppm" | od -An -v -tu1 -w3 | awk '$2 > 127' | wc -l)" = 0 ] ||
  fail "the rectangle is still there"
echo "examples work: shared and static, with find_package and with pkg-config"
