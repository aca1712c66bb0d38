#!/usr/bin/env bash
# The loader as the command line shows it: order, the step of explain, bench.
make_dataset=$(realpath "$2")
source "$(dirname "$0")/../support/cli.sh"

for container in memmap lmdb wds; do "$make_dataset" $container $container; done

# One epoch: every key once, the same for every container, number of threads and world.
dsprep order wds --seed 3 --epoch 1 --batch 2 >whole
[ "$(cut -f2 whole | sort)" = "$(dsprep ls wds --split train | cut -f2 | sort)" ] || fail "an epoch is not each sample once"
[ "$(cut -f1 whole | sort -nu | tr '\n' ' ')" = "0 1 2 3 4 " ] || fail "the steps are not 0 to 4"
for container in memmap lmdb wds; do
  for threads in 0 1 4; do
    dsprep order $container --seed 3 --epoch 1 --batch 2 --threads $threads | cmp - whole || fail "$container, $threads threads: another order"
  done
done
for other in "--seed 4 --epoch 1" "--seed 3 --epoch 2"; do
  dsprep order wds $other --batch 2 | cmp -s - whole && fail "$other: the same order"
done

# Two ranks of 1: the same global batches; so does a run that resumes, with another number of threads.
for rank in 0 1; do dsprep order wds --seed 3 --epoch 1 --batch 1 --rank $rank --world 2; done | sort >ranks
sort whole | cmp - ranks || fail "two ranks have other global batches"
dsprep order wds --seed 3 --epoch 1 --batch 2 --from 3 --threads 0 >rest
awk '$1 >= 3' whole | cmp - rest || fail "resuming at step 3 gives other samples"

# The last batch is shown, also where it is too small for every rank; evaluation is in order.
for rank in 0 1 2; do dsprep order wds --batch 3 --rank $rank --world 3; done | wc -l | grep -qx 10 || fail "a sample is lost in the last batch"
dsprep order wds --eval --batch 4 | cut -f2 >eval
dsprep ls wds --split train | cut -f2 | cmp - eval || fail "--eval is not in the split's order"

# explain names the step that order shows.
key=$(sed -n 6p whole | cut -f2)
dsprep explain wds "$key" --seed 3 --epoch 1 --batch 2 >explained
grep -q "^step      $(sed -n 6p whole | cut -f1), rank 0 of 1" explained || { cat explained >&2; fail "explain names another step"; }

expect 2 usage order wds --batch 0
expect 2 usage order wds --rank 2 --world 2
expect 2 usage order wds --from 99
expect 1 not_found order wds --split nope

# bench: JSON with what was read; padded, sorted into buckets, as windows; a trace; sweeps.
fields() { python3 -c "import json,sys; r=json.load(sys.stdin); print(r['samples'], r['batches'])"; }
[ "$(dsprep bench memmap --batch 4 --epochs 1 --json | fields)" = "10 3" ] || fail "bench counts wrongly"
[ "$(dsprep bench memmap --batch 4 --threads 2 --shuffle --pad longest --json | fields)" = "10 3" ] || fail "bench --pad longest"
[ "$(dsprep bench memmap --batch 2 --pad 8 --json | fields)" = "10 5" ] || fail "bench --pad 8"
[ "$(dsprep bench memmap --batch 2 --pad bucket --json | fields)" = "10 5" ] || fail "bench --pad bucket"
[ "$(dsprep bench memmap --batch 2 --window 4 --json | fields)" = "4 2" ] || fail "bench --window"
[ "$(dsprep bench wds --batch 2 --crop 8 --normalize --json | fields)" = "10 5" ] || fail "bench --crop"
dsprep bench wds --trace trace.json --json >/dev/null
python3 -c "import json; assert any(e['name'] == 'read' for e in json.load(open('trace.json')))" || fail "no trace"
dsprep bench memmap --sweep threads=0,1,2 | wc -l | grep -qx 4 || fail "a sweep is a line each"
dsprep bench memmap --sweep container=memmap,lmdb,wds | grep -q "^lmdb " || fail "no sweep over containers"
dsprep bench wds --roofline | grep -q "memory copy" || fail "no roofline"
expect 2 usage bench memmap --pad 0
expect 2 usage bench wds --window 4
expect 2 usage bench wds --sweep colour=1
expect 2 usage bench wds --sweep threads=1,2 --json

# bench --device: the same samples, whatever is done on the device; what is missing is said.
for options in "" "--pad longest" "--pad 8" "--window 4"; do
  host=$(dsprep bench memmap --batch 2 --epochs 2 $options --json | fields)
  [ "$(dsprep bench memmap --batch 2 --epochs 2 $options --device standin --json | fields)" = "$host" ] || fail "bench --device standin $options"
done
[ "$(dsprep bench wds --batch 2 --crop 8 --normalize --device standin --json | fields)" = "10 5" ] || fail "bench --device --crop"
dsprep bench wds --crop 8 --normalize --device standin | grep -q "of a bare page-locked copy" || fail "no bare copy"
expect 2 usage bench wds --device gpu
expect 2 usage bench wds --device standin --sweep threads=1,2
expect 1 not_found bench wds --device cuda:999

# Damage: the error names shard and sample; every thread count ends.
offset=$("$program" explain wds cat/train6.png | sed -n 's/.*field image: .*offset \([0-9]*\),.*/\1/p')
printf 'X' | dd of=wds/train-00002.tar bs=1 seek=$((offset + 20)) conv=notrunc 2>/dev/null
for threads in 0 1 4; do
  expect 4 corrupt order wds --threads $threads
  says "sample 6 of the loader"
done
