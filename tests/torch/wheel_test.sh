#!/usr/bin/env bash
# wheel_test.sh BUILD: the bridge and two examples against LibTorch 2.x, which Debian 12 does not have: of PyPI's wheel (0.6 GB
# to fetch, 1.5 GB on disk, kept in tests/.venv-torch). Never in one link with Debian's. Where it cannot be had, it says so.
set -euo pipefail
build=$(realpath "$1")
here=$(dirname "$(readlink -f "$0")")
source=$(realpath "$here/../..")
venv=$source/tests/.venv-torch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "wheel_test: $*" >&2; exit 1; }
quiet() { "$@" >log.txt 2>&1 || { tail -50 log.txt >&2; fail "exit code $? of: $*"; }; }

[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
if ! "$venv/bin/pip" install -q --disable-pip-version-check --no-deps -r "$here/wheel/requirements.txt" 2>pip.log; then
  echo "wheel_test: skipped, PyPI's torch cannot be installed here: $(tail -1 pip.log)"
  exit 0
fi
wheel=$(echo "$venv"/lib/python3*/site-packages/torch)
quiet cmake --install "$build" --prefix prefix
quiet cmake -G Ninja -S "$here/wheel" -B programs -DCMAKE_PREFIX_PATH="$work/prefix" -DWHEEL="$wheel" -DCMAKE_BUILD_TYPE=Release
quiet cmake --build programs -j "${CMAKE_BUILD_PARALLEL_LEVEL:-2}"
! ldd programs/bridge_test | grep -q '/lib/.*-linux-gnu/libc10' || fail "Debian's LibTorch is linked as well"
programs/bridge_test

export OMP_NUM_THREADS=1
python3 "$source/examples/text_classification/make_data.py" reviews.csv 1500
quiet prefix/bin/dsprep build-shards reviews.csv --kind text --split column:split --tokenizer words --out reviews
programs/text_classification reviews --epochs 4 | tee text.txt
awk '/test_accuracy/ { exit !($4 > 0.85) }' text.txt || fail "it has not learned"

python3 "$source/examples/language_model/make_data.py" corpus.txt 1500
quiet prefix/bin/dsprep build-shards corpus.txt --doc line --tokenizer bytes --eos 10 --split train=0.9,val=0.1 --out corpus
model() { programs/language_model corpus --batch 4 --width 32 --steps 30 "$@"; }
model --save state.pt --save-every 13 >whole.txt  # 26 steps are saved
model --resume state.pt >rest.txt
cmp <(sed -n '27,$p' whole.txt) rest.txt || fail "the losses after resuming differ"
echo "wheel_test: LibTorch $("$venv/bin/python" -c 'from importlib.metadata import version; print(version("torch"))') passed"
