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
for tool in memcheck racecheck synccheck initcheck; do
  if command -v compute-sanitizer >/dev/null; then
    # Page-locking and peer queries that fail are handled, and no fault.
    part "compute-sanitizer $tool" compute-sanitizer --tool "$tool" --report-api-errors no --error-exitcode 9 "$check" "$device" bits
  else
    echo "== compute-sanitizer $tool: not installed"
    missed+=("compute-sanitizer $tool")
  fi
done
part "compute-sanitizer memcheck, graphs" compute-sanitizer --report-api-errors no --error-exitcode 9 "$check" "$device" graphs
for figures in copies transforms overlap; do part "$figures" "$check" "$device" "$figures"; done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -x "$build/tests/dsprep_make_bench_data" ] && [ -x "$build/tools/dsprep" ]; then
  echo "== bench: as users see it (no target)"
  "$build/tests/dsprep_make_bench_data" "$work" raw >/dev/null 2>&1 || true
  for data in "$work"/*/dataset.json; do
    [ -e "$data" ] || continue
    "$build/tools/dsprep" bench "$(dirname "$data")" --device "$device" --normalize --epochs 3 --threads 8 --batch 256 || true
  done
fi
[ ${#missed[@]} -eq 0 ] && { echo "all figures met"; exit 0; }
printf 'MISSED: %s\n' "${missed[@]}"
exit 1
