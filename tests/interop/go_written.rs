//! What the Go connector wrote is read whole, record by record.

use std::collections::BTreeSet;
use std::path::PathBuf;

use baton_1password::baton::pb::v2::{Entitlement, Grant, Resource, ResourceType};
use baton_1password::c1z::{Limits, Reader, Record, SyncRun};
use serde_json::Value;

use crate::support::fixture;
use crate::support::golden::TENANTS;
use crate::support::records::{File, json};

/// The file that the Go connector wrote for a tenant.
pub(crate) fn go_file(tenant: &str) -> PathBuf {
    fixture("golden").join(tenant).join("sync.c1z")
}

/// A listing that the official `baton` printed of that file.
pub(crate) fn printed(tenant: &str, command: &str) -> Value {
    let file = format!("golden/{tenant}/expected/{command}.json");
    serde_json::from_slice(&std::fs::read(fixture(&file)).unwrap()).unwrap()
}

/// A listing's main records.
fn main_records(tenant: &str, command: &str, list: &str, main: &str) -> BTreeSet<String> {
    let answer = printed(tenant, command);
    let rows = answer[list].as_array().unwrap().iter();
    rows.map(|row| row[main].to_string()).collect()
}

/// The records that our reader finds, as canonical JSON. Each must leave our types with the bytes
/// that stand in the file, so that no field is unknown to them or has another number.
fn read<M: Record>(
    file: &File,
    (reader, sync): (&Reader, &SyncRun),
    name: &str,
    table: &str,
) -> BTreeSet<String> {
    let mut statement = file
        .database
        .prepare(&format!("select data from {table}"))
        .unwrap();
    let stored = statement.query_map([], |row| row.get(0)).unwrap();
    let stored: BTreeSet<Vec<u8>> = stored.map(Result::unwrap).collect();
    let mut encoded: BTreeSet<Vec<u8>> = BTreeSet::new();
    let all = reader.each(sync, |record: M| {
        encoded.insert(record.encode_to_vec());
        Ok(())
    });
    all.unwrap();
    assert_eq!(encoded.len(), stored.len(), "{table}");
    for bytes in &encoded {
        assert!(
            stored.contains(bytes),
            "{table}: changed on the way: {}",
            json(name, bytes)
        );
    }
    encoded
        .iter()
        .map(|bytes| json(name, bytes).to_string())
        .collect()
}

#[test]
fn ours_reads_what_the_official_reader_printed() {
    for tenant in TENANTS {
        let path = go_file(tenant);
        let file = File::open(&path);
        let reader = Reader::open(&path, &Limits::default()).unwrap();
        let sync = reader.latest_finished_full().unwrap();
        let of = (&reader, sync);
        let types = read::<ResourceType>(&file, of, "ResourceType", "v1_resource_types");
        let expected = main_records(tenant, "resource-types", "resourceTypes", "resourceType");
        assert_eq!(types, expected, "{tenant}");
        let resources = read::<Resource>(&file, of, "Resource", "v1_resources");
        assert_eq!(
            resources,
            main_records(tenant, "resources", "resources", "resource"),
            "{tenant}"
        );
        let entitlements = read::<Entitlement>(&file, of, "Entitlement", "v1_entitlements");
        let expected = main_records(tenant, "entitlements", "entitlements", "entitlement");
        assert_eq!(entitlements, expected, "{tenant}");
        let grants = read::<Grant>(&file, of, "Grant", "v1_grants");
        assert_eq!(
            grants,
            main_records(tenant, "grants", "grants", "grant"),
            "{tenant}"
        );
    }
}
