//! Where a file may go, who may touch it, and that nothing else is left behind.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use baton_1password::c1z::{Error, Retention, SyncType, Target, TargetOptions, Writer};

use super::support::*;

fn open(path: &Path) -> Result<Target, Error> {
    Target::open(path, TargetOptions::default())
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

/// `src/c1z/format.md`, Checklist 31
#[cfg(unix)]
#[test]
fn an_existing_mode_is_never_widened() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    for (old, new) in [
        (0o600, 0o600),
        (0o400, 0o400),
        (0o644, 0o600),
        (0o666, 0o600),
    ] {
        let _ = fs::remove_file(&path);
        fs::write(&path, b"").unwrap();
        set_mode(&path, old);
        sync(&path, full(0), 1).unwrap();
        assert_eq!(mode(&path), new, "was {old:o}");
    }
}

/// `src/c1z/format.md`, Checklist 31: a new file is private whatever the umask. The umask belongs
/// to the process, so this runs itself again under each.
#[cfg(unix)]
#[test]
fn a_new_file_is_private_under_every_umask() {
    for umask in ["000", "022", "077", "277"] {
        let folder = Folder::new();
        let path = folder.file("sync.c1z");
        let run = std::process::Command::new("sh")
            .args(["-c", "umask $0; exec \"$@\"", umask])
            .arg(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "c1z::format::writes_now_into_the_file_named_by_the_environment",
                "--ignored",
            ])
            .env("C1Z_TEST_FILE", &path)
            .output()
            .unwrap();
        assert!(run.status.success(), "{run:?}");
        assert_eq!(mode(&path), 0o600, "umask {umask}");
        assert_eq!(folder.names(), ["sync.c1z"]);
    }
}

#[cfg(unix)]
#[test]
fn links_lead_to_the_file_and_stay() {
    let folder = Folder::new();
    fs::create_dir(folder.file("real")).unwrap();
    let real = folder.file("real/data.c1z");
    symlink("real", folder.file("way")).unwrap();
    symlink("way/../real/data.c1z", folder.file("sync.c1z")).unwrap();
    for minute in 0..2 {
        sync(&folder.file("sync.c1z"), full(minute), 1).unwrap();
        assert!(
            fs::symlink_metadata(folder.file("sync.c1z"))
                .unwrap()
                .is_symlink()
        );
        assert_eq!(read(&real).unwrap().syncs().len(), usize::from(minute) + 1);
    }
    assert_eq!(
        open(&folder.file("sync.c1z")).unwrap().path(),
        real.canonicalize().unwrap()
    );
    assert_eq!(folder.names(), ["real", "sync.c1z", "way"]);
}

#[cfg(unix)]
#[test]
fn names_may_hold_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    let strange = std::ffi::OsStr::from_bytes(b"quote'\"?%20#\xFF");
    let inner = folder.path().join(strange);
    fs::create_dir(&inner).unwrap();
    for minute in 0..2 {
        sync(&inner.join(strange), full(minute), 500).unwrap();
    }
    assert_eq!(read(&inner.join(strange)).unwrap().syncs().len(), 2);
    assert_eq!(fs::read_dir(inner).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_ring_of_links_is_refused() {
    let folder = Folder::new();
    symlink("b", folder.file("a")).unwrap();
    symlink("a", folder.file("b")).unwrap();
    let error = open(&folder.file("a")).unwrap_err().to_string();
    assert!(error.contains("too many links"), "{error}");
}

#[test]
fn only_the_name_is_replaced_when_a_file_has_two() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 1).unwrap();
    fs::hard_link(&path, folder.file("backup.c1z")).unwrap();
    sync(&path, full(1), 1).unwrap();
    assert_eq!(read(&path).unwrap().syncs().len(), 2);
    assert_eq!(read(&folder.file("backup.c1z")).unwrap().syncs().len(), 1);
}

#[cfg(unix)]
#[test]
fn places_that_cannot_take_a_file_are_refused_at_once() {
    let folder = Folder::new();
    fs::write(folder.file("plain"), b"").unwrap();
    fs::create_dir(folder.file("dir")).unwrap();
    let slash = folder.file("new/");
    let missing = folder.file("missing/sync.c1z");
    let in_file = folder.file("plain/sync.c1z");
    let dir = folder.file("dir");
    let cases: [(&Path, &str); 9] = [
        (&missing, "missing does not exist. Create it"),
        (&in_file, "plain is not a folder"),
        (&dir, "it is a folder, not a file"),
        (&slash, "it names no file"),
        (
            Path::new("/proc/sync.c1z"),
            "the folder /proc cannot take a new file (entity not found). Choose another with -f",
        ),
        (Path::new("/dev/null"), "it is not a regular file"),
        (Path::new(""), "it names no file"),
        (
            Path::new("/"),
            "it is a folder, not a file. Name a file in it",
        ),
        (
            Path::new("/proc"),
            "it is a folder, not a file. Name a file in it",
        ),
    ];
    for (path, expected) in cases {
        let error = open(path).unwrap_err().to_string();
        assert!(error.contains(expected), "{}: {error}", path.display());
    }
    assert_eq!(folder.names(), ["dir", "plain"]);
}

#[test]
fn the_temp_dir_must_exist_and_is_left_empty() {
    let (folder, temp) = (Folder::new(), Folder::new());
    let path = folder.file("sync.c1z");
    fs::write(temp.file("plain"), b"").unwrap();
    let with = |temp_dir: &Path| TargetOptions {
        temp_dir: Some(temp_dir.to_owned()),
        ..TargetOptions::default()
    };
    for (name, expected) in [("missing", "does not exist"), ("plain", "is not a folder")] {
        let error = Target::open(&path, with(&temp.file(name)))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(expected) && error.contains("--c1z-temp-dir"),
            "{error}"
        );
    }
    for minute in 0..2 {
        sync_with(&path, with(temp.path()), full(minute), 2_000).unwrap();
    }
    assert_eq!(folder.names(), ["sync.c1z"]);
    assert_eq!(temp.names(), ["plain"]);
}

/// `src/c1z/format.md`, Checklist 29: a file that exists is locked
#[test]
fn a_second_run_on_a_file_is_refused_at_once() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 1).unwrap();
    let first = open(&path).unwrap();
    let error = open(&path).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }));
    assert!(
        error.to_string().contains("another run is writing")
            && error.to_string().contains("sync.c1z")
    );
    let other = sync(&folder.file("other.c1z"), full(1), 1);
    other.expect("another file in the folder is free");
    write(first, full(2), 1).unwrap();
    sync(&path, full(3), 1).expect("the lock ends with the run");
}

/// `src/c1z/format.md`, Checklist 29: a file that does not exist yet
#[cfg(target_os = "linux")]
#[test]
fn a_second_first_run_is_refused_at_once() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let first = open(&path).unwrap();
    assert!(matches!(open(&path), Err(Error::Locked { .. })));
    symlink(folder.path(), folder.file("link")).unwrap();
    let other_way = folder.file("link/sync.c1z");
    assert!(matches!(open(&other_way), Err(Error::Locked { .. })));
    open(&folder.file("other.c1z")).expect("another name is free");
    assert_eq!(folder.names(), ["link"], "nothing is left in the folder");
    drop(first);
    let again = open(&path).expect("a run that gives up frees the name");
    write(again, full(0), 1).unwrap();
    sync(&path, full(1), 1).unwrap();
}

/// `src/c1z/format.md`, Checklist 29: a file that somebody else made meanwhile stays
#[test]
fn a_file_that_appeared_meanwhile_is_not_replaced() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    let slow = open(&path).unwrap();
    let written = sync(&folder.file("other.c1z"), full(0), 1).unwrap();
    fs::rename(folder.file("other.c1z"), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let error = write(slow, full(1), 1).unwrap_err();
    assert!(matches!(error, Error::Changed(_, "created")), "{error}");
    assert!(fs::read(&path).unwrap() == bytes);
    assert_eq!(read(&path).unwrap().syncs()[0].sync_id, written.sync_id);
    assert_eq!(folder.names(), ["sync.c1z"]);
}

/// `src/c1z/format.md`, Checklist 29
#[test]
fn five_runs_at_once_never_lose_a_sync_that_was_reported() {
    for exists in [true, false] {
        let folder = Folder::new();
        let path = folder.file("sync.c1z");
        if exists {
            sync(&path, full(0), 1).unwrap();
        }
        let keep_all = TargetOptions {
            retention: Retention {
                full_syncs: 2,
                keep_all: true,
            },
            ..TargetOptions::default()
        };
        let mut reported: Vec<String> = std::thread::scope(|scope| {
            let runs: Vec<_> = (1..6)
                .map(|minute| {
                    let (path, options) = (&path, keep_all.clone());
                    scope.spawn(move || sync_with(path, options, full(minute), 300))
                })
                .collect();
            let ends = runs.into_iter().map(|run| run.join().unwrap());
            ends.filter_map(|end| match end {
                Ok(written) => Some(written.sync_id),
                Err(Error::Locked { .. } | Error::Changed { .. }) => None,
                Err(error) => panic!("{error}"),
            })
            .collect()
        });
        assert!(!reported.is_empty());
        let reader = read(&path).unwrap();
        let mut found: Vec<String> = reader
            .syncs()
            .iter()
            .map(|run| run.sync_id.clone())
            .collect();
        if exists {
            found.remove(0);
        }
        found.sort();
        reported.sort();
        assert_eq!(found, reported);
        assert_eq!(folder.names(), ["sync.c1z"]);
    }
}

#[test]
fn a_file_that_somebody_else_changed_is_not_replaced() {
    let folder = Folder::new();
    let (path, other) = (folder.file("sync.c1z"), folder.file("other.c1z"));
    sync(&path, full(0), 1).unwrap();
    sync(&other, full(1), 7).unwrap();
    let target = open(&path).unwrap();
    let theirs = fs::read(&other).unwrap();
    fs::rename(&other, &path).unwrap();
    let error = write(target, full(2), 1).unwrap_err();
    assert!(matches!(error, Error::Changed(_, "changed")), "{error}");
    assert!(fs::read(&path).unwrap() == theirs);
    assert_eq!(folder.names(), ["sync.c1z"]);
}

/// Windows stops at 260 characters where it is not asked otherwise.
#[test]
fn a_path_of_any_length_works() {
    let folder = Folder::new();
    let deep = folder.file(&["a"; 4].map(|letter| letter.repeat(90)).join("/"));
    fs::create_dir_all(&deep).unwrap();
    let path = deep.join("sync.c1z");
    for minute in 0..2 {
        sync(&path, full(minute), 3).unwrap();
    }
    assert_eq!(read(&path).unwrap().syncs().len(), 2);
}

#[test]
fn a_file_that_was_removed_meanwhile_is_made_again() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 1).unwrap();
    let target = open(&path).unwrap();
    fs::remove_file(&path).unwrap();
    write(target, full(1), 1).unwrap();
    assert_eq!(read(&path).unwrap().syncs().len(), 2);
}

/// `src/c1z/format.md`, Checklist 28, 30 (their part in the library): giving up at any step leaves
/// the file and no trace
#[cfg(unix)]
#[test]
fn giving_up_at_any_step_leaves_no_trace() {
    for exists in [true, false] {
        for steps in 0..6 {
            let folder = Folder::new();
            let path = folder.file("sync.c1z");
            let before = exists.then(|| {
                sync(&path, full(0), 50).unwrap();
                fs::read(&path).unwrap()
            });
            let target = open(&path).unwrap();
            if steps > 0 {
                let mut writer = Writer::begin(target, full(1), true).unwrap();
                for batch in tenant(500).iter().take(steps - 1) {
                    writer.push(batch).unwrap();
                }
                assert_eq!(
                    folder.names().len(),
                    usize::from(exists),
                    "nothing is visible on the way"
                );
            }
            let after = path.exists().then(|| fs::read(&path).unwrap());
            assert!(after == before);
            assert_eq!(folder.names().len(), usize::from(exists));
        }
    }
}

/// `src/c1z/format.md`, Checklist 30 (its part in the library)
#[test]
fn a_stop_ends_every_step() {
    let folder = Folder::new();
    let path = folder.file("sync.c1z");
    sync(&path, full(0), 50).unwrap();
    let before = fs::read(&path).unwrap();
    let aborted = |result: Result<_, Error>| matches!(result, Err(Error::Aborted));

    let stopped = TargetOptions::default();
    stopped.abort.cancel();
    let target = Target::open(&path, stopped).unwrap();
    assert!(aborted(Writer::begin(target, full(1), true).map(drop)));

    let target = open(&path).unwrap();
    let abort = target.abort();
    let mut writer = Writer::begin(target, full(1), true).unwrap();
    let batches = tenant(50_000);
    writer.push(&batches[3]).unwrap();
    abort.cancel();
    assert!(aborted(writer.push(&batches[1])));
    assert!(aborted(writer.finish(jiff::Timestamp::now()).map(drop)));
    assert!(fs::read(&path).unwrap() == before);
    assert_eq!(folder.names(), ["sync.c1z"]);
}

#[cfg(unix)]
#[test]
fn a_temporary_target_is_seen_by_nobody_else() {
    let folder = Folder::new();
    let target = Target::temporary(folder.path(), TargetOptions::default()).unwrap();
    let mut written = write(target, new_sync(SyncType::Full, 0), 10).unwrap();
    assert_eq!(folder.names(), [] as [&str; 0]);
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut written.file, &mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, written.bytes);
    fs::write(folder.file("copy.c1z"), bytes).unwrap();
    let reader = read(&folder.file("copy.c1z")).unwrap();
    assert_eq!(
        reader.latest_finished_full().unwrap().sync_id,
        written.sync_id
    );
    let missing = Target::temporary(&folder.file("missing"), TargetOptions::default());
    assert!(missing.unwrap_err().to_string().contains("missing"));
}
