#!/usr/bin/env bash
# Kills a sync at every tenth of its writes, under Wine, and looks at the file that was there:
# tests/windows/kills.sh PROGRAM
# It must be as it was, or the whole new one when the kill came after the replacement.
# tests/windows/run.sh calls it.
set -euo pipefail
program=$(realpath "$1")
source=$(realpath "$(dirname "$0")/kill.c")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
gcc -O2 -shared -fPIC -o "$folder/kill.so" "$source"
mkdir "$folder/work"
cd "$folder/work"

counted() { LD_PRELOAD=$folder/kill.so wine "$program" demo; }

wine "$program" demo >/dev/null 2>&1
cp demo.c1z ../old.c1z
# Helpers of Wine write once; the program writes most.
writes=$(KILL_TELL=1 counted 2>&1 | sed -n 's,^\([0-9]*\) writes.*,\1,p' | sort -n | tail -1)
old=0 new=0
for ((at = 10; at <= writes; at += 10)); do
  cp ../old.c1z demo.c1z
  if KILL_AT=$at counted >/dev/null 2>&1; then
    echo "write $at of $writes: the sync was not killed" >&2
    exit 1
  fi
  if cmp --quiet ../old.c1z demo.c1z; then
    old=$((old + 1))
  elif wine "$program" report demo.c1z >/dev/null; then
    new=$((new + 1))
  else
    echo "write $at of $writes: the file is damaged" >&2
    exit 1
  fi
done
wine "$program" demo >/dev/null 2>&1
left=$(find . -name '.*.tmp' -o -name '.*.lock')
test -z "$left" || {
  echo "left behind: $left" >&2
  exit 1
}
echo "killed at every tenth of $writes writes: the old file $old times, the whole new one $new times"
