#!/usr/bin/env bash
# verify --rebuild: a part of a dataset is made again from its inputs; every difference is named, whoever made it.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 40
make_lines 3000 >lines.txt
make_lines 800 7 >more.txt

# again CODE DIR SHARE INPUT...: verify --rebuild, from wherever the inputs stand.
again() {
  local code=$1 dir=$2 share=$3
  shift 3
  expect "$code" - verify "$dir" --rebuild "$share" --jobs 2 --scratch "$work/scratch" --input "$@"
  [ -z "$(ls -A scratch)" ] || fail "scratch is not empty: $(ls -A scratch)"
}
mkdir scratch

# ---- what was built is built again: containers, tiles, texts, vocabularies, splits by content with joined fragments
for container in wds lmdb memmap; do
  dsprep build-shards pictures --format $container --resize 24 --crop 20x16 --shards 4 --out pictures.$container
  again 0 pictures.$container 100% pictures
  says "rebuilt: the same bytes: 6 shards, 40 samples"
done
dsprep build-shards pictures --tile 16x16 --overlap 2 --encode raw --format memmap --lenient --out tiles
again 0 tiles 100% pictures
dsprep build-shards lines.txt more.txt --doc line --tokenizer words --min-count 2 --split train=0.8,val=0.1,test=0.1 --shards 6 \
  --eos 1 --out words
again 0 words 100% lines.txt more.txt
says "the same bytes"
awk 'BEGIN { for (i = 0; i < 500; i++) printf "%d;%d;s%d\n", i, i * i, i / 100 }' >plain.csv
dsprep build-shards plain.csv --kind table --no-header --delimiter ';' --missing '?,-' --columns '0:int32,1:float64,2:category' --shards 2 --out plain
again 0 plain 100% plain.csv
{ echo t,v,s; awk 'BEGIN { for (i = 0; i < 500; i++) printf "%d,%d,s%d\n", i, i * i, i / 100 }'; } >series.csv
dsprep build-shards series.csv --kind table --columns 'features=v+' --series s --time t --window 8 --horizon 2 --target v --out series
again 0 series 100% series.csv
dsprep build-shards lines.txt --doc line --tokenizer chars --pack 64 --tail pad:0 --out packed
again 0 packed 100% lines.txt
"$program" tokenizer train lines.txt --doc line --model bpe --vocab-size 400 --out bpe.json 2>/dev/null
dsprep build-shards lines.txt --doc line --tokenizer bpe.json --window 32 --stride 16 --out windows
rm bpe.json # the dataset has its own
again 0 windows 100% lines.txt
before=$(sums pictures.wds)
mkdir elsewhere && mv pictures elsewhere/pictures
again 0 pictures.wds 100% elsewhere/pictures
mv elsewhere/pictures pictures
[ "$(sums pictures.wds)" = "$before" ] || fail "verify has written into the dataset"

# ---- a share of the shards: more where more is asked for, the same ones each time, one at least
dsprep build-shards pictures --shard-samples 1 --split none --out many
made() { sed -n 's/^rebuilt: the same bytes: \([0-9]*\) shard.*/\1/p' stdout.txt; }
again 0 many 1% pictures && least=$(made)
again 0 many 50% pictures && half=$(made)
again 0 many 100% pictures && all=$(made)
[ "$least" -ge 1 ] && [ "$least" -lt "$half" ] && [ "$half" -lt "$all" ] || fail "shares: $least $half $all"

# ---- a dataset in another container is compared sample by sample
dsprep convert pictures.wds --format lmdb --out converted
again 0 converted 100% pictures

# ---- inputs that have changed since, in the same size; that are missing; that are new
cp -r pictures changed
one=changed/train/bird/0001.jpg
size=$(stat -c %s $one)
printf '\x01' | dd of=$one bs=1 seek=$((size / 2)) conv=notrunc status=none
again 4 pictures.wds 100% changed
says "key train/bird/0001.jpg: its input"
[ "$(grep -c 0001 stdout.txt)" = 1 ] && says "1 difference" || fail "not one difference: $(cat stdout.txt)"
printf 'longer' >>$one
cp $one changed/train/bird/new.jpg
rm changed/val/*/*.jpg
again 4 pictures.wds 100% changed
says "train/bird/0001.jpg: this input has changed"
says "train/bird/new.jpg: this input is new"
[ "$(grep -c 'not_found: val/.*: this input is missing' stdout.txt)" = "$("$program" ls pictures.wds --split val | wc -l)" ] ||
  fail "missing inputs are not named: $(cat stdout.txt)"
sed 's/^line 100 /line 1OO /' lines.txt >same-size.txt && mkdir t && mv same-size.txt t/lines.txt
again 4 packed 100% t/lines.txt
says "its input has changed"
again 4 windows 100% t/lines.txt
says "lines.txt:100@0"
again 4 words 100% t/lines.txt more.txt
head -n 2999 lines.txt >t/lines.txt
again 4 windows 100% t/lines.txt
says "the inputs are not those of the build"

# ---- damage in the dataset, in a sample and between samples
cp -r pictures.wds damaged
key=$("$program" ls damaged --split val | sed -n '1s/.*\t//p')
offset=$("$program" explain damaged "$key" | sed -n 's/^bytes .*field image: .*offset \([0-9]*\),.*/\1/p')
printf '\xff\xfe' | dd of=damaged/val-00000.tar bs=1 seek=$((offset + 100)) conv=notrunc status=none
again 4 damaged 100% pictures
[ "$(grep -c 'shard val-00000, sample 0, field image' stdout.txt)" = 2 ] || fail "damage is not named by both: $(cat stdout.txt)"
says "rebuilt: 1 difference"
cp -r pictures.wds padded
size=$(stat -c %s padded/val-00000.tar)
printf '\x01' | dd of=padded/val-00000.tar bs=1 seek=$((offset - 1)) conv=notrunc status=none # the end of a tar header
again 4 padded 100% pictures
says "the rebuilt file differs from here on; no sample does"

# ---- wrong usage
expect 2 usage verify pictures.wds --rebuild 10%
expect 2 usage verify pictures.wds --input pictures
expect 2 usage verify pictures.wds --rebuild 0% --input pictures
expect 2 usage verify pictures.wds --rebuild 200% --input pictures
expect 2 usage verify pictures.wds/train-00000.tar --rebuild 10% --input pictures
expect 1 not_found verify pictures.wds --rebuild 10% --input nowhere
