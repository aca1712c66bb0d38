#!/usr/bin/env bash
# dsprep tokenizer train: on train only, the same for any number of threads, from texts and from datasets.
source "$(dirname "$0")/../support/cli.sh"

make_lines 3000 >lines.txt
train() { dsprep tokenizer train "$@" --progress none; }
for model in bpe unigram words; do
  train lines.txt --doc line --model $model --vocab-size 300 --jobs 1 --out one.$model
  train lines.txt --doc line --model $model --vocab-size 300 --jobs 3 --out three.$model
  cmp one.$model three.$model || fail "$model depends on the number of threads"
done

# Documents of other splits leave no trace: the lines that the split puts into train give the same tokenizer.
split=(--split train=0.5,val=0.5)
dsprep build-shards lines.txt --doc line "${split[@]}" --out halves
"$program" ls halves --split train | cut -f2 | sed 's/.*://' | awk 'NR == FNR { keep[$1]; next } FNR in keep' - lines.txt >half.txt
[ "$(wc -l <half.txt)" -gt 1000 ] || fail "the split is not half"
for model in bpe unigram words; do
  train lines.txt --doc line "${split[@]}" --model $model --vocab-size 300 --out split.$model
  train half.txt --doc line --model $model --vocab-size 300 --out half.$model
  cmp split.$model half.$model || fail "$model has seen more than train"
  ! cmp -s split.$model one.$model || fail "$model: the halves are no smaller than the whole"
  train halves --model $model --vocab-size 300 --out dataset.$model
  cmp split.$model dataset.$model || fail "$model of a dataset differs from that of its texts"
done

# The result is what build-shards takes.
dsprep build-shards half.txt --doc line --tokenizer one.bpe --out tokens-bpe
dsprep build-shards half.txt --doc line --tokenizer one.unigram --out tokens-unigram
dsprep build-shards half.txt --doc line --tokenizer one.words --out tokens-words
cmp one.bpe tokens-bpe/tokenizer.json && cmp one.unigram tokens-unigram/tokenizer.model || fail "the tokenizer does not travel"

# Columns of rows; rows that are none.
printf '{"body":"a a b"}\n{"body":"b a"}\n{"other":1}\n' >rows.jsonl
expect 1 bad_row tokenizer train rows.jsonl --text-field body --model words --out x.json
train rows.jsonl --text-field body --model words --on-error skip --out rows.json
grep -q '"a": 2' rows.json && grep -q '"b": 3' rows.json || fail "words of rows: $(cat rows.json)"

expect 2 usage tokenizer
expect 2 usage tokenizer fit lines.txt
expect 2 usage tokenizer train lines.txt --model bpe
expect 2 usage tokenizer train lines.txt --model bpe --vocab-size 100 --out x
expect 2 usage tokenizer train lines.txt --doc line --model unigram --vocab-size 100000 --out x
expect 2 usage tokenizer train tokens-bpe --model words --out x
expect 1 not_found tokenizer train none.txt --model words --out x
printf '\xff\n' >latin.txt
expect 1 bad_encoding tokenizer train latin.txt --doc line --out x
