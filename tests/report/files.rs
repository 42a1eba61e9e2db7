//! The files that a report writes: private, whole, and never over a sync.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Stdio;

use baton_1password::c1z::{Abort, Error};
use baton_1password::report::File;
use rustix::process::Signal;
use serde_json::json;

use crate::report::build::{C1z, GRANULAR};
use crate::support::{Sandbox, Started};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(json!({}));
    let file = C1z::full();
    file.user("U1", "Ann");
    file.vault("V1", "Prod", &GRANULAR);
    file.on_vault("V1", ("user", "U1"), &["view items"]);
    file.write(&sandbox.path("work/sync.c1z"));
    sandbox
}

/// Names in the working folder.
fn names(sandbox: &Sandbox) -> Vec<String> {
    let entries = sandbox.path("work").read_dir().unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn files_are_private_whatever_the_umask_and_named_when_they_are_there() {
    let sandbox = sandbox();
    sandbox.write("work/old.html", "old");
    std::fs::set_permissions(
        sandbox.path("work/old.html"),
        PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    symlink("old.html", sandbox.path("work/link.html")).unwrap();
    let run = sandbox.run(&[
        "report",
        "sync.c1z",
        "--html",
        "link.html",
        "--csv",
        "new.csv",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    let saved = |name: &str| format!("Saved {}\n", sandbox.path("work").join(name).display());
    let saved = saved("old.html") + &saved("new.csv");
    let (paths, rest) = run.stderr.split_at(saved.len());
    assert_eq!(paths, saved);
    assert!(
        rest.starts_with("  1 user (0 suspended), 0 groups, 1 vault, "),
        "{rest}"
    );
    for name in ["old.html", "new.csv"] {
        let metadata = std::fs::symlink_metadata(sandbox.path("work").join(name)).unwrap();
        assert_eq!(metadata.mode() & 0o777, 0o600, "{name}");
    }
    let page = std::fs::read_to_string(sandbox.path("work/old.html")).unwrap();
    assert!(page.starts_with("<!doctype html>"));
    assert!(
        std::fs::symlink_metadata(sandbox.path("work/link.html"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(
        names(&sandbox),
        ["link.html", "new.csv", "old.html", "sync.c1z"]
    );
}

#[test]
fn a_dash_is_standard_output() {
    let sandbox = sandbox();
    let printed = |arguments: &[&str]| {
        let run = sandbox.run(&[&["report", "sync.c1z"], arguments].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run
    };
    let page = printed(&["--html", "-"]);
    assert_eq!(page.stderr, "");
    assert!(
        page.stdout.starts_with("<!doctype html>"),
        "{}",
        page.stdout
    );
    let lines = printed(&["--csv", "-"]);
    assert!(
        lines.stdout.starts_with("person,email,"),
        "{}",
        lines.stdout
    );
    assert_eq!(lines.stderr, "");
    assert_eq!(names(&sandbox), ["sync.c1z"]);

    let both = printed(&["--csv", "-", "--html", "page.html"]);
    assert_eq!(both.stdout, lines.stdout);
    assert!(both.stderr.starts_with("Saved "), "{}", both.stderr);
    let json = printed(&["--json", "--csv", "./-"]);
    assert!(json.stdout.starts_with('{'), "{}", json.stdout);
    assert_eq!(names(&sandbox), ["-", "page.html", "sync.c1z"]);
}

/// Times for people are local, and the page says what that is here; programs get UTC.
#[test]
fn times_for_people_are_local_with_their_zone() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command
        .env("TZ", "IST-5:30")
        .args(["report", "sync.c1z", "--json", "--html", "page.html"]);
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let made: jiff::Timestamp = report["made_at"].as_str().unwrap().parse().unwrap();
    let local = made + jiff::SignedDuration::from_mins(5 * 60 + 30);
    let shown = local
        .strftime("<dt>Report</dt><dd>%Y-%m-%d %H:%M local time (UTC+05:30), baton-1password ");
    let page = std::fs::read_to_string(sandbox.path("work/page.html")).unwrap();
    assert!(page.contains(&shown.to_string()), "no {shown}");
    let sync = "<dt>Sync</dt><dd>full, ended 2026-11-01 15:35 local time (UTC+05:30)</dd>";
    assert!(page.contains(sync), "no {sync}");
}

/// What the file does not tell is said where the lines cannot say it.
#[test]
fn warnings_go_to_stderr_beside_a_csv() {
    let sandbox = sandbox();
    let file = C1z::full();
    file.vault("V1", "Prod", &["member", "view items"]);
    file.on_vault("V1", ("user", "GHOST"), &["view items"]);
    file.write(&sandbox.path("work/sync.c1z"));
    for arguments in [&["--csv", "-"][..], &["--csv", "lines.csv"]] {
        let run = sandbox.run(&[&["report", "sync.c1z"], arguments].concat());
        let warnings = run.stderr.matches("warning: ").count();
        assert_eq!(warnings, 2, "{}", run.stderr);
        assert!(
            run.stderr.contains("1 user is in grants only"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_report_never_replaces_a_sync() {
    let sandbox = sandbox();
    let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
    for flag in ["--html", "--csv"] {
        let run = sandbox.run(&["report", "sync.c1z", flag, "sync.c1z"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(5), ""));
        assert!(run.stderr.contains("must not replace"), "{}", run.stderr);
    }
    assert_eq!(
        std::fs::read(sandbox.path("work/sync.c1z")).unwrap(),
        before
    );
}

#[test]
fn misuse_is_refused_before_anything_is_read_or_written() {
    let sandbox = sandbox();
    sandbox.write("work/text", "no c1z file");
    for (arguments, code, told) in [
        (
            &["sync.c1z", "--html", "a", "--csv", "./a"][..],
            2,
            "same file",
        ),
        (
            &["sync.c1z", "--csv-permissions", "a", "--csv", "./a"][..],
            2,
            "same file",
        ),
        (&["sync.c1z", "--excel"][..], 2, "--csv"),
        (
            &["sync.c1z", "--html", "no/such/page.html"][..],
            5,
            "does not exist",
        ),
        (&["sync.c1z", "--csv", "."][..], 5, "it is a folder"),
        (
            &["sync.c1z", "--csv", "/dev/null"][..],
            5,
            "not a regular file",
        ),
        (
            &["missing.c1z", "--html", "a"][..],
            5,
            "cannot use missing.c1z: there is no such file. Run a sync into it first",
        ),
        (
            &["sync.c1z", "--html", "-", "--json"][..],
            2,
            "standard output takes one of",
        ),
        (
            &["sync.c1z", "--html", "-", "--csv", "-"][..],
            2,
            "standard output takes one of",
        ),
        (&["text", "--html", "a"][..], 5, "not a c1z file"),
        (
            &["sync.c1z", "--diff", "text", "--html", "a"][..],
            5,
            "not a c1z file",
        ),
        (&["sync.c1z", "--htm", "a"][..], 2, "--html"),
    ] {
        let run = sandbox.run(&[&["report"], arguments].concat());
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(code), ""),
            "{arguments:?}"
        );
        assert!(run.stderr.contains(told), "{arguments:?}: {}", run.stderr);
        assert_eq!(names(&sandbox), ["sync.c1z", "text"], "{arguments:?}");
    }
}

#[test]
fn a_stopped_or_failed_write_leaves_the_old_file_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    std::fs::write(&path, "old").unwrap();
    let abort = Abort::default();
    let stopped = File::create(&path).unwrap().write(&abort, |out| {
        out.write_all(&[b'x'; 100])?;
        abort.cancel();
        (0..10_000).try_for_each(|_| out.write_all(&[b'x'; 100]))
    });
    assert!(matches!(stopped, Err(Error::Aborted)), "{stopped:?}");
    let failed = File::create(&path).unwrap().write(&Abort::default(), |_| {
        Err(std::io::Error::other("the disk is tired"))
    });
    assert!(
        failed
            .unwrap_err()
            .to_string()
            .contains("the disk is tired")
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}

/// A tenant whose report is longer than a pipe holds.
fn long() -> C1z {
    let file = C1z::full();
    file.vault("V1", "Prod", &GRANULAR);
    for n in 0..2_000 {
        let id = format!("U{n:04}");
        file.user(&id, &format!("User {n:04}"));
        file.on_vault("V1", ("user", &id), &["view items", "export items"]);
    }
    file
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let sandbox = sandbox();
    long().write(&sandbox.path("work/sync.c1z"));
    for arguments in [
        &["report", "sync.c1z"][..],
        &["report", "sync.c1z", "--json"],
    ] {
        let mut child = sandbox
            .command()
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_signal_ends_a_report_that_nobody_reads() {
    let sandbox = sandbox();
    long().write(&sandbox.path("work/sync.c1z"));
    let mut command = sandbox.command();
    command
        .args(["report", "sync.c1z", "--json", "--html", "out.html"])
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Once its first bytes are there, the program waits for somebody to read the rest.
    let mut stdout = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut stdout, &mut [0; 10]).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(names(&sandbox), ["out.html", "sync.c1z"]);
    sandbox.assert_clean();
}
