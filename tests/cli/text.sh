#!/usr/bin/env bash
# Texts: forms of documents, windows, packed rows, the longest length.
source "$(dirname "$0")/../support/cli.sh"

tokens() { "$program" cat "$1" --split train --index "$2" --field tokens | od -An -v -tu2 -w1000000 | tr -s ' ' | sed 's/^ //'; }
keys() { "$program" ls "$1" --split "${2:-train}" | cut -f2 | tr '\n' ' '; }

# csv: quoted newlines and delimiters, "" for a quote, CRLF, a byte order mark; keys are lines.
printf '\xEF\xBB\xBFid,text,label\r\n1,"one, ""two""\nthree",cat\r\n2,plain,dog\r\n\r\n3,"",cat\r\n' >rows.csv
dsprep build-shards rows.csv --kind text --out csv
[ "$(keys csv)" = "rows.csv:2 rows.csv:4 rows.csv:6 " ] || fail "csv keys: $(keys csv)"
[ "$("$program" cat csv --split train --index 0 --field tokens | od -An -tu2 -v -w2 | awk '{ printf "%c", $1 }')" = $'one, "two"\nthree' ] || fail "csv text"
tr -d ' \n' <csv/dataset.json | grep -q '"classes":\["cat","dog"\]' || fail "csv classes"
printf 'text\tpart\nfirst, with a comma\ttrain\nsecond\tval\n' >rows.tsv
dsprep build-shards rows.tsv --doc csv --split column:part --out tsv
[ "$(keys tsv) $(keys tsv val)" = "rows.tsv:2  rows.tsv:3 " ] || fail "tsv keys"
printf 'text,n\ngood,1\nbad\n5" disk,2\n"x"y,3\nlast,4\n' >bad.csv
expect 1 bad_row build-shards bad.csv --doc csv --out bad
says "line 3"
expect 3 - build-shards bad.csv --doc csv --out bad --on-error skip
[ "$(keys bad)" = "bad.csv:2 " ] || fail "rows beside bad ones: $(keys bad)"
printf 'a,b\n1,2\n' >other.csv
expect 1 bad_row build-shards other.csv --doc csv --out other
says "'text'"

# A csv of many rows gives the same samples however it is cut, by threads, slices and tasks.
awk 'BEGIN { print "text,label"; for (i = 0; i < 60000; i++) printf "\"row %d\nhas \"\"%d\"\", lines\",c%d\n", i, i % 7, i % 3 }' >many.csv
dsprep build-shards many.csv --kind text --split train=0.8,val=0.2 --jobs 1 --shards 1 --out one
for options in "--jobs 2 --shards 1" "--jobs 3 --shards 7" "--jobs 2 --shard-samples 1000"; do
  dsprep build-shards many.csv --kind text --split train=0.8,val=0.2 $options --out "cut" --force
  [ "$(digest_of cut)" = "$(digest_of one)" ] || fail "csv cut with $options differs"
done
[ "$("$program" ls one --split train | wc -l)" -gt 47000 ] || fail "rows are missing"

# Special tokens as the tokenizer.json's post-processor has them; they stay where a text is cut.
cat >marked.json <<'JSON'
{"version": "1.0", "added_tokens": [], "pre_tokenizer": {"type": "WhitespaceSplit"},
 "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 70000], "cls": ["[CLS]", 8]},
 "model": {"type": "WordLevel", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "a": 1, "b": 2, "c": 3}}}
JSON
printf 'a b c d\nb\n' >words.txt
tokens4() { "$program" cat "$1" --split train --index "$2" --field tokens | od -An -v -tu4 -w1000000 | tr -s ' ' | sed 's/^ //'; }
dsprep build-shards words.txt --doc line --tokenizer marked.json --add-special-tokens --max-length 4 --out marked
[ "$(tokens4 marked 0) | $(tokens4 marked 1)" = "8 1 2 70000 | 8 2 70000" ] || fail "marks: $(tokens4 marked 0) | $(tokens4 marked 1)"
expect 2 usage build-shards words.txt --doc line --tokenizer marked.json --add-special-tokens --max-length 1 --out none
expect 2 usage build-shards words.txt --doc line --tokenizer marked.json --add-special-tokens --bos 1 --out none
expect 2 usage build-shards words.txt --doc line --tokenizer bytes --add-special-tokens --out none

# Windows: keys name the first id; the tail is kept, dropped, moved or padded.
printf 'abcdefghij\nxyz\n' >lines.txt
dsprep build-shards lines.txt --doc line --window 4 --out keep
[ "$(keys keep)" = "lines.txt:1@0 lines.txt:1@4 lines.txt:1@8 lines.txt:2@0 " ] || fail "windows: $(keys keep)"
[ "$(tokens keep 2)" = "105 106" ] || fail "last window: $(tokens keep 2)"
dsprep build-shards lines.txt --doc line --window 4 --stride 2 --tail shift --out shift
[ "$(keys shift)" = "lines.txt:1@0 lines.txt:1@2 lines.txt:1@4 lines.txt:1@6 lines.txt:2@0 " ] || fail "strides: $(keys shift)"
dsprep build-shards lines.txt --doc line --window 4 --tail drop --out drop
[ "$(keys drop)" = "lines.txt:1@0 lines.txt:1@4 " ] || fail "dropped tails: $(keys drop)"
tr -d ' \n' <drop/dataset.json | grep -q '"left_out_ids":5' || fail "dropped ids are not counted"
dsprep build-shards lines.txt --doc line --window 4 --tail pad:300 --out pad
[ "$(tokens pad 2)" = "105 106 300 300" ] || fail "padding: $(tokens pad 2)"
[ "$("$program" cat pad --split train --index 2 --field length | od -An -tu4 | tr -d ' ')" = 2 ] || fail "length of a padded window"

# Packed rows: documents behind one another, their places told, for any number of threads.
dsprep build-shards lines.txt --doc line --pack 6 --eos 0 --out packed
[ "$(tokens packed 0) | $(tokens packed 1) | $(tokens packed 2)" = "97 98 99 100 101 102 | 103 104 105 106 0 120 | 121 122 0" ] ||
  fail "packed: $(tokens packed 0) | $(tokens packed 1) | $(tokens packed 2)"
[ "$(keys packed)" = "lines.txt:1@0 lines.txt:1@6 lines.txt:2@1 " ] || fail "keys of packed rows: $(keys packed)"
[ "$("$program" cat packed --split train --index 1 --field starts | od -An -tu4 | tr -s ' ')" = " 0 5" ] || fail "starts of documents"
make_lines 20000 >long.txt
dsprep build-shards long.txt --doc line --pack 128 --tail drop --split train=0.9,val=0.1 --shards 3 --jobs 1 --out pack1
dsprep build-shards long.txt --doc line --pack 128 --tail drop --split train=0.9,val=0.1 --shards 3 --jobs 3 --out pack3
same_files pack1 pack3
dsprep verify pack3
for format in lmdb wds; do
  dsprep build-shards long.txt --doc line --pack 128 --tail drop --split train=0.9,val=0.1 --shards 3 --format $format --out pack-$format
  [ "$(digest_of pack-$format)" = "$(digest_of pack1)" ] || fail "packed rows differ in $format"
done
expect 2 usage build-shards rows.csv --doc csv --pack 8 --label-field label --out x
expect 2 usage build-shards lines.txt --doc line --window 4 --pack 8 --out x
expect 2 usage build-shards lines.txt --doc line --stride 4 --out x
expect 2 usage build-shards lines.txt --doc line --pack 4 --tail shift --out x

# The longest length: marks stay, the rest is cut and counted.
dsprep build-shards lines.txt --doc line --bos 1 --eos 2 --max-length 5 --out long-end
[ "$(tokens long-end 0) | $(tokens long-end 1)" = "1 97 98 99 2 | 1 120 121 122 2" ] || fail "cut at the end: $(tokens long-end 0)"
tr -d ' \n' <long-end/dataset.json | grep -q '"cut_documents":1' || fail "cut documents are not counted"
dsprep build-shards lines.txt --doc line --bos 1 --eos 2 --max-length 5 --cut begin --out long-begin
[ "$(tokens long-begin 0)" = "1 104 105 106 2" ] || fail "cut at the beginning: $(tokens long-begin 0)"
expect 2 usage build-shards lines.txt --doc line --bos 1 --eos 2 --max-length 1 --out x
expect 2 usage build-shards lines.txt --doc line --window 4 --tail pad:70000 --dtype uint16 --out x

# JSON lines: escapes, the last of two members of a name, hostile rows.
printf '{"text":"a\\u00e9\\ud83d\\ude00\\n","text2":1}\n{"text":"x","text":"last"}\n{"text":"\\ud83d"}\n[1]\n{"text":"ok"} x\n{"text":"end"}' >hard.jsonl
expect 3 - build-shards hard.jsonl --on-error skip --out hard
[ "$(keys hard)" = "hard.jsonl:1 hard.jsonl:2 hard.jsonl:6 " ] || fail "hard rows: $(keys hard)"
[ "$(tokens hard 0)" = "97 195 169 240 159 152 128 10" ] || fail "escapes: $(tokens hard 0)"
[ "$(tokens hard 1)" = "108 97 115 116" ] || fail "the last of two members counts: $(tokens hard 1)"

# --eos auto: the id that the tokenizer's file names; none, where it names none.
dsprep tokenizer train lines.txt --doc line --model bpe --vocab-size 300 --min-count 1 --special-tokens "<pad>,</s>,<|endoftext|>" --out ends.json
dsprep build-shards lines.txt --doc line --tokenizer ends.json --eos auto --out ends
[ "$(tokens ends 1 | tr ' ' '\n' | tail -n 1)" = 2 ] || fail "--eos auto: $(tokens ends 1)"
dsprep tokenizer train lines.txt --doc line --model bpe --vocab-size 300 --min-count 1 --out endless.json
expect 2 usage build-shards lines.txt --doc line --tokenizer endless.json --eos auto --out x
dsprep tokenizer train long.txt --doc line --model unigram --vocab-size 100 --out ends.model
dsprep build-shards lines.txt --doc line --tokenizer ends.model --eos auto --out ends-model
[ "$(tokens ends-model 1 | tr ' ' '\n' | tail -n 1)" = 2 ] || fail "--eos auto of a .model: $(tokens ends-model 1)"

# What is packed is named, not read as a text; a byte-order mark is no part of JSON.
for ending in gz parquet; do
  printf 'a\n' >"packed.txt.$ending"
  expect 1 unsupported_format build-shards "packed.txt.$ending" --kind text --doc line --out packed; says "packed.txt.$ending"
done
printf '\xef\xbb\xbf{"text":"a"}\n' >marked.jsonl; dsprep build-shards marked.jsonl --out bomless
[ "$("$program" cat bomless --split train --index 0 --field tokens | od -An -v -t u2 | tr -d ' ')" = 97 ] || fail "a byte-order mark"

# What is not UTF-8 is an error with its place, or replaced as Python does.
printf 'ok\nb\xffd\n' >latin.txt
expect 1 bad_encoding build-shards latin.txt --doc line --tokenizer chars --out latin
says "line 2"
dsprep build-shards latin.txt --doc line --tokenizer chars --dtype uint32 --invalid-utf8 replace --out replaced
[ "$("$program" cat replaced --split train --index 1 --field tokens | od -An -tu4 | tr -s ' ')" = " 98 65533 100" ] || fail "replaced bytes"
printf 'id,text\n1,b\xffd\n2,"\xe2\x82,\xc3"\n' >latin.csv
printf '{"text":"b\xffd"}\n{"text":"\xe2\x82,\xc3"}\n' >latin.jsonl
for rows in "latin.csv --doc csv" latin.jsonl; do
  expect 1 bad_encoding build-shards $rows --tokenizer chars --out latin
  dsprep build-shards $rows --tokenizer chars --dtype uint32 --invalid-utf8 replace --out replaced --force
  [ "$("$program" cat replaced --split train --index 0 --field tokens | od -An -tu4 | tr -s ' ')" = " 98 65533 100" ] || fail "replaced bytes of $rows"
  [ "$("$program" cat replaced --split train --index 1 --field tokens | od -An -tu4 | tr -s ' ')" = " 65533 44 65533" ] || fail "replaced parts of $rows"
done
for rows in "latin.txt --doc line" "latin.csv --doc csv" latin.jsonl; do
  expect 1 bad_encoding build-shards $rows --tokenizer words --out latin
  dsprep build-shards $rows --tokenizer words --invalid-utf8 replace --out replaced --force
  grep -q $'"b\xEF\xBF\xBDd"' replaced/tokenizer.json || fail "a word of $rows with replaced bytes"
done
