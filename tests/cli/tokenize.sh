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

expect 1 not_found tokenize nothing --tokenizer bytes --out never
expect 2 usage tokenize text --tokenizer words --out never
expect 2 usage tokenize text --tokenizer ranks.tiktoken --out never
says "give --pattern"
expect 2 usage tokenize text --tokenizer bytes --dtype uint8 --out never
echo 'no ranks' >no.tiktoken
expect 4 corrupt tokenize text --tokenizer no.tiktoken --pattern gpt2 --out never
[ ! -e never ] || fail "an error leaves a file"
ls | grep -q '\.tmp$' && fail "a temporary file is left"
exit 0
