#!/usr/bin/env bash
# headers.sh [COMPILER [CUDA]]: compiles every header that is not public by itself; those that need CUDA's, from its folder CUDA. (The build target
# all_verify_interface_header_sets does the same for public ones, each with its own include path alone.)
set -euo pipefail
cd "$(dirname "$0")/.."
compiler=${1:-c++}
alone() {
  ! grep -q '^#include <torch/' "$1" || return 0  # examples/examples_test.sh compiles it, where LibTorch is
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -I. -Iformats/include -Ilib/include -Itests -include "$1" -x c++ /dev/null ||
    { echo "headers.sh: $1 does not compile alone" >&2; return 1; }
}
export -f alone
export compiler
without=()
if [ -n "${2:-}" ]; then export CPATH=$2${CPATH:+:$CPATH}; else without=(-not -path 'lib/gpu/cuda/*' -not -path 'tests/gpu/*'); fi
find formats lib tools tests examples -name '*.h' -not -path '*/.*' -not -path '*/include/*' "${without[@]}" -print0 |
  xargs -0 -r -n 1 -P "$(nproc)" bash -c 'alone "$1"' _
