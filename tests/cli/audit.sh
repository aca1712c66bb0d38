#!/usr/bin/env bash
# audit: the same content in two splits is found, whatever it is written as; and nothing else is.
source "$(dirname "$0")/../support/cli.sh"

# Texts: white space, letters' case and normal form do not hide a copy; another text is no copy.
mkdir -p texts/train texts/val
make_lines 300 1 >texts/train/a.txt
make_lines 300 2 >texts/val/b.txt
printf 'The  caf\xc3\xa9 \tOPENS\n' >>texts/train/a.txt
printf ' the cafe\xcc\x81 opens \n' >>texts/val/b.txt
for tokenizer in bytes chars; do
  dsprep build-shards texts --doc line --tokenizer $tokenizer --out t-$tokenizer
  expect 3 - audit t-$tokenizer
  [ "$(cat stdout.txt)" = $'val\tval/b.txt:301\ttrain\ttrain/a.txt:301' ] || fail "$tokenizer: $(cat stdout.txt)"
done
expect 3 - audit t-bytes --json
grep -q '"leaks":\[{"equals":{"index":300,"key":"train/a.txt:301","split":"train"},"index":300,"key":"val/b.txt:301","split":"val"}\]' stdout.txt || fail "json: $(cat stdout.txt)"
# With little memory it goes through a file, in several passes.
cp stdout.txt much.txt
expect 3 - audit t-bytes --json --memory 1K --jobs 2
cmp stdout.txt much.txt || fail "little memory tells another story"

# --forbid-leak publishes nothing, and the same command without it does.
expect 1 rejected build-shards texts --doc line --forbid-leak --out forbidden
says "val/b.txt:301"
[ ! -e forbidden/dataset.json ] || fail "a dataset that leaks was published"
dsprep build-shards texts --doc line --out forbidden
expect 1 rejected build-shards texts --doc line --forbid-leak --out forbidden
sed -i '$d' texts/val/b.txt
dsprep build-shards texts --doc line --forbid-leak --out clean
expect 0 - audit clean
[ ! -s stdout.txt ] || fail "a clean dataset lists leaks"

# Pictures: pixels count, not bytes; an orientation in EXIF is applied.
"$make_pictures" pictures 30
first=$(find pictures/train -type f | LC_ALL=C sort | head -n1)
cp "$first" "pictures/val/$(ls pictures/val | head -n1)/copy.${first##*.}"
dsprep build-shards pictures --out images
expect 3 - audit images
grep -q "copy" stdout.txt || fail "a copied picture is not found"
dsprep image "$first" --out again.ppm
cp again.ppm "pictures/val/$(ls pictures/val | head -n1)/again.ppm"
dsprep build-shards pictures --out images2
expect 3 - audit images2
grep -q "again.ppm" stdout.txt || fail "the same pixels in another format are not found"

# Tables: values count, not how they are written; labels do not count.
mkdir -p rows/train rows/test
printf 'x,y,label\n1,2,0\n3,4,1\n' >rows/train/r.csv
printf 'x,y,label\n1.0,2e0,1\n5,6,0\n' >rows/test/r.csv
dsprep build-shards rows --kind table --out table
expect 3 - audit table
[ "$(cat stdout.txt)" = $'test\ttest/r.csv:2\ttrain\ttrain/r.csv:2' ] || fail "table: $(cat stdout.txt)"
expect 1 not_found audit table --field nothing
