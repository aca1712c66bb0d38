#!/usr/bin/env bash
# run.sh BUILD [DEVICE]: all that is claimed of the GPU loader, on the GPU of this machine: the same bits as the processor's,
# CUDA graphs, each figure beside its limit of the same run, compute-sanitizer without a complaint. Fails where one is missed.
# Where there is no GPU it says so and exits with 77. BUILD: a build folder, or what pack.sh has made of one, for a machine
# with a driver and nothing else. Some minutes; no other program should use the GPU meanwhile.
set -euo pipefail
build=$(realpath "${1:?usage: run.sh BUILD [DEVICE]}")
device=${2:-cuda:0}
check=$build/tests/dsprep_gpu_check make=$build/tests/dsprep_make_bench_data dsprep=$build/tools/dsprep
for program in "$check" "$make" "$dsprep"; do
  [ -x "$program" ] || {
    echo "run.sh: no $program: build with DSPREP_CUDA=ON, DSPREP_TESTS=ON and DSPREP_TOOLS=ON" >&2
    exit 2
  }
done
[ ! -d "$build/packed-libs" ] || export LD_LIBRARY_PATH=$build/packed-libs
export PATH=$PATH:/usr/local/cuda/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=()

# part NAME COMMAND...: goes on with the others where it fails; none may take longer than three minutes.
part() {
  local name=$1 code=0
  shift
  echo "== $name"
  timeout 180 "$@" || code=$?
  [ $code -eq 77 ] && exit 77
  [ $code -eq 0 ] || missed+=("$name (exit code $code)")
}

for name in bits graphs copies transforms overlap; do part "$name" "$check" "$device" $name; done

# As users see it, without a target: 4,000 raw pictures of 3 x 224 x 224.
bench() {
  head -c $((4000 * 3 * 224 * 224)) /dev/urandom >"$work/pixels"
  "$make" raw "$work/pixels" "$work/raw" >/dev/null
  "$dsprep" bench "$work/raw" --device "$device" --epochs 3 --threads 8 --batch 256
}
export -f bench
export make dsprep device work
part "dsprep bench" bash -euc bench

# Calls that may fail and are handled (page-locking, queries) are no faults: --report-api-errors no.
sanitizer=(compute-sanitizer --report-api-errors no --error-exitcode 9)
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck initcheck racecheck synccheck; do
    part "compute-sanitizer $tool" env DSPREP_JOBS=60 "${sanitizer[@]}" --tool $tool "$check" "$device" bits
  done
  part "compute-sanitizer memcheck, graphs" "${sanitizer[@]}" "$check" "$device" graphs
else
  echo "== compute-sanitizer: not installed"
  missed+=("compute-sanitizer")
fi
[ ${#missed[@]} -eq 0 ] && { echo "all figures met"; exit 0; }
printf 'MISSED: %s\n' "${missed[@]}"
exit 1
