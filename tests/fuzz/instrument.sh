#!/bin/sh
# Compiles one crate for fuzzing: `instrument.sh rustc …`, as cargo calls RUSTC_WORKSPACE_WRAPPER. The flags are stable.
exec "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
