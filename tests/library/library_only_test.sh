#!/usr/bin/env bash
# Configures the library alone with all other packages hidden. Checks in the build plan that liblama.so
# links nothing else and that each of its files has an install component.
#
#   library_only_test.sh CMAKE CXX
set -euo pipefail
cmake=$1 cxx=$2
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "$*" >&2; exit 1; }

# pkg-config knows two modules; find_package must not find the program's dependencies.
mkdir "$work/modules"
for module in libhwy libzip; do
  folder=$(pkg-config --variable=pcfiledir $module)
  cp "$folder/$module.pc" "$work/modules"
  # The module's own requirements, for its private libraries.
  for needed in $(pkg-config --print-requires-private $module | sed 's/ .*//'); do
    cp "$(pkg-config --variable=pcfiledir "$needed")/$needed.pc" "$work/modules"
  done
done
hidden=()
for package in Boost CLI11 CURL Eigen3 GTest JPEG OpenSSL Protobuf Torch ZLIB benchmark; do
  hidden+=("-DCMAKE_DISABLE_FIND_PACKAGE_$package=ON")
done
configure() {
  PKG_CONFIG_LIBDIR=$work/modules "$cmake" -S "$source" -B "$work/$1" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" \
    "${hidden[@]}" "${@:2}" >"$work/log" 2>&1
}

configure alone -DLAMA_LIBRARY_ONLY=ON || { cat "$work/log"; exit 1; }
linked=$(ninja -C "$work/alone" -t commands lama_shared | grep -e ' -shared ' |
  grep -oE '/lib[a-z0-9+-]+\.(so|a)| -l[a-z0-9+-]+' | sed -E 's#^ -l|^/lib|\..*##g' | sort -u | tr '\n' ' ')
[ "$linked" = "fmt hwy yaml-cpp zip " ] || fail "liblama.so links other libraries: $linked"
for component in development runtime; do
  grep -q "\"$component\"" "$work/alone/cmake_install.cmake" || fail "no install component $component"
done
! grep -q '"Unspecified" OR' "$work/alone/cmake_install.cmake" || fail "a file has no install component"

# Without these, one message must name all missing packages.
if configure all; then fail "the program needs no packages?"; fi
text=$(tr -s ' \n' ' ' <"$work/log")
for missing in Boost CLI11 CURL Eigen3 GTest JPEG OpenSSL ZLIB lcms2 libwebp vips-cpp docs/building.md; do
  [[ $text == *"$missing"* ]] || fail "not named as missing: $missing"
done
