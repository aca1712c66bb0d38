#!/usr/bin/env bash
# pack_test.sh BUILD: what pack.sh makes is whole: it runs elsewhere, with its own libraries, as far as a machine without a GPU
# can tell; where there is one, all of run.sh.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "pack_test: $*" >&2; exit 1; }

"$here/pack.sh" "$1" "$work/packed.tar.gz"
tar -C "$work" -xzf "$work/packed.tar.gz"
packed=$work/dsprep-gpu
for program in tests/dsprep_gpu_check tests/dsprep_make_bench_data tools/dsprep; do
  LD_LIBRARY_PATH=$packed/packed-libs ldd "$packed/$program" >"$work/libraries"
  ! grep -q 'not found' "$work/libraries" || fail "$program: $(grep 'not found' "$work/libraries")"
  # All that is not the C and C++ libraries comes from the pack.
  awk -v ours="$packed/" '$2 == "=>" && index($3, ours) != 1 && $1 !~ /^(libc|libm|libdl|librt|libpthread|libresolv|libstdc\+\+|libgcc_s)\.so/ { print; bad = 1 } END { exit bad }' \
    "$work/libraries" || fail "$program takes libraries of this machine"
done
code=0
env -i PATH="$PATH" "$packed/run.sh" "$packed" >"$work/out" 2>&1 || code=$?
cat "$work/out"
[ $code -eq 0 ] || { [ $code -eq 77 ] && grep -q 'no GPU here, so nothing was checked: not_found' "$work/out"; } || fail "run.sh: exit code $code"
