#!/usr/bin/env bash
# A build that is killed at any moment goes on where it was, and gives the bytes of a build that was not. What stood before
# stays readable. KILLS=20 kills more often.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 400
make_lines 30000 >lines.txt

# kill_once OUT FRACTION ARGUMENTS...: starts a build and kills it after that part (percent) of the time a whole one takes.
kill_once() {
  local out=$1 percent=$2
  shift 2
  "$program" build-shards "$@" --out "$out" 2>/dev/null & victim=$!
  sleep "$(awk -v t="$whole" -v p="$percent" 'BEGIN { print t * p / 100000 }')"
  kill -9 $victim 2>/dev/null || true
  wait $victim 2>/dev/null || true
}

# time_of ARGUMENTS...: sets whole to the milliseconds that a build takes.
time_of() {
  local start=$(date +%s%3N)
  dsprep build-shards "$@"
  whole=$(($(date +%s%3N) - start))
}

kills=${KILLS:-6}
RANDOM=7
pictures=(pictures --resize 20 --shard-samples 20)
words=(lines.txt --doc line --tokenizer words --split train=0.9,val=0.05,test=0.05 --shard-size 40K --format wds)
for name in pictures words; do
  declare -n arguments=$name
  time_of "${arguments[@]}" --out "$name-whole"
  for ((i = 0; i < kills; i++)); do
    kill_once "$name-killed" $((RANDOM % 110)) "${arguments[@]}"
    kill_once "$name-killed" $((RANDOM % 80)) "${arguments[@]}"
    dsprep build-shards "${arguments[@]}" --out "$name-killed"
    same_files "$name-whole" "$name-killed"
    rm -rf "$name-killed"
  done
done

# Replacing: at every moment the old dataset or the new one stands there, whole.
dsprep build-shards pictures --labels none --shard-samples 50 --out old
for ((i = 0; i < kills; i++)); do
  rm -rf data && cp -r old data
  kill_once data $((RANDOM % 110)) "${pictures[@]}" --force
  "$program" verify data >/dev/null 2>stderr.txt || fail "killed while replacing: $(cat stderr.txt)"
  digest=$(digest_of data)
  [ "$digest" = "$(digest_of old)" ] || [ "$digest" = "$(digest_of pictures-whole)" ] || fail "neither the old nor the new dataset"
  dsprep build-shards "${pictures[@]}" --force --out data
  same_files pictures-whole data
  [ -z "$(find . -maxdepth 1 -name '.data*')" ] || fail "something was left beside the dataset"
done
