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
KILL_TELL=$folder/told counted >/dev/null 2>&1
writes=$(sort -n ../told | tail -1)
temporary=${WINEPREFIX:-$HOME/.wine}/drive_c/users/$(id --user --name)/AppData/Local/Temp
old=0 new=0
for ((at = 10; at <= writes; at += 10)); do
  cp ../old.c1z demo.c1z
  code=0
  KILL_AT=$at counted >/dev/null 2>&1 || code=$?
  # Killed; runs differ by a few writes, so the last ones may be none of this run.
  if ((code != 137 && (code != 0 || at + 20 < writes))); then
    echo "write $at of $writes: the sync was not killed but ended with $code" >&2
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
  # A killed demo leaves its `op`, a copy of the program.
  rm -rf "$temporary"/.tmp*
done
# Wine's own list of processes. Of one that ended while it started, Wine may leave the process of
# this system behind, which waits for ever and is in that list no more: it is swept up below.
running=$(wine winedbg --command "info proc" 2>/dev/null)
if [[ $running != *winedbg.exe* || $running = *demo-op* ]]; then
  echo "calls of op outlived the sync that made them, or nobody knows: $running" >&2
  exit 1
fi
pkill -KILL -f "[b]aton-1password-demo-op" || true
wine "$program" demo >/dev/null 2>&1
left=$(find . -name '.*.tmp' -o -name '.*.lock')
test -z "$left" || {
  echo "left behind: $left" >&2
  exit 1
}
echo "killed at every tenth of $writes writes: the old file $old times, the whole new one $new times"
