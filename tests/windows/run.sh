#!/usr/bin/env bash
# Builds the program and its tests for Windows and runs them under Wine:
# tests/windows/run.sh [TEST...]
# Without names all tests run. `tests/windows/run.sh sync:: cli::demo` runs some.
#
# It needs Debian or a system of its kind, root, and debootstrap. Wine comes from Debian's unstable
# suite, in a folder that CHROOT names and that is made when it is not there (3 GB). Rust is this
# machine's when it has the target and mingw-w64's compiler, else the folder's, which builds the
# standard library as well.
set -euo pipefail
cd "$(dirname "$0")/../.."

chroot=${CHROOT:-/var/tmp/baton-1password-sid}
target=x86_64-pc-windows-gnu
# Wine lets no file take the place of one that is open, which Windows does.
skip=(
  a_file_takes_the_place_of_one_that_is_read
  c1z::targets::a_file_that_somebody_else_changed_is_not_replaced
)

if ! test -x "$chroot/usr/bin/wine"; then
  debootstrap --variant=minbase sid "$chroot"
  chroot "$chroot" apt-get install --yes --no-install-recommends \
    wine cargo rustc rust-src gcc g++ libc6-dev cmake gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 ca-certificates
fi
test -s "$chroot/etc/hosts" || echo "127.0.0.1 localhost" >"$chroot/etc/hosts"
# Under its own path, so that the tests find what they were built with.
mkdir -p "$chroot$PWD"
trap 'inside sh -c "/usr/lib/*/wine/wineserver --kill" || true; umount "$chroot$PWD" "$chroot/proc" "$chroot/dev/pts"' EXIT
mount --bind "$PWD" "$chroot$PWD"
mount -t proc proc "$chroot/proc"
mount --bind /dev/pts "$chroot/dev/pts"

inside() {
  # shellcheck disable=SC2016 # the inner shell's words
  chroot "$chroot" /usr/bin/env -i HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 WINEDEBUG=-all \
    TYPE_CTRL_C="Z:$PWD/target/type_ctrl_c.exe" RUSTC_BOOTSTRAP=1 sh -c 'cd "$0" && exec "$@"' "$PWD" "$@"
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
# At Ctrl-Break, which the tests send elsewhere, Wine ends one thread and asks nobody.
inside x86_64-w64-mingw32-gcc -O2 -o target/type_ctrl_c.exe tests/windows/type_ctrl_c.c

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
