#!/bin/sh
# simd_equal.sh PROGRAM: PROGRAM (codec_hashes.cpp) must print the same with every set of instructions of libjpeg-turbo.
set -eu
program=$1
plain=$("$program")
none=$(JSIMD_FORCENONE=1 "$program")
sse2=$(JSIMD_FORCESSE2=1 "$program")
[ -n "$plain" ] || { echo "no output"; exit 1; }
if [ "$plain" != "$none" ] || [ "$plain" != "$sse2" ]; then
  echo "the hashes differ between sets of instructions:"
  printf '%s\n--- JSIMD_FORCENONE\n%s\n--- JSIMD_FORCESSE2\n%s\n' "$plain" "$none" "$sse2"
  exit 1
fi
