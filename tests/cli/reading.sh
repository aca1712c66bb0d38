#!/bin/sh
# reading.sh DSPREP MAKER: the commands that read datasets, as users run them: exact output and exit codes.
set -u
dsprep=$1
maker=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

# check NAME EXIT ARGUMENTS...: runs dsprep; its stdout must be what stands in ./expected, byte for byte.
check() {
  name=$1 code=$2
  shift 2
  "$dsprep" "$@" >out 2>err
  got=$?
  if [ $got -ne "$code" ] || ! cmp -s out expected; then
    failures=$((failures + 1))
    echo "FAILED $name: dsprep $*"
    echo "  exit code $got, expected $code; stderr: $(cat err)"
    diff expected out | sed 's/^/  /' | head -20
  fi
}

# refused NAME EXIT TEXT ARGUMENTS...: nothing on stdout, one line on stderr that has TEXT.
refused() {
  name=$1 text=$3
  : >expected
  code=$2
  shift 3
  check "$name" "$code" "$@"
  if [ "$(wc -l <err)" -ne 1 ] || ! grep -qF -- "$text" err; then
    failures=$((failures + 1))
    echo "FAILED $name: stderr is not one line with '$text': $(cat err)"
  fi
}

for container in memmap lmdb wds; do "$maker" $container $container || exit 1; done
digest=4321314a952dc60d45c3f08045a71bd2

for container in memmap lmdb wds; do
  echo "$digest  $container" >expected
  check "digest of $container" 0 digest $container
  check "deep digest of $container" 0 digest $container --deep --jobs 2
  printf '0\tcat/val0.png\n1\tdog/val1.png\n2\tcat/val2.png\n' >expected
  check "keys of $container" 0 ls $container --split val
  printf '\050\000\051\000\052\000\053\000' >expected
  check "tokens of $container" 0 cat $container --split train --index 4 --field tokens
  check "tokens by key of $container" 0 cat $container --split train --key cat/train4.png --field tokens
  printf '\001\000\000\000\000\000\000\000' >expected
  check "label of $container" 0 cat $container --split train --index 9 --field label
  "$dsprep" verify $container >out 2>err || { failures=$((failures + 1)) && echo "FAILED verify $container" && cat out err; }
done

cat >expected <<'END'
image of split train, 10 samples, per pixel
       count        mean        std  min  max
red       66  133.469697  72.983290    0  251
green     66  124.621212  74.209633    3  253
blue      66  114.500000  70.322827    5  241

label of split train, 10 samples
label  samples   share    weight
0 cat        5   50.0%         1  ########################
1 dog        5   50.0%         1  ########################

tokens of split train, 10 samples, per value
         count       mean        std  min  max
values      20  56.000000  27.834095   10   93
lengths     10   2.000000   1.490712    0    4

tokens a sample, and unknown ones, of every split
split  samples  tokens  mean  50%  max  unknown
train       10      20     2    2    4        -
val          3       3     1    1    2        -
END
check "statistics" 0 stats wds --quantiles none --bins 0 --ascii --jobs 1
mv wds/stats.json one.json
check "statistics of three threads" 0 stats wds --quantiles none --bins 0 --ascii --jobs 3
cmp wds/stats.json one.json || { failures=$((failures + 1)) && echo "FAILED stats.json depends on --jobs"; }

cat >expected <<'END'
back: 13 samples in 5 shards (wds)
END
echo "digest $digest" >>expected
"$dsprep" convert wds --format lmdb --out there >out 2>err || { failures=$((failures + 1)) && cat err; }
check "convert there and back" 0 convert there --format wds --out back
rm -f wds/stats.json
diff -r wds back || { failures=$((failures + 1)) && echo "FAILED a conversion there and back changes bytes"; }
refused "convert onto a dataset" 2 "--force" convert wds --format memmap --out back
mkdir mine && touch mine/notes.txt
refused "convert --force onto what is no dataset" 2 "is no finished dataset" convert wds --format memmap --out mine --force
sed -i s/back:/there:/ expected
printf 'there: 13 samples in 5 shards (memmap)\ndigest %s\n' $digest >expected
check "convert --force" 0 convert wds --format memmap --out there --force --jobs 2
diff -r memmap there || { failures=$((failures + 1)) && echo "FAILED convert --force wrote other bytes"; }
[ -z "$(find . -name '.build' -o -name '*.tmp' -o -name '.*dsprep*')" ] || { failures=$((failures + 1)) && echo "FAILED work is left over"; }

refused "no such folder" 1 "not_found: none" ls none
refused "no such split" 1 "train, val" ls wds --split dev
refused "no such key" 1 "no sample of split train has the key" cat wds --split train --key nope
refused "index and key" 2 "one of --index and --key" cat wds --split train
refused "split left out" 2 "the splits are: train, val" cat wds --index 0
refused "index behind the end" 2 "split val has 3" cat wds --split val --index 3
refused "negative index" 2 "'--index' is invalid" cat wds --split val --index=-1
refused "no such field" 1 "image, label, tokens" cat wds --split val --index 0 --field pixels
refused "unknown option" 2 "unknown option '--frob'" ls wds --frob
refused "argument too many" 2 "'extra'" ls wds extra
refused "no argument" 2 "DIR is missing" ls
refused "other split than train" 2 "--allow-leak" stats wds --split val
refused "scaler" 2 "standard" stats wds --scaler best
refused "quantile" 2 "from 0 to 1" stats wds --quantiles 0.5,1.5
refused "rebuild without inputs" 2 "--input go together" verify wds --rebuild 3
refused "device of bench" 2 "--device is cpu, cuda:N or standin" bench wds --device gpu
refused "explain nothing" 1 "no sample has the key" explain wds nope

# Damage: the reader and verify name shard, sample and field.
offset=$("$dsprep" explain wds cat/train6.png | sed -n 's/.*field image: .*offset \([0-9]*\),.*/\1/p')
printf 'X' | dd of=wds/train-00002.tar bs=1 seek=$((offset + 20)) conv=notrunc 2>/dev/null
refused "reading damage" 4 "shard train-00002, sample 2, field image" cat wds --split train --index 6
"$dsprep" verify wds >out 2>err
[ $? -eq 4 ] && grep -q 'corrupt: .*train-00002.tar.*sample 2.*field image.*key cat/train6.png' out ||
  { failures=$((failures + 1)) && echo "FAILED verify does not name the damage:" && cat out err; }
"$dsprep" digest wds --deep >out 2>err
[ $? -eq 4 ] || { failures=$((failures + 1)) && echo "FAILED digest --deep reads over damage"; }

for command in verify inspect ls cat digest convert explain bench stats; do
  "$dsprep" $command --help >out 2>err && grep -q "^usage: dsprep $command " out ||
    { failures=$((failures + 1)) && echo "FAILED $command --help"; }
done
[ $failures -eq 0 ] || { echo "$failures failed" && exit 1; }
echo "all passed"
