#!/usr/bin/env bash
# The same inputs give the same samples in every container, and the same bytes for any number of threads, in any place.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 300
make_lines 5000 >lines.txt

# check NAME ARGUMENTS...: builds with ARGUMENTS in every container.
check() {
  local name=$1 format jobs digest="" first
  shift
  for format in memmap lmdb wds; do
    first=$name-$format-1
    for jobs in 1 2 7; do
      dsprep build-shards "$@" --format $format --jobs $jobs --out "$name-$format-$jobs"
      same_files "$first" "$name-$format-$jobs"
    done
    mkdir -p "elsewhere/deep"
    dsprep build-shards "$@" --format $format --out "elsewhere/deep/$name-$format"
    same_files "$first" "elsewhere/deep/$name-$format"
    [ -z "$(find "$first" -name '.*' -mindepth 1)" ] || fail "$first has hidden files"
    : "${digest:=$(digest_of "$first")}"
    [ "$(digest_of "$first")" = "$digest" ] || fail "$first has another digest"
    [ "$(digest_of "$first" --deep)" = "$digest" ] || fail "$first: digest --deep differs"
    dsprep verify "$first" >/dev/null
  done
}

check pictures pictures --shard-samples 50
check resized pictures --resize 16 --encode jpeg:90 --shard-samples 100
check raw pictures --resize 12 --crop 8 --encode raw --split train=0.8,val=0.1,test=0.1
check lines lines.txt --doc line --shard-size 40K
check words lines.txt --doc line --tokenizer words --split train=0.9,val=0.1 --shard-size 40K
[ "$(digest_of pictures-wds-1)" != "$(digest_of resized-wds-1)" ] || fail "other samples have the same digest"

# Another order of the same samples is another dataset.
dsprep build-shards pictures --order shuffled:7 --out other-order
[ "$(digest_of other-order)" != "$(digest_of pictures-wds-1)" ] || fail "another order has the same digest"
# Other cuts are not.
dsprep build-shards lines.txt --doc line --shards 3 --out other-cuts
[ "$(digest_of other-cuts)" = "$(digest_of lines-wds-1)" ] || fail "other cuts have another digest"
# Where the inputs stand and when they were written does not matter.
cp -r pictures moved && find moved -type f -exec touch -d '2001-01-01' {} +
dsprep build-shards ./moved/ --shard-samples 50 --out moved-out
same_files pictures-wds-1 moved-out
