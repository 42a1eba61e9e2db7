//! What `baton` writes from a file: its cached counts, a copy of the newest sync, that sync with
//! the grants expanded anew, and that sync in the newer format.
//!
//! Reading forgives much: a missing index or column is added to a working copy and forgotten with
//! it. A file that is opened for writing keeps what was added, and so shows it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::{Baton, Checked, Rows, equal, same};
use crate::support::golden;
use crate::support::records::{File, Records};

impl Baton {
    /// Opened for writing, the file gets no table, column, index or row that it had not, and loses
    /// none; and its cached counts are what `baton` counts.
    pub(super) fn recalculated(&self, path: &Path, file: &File) -> Checked {
        let copy = self.folder.path().join("recalculated.c1z");
        std::fs::copy(path, &copy).unwrap();
        self.output(&copy, &["recalculate-stats"])?;
        let copy = File::open(&copy);
        unchanged("tables and indexes", &copy.schema(), &file.schema())?;
        unchanged("rows", &copy.rows(), &file.rows())?;
        equal(
            "baton recalculate-stats: counts",
            copy.stats(),
            file.stats(),
        )
    }

    /// The copy of the newest sync holds its records.
    pub(super) fn exported(&self, path: &Path, held: &Records) -> Checked {
        let copy = self.write(path, &["export", "c1z"], "exported.c1z")?;
        let copy = File::open(&copy).newest();
        let tables = [
            (&copy.resource_types, &held.resource_types),
            (&copy.resources, &held.resources),
            (&copy.entitlements, &held.entitlements),
            (&copy.grants, &held.grants),
            (&copy.expansions, &held.expansions),
        ];
        let table = |(copy, held)| same("export c1z", copy, held);
        tables.into_iter().try_for_each(table)
    }

    /// Inherited grants taken out and worked out anew, by the code that works them out for C1, are
    /// those of the file.
    pub(super) fn replayed(&self, path: &Path, held: &Records) -> Checked {
        let arguments = ["rollback-expansion", "--replay", "--validate"];
        let copy = self.write(path, &arguments, "replayed.c1z")?;
        let copy = File::open(&copy).newest();
        let grants = |records: &Records| reduced(&records.grants, golden::grant);
        same("rollback-expansion", &grants(&copy), &grants(held))
    }

    /// The sync in the newer format lists the same records: those beside them shorter, and what
    /// expands a grant as an annotation.
    pub(super) fn converted(&self, path: &Path, held: &Records) -> Checked {
        let copy = self.write(path, &["to-pebble"], "converted.c1z")?;
        let lists = || {
            let shown = self.records(&copy)?;
            let entitlements = |rows: &Rows| reduced(rows, golden::entitlement);
            let grants = |rows: &Rows| reduced(rows, golden::grant);
            same(
                "resource-types",
                &shown.resource_types,
                &held.resource_types,
            )?;
            same("resources", &shown.resources, &held.resources)?;
            same(
                "entitlements",
                &entitlements(&shown.entitlements),
                &entitlements(&held.entitlements),
            )?;
            same("grants", &grants(&shown.grants), &grants(&annotated(held)))
        };
        lists().map_err(|error: String| format!("baton to-pebble: {error}"))
    }
}

/// The grants, each with what expands it as an annotation.
pub(crate) fn annotated(records: &Records) -> Rows {
    let mut grants = records.grants.clone();
    for (id, expansion) in &records.expansions {
        let mut annotation = expansion.clone();
        annotation["@type"] = json!("type.googleapis.com/c1.connector.v2.GrantExpandable");
        let annotations = &mut grants.get_mut(id).unwrap()["annotations"];
        match annotations.as_array_mut() {
            Some(annotations) => annotations.push(annotation),
            None => *annotations = json!([annotation]),
        }
    }
    grants
}

fn reduced(rows: &Rows, reduce: fn(&Value) -> Value) -> Rows {
    let row = |(id, row): (&String, &Value)| (id.clone(), reduce(row));
    rows.iter().map(row).collect()
}

fn unchanged(what: &str, after: &BTreeSet<String>, before: &BTreeSet<String>) -> Checked {
    let added: Vec<_> = after.difference(before).collect();
    let gone: Vec<_> = before.difference(after).collect();
    if added.is_empty() && gone.is_empty() {
        return Ok(());
    }
    Err(format!(
        "baton recalculate-stats: {what}: added {added:?}, gone {gone:?}"
    ))
}
