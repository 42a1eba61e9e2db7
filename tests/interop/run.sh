#!/usr/bin/env bash
# The interop stage: the official `baton` reads what this connector writes, and what it wrote into files of the Go
# connector. go.mod beside this script says which `baton`. Needs Go, which fetches and keeps the modules (the first build
# takes some minutes). Whatever keeps it from being built fails the stage: nothing is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

baton=$PWD/target/interop/baton
if ! CGO_ENABLED=0 "${GO:-go}" -C tests/interop build -ldflags="-s -w" -o "$baton" github.com/conductorone/baton-sdk/cmd/baton; then
  echo "interop: the official baton could not be built, so nothing was checked" >&2
  exit 1
fi
compact=$PWD/target/interop/compact
if ! CGO_ENABLED=0 "${GO:-go}" -C tests/interop build -ldflags="-s -w" -o "$compact" ./compact; then
  echo "interop: the SDK's compactor could not be built, so nothing was checked" >&2
  exit 1
fi
capabilities=$PWD/target/interop/capabilities
if ! CGO_ENABLED=0 "${GO:-go}" -C tests/interop build -ldflags="-s -w" -o "$capabilities" ./capabilities; then
  echo "interop: the SDK's types could not be built, so nothing was checked" >&2
  exit 1
fi
INTEROP_BATON=$baton INTEROP_COMPACT=$compact INTEROP_CAPABILITIES=$capabilities cargo test --locked --test baton
