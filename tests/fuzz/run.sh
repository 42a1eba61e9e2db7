#!/usr/bin/env bash
# Fuzzes: `run.sh [SECONDS [TARGET...]]`. Every target, or those named, gets so many seconds in an optimized build.
# Without arguments it is the short check of .ci/run: a debug build, a few seconds each.
#
# Stable Rust and a C++ compiler are enough. Seeds are in tests/fuzz/corpus; what a run finds worth keeping goes to
# target/fuzzing/<target>, which later runs go on from, and an input that breaks something to target/fuzzing/broken.
# To see such an input break again, pass its file: `target/fuzz/<target> FILE` (`target/debug/<target> FILE`).
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-3}
profile=fuzz
if [ $# -eq 0 ]; then profile=dev; fi
if [ $# -gt 1 ]; then
  shift
  targets=("$@")
else
  targets=(op_rows op_words c1z envelope credentials ids config)
fi

# Only our own crates are instrumented, so a debug build takes its dependencies as the tests have built them.
RUSTC_WORKSPACE_WRAPPER=$PWD/tests/fuzz/instrument.sh \
  cargo build --locked --quiet --package baton-1password-fuzz --profile "$profile"
folder=target/${profile/dev/debug}

# Some targets write files: to memory, where that is possible.
if [ -d /dev/shm ]; then export TMPDIR=/dev/shm; fi
for target in "${targets[@]}"; do
  mkdir -p "target/fuzzing/$target" target/fuzzing/broken
  echo "fuzzing $target for $seconds s"
  if ! "$folder/$target" "target/fuzzing/$target" "tests/fuzz/corpus/$target" -max_total_time="$seconds" \
    -timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    -artifact_prefix="target/fuzzing/broken/$target-" >"target/fuzzing/$target.log" 2>&1; then
    tail -n 40 "target/fuzzing/$target.log" >&2
    echo "fuzzing $target found an input that breaks it, see target/fuzzing/broken and target/fuzzing/$target.log" >&2
    exit 1
  fi
  grep number_of_executed_units "target/fuzzing/$target.log"
done
