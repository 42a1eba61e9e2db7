#!/usr/bin/env bash
# Builds the program and its tests for Windows and runs them under Wine: tests/windows/run.sh [TEST...]
# Without names all tests run, which takes long, for Wine starts a process in a quarter of a second.
# `tests/windows/run.sh sync:: cli::demo` runs some.
#
# It needs Debian or a system of its kind, root, and debootstrap. Wine comes from Debian's unstable suite, in a folder that
# CHROOT names and that is made when it is not there (3 GB). Rust is this machine's when it has the target and mingw-w64's
# compiler, else the folder's, which builds the standard library as well.
set -euo pipefail
cd "$(dirname "$0")/../.."

chroot=${CHROOT:-/var/tmp/baton-1password-sid}
target=x86_64-pc-windows-gnu
# What Wine cannot show. It lets no file take the place of one that is open, which Windows does.
skip=(
  a_file_takes_the_place_of_one_that_is_read
  c1z::damage::grants_of_what_is_not_there_are_told
  c1z::damage::no_stored_end_hides_a_newer_sync
  c1z::existing::several_frames_and_skippable_ones_are_read
  c1z::format::other_kinds_of_syncs_say_so
  c1z::targets::a_file_that_somebody_else_changed_is_not_replaced
)
# It ends one thread at Ctrl-Break and asks nobody; ctrl_c.sh shows the other key.
skip+=(
  a_change_that_the_end_of_the_service_cuts_off_may_have_been_made
  a_signal_takes_op_and_its_helpers_along
  a_standing_service_waits_for_a_server_that_is_away
  a_sync_whose_first_heartbeat_fails_does_not_begin
  a_sync_that_waits_for_a_limit_gives_its_slot_back
  an_hour_is_waited_for_and_ctrl_c_ends_it
  an_upload_stops_when_its_task_is_cancelled
  it_listens_where_it_is_told_and_only_when_asked
  no_secret_shows_in_any_log_argument_or_report
  service::stop::
  syncs_and_grants_leave_nothing_behind
  the_standing_mode_prints_the_line_after_each_sync
)

if ! test -x "$chroot/usr/bin/wine"; then
  debootstrap --variant=minbase sid "$chroot"
  chroot "$chroot" apt-get install --yes --no-install-recommends \
    wine cargo rustc rust-src gcc g++ libc6-dev cmake gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 ca-certificates
fi
test -s "$chroot/etc/hosts" || echo "127.0.0.1 localhost" >"$chroot/etc/hosts"
# Under its own path, so that the tests find what they were built with.
mkdir -p "$chroot$PWD"
trap 'umount "$chroot$PWD" "$chroot/proc" "$chroot/dev/pts"' EXIT
mount --bind "$PWD" "$chroot$PWD"
mount -t proc proc "$chroot/proc"
mount --bind /dev/pts "$chroot/dev/pts"

inside() {
  # shellcheck disable=SC2016 # the inner shell's words
  chroot "$chroot" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 WINEDEBUG=-all \
    RUSTC_BOOTSTRAP=1 sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
}

if test -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$target" && command -v x86_64-w64-mingw32-gcc >/dev/null; then
  build=(cargo)
  flags=()
else
  build=(inside cargo)
  flags=(-Zbuild-std=std,panic_unwind --target-dir target/windows)
fi
"${build[@]}" build --locked --target "$target" "${flags[@]}" --example fake-op
tests=$("${build[@]}" test --no-run --locked --target "$target" "${flags[@]}" --lib --test outside 2>&1 | tee /dev/stderr |
  sed -n 's/^ *Executable .*(\(.*\))$/\1/p')

failed=0
for test in $tests; do
  inside wine "$test" --test-threads 4 "${skip[@]/#/--skip=}" "$@" || failed=1
done
if test $# = 0; then
  built=target/$target/debug
  test "${build[0]}" = cargo || built=target/windows/$target/debug
  inside tests/windows/ctrl_c.sh "$built/baton-1password.exe" "$built/examples/fake-op.exe" || failed=1
  inside tests/windows/kills.sh "$built/baton-1password.exe" || failed=1
fi
exit "$failed"
