#!/bin/sh
# Checks pictures against Pillow, sound against numpy and soundfile, shards against unmodified numpy, webdataset, lmdb, Python's tarfile, GNU tar and bsdtar, and
# tokenizers against Hugging Face's and the sentencepiece library.
#   tests/interop/run.sh VENV BUILD_FOLDER
# VENV: a Python environment with what tests/requirements.txt lists.
set -eu
here=$(dirname "$(readlink -f "$0")")
if [ $# -ne 2 ]; then
  echo "usage: $0 VENV BUILD_FOLDER" >&2
  exit 2
fi
for program in tar bsdtar; do
  if ! command -v "$program" >/dev/null; then
    echo "$0: $program is missing (Debian: tar, libarchive-tools)" >&2
    exit 1
  fi
done
"$1/bin/python" "$here/interop_test.py" "$2/tests/dsprep_make_shards" "$here/../../formats/SPEC.md"
"$1/bin/python" "$here/pictures_test.py" "$2/tools/dsprep"
"$1/bin/python" "$here/hostile_pictures_test.py" "$2/tools/dsprep"
"$1/bin/python" "$here/training_test.py" "$2/tools/dsprep"
"$1/bin/python" "$here/tables_test.py" "$2/tools/dsprep"
"$1/bin/python" "$here/audio_test.py" "$2/tools/dsprep"
"$1/bin/python" "$here/tokenize_test.py" "$2/tests/dsprep_encode_texts"
"$1/bin/python" "$here/stats_test.py" "$2/tests/dsprep_fit_array"
