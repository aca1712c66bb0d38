#!/bin/sh
# Checks pictures against Pillow, and shards against unmodified numpy, webdataset, lmdb, Python's tarfile, GNU tar and bsdtar.
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
"$1/bin/python" "$here/pictures_test.py" "$2/tools/dsprep"
exec "$1/bin/python" "$here/interop_test.py" "$2/tests/dsprep_make_shards" "$here/../../formats/SPEC.md"
