#!/usr/bin/env bash
# install_packages.sh [GROUP...]: installs those Debian packages of tools/packages.txt that are missing: the ones without a
# group, and those of the GROUPs named. As root or through sudo; says what is missing where it can do neither.
set -euo pipefail
list=$(dirname "$0")/packages.txt
wanted=$(sed -n 's/^\([a-z0-9][a-z0-9.+-]*\)$/\1/p' "$list")
for group in "$@"; do wanted+=$'\n'$(sed -n "s/^$group: //p" "$list"); done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install_packages: this is not a Debian system (no apt-get): install the equivalents of these and build with CMake:" $wanted >&2
  command -v cmake >/dev/null && command -v ninja >/dev/null && exit 0
  exit 1
fi
missing=()
for package in $wanted; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "install_packages: installing ${missing[*]}" >&2

root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "install_packages: neither root nor sudo; let somebody run: apt-get install ${missing[*]}" >&2; exit 1; }
  root=(sudo)
fi
install() {
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The package lists may be missing or old: fetch them, but only when the first try fails.
install || { "${root[@]}" apt-get update -qq >>"$log" 2>&1 || true; install; } ||
  { tail -20 "$log" >&2; echo "install_packages: apt-get could not install: ${missing[*]}" >&2; exit 1; }
