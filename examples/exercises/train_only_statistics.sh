#!/usr/bin/env bash
# train_only_statistics.sh DSPREP PROGRAM PICTURES: what it does to normalise by statistics of all pictures, also those of val
# and test, instead of train's alone. PICTURES has train/, val/ and test/ with a folder a class; DSPREP is the program dsprep,
# PROGRAM image_classification. The second row is wrong on purpose: its accuracy on test has seen test. EPOCHS=5
set -euo pipefail
dsprep=$1 program=$2 pictures=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quiet() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }

quiet "$dsprep" build-shards "$pictures" --out "$work/split"
quiet "$dsprep" stats "$work/split"
quiet "$dsprep" build-shards "$pictures" --split none --out "$work/all"
quiet "$dsprep" stats "$work/all"

printf '%-12s  %10s  %12s  %13s\n' statistics val_loss val_accuracy test_accuracy
for of in split all; do
  "$program" "$work/split" --stats "$work/$of" --epochs "${EPOCHS:-5}" | awk -v of="$of" '
    { for (i = 1; i < NF; i++) value[$i] = $(i + 1) }
    END { printf "%-12s  %10.4f  %12.4f  %13.4f\n", of == "split" ? "train only" : "all data",
          value["val_loss"], value["val_accuracy"], value["test_accuracy"] }'
done
