#!/usr/bin/env bash
# run.sh WORLD PROGRAM DIR [OPTION VALUE]...: starts ranks 0 to WORLD - 1 of PROGRAM (the example `distributed`) and waits for
# them. When one fails, the others end too.
set -euo pipefail
world=$1 program=$2 data=$3
shift 3
meeting=$(mktemp -d)
ranks=()
finish() {
  kill "${ranks[@]}" 2>/dev/null || true
  rm -rf "$meeting"
}
trap finish EXIT
for ((rank = 0; rank < world; rank++)); do
  "$program" "$data" --rank $rank --world "$world" --meet "$meeting/socket" "$@" &
  ranks+=($!)
done
for ((rank = 0; rank < world; rank++)); do wait -n; done
