#!/usr/bin/env bash
# Sound: waveforms and spectrograms, windows, labels and splits, hostile files, the same bytes always.
source "$(dirname "$0")/../support/cli.sh"

keys() { "$program" ls "$1" --split "${2:-train}" | cut -f2 | LC_ALL=C sort | paste -sd' '; }
manifest_has() { tr -d ' \n' <"$1/dataset.json" | grep -qF -- "$2" || fail "$1/dataset.json has no $2"; }
"$make_sounds" sounds
good=sounds/good

# Whole files, with labels by folders; every file keeps its rate.
dsprep build-shards $good --out whole
[ "$(keys whole)" = "cat/1.wav cat/2.flac cat/3.wav dog/4.ogg dog/5.aiff dog/6.wav" ] || fail "keys: $(keys whole)"
expect 0 - inspect whole; says 'waveform: array, float32 (-1)'; says '0 cat: train 3'
number() { dsprep cat "$1" --split train --key "$2" --field "$3" | od -An -v -t "$4" | tr -d ' \n'; }
[ "$(number whole cat/2.flac rate u4)|$(number whole cat/2.flac source_rate u4)" = "44100|44100" ] || fail "rates"
dsprep verify whole

# Windows of samples, each tail.
rules=($good/cat/1.wav --rate 16000 --window 6000 --hop 4000)
for tail in keep drop shift pad; do dsprep build-shards "${rules[@]}" --tail $tail --out $tail; done
[ "$(keys keep)" = "1.wav@0 1.wav@12000 1.wav@4000 1.wav@8000" ] || fail "keep: $(keys keep)"
[ "$(keys drop)" = "1.wav@0 1.wav@4000 1.wav@8000" ] || fail "drop: $(keys drop)"
[ "$(keys shift)" = "1.wav@0 1.wav@10000 1.wav@4000 1.wav@8000" ] || fail "shift: $(keys shift)"
[ "$(number pad 1.wav@12000 start d8)|$(number pad 1.wav@12000 length u4)" = "12000|4000" ] || fail "pad: start and length"
manifest_has drop '"left_out_samples":2000'
dsprep cat pad --split train --key 1.wav@12000 --field waveform >padded
[ "$(stat -c %s padded)" = 24000 ] || fail "a padded window has $(stat -c %s padded) bytes"
tail -c 8000 padded | cmp - <(head -c 8000 /dev/zero) || fail "padding is not silent"
dsprep cat keep --split train --key 1.wav@12000 --field waveform | cmp - <(head -c 16000 padded) || fail "keep and pad differ"

# Spectrograms; windows of frames are pieces of the whole one; files too short for a window are counted.
mel=(--rate 16000 --mel 40 --window 400 --hop 160)
dsprep build-shards $good "${mel[@]}" --stats --out mel
expect 0 - inspect mel; says 'mel: array, float32 (-1, 40)'
dsprep build-shards $good "${mel[@]}" --frames 120 --stride 60 --tail drop --out frames
expect 0 - inspect frames; says 'mel: array, float32 (120, 40)'
manifest_has frames '"sounds_without_sample":3'
dsprep cat mel --split train --key dog/6.wav --field mel >mel.bin
dsprep cat frames --split train --key dog/6.wav@96000 --field mel >frames.bin
[ "$(stat -c %s frames.bin)" = 19200 ] && cmp -n 19200 -i $((600 * 160)):0 mel.bin frames.bin || fail "a window is not a piece of the whole"
dsprep build-shards $good --dtype int16 --channel 0 --out int16
expect 0 - inspect int16; says 'waveform: array, int16 (-1)'
expect 1 unsupported_format build-shards $good --channel 1 --out no; says '1 channels, and no number 1'

# The other containers, splits by hash and by folders, lists, archives; loaders read what is made.
dsprep build-shards $good "${mel[@]}" --format lmdb --out lmdb
dsprep build-shards $good "${mel[@]}" --format wds --out wds
[ "$(digest_of mel)|$(digest_of mel)" = "$(digest_of lmdb)|$(digest_of wds)" ] || fail "containers differ"
dsprep build-shards $good --rate 8000 --split train=0.5,val=0.5 --out hash
[ "$( (keys hash; keys hash val) | wc -w)" = 6 ] || fail "a split by hash loses files"
printf 'path,label,split\ngood/cat/1.wav,7,train\ngood/dog/4.ogg,9,test\n' >sounds/list.csv
dsprep build-shards sounds/list.csv --rate 8000 --out list
[ "$(keys list)|$(keys list test)" = "good/cat/1.wav|good/dog/4.ogg" ] || fail "list: $(keys list)"
tar cf sounds.tar -C $good .
tar czf sounds.tar.gz -C $good .
dsprep build-shards sounds.tar --rate 8000 --window 8000 --out tar
dsprep build-shards sounds.tar.gz --rate 8000 --window 8000 --out targz
dsprep build-shards $good --rate 8000 --window 8000 --out folder
for other in tar targz; do [ "$(keys $other | sed "s|[^ ]*gz/||g; s|sounds.tar/||g")" = "$(keys folder)" ] || fail "$other: $(keys $other)"; done
expect 0 - bench frames --batch 8 --epochs 1 --json; says '"samples":'
mkdir sounds/copy && cp $good/cat/1.wav sounds/copy/same.wav
printf 'path,split\ngood/cat/1.wav,train\ncopy/same.wav,test\n' >sounds/leak.csv
dsprep build-shards sounds/leak.csv "${mel[@]}" --out leak
expect 3 - audit leak; says 'same.wav'

# The same bytes for any number of threads and tasks, and again from the inputs.
rules=($good --rate 16000 --window 1000 --hop 250 --shards 3)
same_always one "${rules[@]}"
expect 0 - verify one --rebuild 100% --input $good
expect 0 - verify frames --rebuild 100% --input $good

# Hostile files: each is refused by name, and skipped with its reason where the user says so.
refused() { # NAME CLASS [OPTIONS]
  local name=$1 class=$2
  shift 2
  rm -rf bad bad.out && mkdir bad && cp sounds/bad/$name bad && cp $good/cat/1.wav bad/whole.wav
  expect $([ $class = corrupt ] && echo 4 || echo 1) "$class" build-shards bad "$@" --out bad.out; says "$name"
  expect 3 - build-shards bad "$@" --on-error skip --out bad.out
  [ "$(keys bad.out | cut -d@ -f1 | tr ' ' '\n' | sort -u)" = whole.wav ] || fail "$name: $(keys bad.out)"
  grep -qF "\"$class\"" bad.out/rejects.jsonl || fail "$name: $(cat bad.out/rejects.jsonl)"
}
refused empty.wav empty_file
refused text.wav unsupported_format
for name in head.wav cut.wav one_byte_less.wav huge_data.wav cut.aiff cut.ogg no_last_page.ogg; do refused $name truncated; done
for name in cut.wav cut.ogg; do refused $name truncated --rate 16000 --window 100; done
for name in no_channels.wav rate_0.wav rate_huge.wav flipped.ogg missing_page.ogg nan.wav infinite.wav loud.wav; do
  refused $name corrupt
done
for name in cut.flac flipped.flac; do refused $name corrupt --window 100; done
refused no_samples.wav empty_file
refused rate_1.wav too_large --rate 16000
refused nan.wav corrupt "${mel[@]}"

# What the options refuse.
expect 2 usage build-shards $good --mel 40 --out no; says '--rate'
expect 2 usage build-shards $good --rate 16000 --fft 512 --out no; says '--mel'
expect 2 usage build-shards $good --hop 5 --out no; says '--window'
expect 2 usage build-shards $good --rate 16000 --mel 300 --window 400 --out no; says 'falls between'
expect 2 usage build-shards $good --resize 256 --out no; says 'kind image'
expect 2 usage build-shards $good --dtype uint16 --out no
expect 2 usage build-shards $good --rate 0 --out no
echo words >words.txt
expect 2 usage build-shards words.txt --rate 16000 --out no; says 'kind audio'
expect 2 usage build-shards words.txt --window 2 --tail pad --out no; says 'pad:ID'
