#!/usr/bin/env bash
# --scale: what build-shards fits on train and applies; one-hot rows and orders; the same for any cutting.
source "$(dirname "$0")/../support/cli.sh"

floats() { "$program" cat "$1" --split "${4:-train}" --index "$2" --field "$3" | od -An -v -w400 -t f4 | tr -s ' \n' ' '; }
table_has() { tr -d ' \n' <"$1/table.json" | grep -qF -- "$2" || fail "$1/table.json has no $2: $(cat "$1/table.json")"; }

# Train has 1, 2, 3, 6 (mean 3, variance 14/3); val, which has wild values, is scaled by them and not looked at.
{ echo 'x,y,n,size,kind,part'; echo '1,10,1,small,b,train'; echo '2,10,2,large,a,train'; echo '3,10,3,medium,b,train'
  echo '6,10,4,small,a,train'; echo '1e6,11,5,large,new,val'; echo ',10,6,medium,,val'; } >t.csv
rules=(t.csv --split column:part --columns 'features=x+y,n:int32,size:ordinal(small<medium<large),kind:onehot')
dsprep build-shards "${rules[@]}" --scale standard --out standard
[ "$(floats standard 0 features)|$(floats standard 3 features)" = " -0.9258201 0 | 1.3887302 0 " ] || fail "standard: $(floats standard 0 features)|$(floats standard 3 features)"
[ "$(floats standard 0 features val)" = " 462908.66 1 " ] || fail "val: $(floats standard 0 features val)"
[ "$(floats standard 1 features val)" = " nan 0 " ] || fail "missing: $(floats standard 1 features val)"
table_has standard '"kind":"standard"'
table_has standard '"fitted_on":{"count":4,"field":"features","split":"train"}'
table_has standard '"center":[3.0,10.0]'
[ "$(floats standard 0 kind)|$(floats standard 1 kind)" = " 0 1 | 1 0 " ] || fail "one-hot: $(floats standard 0 kind)"
[ "$(floats standard 0 kind val)|$(floats standard 1 kind val)" = " 0 0 | 0 0 " ] || fail "one-hot of an unknown"
tr -d ' \n' <standard/dataset.json | grep -q '"columns":\["a","b"\]' || fail "one-hot places have no names"
order() { "$program" cat standard --split "$1" --index "$2" --field size | od -An -t u2 | tr -d ' '; }
[ "$(order train 0)$(order train 1)$(order train 2)$(order val 0)" = 0212 ] || fail "ordinal"
dsprep verify standard

dsprep build-shards "${rules[@]}" --scale features=robust --out robust
[ "$(floats robust 3 features)" = " 1.75 0 " ] || fail "robust: $(floats robust 3 features)"
dsprep build-shards "${rules[@]}" --scale features=minmax:-1:1 --out minmax
[ "$(floats minmax 0 features)|$(floats minmax 3 features)" = " -1 -1 | 1 -1 " ] || fail "minmax: $(floats minmax 0 features)"
dsprep build-shards "${rules[@]}" --scale features=clip:0.25:0.75 --out clip
[ "$(floats clip 0 features)|$(floats clip 0 features val)" = " 1.75 10 | 3.75 10 " ] || fail "clip: $(floats clip 0 features)"

# Statistics of what was scaled: mean 0, deviation 1; and windows of rows are scaled alike.
awk 'BEGIN { print "t,a,b"; for (i = 0; i < 4000; i++) printf "%d,%.4f,%d\n", i, sin(i) * 50 + 7, i % 97 }' >many.csv
dsprep build-shards many.csv --columns 'features=a+b' --split train=0.8,test=0.2 --scale standard --out many
expect 0 - stats many --field features --json --progress none
grep -q '"std":\(1\.0\|0\.99999999\|1\.00000000\)' stdout.txt || fail "scaled rows vary otherwise: $(cat stdout.txt)"
dsprep build-shards many.csv --window 4 --time t --columns 'features=a+b' --split 'time:t<3000<3500' --scale robust --horizon 1 --out windows
dsprep build-shards many.csv --columns 'features=a+b,t:int64' --split 'time:t<3000<3500' --scale features=robust --out rows
expected=$(for i in 12 13 14 15; do floats rows $i features; done | tr -s ' \n' ' ')
[ "$(floats windows 3 features)|$(floats windows 3 target)" = "$expected|$(floats rows 16 features)" ] || fail "windows: $(floats windows 3 features)"

# The same bytes for any number of threads and tasks, and again from the inputs; a bad row is skipped in all passes.
{ cat many.csv; echo '4000,1e39,5'; echo '4001,zwei,5'; cat many.csv | tail -n +2 | sed 's/^/9/'; } >bad.csv
rules=(bad.csv --columns 'features=a+b' --split train=0.7,val=0.3 --scale robust --shard-size 20Ki --on-error skip)
expect 3 - build-shards "${rules[@]}" --jobs 1 --out one
expect 3 - build-shards "${rules[@]}" --jobs 4 --out four
same_files one four
grep -c bad_row one/rejects.jsonl | grep -qx 2 || fail "rejects: $(cat one/rejects.jsonl)"
for task in 1 0; do expect 0 - build-shards "${rules[@]}" --phase survey --task $task/2 --out tasks; done
expect 0 - build-shards "${rules[@]}" --phase plan --out tasks
for task in 1 2 0; do "$program" build-shards "${rules[@]}" --phase write --task $task/3 --out tasks 2>stderr.txt || [ $? = 3 ] || fail "task $task: $(cat stderr.txt)"; done
expect 3 - merge tasks
same_files one tasks
expect 0 - verify many --rebuild 100% --input many.csv

# What it refuses.
refuse() { rm -rf no; expect 2 usage build-shards t.csv --columns 'features=x+y,n:int32' --split "${2:-column:part}" --scale "$1" --out no; }
nothing_made() { [ ! -e no ] || fail "left behind: $(find no)"; }
refuse sigmoid; says 'no way to scale'
refuse n=standard; says 'not of floats'; nothing_made
refuse z=standard; says "'z' is none of features, n"; nothing_made
for rules in "--columns q" "--label-field q" "--split column:q" "--group-by column:q --split train=1" "--window 2 --horizon 1 --target q" "--window 2 --series q"; do
  rm -rf no; expect 1 bad_row build-shards t.csv $rules --out no; says "there is no column 'q'; there are x, y, n, size, kind, part"; nothing_made
done
rm -rf no; expect 2 usage build-shards t.csv --columns n:int32,size:text --scale standard --out no; says 'no field is of floats'; nothing_made
printf 'a,b\nx,y\n' >words.csv
expect 2 usage build-shards words.csv --scale standard --out no; says 'no field is of floats'
[ -z "$(ls -A no)" ] || fail "left behind: $(find no)"
expect 1 bad_row build-shards t.csv --split 'time:kind<5' --out no; says 'no point in time'
expect 0 - build-shards words.csv --out no
refuse clip; says 'bounds'
refuse robust:0.9:0.1; says 'rise'
refuse features=standard,features=robust; says 'second'
refuse standard 'time:n<0<3'; says 'train has no rows'
rm -rf no; expect 2 usage build-shards t.csv --columns 'x:ordinal(a<a)' --out no
expect 1 bad_row build-shards t.csv --columns 'size:ordinal(small<large)' --out no; says "'medium' is not one of"
