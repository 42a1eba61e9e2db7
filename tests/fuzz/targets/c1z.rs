//! A file that the Go connector wrote, damaged inside its envelope, read and reported.
//!
//! The input says where: three bytes of place, one of length, and as many bytes to be written
//! there, again and again. A length of 0 cuts the database off at the place.
#![no_main]

use std::io::{Write, sink};
use std::sync::LazyLock;

use baton_1password::baton::pb::v2::{Grant, ResourceId};
use baton_1password::c1z::{Abort, Limits, Reader, Table};
use baton_1password::report::{IDLE_DAYS, Paper, Report, Snapshot, csv, html, json, text};
use jiff::ZonedDateTime;
use libfuzzer_sys::fuzz_target;

const MAGIC: &[u8] = b"C1ZF\0";

/// The database inside.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let file = include_bytes!("../../../fixtures/golden/tiny/sync.c1z");
    zstd::decode_all(&file[MAGIC.len()..]).expect("the fixture is sound")
});

fuzz_target!(|changes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(MAGIC).expect("room for it");
    let database = damaged(changes);
    zstd::stream::copy_encode(&*database, &mut file, 1).expect("room for it");
    let limits = Limits {
        decoded_bytes: 64 << 20,
        ..Limits::default()
    };
    let now = ZonedDateTime::now();
    if let Ok(reader) = Reader::open(file.path(), &limits) {
        for run in reader.syncs() {
            let _ = reader.near_misses(run, Table::Grants, "vault:v:member:user:u");
            let vault = ResourceId {
                resource_type: "vault".to_owned(),
                resource: "v".to_owned(),
            };
            let _ = reader.resource(run, &vault);
            let _ = reader.each(run, |grant: Grant| {
                reader.find::<Grant>(run, &grant.id).map(drop)
            });
        }
        let _ = reader.choose(now.timestamp());
    }
    if let Ok(snapshot) = Snapshot::read(file.path(), &limits, &now, &Abort::default()) {
        let report = Report::new(&snapshot, Some(&snapshot), now, IDLE_DAYS);
        html::write(&report, &mut sink()).expect("a page");
        csv::write(&report, csv::Form::Permissions, &mut sink()).expect("a table");
        csv::write(&report, csv::Form::Review, &mut sink()).expect("a review");
        json::write(&report, &mut sink()).expect("JSON");
        text::print(&report, &mut Paper::new(sink(), 80, true)).expect("a text");
    }
});

fn damaged(mut changes: &[u8]) -> Vec<u8> {
    let mut database = SOUND.clone();
    while let [a, b, c, length, rest @ ..] = changes {
        let place = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        let place = place % database.len().max(1);
        let (bytes, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        match bytes.len().min(database.len() - place) {
            0 => database.truncate(place),
            fitting => database[place..place + fitting].copy_from_slice(&bytes[..fitting]),
        }
        changes = rest;
    }
    database
}
