#!/usr/bin/env bash
# Types Ctrl-C to a sync under Wine whose `op` hangs: tests/windows/ctrl_c.sh PROGRAM FAKE_OP
# The sync must end with exit code 130 and take `op` along. tests/windows/run.sh calls it.
set -euo pipefail
program=$(realpath "$1")
fake=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir bin
cp "$fake" bin/op.exe
echo '{"log": "calls.jsonl", "faults": [{"words": "account get", "hang": true}]}' >bin/op.json

# The fake has a file `alive.ID` while it runs.
running() { compgen -G 'bin/alive.*' >/dev/null; }
hung() { grep --quiet '"account"' bin/calls.jsonl 2>/dev/null; }

mkfifo keys
script --quiet --return --command "exec wine $program --op-path bin/op.exe --log-path log 2>said" /dev/null <keys >/dev/null &
exec 3>keys
for ((tries = 0; tries < 600; tries++)); do
  ! hung || break
  sleep 0.1
done
printf '\003' >&3
code=0
wait $! || code=$?
sleep 1
if test "$code" != 130 || ! grep --quiet 'stopped by Ctrl-C' said || running; then
  echo "Ctrl-C: exit code $code, $(cat said) $(ls bin)" >&2
  exit 1
fi
echo "Ctrl-C ended a sync with exit code 130, and its op"
