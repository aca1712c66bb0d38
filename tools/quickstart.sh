#!/usr/bin/env bash
# quickstart.sh [INPUT...]: from a fresh Debian 12 to verified shards: installs what is missing, builds the program, makes
# datasets of INPUT (folders of pictures, folders of texts, text files), or of real files that every machine has, and looks
# at them. They go to ./dsprep-quickstart; run it as often as you like. As root or through sudo.
set -euo pipefail
source=$(dirname "$(dirname "$(readlink -f "$0")")")
out=$PWD/dsprep-quickstart
started=$SECONDS
for input in "$@"; do
  [ -e "$input" ] || { echo "quickstart: $input is not there" >&2; exit 1; }
done

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }

say "1. Install and build"
"$source/tools/install_packages.sh"
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
(cd "$source" && cmake --preset release --log-level=WARNING && cmake --build --preset release --target dsprep -- --quiet)
dsprep=$source/build/tools/dsprep
"$dsprep" --version
built=$SECONDS

# show ARGUMENTS...: runs dsprep as typed. Exit code 3 (some inputs were rejected, and listed) is no failure here.
show() {
  printf '$ dsprep'
  printf ' %q' "$@"
  printf '\n'
  "$dsprep" "$@" || [ $? = 3 ]
}

# show_some ARGUMENTS...: the same, but the first lines only.
show_some() {
  show "$@" >"$out/said.txt"
  head -n 12 "$out/said.txt"
  local more=$(($(wc -l <"$out/said.txt") - 12))
  [ $more -le 0 ] || echo "... and $more more lines"
}

# look DIR: what can be done with a dataset.
look() {
  show_some stats "$1"
  show verify "$1"
  show_some inspect "$1"
  show digest "$1"
  show_some ls "$1" --split train
  local shards=("$1"/train-00000.*)
  local field=tokens
  case ${shards[0]} in *.tar) field=image ;; esac
  echo "\$ dsprep cat $1 --split train --index 0 --field $field | head -c 64 | od -A d -t x1z"
  "$dsprep" cat "$1" --split train --index 0 --field $field >"$out/cat.bin"
  head -c 64 "$out/cat.bin" | od -A d -t x1z
}

mkdir -p "$out"
made=()
# make NAME ARGUMENTS...: a dataset of its own.
make() {
  local name=$1
  shift
  say "$((${#made[@]} + 2)). Shards: $out/$name"
  show build-shards "$@" --out "$out/$name" --on-error skip --force
  look "$out/$name"
  made+=("$out/$name")
}

if [ $# -gt 0 ]; then
  make yours "$@"
else
  # Texts that stand on every Debian machine: the licences, a document a line, and each package's copyright file whole.
  find /usr/share/common-licenses -type f | LC_ALL=C sort >"$out/licences.txt"
  make licences "@$out/licences.txt" --kind text --doc line --tokenizer words --split train=0.9,val=0.05,test=0.05
  find /usr/share/doc -name copyright -type f | LC_ALL=C sort >"$out/copyrights.txt"
  make copyrights "@$out/copyrights.txt" --kind text --doc file --split train=0.9,val=0.1
  # Pictures, where there are any.
  find /usr/share -name '*.png' -type f -size -100k | LC_ALL=C sort | sed -n 1,500p >"$out/pictures.txt"
  if [ "$(wc -l <"$out/pictures.txt")" -ge 20 ]; then
    make pictures "@$out/pictures.txt" --labels none --resize 64 --split train=0.9,val=0.1
  fi
fi
rm -f "$out/said.txt" "$out/cat.bin"

say "Done"
echo "built in $((built - started)) s, made and checked in $((SECONDS - built)) s; the program is $dsprep"
printf 'a verified dataset: %s\n' "${made[@]}"
