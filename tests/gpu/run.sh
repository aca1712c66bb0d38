#!/usr/bin/env bash
# run.sh BUILD [DEVICE]: all that is claimed of the GPU loader, on the GPU of this machine: the same bits as the processor's,
# CUDA graphs, compute-sanitizer without a complaint, and each figure beside its limit of the same run. Fails where one is missed.
# Where there is no GPU it says so and exits with 77. No other program should use the GPU meanwhile.
set -euo pipefail
build=$(realpath "${1:?usage: run.sh BUILD [DEVICE]}")
device=${2:-cuda:0}
check=$build/tests/dsprep_gpu_check
[ -x "$check" ] || { echo "run.sh: no $check: build with DSPREP_CUDA=ON and DSPREP_TESTS=ON" >&2; exit 2; }
missed=()

# part NAME COMMAND...: goes on with the others where it fails.
part() {
  local name=$1 code=0
  shift
  echo "== $name"
  "$@" || code=$?
  [ $code -eq 77 ] && exit 77
  [ $code -eq 0 ] || missed+=("$name")
}

part "right" "$check" "$device" bits graphs
if command -v compute-sanitizer >/dev/null; then
  # Calls that may fail and are handled (page-locking, queries) are no faults: --report-api-errors no.
  sanitizer=(compute-sanitizer --report-api-errors no --error-exitcode 9)
  for tool in memcheck racecheck synccheck initcheck; do
    part "compute-sanitizer $tool" "${sanitizer[@]}" --tool $tool "$check" "$device" bits
  done
  part "compute-sanitizer memcheck, graphs" "${sanitizer[@]}" "$check" "$device" graphs
else
  echo "== compute-sanitizer: not installed"
  missed+=("compute-sanitizer")
fi
for figures in copies transforms overlap; do part "$figures" "$check" "$device" $figures; done

# As users see it, without a target: 4,000 raw pictures of 3 x 224 x 224.
make=$build/tests/dsprep_make_bench_data
if [ -x "$make" ] && [ -x "$build/tools/dsprep" ]; then
  echo "== bench"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  head -c $((4000 * 3 * 224 * 224)) /dev/urandom >"$work/pixels"
  "$make" raw "$work/pixels" "$work/raw" >/dev/null
  "$build/tools/dsprep" bench "$work/raw" --device "$device" --epochs 3 --threads 8 --batch 256
fi
[ ${#missed[@]} -eq 0 ] && { echo "all figures met"; exit 0; }
printf 'MISSED: %s\n' "${missed[@]}"
exit 1
