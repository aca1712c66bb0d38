# Sourced by tests/cli/*.sh with the program, make_small_dataset, make_pictures and make_sounds: strict mode, an empty folder to work in, and the
# checks that they share.
set -euo pipefail
program=$(realpath "$1")
make_pictures=$(realpath "$3")
[ $# -lt 4 ] || make_sounds=$(realpath "$4")
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# dsprep ARGUMENTS...: runs the program; what it says on stderr is shown only if it fails.
dsprep() {
  "$program" "$@" 2>stderr.txt || { cat stderr.txt >&2; fail "exit code $? of: dsprep $*"; }
}

# expect CODE CLASS ARGUMENTS...: the program must end with CODE, and say "dsprep: CLASS: ..." (CLASS "-": nothing is asked of
# stderr). stdout.txt and stderr.txt keep what it said.
expect() {
  local code=$1 class=$2 got=0
  shift 2
  "$program" "$@" >stdout.txt 2>stderr.txt || got=$?
  [ "$got" = "$code" ] || { cat stderr.txt >&2; fail "expected exit code $code, got $got: dsprep $*"; }
  [ "$class" = - ] || grep -q "^dsprep: $class: " stderr.txt || { cat stderr.txt >&2; fail "expected class $class: dsprep $*"; }
}

# says TEXT: stdout or stderr of the last expect has it.
says() { grep -qF -- "$1" stdout.txt stderr.txt || { cat stdout.txt stderr.txt >&2; fail "nobody says: $1"; }; }

# sums FOLDER: a line for every file in it, hidden ones too.
sums() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum); }

# same_files A B: the folders have the same files with the same bytes.
same_files() { diff <(sums "$1") <(sums "$2") >&2 || fail "$1 and $2 differ"; }

# same_always NAME ARGUMENTS...: builds the dataset NAME of ARGUMENTS with its statistics on one thread; four threads, and three
# tasks in another order, must give the same bytes.
same_always() {
  local name=$1 task
  shift
  dsprep build-shards "$@" --stats --jobs 1 --out "$name"
  dsprep build-shards "$@" --stats --jobs 4 --out "$name.jobs"
  same_files "$name" "$name.jobs"
  for task in 1 2 0; do dsprep build-shards "$@" --stats --jobs 2 --task $task/3 --out "$name.tasks"; done
  dsprep merge "$name.tasks" --stats
  same_files "$name" "$name.tasks"
  [ -s "$name/stats.json" ] || fail "$name has no statistics"
}

# digest_of DIR [--deep]
digest_of() { "$program" digest "$@" | cut -d' ' -f1; }

# make_lines COUNT [SEED]: lines of words, the same for the same arguments.
make_lines() {
  awk -v count="$1" -v seed="${2:-1}" 'BEGIN {
    x = seed
    for (i = 1; i <= count; i++) {
      line = "line " i " of " seed
      words = 1 + (i * 7) % 12
      for (w = 0; w < words; w++) { x = (x * 16807) % 2147483647; line = line " w" x % 500 }
      print line
    }
  }'
}
