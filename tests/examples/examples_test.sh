#!/usr/bin/env bash
# examples_test.sh BUILD: installs BUILD, builds examples/ against what was installed, and runs each on little data. What they
# learn must be far above chance, and what they promise (resuming, other numbers of processes) must hold.
set -euo pipefail
build=$(realpath "$1")
source=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "examples_test: $*" >&2; exit 1; }
quiet() { "$@" >log.txt 2>&1 || { tail -50 log.txt >&2; fail "exit code $? of: $*"; }; }

quiet cmake --install "$build" --prefix prefix
cp -r "$source/examples" examples
cuda=$(sed -n 's/^CMAKE_CUDA_COMPILER:[A-Z]*=\(\/.*\)/\1/p' "$build/CMakeCache.txt")
quiet cmake -G Ninja -S examples -B programs -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_BUILD_TYPE=Release ${cuda:+-DCMAKE_CUDA_COMPILER=$cuda}
quiet cmake --build programs -j "${CMAKE_BUILD_PARALLEL_LEVEL:-2}"
dsprep=$work/prefix/bin/dsprep
program() { echo "$work/programs/$1/$1"; }
export OMP_NUM_THREADS=1  # the same sums on every machine; tests run side by side

# value NAME FILE: the last value printed behind NAME.
value() { awk -v name="$1" '{ for (i = 1; i < NF; i++) if ($i == name) last = $(i + 1) } END { print last }' "$2"; }
# above NAME FILE LIMIT
above() { awk -v value="$(value "$1" "$2")" -v limit="$3" 'BEGIN { exit !(value > limit) }' || { cat "$2" >&2; fail "$1 is not above $3"; }; }
# steps FILE: the lines of training steps.
steps() { grep '^step ' "$1"; }

echo "== text_classification: three topics, chance is 0.36"
examples/text_classification/make_data.py reviews.csv 1500
quiet "$dsprep" build-shards reviews.csv --kind text --split column:split --tokenizer words --out reviews
"$(program text_classification)" reviews --epochs 4 >text.txt
above val_accuracy text.txt 0.85
above test_accuracy text.txt 0.85
[ "$(grep -c test_accuracy text.txt)" = 1 ] || fail "test is reported more than once"
! "$(program text_classification)" reviews --epoch 4 2>error.txt || fail "an unknown option was taken"
grep -q 'usage' error.txt || fail "an unknown option is not named a fault of usage"

echo "== image_classification: four patterns, chance is 0.25"
examples/image_classification/make_data.py pictures 400
quiet "$dsprep" build-shards pictures --out patterns
! "$(program image_classification)" patterns 2>error.txt || fail "statistics were not missed"
grep -q 'not_found: .*stats.json: .*dsprep stats' error.txt || { cat error.txt >&2; fail "no word of dsprep stats"; }
quiet "$dsprep" stats patterns
"$(program image_classification)" patterns --epochs 8 --batch 16 >image.txt
above val_accuracy image.txt 0.7
above test_accuracy image.txt 0.7

echo "== language_model: the most frequent byte is right in 0.17"
examples/language_model/make_data.py corpus.txt 1500
quiet "$dsprep" build-shards corpus.txt --doc line --tokenizer bytes --eos 10 --split train=0.9,val=0.1 --out corpus
model() { "$(program language_model)" corpus --batch 4 --accumulate 3 --width 32 "$@"; }
model --steps 120 >whole.txt
above val_accuracy whole.txt 0.6
steps whole.txt | grep -q 'epoch 1 ' || fail "one epoch is not enough to test"
[ "$(steps whole.txt | awk '{ print $6 }' | sort -u | tr '\n' ' ')" = "1 3 " ] || fail "no epoch ends with a shorter step"
# Killed in the middle of an epoch, it goes on with the same losses, all bits of them.
model --steps 47 --save state.pt --save-every 23 >first.txt  # 46 steps are saved
model --steps 120 --resume state.pt >second.txt
steps second.txt | head -1 | grep -q '^step 46 ' || fail "it goes on at another step"
[ "$(steps second.txt | head -1 | grep -o 'epoch [0-9]*')" = "$(sed -n 46p whole.txt | grep -o 'epoch [0-9]*')" ] || fail "46 steps end an epoch"
cmp <(sed -n '1,47p' whole.txt) <(steps first.txt) || fail "two runs differ"
cmp <(sed -n '47,$p' whole.txt) second.txt || fail "the losses after resuming differ"

echo "== distributed: two processes, then one and four go on"
together() { local world=$1; shift; bash examples/distributed/run.sh "$world" "$(program distributed)" reviews "$@"; }
# same_losses A B: the same steps; losses up to the order of sums.
same_losses() {
  [ "$(steps "$1" | wc -l)" = "$(steps "$2" | wc -l)" ] || fail "$1 and $2 have not the same steps"
  paste <(steps "$1") <(steps "$2") | awk '
    { d = $6 - $12; if (d < 0) d = -d; if ($2 != $8 || $4 != $10 || d > 1e-4) { print; bad = 1 } } END { exit bad }' ||
    fail "the losses of $1 and $2 differ"
}
together 2 --epochs 3 >two.txt
above val_accuracy two.txt 0.85
[ "$(value val_samples two.txt)" = 300 ] || fail "evaluation has not seen each sample once"
together 2 --epochs 1 --save part.pt --save-at 11 >begin.txt
cmp <(head -11 two.txt) <(head -11 begin.txt) || fail "two runs of two processes differ"
for world in 1 4; do
  together $world --epochs 3 --resume part.pt >rest.txt
  { head -11 two.txt; cat rest.txt; } >joined.txt
  same_losses two.txt joined.txt
  [ "$(value val_samples rest.txt)" = 300 ] || fail "$world processes have not seen each sample once"
done
! together 2 --batch 33 >error.txt 2>&1 || fail "a batch that two cannot share was taken"

if [ -d programs/cuda_batches ]; then
  echo "== cuda_batches: mean 0, deviation 1; or what is missing"
  quiet "$dsprep" build-shards pictures --resize 64x64 --encode raw --out raw
  quiet "$dsprep" stats raw
  if "$(program cuda_batches)" raw >cuda.txt 2>cuda.err; then
    awk '$2 > -0.01 && $2 < 0.01 && $4 > 0.99 && $4 < 1.01 { right = 1 } END { exit !right }' cuda.txt || { cat cuda.txt >&2; fail "wrong pixels"; }
  else
    grep -q '^cuda_batches: not_found: .*\(driver\|GPU\)' cuda.err || { cat cuda.err >&2; fail "no word of what is missing"; }
  fi
fi

echo "== exercises"
EPOCHS=2 examples/exercises/batch_sizes.sh "$(program text_classification)" reviews 16 64 | tee sizes.txt
[ "$(awk '$2 + 0 > 0 && $4 + 0 > 0.5' sizes.txt | wc -l)" = 2 ] || fail "batch_sizes.sh: no two rows of figures"
EPOCHS=2 examples/exercises/train_only_statistics.sh "$dsprep" "$(program image_classification)" pictures | tee statistics.txt
[ "$(grep -c -e '^train only ' -e '^all data ' statistics.txt)" = 2 ] || fail "train_only_statistics.sh: no two rows"
