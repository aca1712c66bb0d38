#!/usr/bin/env bash
# A full disk, a bad disk or a kill at the N-th operation that changes the disk, for one N after another: a clear error,
# nothing half done under the dataset's name, and the next run gives the same bytes. STEP=1 tries every operation.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 30
make_lines 300 >lines.txt
step=${STEP:-7}

# try_all EXPECTED BEFORE ARGUMENTS...: BEFORE is the dataset that stands there at the start (or none).
try_all() {
  local expected=$1 before=$2 fault code wanted n calm
  shift 2
  for fault in ENOSPC EIO KILL; do
    calm=0
    # The end is where the build does not meet the fault any more; a fault while cleaning up may pass unseen before that.
    for ((n = 1; calm < 3; n += step)); do
      rm -rf data .data.dsprep-*
      [ -z "$before" ] || cp -r "$before" data
      code=0
      # The outer redirection is for the shell's own line about the killed program.
      { DSPREP_FAULT=$n:$fault "$program" build-shards "$@" --out data >stdout.txt 2>stderr.txt || code=$?; } 2>/dev/null
      wanted=1
      [ $fault != KILL ] || wanted=137
      if [ $code = 0 ]; then
        calm=$((calm + 1))
      else
        calm=0
        [ $code = $wanted ] || fail "$fault at operation $n: exit code $code: $(cat stderr.txt)"
        [ $fault = KILL ] || grep -q '^dsprep: io: .*data' stderr.txt || fail "$fault at operation $n: $(cat stderr.txt)"
      fi
      if [ -e data/dataset.json ]; then
        [ "$(digest_of data)" = "$(digest_of "${before:-$expected}")" ] || [ "$(digest_of data)" = "$(digest_of "$expected")" ] ||
          fail "$fault at operation $n: another dataset stands there"
        "$program" verify data >stdout.txt 2>stderr.txt || fail "$fault at operation $n: $(cat stdout.txt stderr.txt)"
      fi
      dsprep build-shards "$@" --out data
      same_files "$expected" data
      [ -z "$(find . -maxdepth 1 -name '.data*')" ] || fail "$fault at operation $n left something beside the dataset"
    done
  done
}

dsprep build-shards pictures --shard-samples 12 --out pictures-whole
try_all pictures-whole "" pictures --shard-samples 12
words=(lines.txt --doc line --tokenizer words --split train=0.8,val=0.2 --shard-size 4K)
dsprep build-shards "${words[@]}" --out words-whole
try_all words-whole "" "${words[@]}"
dsprep build-shards pictures --labels none --out old
try_all pictures-whole old pictures --shard-samples 12 --force
