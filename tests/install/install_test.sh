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

# The GPU part, where it was built: any C++ compiler, no CUDA language; without a GPU it says what is missing.
[ -n "$(find "$work/prefix" -name dsprepCudaTargets.cmake)" ] || exit 0
mkdir "$work/gpu"
cat >"$work/gpu/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(gpu LANGUAGES CXX)
find_package(dsprep REQUIRED COMPONENTS cuda)
add_executable(gpu gpu.cpp)
target_link_libraries(gpu PRIVATE dsprep::cuda)
END
cat >"$work/gpu/gpu.cpp" <<'END'
#include <dsprep/cuda.h>
#include <dsprep/error.h>

#include <cstdio>

int main(int, char** argv) {
  try {
    const auto device = dsprep::cuda::device_count() > 0 ? dsprep::cuda::open(0) : dsprep::cuda::standin();
    dsprep::cuda::GpuLoader loader(dsprep::Dataset::open(argv[1], "train"), {.batch_size = 2},
                                   {.device = device, .transforms = {dsprep::cuda::TokenOptions{}}});
    for (const dsprep::cuda::DeviceBatch& batch : loader.epoch(0))
      std::printf("%zu %s\n", batch.rows(), std::string(batch["input_ids"].name).c_str());
    dsprep::cuda::open(999);
  } catch (const dsprep::Error& error) {
    std::printf("%s\n", error.what());
  }
}
END
cmake -G Ninja -S "$work/gpu" -B "$work/gpu/build" -DCMAKE_PREFIX_PATH="$work/prefix" >"$work/cmake.log" 2>&1 ||
  { cat "$work/cmake.log"; fail "find_package(dsprep COMPONENTS cuda) failed"; }
cmake --build "$work/gpu/build" >"$work/build.log" 2>&1 || { cat "$work/build.log"; fail "the GPU program does not build"; }
"$work/gpu/build/gpu" "$work/data" >"$work/out"
[ "$(grep -c input_ids "$work/out")" = 2 ] && grep -q "^not_found: " "$work/out" || { cat "$work/out"; fail "the GPU program"; }
