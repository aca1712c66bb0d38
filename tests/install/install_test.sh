#!/usr/bin/env bash
# install_test.sh BUILD: installs BUILD into an empty folder, builds examples/read_dataset against what was installed, as a
# project of somebody else, makes a dataset with the installed program and reads it with the example.
set -euo pipefail
build=$(realpath "$1")
source=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "install_test: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$work/prefix" >"$work/install.log" || { cat "$work/install.log"; fail "install failed"; }
# Nothing of the source or build tree may be needed from here on.
! grep -rlF -e "$source" -e "$build" "$work/prefix" --include='*.cmake' || fail "an installed file names the source tree"
[ -n "$(find "$work/prefix" -name LICENSE)" ] || fail "the licence is not installed"
cp -r "$source/examples/read_dataset" "$work/example"
cmake -G Ninja -S "$work/example" -B "$work/example/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release >"$work/cmake.log" 2>&1 ||
  { cat "$work/cmake.log"; fail "find_package(dsprep) failed"; }
cmake --build "$work/example/build" >"$work/build.log" 2>&1 || { cat "$work/build.log"; fail "the example does not build"; }

printf 'first line\nsecond line\nthird line\n' >"$work/lines.txt"
"$work/prefix/bin/dsprep" build-shards "$work/lines.txt" --doc line --out "$work/data" 2>"$work/dsprep.log" ||
  { cat "$work/dsprep.log"; fail "build-shards failed"; }
"$work/example/build/read_dataset" "$work/data" train >"$work/out"
[ "$(wc -l <"$work/out")" = 3 ] || { cat "$work/out"; fail "expected 3 lines"; }
grep -q '^lines.txt:2 .*tokens' "$work/out" || { cat "$work/out"; fail "no sample lines.txt:2"; }
! "$work/example/build/read_dataset" "$work/data" val 2>/dev/null || fail "a split that is not there was read"
