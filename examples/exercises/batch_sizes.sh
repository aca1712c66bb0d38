#!/usr/bin/env bash
# batch_sizes.sh PROGRAM DIR [SIZE...]: what the batch size does to time, loss and accuracy. PROGRAM is text_classification or
# image_classification, DIR its dataset; each run has the same number of epochs. EPOCHS=5, RATE=0.01
set -euo pipefail
program=$1 data=$2
shift 2
[ $# -gt 0 ] || set -- 8 32 128 512

printf '%8s  %14s  %10s  %12s\n' batch 'seconds/epoch' val_loss val_accuracy
for size in "$@"; do
  "$program" "$data" --batch "$size" --epochs "${EPOCHS:-5}" --rate "${RATE:-0.01}" | awk -v size="$size" '
    /^epoch/ { for (i = 1; i < NF; i++) value[$i] = $(i + 1); seconds += value["seconds"]; epochs++ }
    END { printf "%8d  %14.3f  %10.4f  %12.4f\n", size, seconds / epochs, value["val_loss"], value["val_accuracy"] }'
done
