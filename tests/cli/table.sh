#!/usr/bin/env bash
# Tables: csv, tsv, jsonl and npy to fields; types, missing values, splits; the same bytes however they are built.
source "$(dirname "$0")/../support/cli.sh"

keys() { "$program" ls "$1" --split "$2" | cut -f2; }                                        # DIR SPLIT
floats() { "$program" cat "$1" --split "${4:-train}" --index "$2" --field "$3" | od -An -v -w4 -t f4 | tr -s ' \n' ' '; }
json() { tr -d ' \n' <"$1"; }

# By itself: numbers are the vector 'features' with the names of their columns, texts are fields, 'label' is the label.
printf '\xef\xbb\xbfage,City,height,label\r\n31,"Ulm, Donau",1.5,yes\r\n\r\n,"say ""hi""\nthere",-2e-3,no\r\n7,,NA,yes\r\n' >a.csv
dsprep build-shards a.csv --out a
[ "$(keys a train | paste -sd' ')" = "a.csv:2 a.csv:4 a.csv:6" ] || fail "keys: $(keys a train)"
[ "$(floats a 0 features)" = " 31 1.5 " ] || fail "features: $(floats a 0 features)"
[ "$(floats a 1 features)" = " nan -0.002 " ] || fail "missing: $(floats a 1 features)"
[ "$(floats a 2 features)" = " 7 nan " ] || fail "NA: $(floats a 2 features)"
[ "$("$program" cat a --split train --index 1 --field city)" = $'say "hi"\nthere' ] || fail "a quoted text"
json a/dataset.json | grep -q '"columns":\["age","height"\]' || fail "names of columns are not in the manifest"
json a/dataset.json | grep -q '"classes":\["no","yes"\]' || fail "labels are not classes"
json a/dataset.json | grep -q '"blank_lines":1' || fail "the blank line is not counted"
dsprep verify a

# The same rows as tsv, jsonl and without names.
printf 'age\tlabel\n31\tyes\n7\tno\n' >b.tsv
printf '{"age":31,"label":"yes"}\n{"age":null,"label":"no"}\n' >b.jsonl
printf '31,yes\n7,no\n' >b.csv
dsprep build-shards b.tsv --out tsv
dsprep build-shards b.jsonl --kind table --out jsonl
dsprep build-shards b.csv --no-header --label-field 1 --out plain
[ "$(floats tsv 1 features)$(floats jsonl 1 features)$(floats plain 1 features)" = " 7  nan  7 " ] || fail "tsv, jsonl, --no-header"
[ "$(keys plain train | head -n1)" = b.csv:1 ] || fail "--no-header passes the first row over"

# One text makes a column of numbers a text, and the build says so.
printf 'a,b\n1,x\n"1,000",7\n3,x\n' >mixed.csv
"$program" build-shards mixed.csv --out mixed 2>said.txt
[ "$(grep -c 'has numbers and texts' said.txt)" = 2 ] || fail "mixed columns: $(cat said.txt)"
json mixed/table.json | grep -q '"mixed":true' || fail "table.json: $(json mixed/table.json)"
"$program" build-shards a.csv --out a2 2>said.txt; ! grep -q 'has numbers and texts' said.txt || fail "said without a cause"

printf 'x\n1\n' >alone.csv
"$program" build-shards alone.csv --split train=0.5,val=0.5 --out alone 2>said.txt; grep -q '^the split [a-z]* has no samples$' said.txt || fail "an empty split: $(cat said.txt)"
printf 'x,label\n1,1.5\n2,2.5\n' >decimal.csv
"$program" build-shards decimal.csv --out decimal 2>said.txt; grep -q "'label' are decimal numbers: 2 classes" said.txt || fail "decimal labels: $(cat said.txt)"

# A label or split that is missing is a bad row, in tables and in texts.
printf 'text,label,part\na,x,train\nb,,train\nc,y,\n' >lacks.csv
for kind in table text; do
  expect 1 bad_row build-shards lacks.csv --kind $kind --force --out lacks; says 'line 3'; says 'the label is missing'
  expect 1 bad_row build-shards lacks.csv --kind $kind --label-field text --split column:part --force --out lacks; says 'line 4'; says 'the split is missing'
  expect 3 - build-shards lacks.csv --kind $kind --split column:part --on-error skip --force --out lacks
  [ "$(keys lacks train)" = lacks.csv:2 ] || fail "rows that lack something: $(keys lacks train)"
done
printf '{"text":"a","label":""}\n' >lacks.jsonl; expect 1 bad_row build-shards lacks.jsonl --force --out lacks; says 'the label is missing'

# --columns: types, defaults, names of fields, categories that only train fills.
{ echo 'id,kind,ok,n,part'; for i in $(seq 40); do echo "$((i * 1000000007)),k$((i % 5)),true,$((i - 20)),$([ $i -le 30 ] && echo train || echo val)"; done
  echo '1,new,FALSE,,val'; } >c.csv
dsprep build-shards c.csv --columns 'id:int64,kind:category,ok:bool,n:int8?-100,pair=n+id:float64?0' --split column:part --out c
field() { "$program" cat c --split "$1" --index "$2" --field "$3" | od -An -v -t "$4" | tr -d ' \n'; }
[ "$(field train 0 id d8)" = 1000000007 ] || fail "int64: $(field train 0 id d8)"
[ "$(field train 0 kind d2) $(field val 10 kind d2)" = "2 0" ] || fail "categories: $(field train 0 kind d2) $(field val 10 kind d2)"
[ "$(field val 10 ok d1) $(field val 10 n d1)" = "0 -100" ] || fail "bool and default"
[ "$("$program" cat c --split train --index 1 --field pair | od -An -v -t f8 | tr -s ' ')" = " -18 2000000014" ] || fail "a vector of float64"
json c/table.json | grep -q '"categories":\["<unknown>","k0","k1","k2","k3","k4"\]' || fail "table.json: $(json c/table.json)"
! grep -q '"new"' c/table.json || fail "a category of val was fitted"
expect 0 - stats c --field kind --per category; says '1 k0'; says '5 k4'
printf 'x\n1e-5\n3e-5\n' >tiny.csv; dsprep build-shards tiny.csv --out tiny
expect 0 - stats tiny; says '2e-05  1.41421e-05'
expect 0 - stats a --field label --json; says '{"count":2,"label":1,"weight":0.75}'
printf 'x\n300\n' >d.csv
for bad in 'x:uint8' 'x:int8' 'x:bool'; do expect 1 bad_row build-shards d.csv --columns "$bad" --force --out d; says "column 'x'"; done
expect 1 bad_row build-shards d.csv --columns 'y' --force --out d; says "there is no column 'y'"
expect 2 usage build-shards d.csv --columns 'x:string' --force --out d
for spec in 'x:int8?300' 'x:int16?abc' 'x:bool?2' 'x:ordinal(1<2)?3'; do
  expect 2 usage build-shards d.csv --columns "$spec" --force --out d; says 'the default'
done
expect 2 usage build-shards d.csv --tokenizer bytes --force --out d
printf 'x\n1e39\n' >e.csv; expect 1 bad_row build-shards e.csv --columns x:float32 --force --out d; says "does not fit float32"
printf 'x\n1\nzwei\n' >e.csv; expect 1 bad_row build-shards e.csv --columns x:float32 --force --out d; says "line 3"; says "column 'x'"
printf 'x,y\n1,\n' >e.csv; expect 1 bad_row build-shards e.csv --columns y:int32 --force --out d; says "missing"

# Hostile csv: each is named, with its line.
hostile() { expect 1 bad_row build-shards "$1" --force --out hostile; says "$2"; }
printf 'a,b\n1,2\n1,2,3\n' >ragged.csv;        hostile ragged.csv 'line 3'
printf 'a,b\n1,2\n"1,2\n3,4\n' >open.csv;      hostile open.csv 'not closed'
printf 'a,b\n1,x"y\n' >inside.csv;             hostile inside.csv 'column 2'
printf 'a,b\n1,\0\n' >nul.csv;                 hostile nul.csv 'byte of value 0'
printf 'a,a\n1,2\n' >twice.csv;                hostile twice.csv "both named 'a'"
printf '{"a":1}\n{"a":1,"b":2}\n' >more.jsonl; expect 1 bad_row build-shards more.jsonl --kind table --force --out hostile; says "'b'"
printf '{"a":[1]}\n' >list.jsonl;              expect 1 bad_row build-shards list.jsonl --kind table --force --out hostile; says 'a list'
printf 'a,b\n' >head.csv; expect 1 not_found build-shards head.csv --force --out hostile; says 'more than a head'
# The first row says what the columns are: its faults have the file's name and the line, too.
head() { printf "$1" >"$2"; expect 1 "$3" build-shards "$2" --kind table --force --out hostile; says "$2: ${4:-line 1}"; }
head 'a\0,b\n1,2\n' nulhead.csv bad_row;        head 'caf\xe9,b\n1,2\n' latin.csv bad_encoding
head '\xff\xfea\0\n\0' wide16.csv bad_encoding; says UTF-16
head 'a,b\r1,2\r' mac.csv bad_row;              says 'carriage return'
head '\n[1]\n' listed.jsonl bad_row 'line 2';   head '{"a":1}\r{"a":2}\r' mac.jsonl bad_row
head '{"a":\xff}\n' bytes.jsonl bad_encoding;   head '{"a":1,"a":2}\n' twice.jsonl bad_row 'columns 1 and 2'
printf ',a\n0,1\n' >noname.csv; expect 1 bad_row build-shards noname.csv --force --out hostile; says 'noname.csv: column 1 has no name'
dsprep build-shards noname.csv --columns a --out noname
printf 'a\n1\n' | gzip >t.csv.gz; expect 1 unsupported_format build-shards t.csv.gz --kind table --force --out hostile; says t.csv.gz
printf '\n\na,b\n1,2\n' >late.csv; dsprep build-shards late.csv --out late
[ "$(keys late train)" = late.csv:4 ] || fail "blank lines before the names: $(keys late train)"
# A second file has the columns of the first, in any order: neither less nor more.
printf 'a,b\n1,2\n' >first.csv; printf 'b,a\n3,4\n' >turned.csv; printf 'a,b,c\n3,4,5\n' >wider.csv
dsprep build-shards first.csv turned.csv --out turned
[ "$(floats turned 1 features)" = " 4 3 " ] || fail "columns in another order: $(floats turned 1 features)"
expect 1 bad_row build-shards first.csv wider.csv --force --out hostile; says "'c' is not in the first file"
dsprep build-shards first.csv wider.csv --columns b --out narrow
for number in 123456789012345678901234567890 1e400; do head "{\"a\":$number}\n" large.jsonl bad_row 'line 1: a number'; done
printf '{"a":1.0}\n' >whole.jsonl; expect 1 bad_row build-shards whole.jsonl --kind table --columns a:int8 --force --out hostile; says "'1.0' is no int8"
: >empty.csv;             expect 1 empty_file build-shards empty.csv --force --out hostile
printf 'a,b\n1,2\n1\n3,4\n' >skip.csv
expect 3 - build-shards skip.csv --on-error skip --out skipped
[ "$(keys skipped train | paste -sd' ')" = "skip.csv:2 skip.csv:4" ] || fail "skipped: $(keys skipped train)"
grep -q '"skip.csv:3"' skipped/rejects.jsonl || fail "rejects.jsonl"
{ seq -s, 100000; seq -s, 100001 200000; } >wide.csv
dsprep build-shards wide.csv --columns 'features=*:float32' --out wide
[ "$("$program" cat wide --split train --index 0 --field features | wc -c)" = 400000 ] || fail "a wide table"

# The same bytes for any number of threads, slices, and after kills; equal rows stay together.
awk 'BEGIN { print "user,x,y,note"; for (i = 0; i < 30000; i++)
  printf "u%d,%d,%.6f,\"line %d\nof \"\"%d\"\"\"\n", i % 300, i % 5000, sin(i % 5000), i % 5000, i % 7 }' >big.csv
rules=(--columns 'x:int32,y:float32,note:text' --split train=0.8,val=0.1,test=0.1 --shards 5)
same_always one big.csv "${rules[@]}"
dsprep build-shards big.csv "${rules[@]}" --format lmdb --out lmdb
[ "$(digest_of one)" = "$(digest_of lmdb)" ] || fail "lmdb differs"
dsprep build-shards big.csv --columns x:int32,y --split train=0.8,test=0.2 --out equal
expect 0 - audit equal
dsprep build-shards big.csv --columns 'x' --split train=0.5,test=0.5 --group-by column:user --out grouped
users() { keys grouped "$1" | sed 's/.*://' | awk '{ print int(($1 - 2) / 2) % 300 }' | sort -u; }
[ -z "$(comm -12 <(users train) <(users test))" ] || fail "a group is parted"
[ "$(users test | wc -l)" -gt 50 ] || fail "no group is in test"

# Time: borders belong to the later split.
{ echo when,v; for d in 01 02 03 04 05 06; do echo "2024-01-${d}T12:00:00Z,$d"; done; } >t.csv
dsprep build-shards t.csv --columns v --split 'time:when<2024-01-03<2024-01-05T12:00:00Z' --out time
[ "$(keys time train | wc -l) $(keys time val | wc -l) $(keys time test | wc -l)" = "2 2 2" ] || fail "split by time"
expect 1 bad_row build-shards t.csv --columns v --split 'time:v<2024-01-03' --out t2
expect 2 usage build-shards t.csv --split 'time:when<5<3' --out t2
