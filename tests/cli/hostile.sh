#!/usr/bin/env bash
# A folder as crawlers and people leave it: every file is a sample, is listed with its reason, or is counted; nothing hangs or crashes.
source "$(dirname "$0")/../support/cli.sh"

"$make_pictures" pictures 30
good=pictures/train/bird/0001.jpg
mkdir -p in/a
b() { expect "$1" "$2" build-shards "${@:3}"; }
rejected() { grep -qF "\"path\":\"$1\",\"class\":\"$2\"" "$3/rejects.jsonl" || fail "$1 is not $2: $(cat "$3/rejects.jsonl")"; }

# ---- names that must survive
long=$(printf 'x%.0s' $(seq 251)).jpg
names=(plain.jpg "$long" 'with space.jpg' "quote'\"\$x.jpg" -dash.jpg $'new\nline.jpg' $'tab\t.jpg' 'back\slash.jpg' '강아지 사진.jpg' $'latin\xe9.jpg'
  'two.dots.jpg' '%2E.jpg' '__meta__.jpg' 'a@0,0.jpg' 'UPPER.JPG' 'star*?.jpg')
for name in "${names[@]}"; do cp $good "in/a/$name"; done
for container in wds lmdb memmap; do
  dsprep build-shards in --out names.$container --format $container
  dsprep verify names.$container >/dev/null
  [ "$("$program" ls names.$container | wc -l)" = ${#names[@]} ] || fail "$container: $("$program" ls names.$container)"
  for name in "${names[@]}"; do
    "$program" cat names.$container --split train --key "a/$name" --field image | cmp -s - $good || fail "$container has lost: $name"
  done
done

# ---- content that is no picture, or not all of one
size=$(stat -c %s $good)
put() { cat >"in/a/$1"; }
: | put zero.jpg
printf '\xff' | put one.jpg
printf 'hello\n' | put text.jpg
printf '<!DOCTYPE html><html></html>' | put page.jpeg
head -c $((size / 2)) $good | put half.jpg
head -c $((size * 9 / 10)) $good | put most.jpg
head -c 40 $good | put header.jpg
head -c 60 pictures/train/bird/0005.png | put cut.png
head -c 4096 /dev/zero | put zeros.png
{ head -c 16 pictures/train/bird/0005.png && printf '\x7f\xff\xff\xff\x7f\xff\xff\xff' && tail -c +25 pictures/train/bird/0005.png; } | put bomb.png
printf '%%PDF-1.4' | put paper.jpg
printf '\x7fELF\x02\x01\x01' | put program.jpg
cp pictures/train/bird/0005.png in/a/png-inside.jpg
b 1 - in --out fails
[ ! -e fails/dataset.json ] || fail "a dataset was published in spite of bad inputs"
for how in "--check header" "--check decode" "--resize 16" "--tile 16x16"; do
  rm -rf some
  # shellcheck disable=SC2086
  b 3 - in --on-error skip --jobs 2 $how --out some
  rejected a/zero.jpg empty_file some
  rejected a/text.jpg not_an_image some
  rejected a/page.jpeg not_an_image some
  rejected a/half.jpg truncated some
  rejected a/most.jpg truncated some
  rejected a/zeros.png not_an_image some
  rejected a/paper.jpg not_an_image some
  rejected a/program.jpg not_an_image some
  for name in one.jpg header.jpg cut.png bomb.png; do grep -qF "a/$name" some/rejects.jsonl || fail "$name was taken $how"; done
  [ "$(wc -l <some/rejects.jsonl)" = 12 ] || fail "$how: $(cat some/rejects.jsonl)"
  "$program" ls some | grep -qF a/png-inside.jpg || fail "a png named .jpg was lost $how"
  dsprep verify some >/dev/null
done
b 3 - in --on-error skip --out kept
tar -tf kept/train-00000.tar | grep -x 'a/png-inside.png' >/dev/null || fail "the stored name says jpg of a png"
b 3 - in --on-error skip --lenient --resize 16 --out lenient
if grep -F a/most.jpg lenient/rejects.jsonl; then fail "--lenient has refused most of a picture"; fi
grep -qF '"pictures_with_lost_pixels": 1' lenient/dataset.json || fail "lost pixels are not counted: $(cat lenient/dataset.json)"
grep -qF '"orientation": "applied"' lenient/dataset.json || fail "no policy is recorded"
b 1 rejected in --on-error skip --max-rejects 11 --out limited
rm in/a/{zero,one,text,half,most,header,paper,program}.jpg in/a/page.jpeg in/a/{cut,zeros,bomb}.png

# ---- what is no file, or cannot be opened
mkfifo in/a/pipe.jpg in/named-pipe
ln -s /dev/zero in/a/endless.jpg
ln -s .. in/a/up
ln -s self in/a/self
ln -s nowhere.jpg in/a/dangling.jpg
ln -s ../../$good in/a/link.jpg
mkdir in/a/folder.jpg in/.hidden && cp $good in/.hidden/x.jpg
deep=in/deep && for _ in $(seq 12); do deep=$deep/$(printf 'd%.0s' $(seq 200)); done && mkdir -p "$deep" && cp $good "$deep/x.jpg"
timeout 60 "$program" build-shards in --on-error skip --labels none --out special 2>stderr.txt || [ $? = 3 ] || fail "$(cat stderr.txt)"
rejected a/up/ symlink_loop special
rejected a/self symlink_loop special
rejected a/dangling.jpg not_found special
grep -qF '"FIFOs":2' stderr.txt && grep -qF '"devices":1' stderr.txt || fail "not counted: $(cat stderr.txt)"
for key in a/link.jpg "${deep#in/}/x.jpg"; do "$program" ls special | grep -qF "$key" || fail "$key is missing"; done
rm in/a/dangling.jpg
b 1 symlink_loop in --labels none --out special2
expect 2 usage build-shards in/a/pipe.jpg --out special2
expect 2 usage build-shards /dev/zero --kind image --out special2

# Files and folders that may not be read: for root, as somebody else.
mkdir locked && cp -r pictures/train locked/ && chmod 0 locked/train/bird/0001.jpg locked/train/cat && chmod 755 "$work"
other=()
[ "$(id -u)" != 0 ] || other=(setpriv --reuid=65534 --regid=65534 --clear-groups)
if [ "$(id -u)" != 0 ] || setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$program" 2>/dev/null; then
  mkdir free && chmod 777 free
  code=0 && "${other[@]}" "$program" build-shards locked --labels none --out free/out 2>stderr.txt || code=$?
  [ $code = 1 ] && grep -q '^dsprep: permission_denied: ' stderr.txt || fail "code $code: $(cat stderr.txt)"
  code=0 && "${other[@]}" "$program" build-shards locked --labels none --on-error skip --out free/out 2>stderr.txt || code=$?
  [ $code = 3 ] || fail "code $code: $(cat stderr.txt)"
  rejected train/bird/0001.jpg permission_denied free/out
  rejected train/cat/ permission_denied free/out
fi

# ---- nothing left
mkdir -p empty/a/b && b 1 no_images empty --out none && b 1 no_images empty --on-error skip --out none
echo x >empty/a/b/x.jpg && b 1 no_images empty --on-error skip --out none
[ ! -e none/dataset.json ] || fail "an empty dataset"

# ---- files that go or change between the plan and the reading
cp -r pictures changing && b 0 - changing --phase plan --out change && rm changing/train/bird/0001.jpg
b 1 not_found changing --phase write --on-error skip --out change
cp -r pictures grown && b 0 - grown --phase plan --out grow && echo more >>grown/train/bird/0001.jpg
b 1 io grown --phase write --on-error skip --out grow
says "changed since the build was planned"

# ---- several pictures in a file: the first one is taken, and said
mkdir several
frame='\x2c\0\0\0\0\1\0\1\0\0\2\2\x4c\1\0'
printf "GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff$frame$frame\x3b" >several/moving.gif
cp $good several
for how in "" "--resize 16" "--tile 1x1"; do
  rm -rf first
  # shellcheck disable=SC2086
  b 0 - several $how --out first
  says 'counted: first_of_several_pictures 1'
  grep -q '"first_of_several_pictures": *1' first/dataset.json || fail "the manifest does not count the picture with two frames"
done
