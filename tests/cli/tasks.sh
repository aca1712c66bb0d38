#!/usr/bin/env bash
# A build in parts, in any order, some of them twice and one killed, gives the bytes of one build.
source "$(dirname "$0")/../support/cli.sh"

make_lines 6000 >lines.txt
"$make_pictures" pictures 240

# Pictures need no survey: any task makes the plan.
pictures=(pictures --shard-samples 20)
dsprep build-shards "${pictures[@]}" --out one
dsprep build-shards "${pictures[@]}" --task 2/3 --out parts
expect 1 not_found merge parts
says slice-00000
expect 0 - status parts
says missing
dsprep build-shards "${pictures[@]}" --task 0/3 --out parts
"$program" build-shards "${pictures[@]}" --task 1/3 --out parts 2>/dev/null & victim=$!
sleep 0.03
kill -9 $victim 2>/dev/null || true
wait $victim 2>/dev/null || true
dsprep build-shards "${pictures[@]}" --task 1/3 --out parts
dsprep build-shards "${pictures[@]}" --task 0/3 --out parts
expect 0 - status parts
says "none: run dsprep merge"
[ ! -e parts/dataset.json ] || fail "a dataset stands there before merge"
dsprep merge parts
same_files one parts
expect 0 - merge parts
says "stands already, complete"
expect 0 - status parts
says complete

# A task with other options is refused.
dsprep build-shards "${pictures[@]}" --task 0/2 --out mixed
expect 2 usage build-shards pictures --shard-samples 30 --task 1/2 --out mixed
expect 2 usage build-shards "${pictures[@]}" --task 2/2 --out mixed
expect 2 usage build-shards "${pictures[@]}" --task auto --out mixed
SLURM_ARRAY_TASK_ID=5 SLURM_ARRAY_TASK_COUNT=2 SLURM_ARRAY_TASK_MIN=4 SLURM_ARRAY_TASK_STEP=1 \
  dsprep build-shards "${pictures[@]}" --task auto --out mixed
dsprep merge mixed
same_files one mixed

# A vocabulary has to be surveyed first.
words=(lines.txt --doc line --tokenizer words --shard-size 30K)
dsprep build-shards "${words[@]}" --out words
expect 2 usage build-shards "${words[@]}" --task 0/2 --out phases
says "--phase survey"
for task in 1/3 0/3; do expect 0 - build-shards "${words[@]}" --phase survey --task $task --out phases; says "slices surveyed now, 0 were before"; done
expect 0 - build-shards "${words[@]}" --phase survey --task 0/3 --out phases; says ": 0 of "
expect 1 not_found build-shards "${words[@]}" --phase plan --out phases
says "not surveyed"
dsprep build-shards "${words[@]}" --phase survey --task 2/3 --out phases
expect 1 not_found build-shards "${words[@]}" --phase write --task 0/3 --out phases
expect 1 not_found merge phases
expect 0 - build-shards "${words[@]}" --phase plan --out phases; says ": complete, "
pids=()
for task in 2/3 0/3 1/3; do
  "$program" build-shards "${words[@]}" --phase write --task $task --out phases 2>"stderr-${task%/3}.txt" & pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || fail "a task failed: $(cat stderr-?.txt)"; done
dsprep merge phases
same_files words phases
