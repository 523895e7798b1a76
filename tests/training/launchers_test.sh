#!/usr/bin/env bash
# Starts the processes of processes_test.cpp with the launchers' lines of docs/training.md, but two
# processes, and by hand on two machines, simulated by network namespaces. Skips launchers that are
# not installed or permitted.
#
#   launchers_test.sh TEST_TRAINING DOCS/TRAINING.MD
set -uo pipefail
program=$1 document=$2
part=(--gtest_filter=ProcessesPart.DISABLED_Talks --gtest_also_run_disabled_tests --gtest_brief=1)
scratch=$(mktemp -d)
tried=0 failed=0

check() {  # NAME EXIT-CODE LOG
  tried=$((tried + 1))
  if [ "$2" -eq 0 ] && [ "$(grep -c 'PASSED.*1 test' "$3")" -eq 2 ]; then
    echo "$1: ok"
  else
    echo "$1: failed"
    cat "$3"
    failed=1
  fi
}

# What Open MPI wants of root and on few processors, and a port of this test's own.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
port=$((20000 + RANDOM % 10000))
export PET_MASTER_PORT=$port MASTER_PORT=$port
for launcher in torchrun mpirun; do
  line=$(sed -n "s/^\($launcher .*\)lama train \.\.\.$/\1/p" "$document")
  if [ -z "$line" ]; then
    echo "$document has no line with $launcher"
    failed=1
  elif command -v "$launcher" >/dev/null; then
    # shellcheck disable=SC2086  # the line's words
    timeout 100 ${line/ 8 / 2 } "$program" "${part[@]}" >"$scratch/$launcher" 2>&1
    check "$launcher" $? "$scratch/$launcher"
  fi
done

# Two machines with a cable between them. Their host name leads nowhere, as on many machines.
first=lama$$a second=lama$$b
cleanup() {
  ip netns delete "$first" 2>/dev/null
  ip netns delete "$second" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT
if ip netns add "$first" 2>/dev/null && ip netns add "$second" 2>/dev/null &&
   ip link add "v$$a" netns "$first" type veth peer name "v$$b" netns "$second" 2>/dev/null; then
  ip -n "$first" address add 10.77.0.1/24 dev "v$$a"
  ip -n "$second" address add 10.77.0.2/24 dev "v$$b"
  for name in "$first" "$second"; do ip -n "$name" link set lo up; done
  ip -n "$first" link set "v$$a" up
  ip -n "$second" link set "v$$b" up
  export WORLD_SIZE=2 MASTER_ADDR=10.77.0.1
  RANK=1 timeout 100 ip netns exec "$second" "$program" "${part[@]}" >"$scratch/second" 2>&1 &
  RANK=0 timeout 100 ip netns exec "$first" "$program" "${part[@]}" >"$scratch/first" 2>&1
  code=$?
  wait $! || code=1
  cat "$scratch/first" "$scratch/second" >"$scratch/both"
  check "two machines" "$code" "$scratch/both"
fi

[ "$tried" -gt 0 ] || exit 77
exit "$failed"
