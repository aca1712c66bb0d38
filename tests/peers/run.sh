#!/usr/bin/env bash
# run.sh BUILD: NVIDIA DALI and Hugging Face datasets count the samples of a tar dataset, and torchvision's transforms are
# compared with ours. What cannot be installed here is skipped, and said.
set -euo pipefail
build=$(realpath "$1")
here=$(dirname "$(readlink -f "$0")")
venv=$here/../.venv-peers
[ -x "$venv/bin/python" ] || /usr/bin/python3 -m venv "$venv"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Hugging Face datasets wants the same extensions in every sample, so all pictures become JPEG.
"$build/tests/dsprep_make_pictures" "$work/pictures" 200
"$build/tools/dsprep" build-shards "$work/pictures" --encode jpeg --shard-samples 40 --out "$work/data" --progress none

ran=0
for peer in datasets nvidia-dali-cuda120; do
  if ! "$venv/bin/pip" install -q --disable-pip-version-check "$peer" "pillow" 2>"$work/pip.log"; then
    echo "peers: $peer cannot be installed here: $(tail -1 "$work/pip.log")"
    continue
  fi
  HF_HOME=$work/cache HF_DATASETS_OFFLINE=1 "$venv/bin/python" "$here/count_samples.py" "$peer" "$work/data" 160
  ran=$((ran + 1))
done
echo "peers: $ran of 2 read the shards"
if "$venv/bin/pip" install -q --disable-pip-version-check torch torchvision pillow numpy 2>"$work/pip.log"; then
  "$venv/bin/python" "$here/compare_torchvision.py" "$build/tests/image/dsprep_augment_draws" "$build/tools/dsprep"
else
  echo "peers: torchvision cannot be installed here: $(tail -1 "$work/pip.log")"
fi
