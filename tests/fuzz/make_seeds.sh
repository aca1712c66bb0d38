#!/usr/bin/env bash
# make_seeds.sh DSPREP BUILD/tests GOLDEN OUT: small real inputs for each fuzzer to start from, made anew: OUT/fuzz_NAME/.
# A fuzzer that begins with nothing takes hours to find the signature of a PNG; from a seed it changes what is behind it.
set -euo pipefail
dsprep=$(realpath "$1") make_pictures=$(realpath "$2/dsprep_make_pictures") make_sounds=$(realpath "$2/dsprep_make_sounds") golden=$(realpath "$3")
mkdir -p "$4"
out=$(realpath "$4")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p "$out"/fuzz_{image,shard,bpe,json,sound,table}

# Pictures: what the tests' maker writes (JPEG and PNG), and the same pixels in every form that dsprep writes.
"$make_pictures" pictures 6 >/dev/null
n=0
for picture in $(find pictures -type f | sort); do
  n=$((n + 1))
  cp "$picture" "$out/fuzz_image/$n-${picture##*/}"
  for form in ppm png jpg; do "$dsprep" image "$picture" --resize 24 --out "$n.$form" && cp "$n.$form" "$out/fuzz_image/"; done
  "$dsprep" image "$picture" --resize 16 --color gray --out "$n-gray.jpg" && cp "$n-gray.jpg" "$out/fuzz_image/"
done
"$dsprep" build-shards pictures --labels none --split none --resize 16 --encode webp --out webp >/dev/null 2>&1
for key in $("$dsprep" ls webp | cut -f2); do
  "$dsprep" cat webp --split train --key "$key" --field image >"$out/fuzz_image/${key//\//-}.webp"
done
printf 'GIF89a\1\0\1\0\200\0\0\377\377\377\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;' >"$out/fuzz_image/tiny.gif"
printf 'BM\106\0\0\0\0\0\0\0\66\0\0\0\50\0\0\0\2\0\0\0\2\0\0\0\1\0\30\0\0\0\0\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4\5\6\0\0\7\10\11\12\13\14\0\0' \
  >"$out/fuzz_image/tiny.bmp"
printf 'II*\0\10\0\0\0\7\0\0\1\3\0\1\0\0\0\2\0\0\0\1\1\3\0\1\0\0\0\2\0\0\0\2\1\3\0\1\0\0\0\10\0\0\0\3\1\3\0\1\0\0\0\1\0\0\0\6\1\3\0\1\0\0\0\1\0\0\0\21\1\4\0\1\0\0\0\142\0\0\0\27\1\4\0\1\0\0\0\4\0\0\0\0\0\0\0\1\2\3\4' \
  >"$out/fuzz_image/tiny.tif"
printf 'P4 9 2\n\252\200\125\0' >"$out/fuzz_image/tiny.pbm"
printf 'P2 2 2 255 1 2 3 4' >"$out/fuzz_image/tiny.pgm"

# Shards: the first byte says "as it is" (even) or "edits" (odd).
head -c 3000 /dev/zero | tr '\0' 'a' >text.txt
for form in wds memmap; do
  "$dsprep" build-shards text.txt --format $form --out text-$form >/dev/null 2>&1
  for file in text-$form/train-*; do { printf '\0' && cat "$file"; } >"$out/fuzz_shard/${file##*/}"; done
done
"$dsprep" build-shards pictures --resize 8 --out small >/dev/null 2>&1
for file in small/*.tar; do { printf '\0' && cat "$file"; } >"$out/fuzz_shard/${file##*/}"; done
printf 'abc' >foreign.txt && tar -cf foreign.tar foreign.txt && { printf '\0' && cat foreign.tar; } >"$out/fuzz_shard/foreign.tar"
printf '\1\0\0x\20\0y' >"$out/fuzz_shard/edits"

# Texts for the splitters; JSON and models for what reads them.
for line in "It's 3 o'clock" $'a\n\n  b\t\tc' '12345 don'\''t WE'\''LL' $'na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac\xc2\xa042!\r\n' 'x_y-z...   '; do
  n=$((n + 1))
  printf '%s' "$line" >"$out/fuzz_bpe/$n.txt"
done
for file in "$golden"/text/*.json; do
  [ "$(stat -c %s "$file")" -gt 65536 ] || cp "$file" "$out/fuzz_json/"
done
for dataset in webp small text-memmap; do cp $dataset/dataset.json "$out/fuzz_json/$dataset.json"; done
for size in 300 400; do
  printf 'the cat sat on the mat %s\n' {1..40} >corpus.txt
  "$dsprep" tokenizer train corpus.txt --doc line --model bpe --vocab-size $size --out bpe.json >/dev/null 2>&1
  cp bpe.json "$out/fuzz_json/bpe-$size.json"
done

# Sounds of every form, whole and damaged; the first byte is the size of the blocks.
"$make_sounds" sounds >/dev/null
for file in $(find sounds -type f -size -100k | sort); do
  n=$((n + 1))
  { printf '\7' && cat "$file"; } >"$out/fuzz_sound/$n-${file##*/}"
done

# Tables: the first byte is the form (csv, jsonl, npy), the next two where it is cut.
table() { { printf "$1" && cat; } >"$out/fuzz_table/$2"; } # PREFIX NAME
printf 'a,b,"c ""d"\n1,2.5,"x\ny"\n,NaN,"""q"""\r\n-3,1e39,\n' | table '\0\20\0' rows.csv
printf '\xef\xbb\xbfa;b\n1;2\n' | table '\0\3\0' bom.csv
printf '{"a":1,"b":"x\\n","c":null}\n\n{"a":-2.5e3,"b":"","c":true}\n{"a":18446744073709551615}\n' | table '\1\24\0' rows.jsonl
npy() { printf '\x93NUMPY\1\0\x76\0%-117s\n' "$1"; } # HEADER, to 128 bytes
{ npy "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" && printf '\0\0\200\77%.0s' {1..6}; } | table '\2\210\0' rows.npy
{ npy "{'descr': '>i2', 'fortran_order': True, 'shape': (3, 2), }" && printf '\0\1%.0s' {1..6}; } | table '\2\210\0' columns.npy
{ npy "{'descr': [('x', '<f8'), ('n', '|b1')], 'fortran_order': False, 'shape': (2,), }" && printf '\0\0\0\0\0\0\370\77\1%.0s' 1 2; } | table '\2\210\0' records.npy
