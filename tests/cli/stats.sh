#!/usr/bin/env bash
# dsprep stats: numbers, charts, stats.json, what build-shards --stats leaves, and what is refused.
source "$(dirname "$0")/../support/cli.sh"

# row NAME: the line of the last table that begins with it, its spaces squeezed.
row() { grep "^$1 " stdout.txt | tr -s ' '; }

printf 'ab\ncde\n' >two.txt
dsprep build-shards two.txt --doc line --out two
expect 0 - stats two --jobs 1 --ascii
[ "$(row values)" = "values 5 99.000000 1.581139 97 98 99 100 101" ] || fail "values: $(row values)"
[ "$(row lengths)" = "lengths 2 2.500000 0.707107 2 2.25 2.5 2.75 3" ] || fail "lengths: $(row lengths)"
[ "$(row train)" = "train 2 5 2.5 2.5 3 -" ] || fail "tokens of train: $(row train)"
says "#"
! LC_ALL=C grep -q '[^ -~]' stdout.txt || fail "--ascii draws with more than ASCII"
LC_ALL=C.UTF-8 "$program" stats two >stdout.txt
says "█"
expect 0 - stats two --unknown 99
[ "$(row train)" = "train 2 5 2.5 2.5 3 20%" ] || fail "unknown tokens: $(row train)"

# Any quantiles, none, and other bins.
expect 0 - stats two --quantiles 0.01,0.5 --bins 4 --json
says '"quantiles":[{"q":0.01,"value":97.04},{"q":0.5,"value":99.0}]'
says '"counts":[1,1,1,2]'
expect 0 - stats two --quantiles none
[ "$(row values)" = "values 5 99.000000 1.581139 97 101" ] || fail "no quantiles: $(row values)"
for bad in 0.5,1.5 x "0.5," -1; do expect 2 usage stats two "--quantiles=$bad"; done

# Scalers are noted; those of another name are refused.
expect 0 - stats two --per value --scaler robust --quantiles 0.9
[ "$(grep -A2 '^scaler robust' stdout.txt | tail -n 1 | tr -s ' ')" = "values 99 2" ] || fail "robust scaler"
grep -q '"kind": "robust"' two/stats.json || fail "the scaler is not in stats.json"
expect 2 usage stats two --scaler best
printf 'x,label\n1,a\n3,b\n' >labels.csv
dsprep build-shards labels.csv --out labels
expect 0 - stats labels --scaler minmax; says 'scaler minmax'; says 'warning: field label has no scaler'

# An unknown word of a split that was not fitted on is counted.
printf 'text,part\na b a,train\nb a,train\nc a,val\n' >words.csv
dsprep build-shards words.csv --kind text --tokenizer words --split column:part --out words
expect 0 - stats words
[ "$(row val)" = "val 1 2 2 2 2 50%" ] || fail "unknown words of val: $(row val)"
[ "$(row train)" = "train 2 5 2.5 2.5 3 0%" ] || fail "unknown words of train: $(row train)"
expect 0 - stats words --json; says '{"max_length":2,"mean_length":2.0,"samples":1,"split":"val","tokens":2,"unknown":1}'

# build-shards --stats leaves what stats writes, also through tasks, and where the dataset stood there already.
"$make_pictures" pictures 40
dsprep build-shards pictures --out plain
expect 0 - stats plain
dsprep build-shards pictures --out fitted --stats
same_files plain fitted
dsprep build-shards pictures --out tasks --task 0/1 --shard-samples 8
dsprep merge tasks --stats --jobs 2
dsprep build-shards pictures --out later --shard-samples 8
[ ! -e later/stats.json ] || fail "stats.json without --stats"
dsprep build-shards pictures --out later --shard-samples 8 --stats
same_files tasks later
dsprep verify fitted

# Pixels are counted while pictures are made, where nothing has to be decoded for it: the numbers are those of reading them.
counted() { tr -d ' \n' <"$1"/.build/*/units/slice-00000.json | grep -q '"pixels"'; }
while read -r counts options; do
  rm -rf plain fitted tasks
  dsprep build-shards pictures $options --out plain
  expect 0 - stats plain --jobs 1
  dsprep build-shards pictures $options --out fitted --stats --jobs 3
  same_files plain fitted
  dsprep build-shards pictures $options --out tasks --stats --task 0/1
  counted tasks && was=yes || was=no
  [ $was = $counts ] || fail "pixels counted on the way: $was, for $options"
done <<'END'
yes --resize 48
yes --resize 40x30 --encode raw
yes --resize 40x30 --encode raw --color gray --format memmap
yes --encode png --color gray
yes --resize 50 --color gray --encode jpeg:30
yes --tile 20x30 --edge pad
yes --tile 33x20 --encode raw --format lmdb
no --resize 40 --encode webp
yes --check decode
no --check decode --background 0,0,0
no --labels auto
END

# So are the values of texts and sounds: counts stand beside the units, where they can be counted, and merge takes them.
make_lines 3000 >many.txt
for i in 1 2 3 4 5 6 7 8 9; do cat many.txt; done >long.txt # a document that comes in parts
"$make_sounds" sounds
while read -r counts options; do
  rm -rf read counted tasks
  dsprep build-shards $options --out read
  expect 0 - stats read --jobs 1
  dsprep build-shards $options --out counted --stats --jobs 3
  same_files read counted
  dsprep build-shards $options --out tasks --stats --task 0/1
  [ -n "$(find tasks/.build -name '*.counts')" ] && was=yes || was=no
  [ $was = $counts ] || fail "values counted on the way: $was, for $options"
  dsprep merge tasks --stats
  same_files read tasks
done <<'END'
yes many.txt --doc line --split train=0.8,val=0.2
yes many.txt --doc line --dtype uint32 --window 9 --tail pad:0
yes many.txt long.txt --shards 2
no many.txt --doc line --pack 16
no long.txt --window 100
yes sounds/good/cat/1.wav sounds/good/dog/6.wav sounds/good/dog/5.aiff --window 1000 --shards 2
yes sounds/good/dog/4.ogg sounds/good/cat/1.wav --shards 2
END
# Counts that are gone or damaged, and units of a task without --stats: the values are read.
rules=(many.txt --doc line --shards 3)
dsprep build-shards "${rules[@]}" --out lines --stats
for fault in none gone damaged left-out; do
  rm -rf tasks
  for task in 0 1 2; do
    dsprep build-shards "${rules[@]}" --out tasks --task $task/3 $([ $fault-$task = left-out-1 ] || echo --stats)
  done
  one=$(find tasks/.build -name 'slice-00002.counts')
  [ $fault != gone ] || rm "$one"
  [ $fault != damaged ] || printf x | dd of="$one" bs=1 seek=20 conv=notrunc 2>dd.txt
  dsprep merge tasks --stats
  same_files lines tasks
done
same_always many many.txt --doc line --dtype uint32 --window 9 --stride 4 --split train=0.8,val=0.2 --shards 3
# Parts that were written without --stats are read; so is a picture that was refused not counted.
cp -r pictures some
printf 'no picture' >some/train/$(ls some/train | head -n 1)/bad.jpg
rules=(some --resize 48 --shards 3 --on-error skip)
expect 3 - build-shards "${rules[@]}" --out plain.skip --stats
for task in 0 1 2; do
  "$program" build-shards "${rules[@]}" --out mixed --task $task/3 $([ $task = 1 ] || echo --stats) 2>stderr.txt || [ $? = 3 ] || fail "task $task: $(cat stderr.txt)"
done
expect 3 - merge mixed --stats
same_files plain.skip mixed

# Train only, unless the leak is allowed; then it is recorded.
expect 2 usage stats plain --split val
expect 0 - stats plain --split val --field label --allow-leak
says "not train"
grep -q '"leak": true' plain/stats.json || fail "the leak is not recorded"
expect 0 - stats plain --field label --per category --min-count 1000
says "0 categories"
printf 'x,label\n1,a\n2,a\n3,a\n4,b\n' >weights.csv
dsprep build-shards weights.csv --out weights
expect 0 - stats weights --ascii
[ "$(row 0)|$(row 1)" = "0 a 3 75.0% 0.666667 ########################|1 b 1 25.0% 2 ########" ] || fail "weights: $(row 0)|$(row 1)"
expect 2 usage stats weights --bins 1048577; says '1048576 bins at most'
printf 'c\na\na\na\nb\n' >rare.csv
dsprep build-shards rare.csv --columns c:category --out rare
expect 0 - stats rare --per category --min-count 2 --ascii
[ "$(row 1 | head -n 1)" = "1 a 3 75.0% ########################" ] || fail "shares are of all samples: $(row 1)"
says "1 categories, 1 samples of rarer ones"

# inspect draws how lengths are spread, and a bar a class.
{ for i in 1 1 1 1 2 2 9; do head -c $i /dev/zero | tr '\0' a; echo; done; } >lengths.txt
dsprep build-shards lengths.txt --doc line --out lengths
expect 0 - inspect lengths --ascii
grep -A4 '^field     tokens' stdout.txt | tail -n 4 >drawn.txt
printf '  #\n  #.\n  ##      #\n  1       9\n' | diff - drawn.txt || fail "the histogram of lengths"
expect 0 - inspect lengths --json; says '"histogram":[4,2,0,0,0,0,0,0,1]'
printf 'x,label\n1,a\n2,a\n3,b\n' >bars.csv
dsprep build-shards bars.csv --out bars
expect 0 - inspect bars --ascii; says '0 a: train 2  ########################'; says '1 b: train 1  ############'
