#!/usr/bin/env bash
# Time series: windows per series, targets behind them, never across splits.
source "$(dirname "$0")/../support/cli.sh"

keys() { "$program" ls "$1" --split "${2:-train}" | cut -f2 | paste -sd' '; }
floats() { "$program" cat "$1" --split "${4:-train}" --index "$2" --field "$3" | od -An -v -w400 -t f4 | tr -s ' \n' ' '; }

# Two series that take turns in the file.
{ echo 't,shop,sales,rain'; for i in 0 1 2 3 4 5 6; do echo "$i,a,$i,0.5"; [ $i -lt 4 ] && echo "$i,b,$((10 + i)),1"; done; } >s.csv
dsprep build-shards s.csv --window 3 --stride 2 --series shop --time t --columns 'features=sales+rain' --out w
[ "$(keys w)" = "s.csv:a@0 s.csv:a@2 s.csv:a@4 s.csv:b@0" ] || fail "windows: $(keys w)"
[ "$(floats w 1 features)" = " 2 0.5 3 0.5 4 0.5 " ] || fail "rows: $(floats w 1 features)"
tr -d ' \n' <w/dataset.json | grep -q '"left_out_rows":1' || fail "the row that no window holds is not counted"
dsprep build-shards s.csv --window 2 --stride 1 --horizon 2 --target sales --series shop --columns 'features=sales+rain' --out h
[ "$(keys h)" = "s.csv:a@0 s.csv:a@1 s.csv:a@2 s.csv:a@3 s.csv:b@0" ] || fail "horizon: $(keys h)"
[ "$(floats h 3 features)|$(floats h 3 target)" = " 3 0.5 4 0.5 | 5 6 " ] || fail "targets: $(floats h 3 target)"
dsprep verify h

expect 1 not_found build-shards s.csv --window 9 --series shop --out none; says 'left_out_rows 11; choose shorter windows'

# Tails.
one=(s.csv --window 3 --series shop --columns 'features=sales+')
dsprep build-shards "${one[@]}" --tail keep --out keep
dsprep build-shards "${one[@]}" --tail shift --out shift
dsprep build-shards "${one[@]}" --tail pad:9 --out pad
[ "$(keys keep)" = "s.csv:a@0 s.csv:a@3 s.csv:a@6 s.csv:b@0 s.csv:b@3" ] || fail "keep: $(keys keep)"
[ "$(keys shift)" = "s.csv:a@0 s.csv:a@3 s.csv:a@4 s.csv:b@0 s.csv:b@1" ] || fail "shift: $(keys shift)"
[ "$(floats pad 2 features)" = " 6 9 9 " ] || fail "pad: $(floats pad 2 features)"

# Split by time: no window, and no target, crosses a border.
{ echo 't,v'; for i in $(seq 0 29); do echo "$i,$i"; done; } >l.csv
dsprep build-shards l.csv --window 3 --stride 1 --horizon 2 --columns 'features=v+' --split 'time:t<10<20' --out split
for split in train val test; do
  [ "$(keys split $split | wc -w)" = 6 ] || fail "$split: $(keys split $split)"
done
[ "$(floats split 5 features val)|$(floats split 5 target val)" = " 15 16 17 | 18 19 " ] || fail "the last window of val"

# By ratios a series stays whole.
awk 'BEGIN { print "t,id,v"; for (s = 0; s < 60; s++) for (i = 0; i < 20; i++) printf "%d,s%d,%d\n", i, s, i }' >many.csv
dsprep build-shards many.csv --window 4 --stride 1 --series id --columns 'features=v+' --split train=0.7,test=0.3 --out ratios
[ -z "$(comm -12 <(keys ratios train | tr ' ' '\n' | cut -d@ -f1 | sort -u) <(keys ratios test | tr ' ' '\n' | cut -d@ -f1 | sort -u))" ] || fail "a series is parted"
[ "$(keys ratios test | wc -w)" -gt 100 ] || fail "no series is in test"

# Rows that fall back in time, and what windows cannot hold.
printf 't,v\n2024-01-02,1\n2024-01-01,2\n' >back.csv
expect 1 bad_row build-shards back.csv --window 1 --time t --columns 'features=v+' --out bad; says 'line 3'; says 'sort'
printf 't,v\n1,a\n2,b\n' >words.csv
expect 2 usage build-shards words.csv --window 1 --columns v:text --out bad2
expect 2 usage build-shards s.csv --series shop --out bad2

# The same bytes for any number of threads and tasks.
for f in 1 2 3 4 5 6; do awk -v f=$f 'BEGIN { print "t,id,v"; for (i = 0; i < 5000; i++) printf "%d,s%d,%.5f\n", i, i % 7, sin(i * f) }' >many-$f.csv; done
rules=(many-*.csv --window 16 --stride 4 --series id --time t --columns 'features=v+' --horizon 1 --split 'time:t<4000<4500' --shards 3)
same_always one "${rules[@]}"
