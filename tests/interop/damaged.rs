//! Damaged copies of a Go-written file are refused, and no run writes over one.

use baton_1password::baton::pb::v2::Grant;
use baton_1password::c1z::{Limits, Reader};

use crate::interop::go_written::go_file;
use crate::support::Sandbox;
use crate::support::golden::answers;

const MAGIC: &[u8] = b"C1ZF\0";

/// A file with the magic and a sound zstd frame around `database`.
pub(crate) fn wrapped(database: &[u8]) -> Vec<u8> {
    [MAGIC, &zstd::encode_all(database, 3).unwrap()].concat()
}

/// What may happen to a file on its way, by name.
fn damages() -> Vec<(&'static str, Vec<u8>)> {
    let sound = std::fs::read(go_file("tiny")).unwrap();
    let database = zstd::decode_all(&sound[MAGIC.len()..]).unwrap();
    let half = sound.len() / 2;
    let mut flipped = sound.clone();
    flipped[half] ^= 0x10;
    let mut torn = database.clone();
    torn.truncate(database.len() / 2);
    let mut overwritten = database.clone();
    overwritten[100..4096].fill(0xff);
    vec![
        ("three bytes", sound[..3].to_vec()),
        ("another magic", [b"C1ZX\0", &sound[MAGIC.len()..]].concat()),
        ("cut in the middle", sound[..half].to_vec()),
        ("the last byte missing", sound[..sound.len() - 1].to_vec()),
        ("a flipped bit", flipped),
        ("bytes behind the end", [&sound[..], b"more"].concat()),
        ("no database inside", wrapped(b"no database")),
        ("half a database inside", wrapped(&torn)),
        ("an overwritten database inside", wrapped(&overwritten)),
    ]
}

/// `src/c1z/format.md`, Checklist 23, 24
#[test]
fn damaged_copies_are_refused_by_the_reader_and_by_a_sync() {
    for (damage, bytes) in damages() {
        let sandbox = Sandbox::canned(&answers("tiny"));
        sandbox.write("work/sync.c1z", &bytes);
        let path = sandbox.path("work/sync.c1z");
        assert!(
            Reader::open(&path, &Limits::default()).is_err(),
            "{damage} was read"
        );
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(5), "{damage}: {}", run.stderr);
        assert!(run.stderr.contains("sync.c1z"), "{damage}: {}", run.stderr);
        assert_eq!(
            std::fs::read(&path).unwrap(),
            bytes,
            "{damage}: the file was changed"
        );
        sandbox.assert_clean();
    }
}

/// No flip of a single bit goes unnoticed: the file is refused, or it is read as it was written.
#[test]
fn no_flipped_bit_changes_what_is_read() {
    let sound = std::fs::read(go_file("tiny")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flipped.c1z");
    let expected = grants(&go_file("tiny")).unwrap();
    for position in (0..sound.len()).step_by(97) {
        let mut flipped = sound.clone();
        flipped[position] ^= 1 << (position % 8);
        std::fs::write(&path, flipped).unwrap();
        if let Some(read) = grants(&path) {
            assert_eq!(read, expected, "byte {position}");
        }
    }
}

/// The ids of the grants, unless the file is refused.
fn grants(path: &std::path::Path) -> Option<Vec<String>> {
    let reader = Reader::open(path, &Limits::default()).ok()?;
    let sync = reader.latest_finished_full()?;
    let mut ids = Vec::new();
    let all = reader.each(sync, |grant: Grant| {
        ids.push(grant.id);
        Ok(())
    });
    all.ok().map(|()| ids)
}
