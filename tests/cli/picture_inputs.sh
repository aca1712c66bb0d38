#!/usr/bin/env bash
# Pictures from lists, archives and WebDataset tars: the same samples as from folders, whatever --jobs, --task and a kill do.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 120
b() { expect "$1" "$2" build-shards "${@:3}"; }
absent() { [ ! -e "$1" ] || fail "$1 was left behind: $(find "$1" | head -5)"; }
# images DIR SPLIT: a line for every sample of a split, its label and the hash of its picture.
images() {
  "$program" ls "$1" --split "$2" | while IFS=$'\t' read -r index _; do
    "$program" cat "$1" --split "$2" --index "$index" --field image | sha256sum
  done | LC_ALL=C sort
}
same_images() { diff <(images "$1" "$3") <(images "$2" "$3") >&2 || fail "$1 and $2 have other pictures in $3"; }
label() { "$program" cat "$1" --split train --key "$2" --field label | od -An -td8 | tr -d ' '; }
keys() { "$program" ls "$1" --split "$2" | cut -f2 | LC_ALL=C sort; }

# ---- archives: tar is read by offset, the others as streams
dsprep build-shards pictures --out folder
tar -C pictures -cf p.tar .
gzip -k p.tar
bsdtar -cJf p.tar.xz @p.tar
bsdtar -C pictures --format zip -cf p.zip train val test
for kind in tar tar.gz tar.xz zip; do
  dsprep build-shards "p.$kind" --shard-samples 10 --jobs 3 --out "from.$kind"
  dsprep verify "from.$kind" >/dev/null
  for split in train val test; do same_images folder "from.$kind" $split; done
  diff <(keys folder test | sed "s,^,p.$kind/,") <(keys "from.$kind" test) >&2 || fail "keys of p.$kind"
  [ "$("$program" inspect "from.$kind" --json | grep -o '"name":"bird"')" ] || fail "no class bird from p.$kind"
  dsprep build-shards "p.$kind" --shard-samples 10 --jobs 1 --out "one.$kind"
  same_files "from.$kind" "one.$kind"
  # In parts, one of them killed.
  for task in 0/2 1/2; do
    "$program" build-shards "p.$kind" --shard-samples 10 --task $task --out "parts.$kind" 2>/dev/null & victim=$!
    sleep 0.02
    kill -9 $victim 2>/dev/null || true
    wait $victim 2>/dev/null || true
    dsprep build-shards "p.$kind" --shard-samples 10 --task $task --out "parts.$kind"
  done
  dsprep merge "parts.$kind"
  same_files "from.$kind" "parts.$kind"
done

# Ratios go by key, in packed archives, too; a folder of archives is an input like one archive.
dsprep build-shards p.tar.gz --split train=0.5,val=0.5 --out ratio.gz
dsprep build-shards p.tar --split train=0.5,val=0.5 --out ratio.tar
[ "$(keys ratio.gz val | wc -l)" -gt 30 ] || fail "few samples in val"
mkdir archives && tar -C pictures/train -cf archives/train-000.tar . && tar -C pictures/val -czf archives/val.tar.gz .
dsprep build-shards archives --out from.archives
same_images folder from.archives val
mkdir both && cp p.tar pictures/train/bird/0001.jpg both/
b 0 - both --out loose
says '"files named .tar":1'

# A changed archive is not read with the old plan.
cp p.tar moved.tar
b 0 - moved.tar --phase plan --out moving
tar -C pictures -cf moved.tar val && b 1 io moved.tar --phase write --out moving

# ---- archives that are damaged, odd or hostile
head -c 60000 p.tar >cut.tar && b 1 truncated cut.tar --out data
head -c 9000 p.tar.gz >cut.tar.gz && b 1 truncated cut.tar.gz --out data
: >empty.tar && b 1 empty_file empty.tar --out data
echo 'no archive at all' >words.zip && b 4 corrupt words.zip --out data
tar -C pictures -cf twice.tar train/bird/0001.jpg && tar -C pictures -rf twice.tar train/bird/0001.jpg
b 1 duplicate_key twice.tar --out data
says train/bird/0001.jpg
mkdir nothing && echo x >nothing/notes.txt && tar -cf nothing.tar nothing && b 1 no_images nothing.tar --out data
absent data
mkdir zeros && truncate -s 6G zeros/zeros.jpg && tar -C zeros --hole-detection=raw -cf - zeros.jpg 2>/dev/null | head -c 100M | gzip -1 >bomb.tar.gz
b 1 too_large bomb.tar.gz --out data
b 3 - p.tar bomb.tar.gz cut.tar --on-error skip --out some
grep -q '"path":"bomb.tar.gz","class":"too_large"' some/rejects.jsonl || fail "rejects: $(cat some/rejects.jsonl)"
grep -q '"path":"cut.tar","class":"truncated"' some/rejects.jsonl || fail "rejects: $(cat some/rejects.jsonl)"
mkdir -p odd && cp pictures/train/bird/0001.jpg "odd/größe 강아지.jpg" && cp pictures/train/bird/0002.jpg $'odd/new\nline.jpg' &&
  cp pictures/train/bird/0003.jpg $'odd/latin\xe9.jpg' && cp pictures/train/bird/0004.jpg odd/.hidden.jpg && : >odd/zero.jpg
tar -cf odd.tar odd && tar -czf odd.tar.gz odd && tar -Pcf up.tar --transform 's,odd/größe,../../up,' odd
for archive in odd.tar odd.tar.gz up.tar; do
  b 3 - $archive --on-error skip --out "from.$archive"
  says '"hidden files and folders":1'
  [ "$("$program" ls "from.$archive" | wc -l)" = 3 ] || fail "$archive: $("$program" ls "from.$archive")"
  grep -q empty_file "from.$archive/rejects.jsonl" || fail "$archive: $(cat "from.$archive/rejects.jsonl")"
done
[ ! -e ../up ] && [ ! -e up ] || fail "a member was written outside"
"$program" ls from.odd.tar | cut -f2 | sed 's,odd.tar/,,' >a.txt
"$program" ls from.odd.tar.gz | cut -f2 | sed 's,odd.tar.gz/,,' >b.txt
diff <(LC_ALL=C sort a.txt) <(LC_ALL=C sort b.txt) >&2 || fail "names differ between tar and tar.gz"

# ---- WebDataset tars: .cls and, with --label-field, .json are labels; our own shards are such tars
mkdir wds && for i in 1 2 3; do cp "pictures/train/bird/000$i.jpg" "wds/s$i.jpg" && echo $((i % 2 + 7)) >"wds/s$i.cls" && echo "{\"kind\":\"k$i\"}" >"wds/s$i.json"; done
(cd wds && tar -cf ../w.tar s*)
dsprep build-shards w.tar --out from.wds
[ "$(label from.wds w.tar/s1.jpg)" = 8 ] || fail "label of s1"
(cd wds && tar -cf ../j.tar s*.jpg s*.json)
dsprep build-shards j.tar --label-field kind --out from.json
"$program" inspect from.json | grep -q '0 k1' || fail "classes from json"
(cd wds && tar -cf ../lost.tar s*.jpg s1.cls) && b 1 bad_row lost.tar --out data
dsprep build-shards folder/train-00000.tar --out from.ours
[ "$("$program" ls from.ours | wc -l)" = "$("$program" ls folder --split train | wc -l)" ] || fail "our own shard as an input"

# ---- lists
{
  echo 'label,"path",split,group,more'
  i=0
  for file in pictures/*/*/*.*; do
    i=$((i + 1))
    folder=${file%/*} && split=${file#pictures/} && split=${split%%/*}
    [ "$split" = val ] && split=valid
    echo "\"${folder##*/}\",$file,$split,g$((i % 7)),\"a, \"\"b\"\"\""
  done
} >list.csv
dsprep build-shards list.csv --out from.csv
for split in train val test; do same_images folder from.csv $split; done
sed 's/, ""/;;/; s/,/\t/g; s/;;/, ""/' list.csv >list.tsv
dsprep build-shards list.tsv --out from.tsv
[ "$(digest_of from.csv)" = "$(digest_of from.tsv)" ] || fail "csv and tsv differ"
awk -F, 'NR > 1 { gsub(/"/, "", $1); printf "{\"path\":\"%s\",\"label\":\"%s\",\"split\":\"%s\"}\n", $2, $1, ($3 == "valid" ? "val" : $3) }' list.csv >list.jsonl
dsprep build-shards list.jsonl --out from.jsonl
[ "$(digest_of from.csv)" = "$(digest_of from.jsonl)" ] || fail "csv and jsonl differ"
dsprep build-shards list.csv --split column:group --out by.group
[ "$("$program" inspect by.group --json | grep -o '"samples":' | wc -l)" -gt 7 ] || fail "split by group"
dsprep build-shards list.csv --split train=0.5,val=0.5 --group-by column:group --out grouped
for group in 0 1 2 3 4 5 6; do
  members=$(awk -F, -v g="g$group" '$4 == g { print $2 }' list.csv | LC_ALL=C sort)
  in_val=$(comm -12 <(echo "$members") <(keys grouped val) | wc -l)
  [ "$in_val" = 0 ] || [ "$in_val" = "$(echo "$members" | wc -l)" ] || fail "group $group is in two splits"
done
printf 'path,label\npictures/train/bird/0001.jpg,3\npictures/train/bird/0002.jpg,12\n' >numbers.csv
dsprep build-shards numbers.csv --out numbers
[ "$(label numbers pictures/train/bird/0002.jpg)" = 12 ] || fail "a label that is a number"
mkdir sub && printf 'path\n../pictures/train/bird/0001.jpg\n%s\n' "$work/pictures/val/bird/0008.jpg" >sub/up.csv
dsprep build-shards sub/up.csv --labels none --split none --out up
keys up train | grep -qx pictures/train/bird/0001.jpg || fail "key of a path with ..: $(keys up train)"

# Errors say line and column; with skip they are listed, and the other rows are built.
kept=3
expect_row() { # expect_row WHAT CLASS TEXT-OF-A-ROW...
  { head -3 list.csv && printf "%b\n" "${@:3}" && sed -n 4p list.csv; } >bad.csv
  b 1 "$2" bad.csv --out data
  says "line 4"
  says "$1"
  b 3 - bad.csv --on-error skip --out "skipped" --force
  [ "$("$program" ls skipped | wc -l)" = "$kept" ] && grep -q "\"path\":\"bad.csv:4\",\"class\":\"$2\"" skipped/rejects.jsonl ||
    fail "$1: $(cat skipped/rejects.jsonl)"
}
expect_row "3 cells, not 5" bad_row 'cat,pictures/train/bird/0001.jpg,train'
expect_row "column 'label'" bad_row ',pictures/train/bird/0009.jpg,train,g,x'
kept=2 expect_row "text behind" bad_row 'cat,"pictures/train' # up to the quote that opens the next row
printf 'path\n"pictures/train/bird/0001.jpg\n' >open.csv && b 1 bad_row open.csv --out data
says "line 2, column 1: a double quote is not closed"
expect_row "column 2: there is text behind" bad_row 'cat,"pictures/train" x,train,g,x'
expect_row "'no/such.jpg'" not_found 'cat,no/such.jpg,train,g,x'
expect_row "is no regular file" bad_row 'cat,pictures/train,train,g,x'
echo '{"path":"pictures/train/bird/0001.jpg","label":"a"}' >bad.jsonl && echo '{"path":7}' >>bad.jsonl
b 1 bad_row bad.jsonl --out data
says "line 2"
b 2 usage list.csv --split column:fold --out data
says "its columns are label, path, split, group, more"
{ cat list.csv && sed -n 2p list.csv; } >twice.csv && b 1 duplicate_key twice.csv --out data
printf 'file,label\nx.jpg,1\n' >nopath.csv && b 2 usage nopath.csv --kind image --out data
b 2 usage list.csv pictures --out data
says "lists of files"
b 2 usage pictures --split column:label --out data
absent data
