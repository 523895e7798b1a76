#!/usr/bin/env bash
# Under small limits of the system, and with pipes and devices in place of files, the program ends soon: with a result, or
# with an error in one line and without a file.
#
#   limits_test.sh LAMA SOURCES
set -uo pipefail
lama=$1 photo=$2/tests/data/pictures/png_srgb.png
grep -qa __asan_init "$lama" || grep -qa __tsan_init "$lama" && exit 77 # a sanitizer maps more
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0
wrong() {
  echo "$1"
  head -c 1000 err
  failed=1
}

# A thread of OpenBLAS that gets no memory spins, and its library waited for it at the exit.
for limit in "-v 300000" "-v 500000" "-d 30000" "-d 60000" "-d 100000" "-n 5" "-s 64" "-s 128" "-s 512"; do
  # OpenBLAS 0.3.29 tries without end to get its memory, before main.
  # shellcheck disable=SC2086
  (ulimit $limit && exec timeout -k 1 5 "$lama" --version) >/dev/null 2>&1
  [ $? = 124 ] && [[ $(ldd "$lama") == *libopenblas* ]] && continue
  for more in "" --sandbox; do
    rm -f out.png
    # shellcheck disable=SC2086
    (ulimit $limit && exec timeout -k 1 30 "$lama" inpaint -q --model patches --threads 2 $more \
      "$photo" "$photo" -o out.png) 2>err
    code=$?
    [ $code -le 1 ] || wrong "ulimit $limit, $more: code $code"
    if [ $code = 0 ]; then
      [ -s out.png ] || wrong "ulimit $limit, $more: no picture"
    elif [ -e out.png ] || ! tail -1 err | grep -q '^lama: '; then
      wrong "ulimit $limit, $more: a part of a picture, or no error"
    fi
  done
done

# Several threads, in which GLib's report of missing memory once recursed without end.
mkdir several
cp "$photo" several/a.png
cp "$photo" several/b.png
for limit in 250000 350000 400000; do
  rm -rf filled
  (ulimit -v $limit && exec timeout -k 1 30 "$lama" inpaint -q --threads 2 several "$photo" -o filled) 2>err
  code=$?
  [ $code = 124 ] && [[ $(ldd "$lama") == *libopenblas* ]] && continue
  [ $code = 0 ] || tail -1 err | grep -q '^lama: ' || wrong "a folder, ulimit -v $limit: code $code"
  [ $code = 0 ] || [ $code = 1 ] || [ $code = 3 ] || wrong "a folder, ulimit -v $limit: code $code"
done

mkfifo pipe
mkdir photos masks
mkfifo photos/pipe photos/a.png masks/a.png
refused() {
  timeout -k 1 30 "$lama" "$@" >/dev/null 2>err </dev/null
  local code=$?
  { [ $code = 1 ] || [ $code = 2 ] || [ $code = 3 ]; } && grep -q '^lama: ' err || wrong "$*: code $code"
}
for file in pipe /dev/zero; do
  refused inpaint $file "$photo" -o out.png
  refused inpaint "$photo" $file -o out.png
  refused inpaint "$photo" "$photo" -o out.png --model $file
  refused models info $file
  refused select "$photo" --scribble $file -o out.png
  refused masks preview $file -o out.png
  refused masks make $file photos out
  refused evaluate --study-results $file
  refused serve --port 0 --open $file
done
refused serve --port 0 --token-file /dev/zero
refused inpaint photos masks -o out --model patches
refused inpaint photos "$photo" -o out --model patches
exit $failed
