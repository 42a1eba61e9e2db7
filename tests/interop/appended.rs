//! A sync of ours is added to a file of the Go connector: both are there afterwards, in one shape.

use std::path::Path;

use crate::interop::go_written::go_file;
use crate::interop::reader::full_syncs;
use crate::support::Sandbox;
use crate::support::golden::{TENANTS, answers, assert_equal};
use crate::support::records::File;

/// A copy of the Go connector's file of a tenant, to which a run of ours has added a sync.
pub(crate) fn appended(tenant: &str) -> Sandbox {
    let sandbox = Sandbox::canned(&answers(tenant));
    sandbox.write("work/sync.c1z", std::fs::read(go_file(tenant)).unwrap());
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{tenant}: {}", run.stderr);
    sandbox.assert_clean();
    sandbox
}

#[test]
fn both_syncs_are_there_and_each_is_whole() {
    for tenant in TENANTS {
        let sandbox = appended(tenant);
        let before = File::open(&go_file(tenant));
        let after = File::open(&sandbox.path("work/sync.c1z"));
        let go = before.finished_syncs();
        let syncs = after.finished_syncs();
        assert_eq!(syncs[1..], go[..], "{tenant}: the newest first");
        assert_equal(tenant, &after.records(&syncs[0]));
        let (was, is) = (before.records(&go[0]), after.records(&go[0]));
        assert_eq!(was.resource_types, is.resource_types, "{tenant}");
        assert_eq!(was.resources, is.resources, "{tenant}");
        assert_eq!(was.entitlements, is.entitlements, "{tenant}");
        assert_eq!(was.grants, is.grants, "{tenant}");
        assert_eq!(was.expansions, is.expansions, "{tenant}");
        assert_eq!(full_syncs(&after).len(), 2, "{tenant}");
    }
}

/// Tables, columns and indexes of a new file of ours are those of the Go connector's file: a column
/// or an index by another name would fail here.
#[test]
fn a_new_file_has_the_go_connectors_tables_columns_and_indexes() {
    let sandbox = Sandbox::canned(&answers("tiny"));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let schema = |path: &Path| File::open(path).schema();
    assert_eq!(
        schema(&sandbox.path("work/sync.c1z")),
        schema(&go_file("tiny"))
    );
    let added = appended("tiny");
    assert_eq!(
        schema(&added.path("work/sync.c1z")),
        schema(&go_file("tiny"))
    );
}
