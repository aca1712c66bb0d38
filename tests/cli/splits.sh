#!/usr/bin/env bash
# Which sample goes where: folders, ratios, columns, groups, labels.
source "$(dirname "$0")/../support/cli.sh"

keys() { "$program" ls "$1" --split "$2" | cut -f2; }                 # DIR SPLIT
count() { keys "$1" "$2" | wc -l; }

# Folders named train, val, test; classes are the folders below.
"$make_pictures" pictures 100
dsprep build-shards pictures --out folders
[ "$(count folders train) $(count folders val) $(count folders test)" = "80 10 10" ] || fail "folder splits"
! keys folders val | grep -qv '^val/' || fail "val has pictures of another folder"
tr -d " \n" <folders/dataset.json | grep -q '"classes":\["bird","cat","dog"\]' || fail "classes are not in the manifest"
dsprep build-shards pictures --labels none --split none --out unlabelled
! grep -q '"bird"' unlabelled/dataset.json || fail "--labels none has classes"
# Another split of the same folders keeps the classes; but where only some folders are named like splits, they are classes.
dsprep build-shards pictures --split train=0.5,test=0.5 --out halves
tr -d " \n" <halves/dataset.json | grep -q '"classes":\["bird","cat","dog"\]' || fail "a split by ratios loses the classes"
mkdir vehicles && cp -r pictures/train vehicles/train && cp -r pictures/val vehicles/plane
dsprep build-shards vehicles --split none --out vehicles-data
tr -d " \n" <vehicles-data/dataset.json | grep -q '"classes":\["plane","train"\]' || fail "a class named train is lost"
[ "$(count unlabelled train)" = 100 ] || fail "--split none"
mkdir renamed && mv pictures/val renamed/validation && mv pictures/train renamed/train && rm -r pictures
dsprep build-shards renamed --out renamed-out
[ "$(count renamed-out val)" = 10 ] || fail "validation did not become val"

# Ratios by content: shares within half a percent, equal documents together, and a new input moves no old one.
make_lines 10000 >a.txt
make_lines 2000 9 >b.txt
head -n 300 a.txt >>b.txt
ratios=(--doc line --tokenizer bytes --split train=0.9,val=0.05,test=0.05)
dsprep build-shards a.txt "${ratios[@]}" --out before
dsprep build-shards a.txt b.txt "${ratios[@]}" --out after
awk -v val="$(count before val)" -v test="$(count before test)" 'BEGIN { exit !(val > 440 && val < 560 && test > 440 && test < 560) }' ||
  fail "shares: val $(count before val), test $(count before test) of 10000"
for split in train val test; do
  diff <(keys before $split) <(keys after $split | grep '^a.txt') >/dev/null || fail "$split: a new input moved an old sample"
done
for split in val test; do
  # A line n of b.txt above 2000 equals line n - 2000 of a.txt.
  diff <(keys after $split | sed -n 's/^b.txt://p' | awk '$1 > 2000 { print $1 - 2000 }' | sort -n) \
       <(keys after $split | sed -n 's/^a.txt://p' | awk '$1 <= 300' | sort -n) || fail "$split: equal documents were parted"
done
dsprep build-shards a.txt b.txt "${ratios[@]}" --shards 1 --jobs 2 --out one-shard
[ "$(digest_of one-shard)" = "$(digest_of after)" ] || fail "the number of shards changes the samples"

# Columns of JSON lines: splits, groups, labels.
awk 'BEGIN { for (i = 0; i < 400; i++)
  printf "{\"text\":\"document %d\",\"label\":\"%s\",\"part\":\"%s\",\"user\":\"u%d\"}\n", i, i % 3 ? "good" : "bad", i % 4 ? "train" : "val", i % 40 }' >rows.jsonl
dsprep build-shards rows.jsonl --split column:part --out columns
[ "$(count columns train) $(count columns val)" = "300 100" ] || fail "column splits"
tr -d " \n" <columns/dataset.json | grep -q '"classes":\["bad","good"\]' || fail "labels of the rows are not the classes"
dsprep build-shards rows.jsonl --split train=0.8,test=0.2 --group-by column:user --out groups
parted=$(comm -12 <(keys groups train | sed 's/.*://' | awk '{ print ($1 - 1) % 40 }' | sort -u) \
                  <(keys groups test | sed 's/.*://' | awk '{ print ($1 - 1) % 40 }' | sort -u))
[ -z "$parted" ] || fail "groups were parted: $parted"
[ "$(count groups test)" -gt 0 ] || fail "no group is in test"

# Files: groups by a regular expression over the key, and label shares.
for i in $(seq 200); do mkdir -p docs/c$((i % 2)) && echo "text $i" >docs/c$((i % 2))/$((i / 10))-$i.txt; done
dsprep build-shards docs --split train=0.7,val=0.3 --group-by 'regex:/([0-9]+)-' --out regex
parted=$(comm -12 <(keys regex train | sed 's|.*/\([0-9]*\)-.*|\1|' | sort -u) <(keys regex val | sed 's|.*/\([0-9]*\)-.*|\1|' | sort -u))
[ -z "$parted" ] || fail "groups of files were parted: $parted"
expect 0 - build-shards docs --labels folder --split train=0.7,val=0.3 --stratify label --out stratified
says "stratify: a label's share"
# Of rows, too, whose splits are not known before they are read.
expect 0 - build-shards rows.jsonl --split train=0.8,test=0.2 --stratify label --out stratified-rows
says "stratify: a label's share of a split differs by 0."
