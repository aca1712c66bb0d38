# dsprep tokenize: ids by hand, the same for any --jobs, and its errors.
. "$(dirname "$0")/../support/cli.sh"

ids() { od -An -v -w"${2:-4}" -t"u${2:-4}" "$1" | tr -s ' \n' ' '; }

# A rank file of the 256 bytes, of "ab" and of " ab".
for i in $(seq 0 255); do printf "\\x$(printf %02x "$i")" | base64 | tr '\n' ' '; echo "$i"; done >bytes.tiktoken
{ cat bytes.tiktoken; echo "YWI= 256"; echo "IGFi 257"; } >ranks.tiktoken

printf 'ab ab\nb' >text
dsprep tokenize text --tokenizer ranks.tiktoken --pattern gpt2 --out ids --dtype uint32
[ "$(ids ids)" = " 256 257 10 98 " ] || fail "ids: $(ids ids)"
dsprep tokenize text --tokenizer ranks.tiktoken --pattern gpt2 --out ids
[ "$(ids ids 2)" = " 256 257 10 98 " ] || fail "uint16 where the vocabulary fits"
dsprep tokenize text --tokenizer ranks.tiktoken --pattern '[a-z]+' --out ids
[ "$(ids ids 2)" = " 256 256 98 " ] || fail "a pattern of one's own drops what it does not match"

printf 'a\xc3\xa9\xf0\x9f\x98\x80' >text
dsprep tokenize text --tokenizer bytes --out ids
[ "$(ids ids 2)" = " 97 195 169 240 159 152 128 " ] || fail "bytes"
dsprep tokenize text --tokenizer chars --out ids
[ "$(ids ids)" = " 97 233 128512 " ] || fail "chars are code points"
expect 2 usage tokenize text --tokenizer chars --dtype uint16 --out never
says "128512 does not fit"

: >empty
dsprep tokenize empty --tokenizer bytes --out ids
[ ! -s ids ] || fail "nothing gives nothing"

# The text is cut for the threads, and small reads of a large text change nothing.
for i in 1 2 3; do make_lines 30000 "$i"; printf '   \n\n'; done >long
for jobs in 1 2 5; do dsprep tokenize long --tokenizer ranks.tiktoken --pattern cl100k --jobs $jobs --out "ids.$jobs"; done
cmp ids.1 ids.2 && cmp ids.1 ids.5 || fail "ids depend on --jobs"
dsprep tokenize long --tokenizer ranks.tiktoken --pattern cl100k --out ids --timing >timing
grep -q "\"bytes\":$(stat -c %s long)," timing || fail "timing: $(cat timing)"

# Bytes that are not UTF-8, in the second block.
{ head -c 600000 long; printf 'x\xe2\x82y'; } >bad
expect 1 bad_encoding tokenize bad --tokenizer ranks.tiktoken --pattern gpt2 --out never
says "offset 600001"
dsprep tokenize bad --tokenizer chars --invalid-utf8 replace --out ids
[ "$(ids ids | grep -o '[0-9]* [0-9]* [0-9]* $')" = "120 65533 121 " ] || fail "replaced"

# A special token that is forbidden has its place in the file, in whatever block it stands; among lines it is a bad one.
dsprep tokenizer train text --model bpe --vocab-size 300 --special-tokens '<x>' --out marked.json
cat long long long >longer
for bytes in 600000 1500000; do
  { head -c $bytes longer; printf '<x>'; } >marked
  [ "$(stat -c %s marked)" = $((bytes + 3)) ] || fail "the text is too short for this test"
  expect 1 bad_row tokenize marked --tokenizer marked.json --special forbid --out never; says "marked, offset $bytes: the text holds"
  expect 1 bad_row build-shards marked --kind text --tokenizer marked.json --special forbid --out never.d; says "marked"
done
says "offset 1500000"
printf 'ok\na<x>b\nc\n' >lines.txt
expect 1 bad_row build-shards lines.txt --doc line --tokenizer marked.json --special forbid --force --out never.d; says 'lines.txt: line 2'
expect 3 - build-shards lines.txt --doc line --tokenizer marked.json --special forbid --on-error skip --out skipped
grep -q '"lines.txt:2","class":"bad_row"\|"path":"lines.txt:2"' skipped/rejects.jsonl || fail "rejects: $(cat skipped/rejects.jsonl)"

for size in 0 1; do
  expect 2 usage tokenizer train text --model words --vocab-size $size --out never
  expect 2 usage build-shards text --kind text --tokenizer words --vocab-size $size --out never.d
done
for model in words bpe unigram; do expect 1 not_found tokenizer train empty --doc file --model $model --out never; done

# What means nothing for a tokenizer is not passed over.
for option in '--pattern gpt2' '--special text'; do
  expect 2 usage tokenize text --tokenizer bytes $option --out never
  expect 2 usage build-shards lines.txt --tokenizer words $option --out never.d
done
expect 2 usage tokenize text --tokenizer marked.json --pattern gpt2 --out never; says 'marked.json: says itself'
expect 2 usage tokenize text --tokenizer ranks.tiktoken --pattern cl100 --out never; says "no pattern is named 'cl100'"

# Files that are not as they must be are named, and no id is cut to fit.
{ cat ranks.tiktoken; echo "YWI= 258"; } >twice.tiktoken
expect 4 corrupt tokenize text --tokenizer twice.tiktoken --pattern gpt2 --out never; says 'twice.tiktoken: two tokens'
{ cat ranks.tiktoken; echo "YWJj 4294967295"; } >far.tiktoken
expect 1 too_large tokenize text --tokenizer far.tiktoken --pattern gpt2 --out never; says 'far.tiktoken: rank 4294967295'
for id in 4294967296 -1 300.5 '"5"'; do
  sed "s/\"<x>\": *0/\"<x>\": $id/" marked.json >wrong.json
  cmp -s marked.json wrong.json && fail "nothing was changed"
  expect 4 corrupt tokenize text --tokenizer wrong.json --out never; says "wrong.json: the id of the token '<x>'"
done
sed 's/"version": *"1.0"/"version": "2.0"/' marked.json >newer.json
expect 1 unsupported_format tokenize text --tokenizer newer.json --out never; says newer.json

expect 1 not_found tokenize nothing --tokenizer bytes --out never
expect 2 usage tokenize text --tokenizer words --out never
expect 2 usage tokenize text --tokenizer ranks.tiktoken --out never
says "give --pattern"
expect 2 usage tokenize text --tokenizer bytes --dtype uint8 --out never
echo 'no ranks' >no.tiktoken
expect 4 corrupt tokenize text --tokenizer no.tiktoken --pattern gpt2 --out never
# A signal stops it, and leaves nothing behind.
truncate -s 1G zeros
got=0
timeout --preserve-status -s INT 0.3 "$program" tokenize zeros --tokenizer chars --out never 2>stderr.txt || got=$?
[ $got = 130 ] && grep -q '^dsprep: interrupted' stderr.txt || fail "interrupted: exit code $got, $(cat stderr.txt)"
[ ! -e never ] || fail "an error leaves a file"
ls | grep -q '\.tmp$' && fail "a temporary file is left"
exit 0
