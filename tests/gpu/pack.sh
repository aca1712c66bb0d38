#!/usr/bin/env bash
# pack.sh BUILD OUT.tar.gz: packs what run.sh needs, with its shared libraries, for a machine that has a GPU and its driver, a C
# library and a libstdc++ as new as this machine's, and nothing of ours:
#   tar xzf OUT.tar.gz && dsprep-gpu/run.sh dsprep-gpu
set -euo pipefail
build=$(realpath "${1:?usage: pack.sh BUILD OUT.tar.gz}")
out=$(realpath "${2:?usage: pack.sh BUILD OUT.tar.gz}")
here=$(dirname "$(readlink -f "$0")")
programs=(tests/dsprep_gpu_check tests/dsprep_make_bench_data tools/dsprep)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
to=$work/dsprep-gpu
mkdir -p "$to/packed-libs"
cp "$here/run.sh" "$to"
for program in "${programs[@]}"; do
  install -s -D "$build/$program" "$to/$program"
  ldd "$build/$program"
done | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  grep -Ev '/(libc|libm|libdl|librt|libpthread|libresolv|libstdc\+\+|libgcc_s)\.so' | xargs -r cp -L -t "$to/packed-libs"
tar -C "$work" -czf "$out" dsprep-gpu
echo "$out: $(du -h "$out" | cut -f1), $(find "$to/packed-libs" -type f | wc -l) libraries"
