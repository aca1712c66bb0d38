#!/usr/bin/env bash
# Contact sheets: as large as what they show, with every picture on them, and damaged ones crossed out.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 60
# pixels DIR: the sheet of a dataset, a pixel a line; size.txt keeps its width and height.
pixels() {
  dsprep inspect "$1" --sheet sheet.png
  dsprep image sheet.png --out sheet.ppm
  sed -n 2p sheet.ppm >size.txt
  tail -c +$(($(head -3 sheet.ppm | wc -c) + 1)) sheet.ppm | od -An -v -tu1 -w3 | tr -s ' '
}
count() { grep -cx " $1" pixels.txt || true; }
red='210 40 40'

dsprep build-shards pictures --out classes
pixels classes >pixels.txt
[ "$(cat size.txt)" = "1024 $((24 + 22 + 4 + 3 * (22 + 100 + 4)))" ] || fail "three rows of classes: $(cat size.txt)"
[ "$(count "$red")" = 0 ] || fail "a good picture is crossed out"
[ "$(count '0 0 0')" -gt 300 ] || fail "no letters"
white=$(count '255 255 255')
[ "$white" -lt $((1024 * 428 - 30 * 80 * 80)) ] || fail "no pictures: $white white pixels"

dsprep build-shards pictures --labels none --encode raw --resize 20x10 --color gray --out plain
pixels plain >pixels.txt
[ "$(cat size.txt)" = "1024 $((24 + 22 + 4 + 5 * 100 + 4))" ] || fail "48 pictures in five rows: $(cat size.txt)"
[ "$(count "$red")" = 0 ] || fail "a raw picture is crossed out"

# Cut in its last third: the header is whole, and the end marker, but not the pixels between them.
mkdir cut && file=pictures/train/bird/0001.jpg && size=$(stat -c %s $file)
{ head -c $((size * 2 / 3)) $file && printf '\xff\xd9'; } >cut/x.jpg
dsprep build-shards cut --out damaged
pixels damaged >pixels.txt
[ "$(count "$red")" -gt 300 ] || fail "a damaged picture is not crossed out"

dsprep build-shards pictures/train/bird/0001.jpg --tile 16x8 --overlap 2 --out tiles
pixels tiles >pixels.txt
[ "$(count "$red")" -gt 60 ] && [ "$(count '150 150 150')" -gt 60 ] || fail "tiles have no frames"
expect 2 usage inspect classes --sheet sheet.jpg
make_lines 5 >lines.txt && dsprep build-shards lines.txt --doc line --out text
expect 2 usage inspect text --sheet text.png
says "no pictures"
