#!/usr/bin/env bash
# run.sh [--all]: installs what is missing, builds, and runs the tests. Any folder, any number of times; as root or through sudo.
#   (nothing)  unit and contract tests, headers, the command line, an installation, and other software reading our files
#   --all      also: more kills, the address, undefined and thread sanitizers, a minute of each fuzzer, more peers
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

all=no
case "${1:-}" in
  "") ;;
  --all) all=yes ;;
  *) echo "usage: tests/run.sh [--all]" >&2; exit 2 ;;
esac
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
passed=0
failed=()

# step NAME COMMAND...: runs COMMAND; the others run even if it fails.
step() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
    echo "== $name: passed, $((SECONDS - start)) s"
  else
    failed+=("$name")
    echo "== $name: FAILED, $((SECONDS - start)) s"
  fi
}

# need NAME COMMAND...: as step, but nothing makes sense without it.
need() {
  step "$@"
  [ ${#failed[@]} -eq 0 ] || finish
}

finish() {
  echo "$passed steps passed, ${#failed[@]} failed${failed[*]:+: ${failed[*]}}"
  [ ${#failed[@]} -eq 0 ] && exit 0
  exit 1
}

# A venv with other people's packages, made once and again when requirements.txt changes.
python_packages() {
  local venv=tests/.venv
  cmp -s tests/requirements.txt "$venv/installed.txt" && "$venv/bin/python" -c 'import numpy' && return
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check -r tests/requirements.txt &&
    cp tests/requirements.txt "$venv/installed.txt"
}

configure_and_build() {
  cmake --preset "$1" --log-level=WARNING && cmake --build --preset "$1" -- --quiet
}

# The unit and contract tests under a sanitizer; scripts would only be slow there.
sanitized() {
  cmake --preset "$1" --log-level=WARNING && cmake --build --preset "$1" -- --quiet && ctest --preset "$1" --output-on-failure
}

fuzz() {
  cmake -S . -B build-fuzz -G Ninja --log-level=WARNING -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=RelWithDebInfo -DDSPREP_FUZZ=ON \
    -DDSPREP_SANITIZE=address,undefined,fuzzer-no-link || return 1
  local program name targets=() source
  for source in tests/fuzz/fuzz_*.cpp; do targets+=("$(basename "$source" .cpp)"); done
  cmake --build build-fuzz --target "${targets[@]}" -- --quiet || return 1
  tests/fuzz/make_seeds.sh build/tools/dsprep build/tests tests/golden build-fuzz/seeds || return 1
  for name in "${targets[@]}"; do
    program=build-fuzz/tests/fuzz/$name
    mkdir -p "build-fuzz/corpus/$name" "build-fuzz/seeds/$name"
    "$program" -max_total_time=60 -verbosity=0 -print_final_stats=1 -artifact_prefix="build-fuzz/$name-" \
      "build-fuzz/corpus/$name" "build-fuzz/seeds/$name" || return 1
  done
}

need packages tools/install_packages.sh tests $([ $all = no ] || echo slow)
need build configure_and_build release
step ctest ctest --preset release -j "$CMAKE_BUILD_PARALLEL_LEVEL" --no-tests=error
step "python packages" python_packages
step interop tests/interop/run.sh tests/.venv build
if [ $all = yes ]; then
  step "more kills" env KILLS=20 bash tests/cli/kill_resume.sh build/tools/dsprep build/tests/dsprep_make_small_dataset \
    build/tests/dsprep_make_pictures
  step "address and undefined sanitizers" sanitized asan
  DSPREP_SEEDS=10 step "thread sanitizer" sanitized tsan
  step fuzzers fuzz
  step peers tests/peers/run.sh build
  step "LibTorch 2" tests/torch/wheel_test.sh build
fi
finish
