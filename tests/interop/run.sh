#!/usr/bin/env bash
# The interop stage: the official `baton` reads what this connector writes, and what it wrote into files of the Go
# connector. Needs Go and the module proxy the first time; the tool is kept in $INTEROP_CACHE (target/interop).
# Whatever keeps the tool from being installed fails the stage: nothing is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=v0.4.3
module=github.com/conductorone/baton
go=${GO:-go}
mkdir -p "${INTEROP_CACHE:=target/interop}"
folder=$(cd "$INTEROP_CACHE" && pwd)/$version

if [ ! -x "$folder/baton" ] && ! GOBIN=$folder "$go" install "$module/cmd/baton@$version"; then
  echo "interop: baton $version could not be installed, so nothing was checked" >&2
  exit 1
fi
if ! "$go" version -m "$folder/baton" | grep -q "$module[[:space:]]$version"; then
  echo "interop: $folder/baton is not baton $version; remove it and try again" >&2
  exit 1
fi
INTEROP_BATON=$folder/baton cargo test --locked --test baton
