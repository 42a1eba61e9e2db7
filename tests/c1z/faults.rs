//! Writes that fail: the disk is full at any byte, and the file that was there is as it was.

use std::fs;
use std::process::Command;

use super::support::*;

/// How many users the syncs here have: enough for a database of several hundred kilobytes.
const USERS: usize = 200;

/// The kernel refuses to let any file grow beyond a limit, as a full disk would. The limit belongs
/// to the process, so this runs the other half again under each limit.
#[test]
fn a_full_disk_at_any_byte_leaves_the_old_file_as_it_was() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), USERS).unwrap();
    let before = fs::read(&path).unwrap();
    let mut failures = 0;
    for limit in (0..2_000).step_by(61) {
        let run = Command::new("sh")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f $0 && exec \"$@\"",
                &limit.to_string(),
            ])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "c1z::faults::writes_into_the_file_named_by_the_environment",
                "--ignored",
                "--nocapture",
            ])
            .env("C1Z_TEST_FILE", &path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stdout).into_owned()
            + &String::from_utf8_lossy(&run.stderr);
        assert_eq!(folder.names(), ["sync.c1z"], "limit {limit}");
        if run.status.success() {
            assert_eq!(read(&path).unwrap().syncs().len(), 2, "limit {limit}");
            fs::write(&path, &before).unwrap();
            continue;
        }
        failures += 1;
        assert!(said.contains("free some space"), "limit {limit}: {said}");
        assert!(fs::read(&path).unwrap() == before, "limit {limit}");
    }
    assert!(
        (5..33).contains(&failures),
        "{failures} of 33 limits must be too low, and some high enough"
    );
}

#[test]
#[ignore = "the other half of a_full_disk_at_any_byte_leaves_the_old_file_as_it_was"]
fn writes_into_the_file_named_by_the_environment() {
    let path = std::env::var_os("C1Z_TEST_FILE").unwrap();
    if let Err(error) = sync(path.as_ref(), full(1), USERS) {
        panic!("{error}");
    }
}
