#!/usr/bin/env bash
# Bad calls and bad inputs: each has its class and its exit code, and leaves nothing half done behind.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 60
mkdir texts && make_lines 50 >texts/a.txt
b() { expect "$1" "$2" build-shards "${@:3}"; }
absent() { [ ! -e "$1" ] || fail "$1 was left behind: $(find "$1" | head -5)"; }

# ---- usage
expect 2 - # no arguments: the help
expect 2 usage no-such-command
expect 0 - --version
says "dsprep "
b 2 usage pictures
says "--out is missing"
b 2 usage --out data
b 2 usage pictures --out data --no-such-option
while read -r arguments; do
  # shellcheck disable=SC2086
  b 2 usage pictures --out data $arguments
  absent data
done <<'CALLS'
--kind books
--format zip
--split train=0.5
--split train=0.5,train=0.5
--split train=2,val=-1
--split column:
--group-by user
--stratify size
--shard-samples 0
--shard-samples 5 --shards 5
--shard-size many
--order random
--jobs 0
--jobs x
--on-error ignore
--max-rejects 200%
--phase all
--task 3/3
--task 0/0
--task x
--progress loud
--resize 0
--fit round --resize 8
--crop 8
--crop 8 --resize 16x16
--encode jpeg:101
--color blue
--kind text --doc page
--kind text --dtype float16
--overlap 3
--tile 8
--tile 8x8 --overlap 8
--tile 8x8 --edge round
--tile 8x8 --encode keep
--tile 8x8 --resize 16
--edge pad
--window 5
--kind text --resize 8
CALLS

# ---- inputs that are not there, or not what they seem
b 1 not_found nothing-here --out data
b 1 not_found @no-list --out data
mkdir empty && b 1 no_images empty --out data
absent data
mkdir mixed && cp texts/a.txt pictures/train/bird/0001.jpg mixed/
b 2 usage mixed --out data
says "several kinds: 1 image"
b 0 - mixed --kind image --out mixed-data
says '"files named .txt":1'
printf 'PAR1' >table.parquet && b 1 unsupported_format table.parquet --out data
says parquet
printf 'RIFF' >sound.wav && b 1 unsupported_format sound.wav --out sounds
says "none of wav, flac"
b 1 duplicate_key texts ./texts --out data
says texts/a.txt
b 1 no_images texts --kind image --out data
absent data

# ---- damaged inputs
cp -r pictures damaged
: >damaged/train/bird/empty.jpg
echo 'no picture' >damaged/train/bird/words.jpg
head -c 300 pictures/train/bird/0001.jpg >damaged/train/bird/cut.jpg
b 1 "\(truncated\|empty_file\|not_an_image\)" damaged --out data
b 3 - damaged --out skipped --on-error skip
[ "$(wc -l <skipped/rejects.jsonl)" = 3 ] || fail "rejects.jsonl: $(cat skipped/rejects.jsonl)"
for class in empty_file not_an_image truncated; do
  grep -q "\"$class\"" skipped/rejects.jsonl || fail "rejects.jsonl has no $class: $(cat skipped/rejects.jsonl)"
done
dsprep verify skipped >/dev/null
b 1 rejected damaged --out limited --on-error skip --max-rejects 2
absent limited/dataset.json
b 3 - damaged --out limited --on-error skip --max-rejects 3
same_files skipped limited
b 3 - damaged --out percent --on-error skip --max-rejects 5%
mkdir bad && echo x >bad/x.jpg
b 1 no_images bad --on-error skip --out data2
absent data2/dataset.json

printf '{"text":"good"}\n{"text":3}\nnot json\n\n{"other":"x"}\n{"text":"last"}\n' >rows.jsonl
b 1 bad_row rows.jsonl --out rows
says "rows.jsonl"
b 3 - rows.jsonl --out rows-skipped --on-error skip
[ "$("$program" ls rows-skipped | cut -f2 | tr '\n' ' ')" = "rows.jsonl:1 rows.jsonl:6 " ] || fail "$("$program" ls rows-skipped)"
[ "$(grep -c bad_row rows-skipped/rejects.jsonl)" = 3 ] || fail "bad rows: $(cat rows-skipped/rejects.jsonl)"
printf 'good\nbad \xff byte\n' >latin.txt
b 1 bad_encoding latin.txt --doc line --tokenizer words --out latin
b 3 - latin.txt --doc line --tokenizer words --on-error skip --out latin-skipped

# ---- what a folder may hold beside files
cp -r pictures odd && mkfifo odd/train/pipe && ln -s .. odd/train/bird/up && echo x >odd/.hidden.jpg
b 1 symlink_loop odd --out data3
timeout 60 "$program" build-shards odd --on-error skip --out data3 2>stderr.txt || [ $? = 3 ] || fail "$(cat stderr.txt)"
grep -q FIFO stderr.txt || fail "the FIFO is not counted: $(cat stderr.txt)"
[ "$(digest_of data3)" != "" ]
if [ "$(id -u)" != 0 ]; then
  cp -r pictures locked && chmod 0 locked/train/bird/0001.jpg
  b 1 permission_denied locked --out data4
fi

# ---- what may not be overwritten
b 0 - pictures --out done
b 0 - pictures --out done
says "stands already"
b 2 usage pictures --labels none --out done
says "--force"
b 0 - pictures --labels none --out done --force
mkdir busy && echo precious >busy/file && b 2 usage pictures --out busy
b 2 usage pictures --out busy --force
[ "$(cat busy/file)" = precious ] || fail "a foreign file was touched"
b 0 - pictures --shard-samples 10 --task 0/2 --out part
b 2 usage pictures --shard-samples 20 --out part
says "another build"
b 0 - pictures --shard-samples 20 --out part --force

# ---- options from a file
printf 'shard-samples = 10\nformat = memmap\n' >options.cfg
b 0 - pictures --config options.cfg --out configured
b 0 - pictures --shard-samples 10 --format memmap --out plain
same_files configured plain
b 1 not_found pictures --config no.cfg --out data5

# ---- reading what is not a dataset
expect 1 not_found verify nothing-here
expect 1 not_found ls empty
expect 1 not_found cat done --split train --index 5 --field no-such-field
expect 2 usage cat done --split train --index 500
expect 1 not_found cat done --split train --key no-such-key
expect 1 not_found ls done --split dev
expect 1 not_found merge empty
expect 1 not_found status empty

# ---- interrupted: resumable, and says so
make_lines 400000 >many.txt
dsprep build-shards many.txt --doc line --shard-size 100K --tokenizer words --out whole
"$program" build-shards many.txt --doc line --shard-size 100K --tokenizer words --out stopped 2>stderr.txt & pid=$!
sleep 0.2
kill -INT $pid
code=0 && wait $pid || code=$?
[ $code = 130 ] || fail "interrupted: expected exit code 130, got $code: $(cat stderr.txt)"
grep -q '^dsprep: interrupted: .*again' stderr.txt || fail "interrupted: $(cat stderr.txt)"
absent stopped/dataset.json
dsprep build-shards many.txt --doc line --shard-size 100K --tokenizer words --out stopped
same_files whole stopped

# ---- an input that changes between the plan and its reading
b 0 - texts --doc line --phase plan --out changing
make_lines 60 5 >>texts/a.txt
b 1 io texts --doc line --phase write --out changing
