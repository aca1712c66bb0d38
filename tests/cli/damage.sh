#!/usr/bin/env bash
# Random damage to any file of a dataset is found by verify, with the right file named, and never read as if nothing had been.
# DAMAGES="1000 100 100" (bits, cuts, zeroed pages) looks closer.
support=$(realpath "$(dirname "$0")/../support")
source "$support/cli.sh"

"$make_pictures" pictures 30
make_lines 2000 >lines.txt
for format in memmap lmdb wds; do
  dsprep build-shards pictures --format "$format" --out "pictures-$format"
  dsprep build-shards lines.txt --doc line --split train=0.9,test=0.1 --format "$format" --out "lines-$format"
  for data in pictures lines; do
    python3 "$support/damage.py" "$program" "$data-$format" ${DAMAGES:-40 10 10}
  done
done
