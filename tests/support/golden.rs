//! The golden tenants: expected records, and the differences that are allowed (D1 … D15, see
//! `fixtures/golden/README.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::records::Records;

/// The tenants.
pub const TENANTS: [&str; 3] = ["business", "family", "tiny"];

/// The canned answers of a tenant.
pub fn answers(tenant: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/golden")
        .join(tenant)
        .join("op")
}

fn expected(tenant: &str, file: &str, list: &str, main: &str) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/golden")
        .join(tenant);
    let text = std::fs::read(folder.join("expected").join(file)).unwrap();
    let json: Value = serde_json::from_slice(&text).unwrap();
    let rows = json[list]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[main].clone());
    rows.map(|row| (id(&row), row)).collect()
}

/// `type:id` of a resource, the id of anything else.
pub fn id(record: &Value) -> String {
    match &record["id"] {
        Value::String(id) => id.clone(),
        id => resource_id(id),
    }
}

/// `type:id` of a resource id.
pub fn resource_id(id: &Value) -> String {
    format!(
        "{}:{}",
        id["resourceType"].as_str().unwrap(),
        id["resource"].as_str().unwrap()
    )
}

/// Fails unless the records equal the tenant's, but for the allowed differences. What D1 and D2
/// change is checked in tests of its own.
pub fn assert_equal(tenant: &str, ours: &Records) {
    let guests = ["user:GHOSF4Q7ZB5KX2MNP6RT3VWYHF".to_owned()];
    let types = expected(
        tenant,
        "resource-types.json",
        "resourceTypes",
        "resourceType",
    );
    let mut our_types = ours.resource_types.clone();
    our_types.remove("project"); // D10
    same("resource type", &types, &our_types, Value::clone);
    let resources = expected(tenant, "resources.json", "resources", "resource");
    let mut our_resources = ours.resources.clone();
    for guest in &guests {
        our_resources.remove(guest); // D2
    }
    same("resource", &resources, &our_resources, resource);
    let entitlements = expected(tenant, "entitlements.json", "entitlements", "entitlement");
    same(
        "entitlement",
        &entitlements,
        &ours.entitlements,
        entitlement,
    );
    let grants = expected(tenant, "grants.json", "grants", "grant");
    same("grant", &grants, &ours.grants, grant);
}

fn same(
    what: &str,
    theirs: &BTreeMap<String, Value>,
    ours: &BTreeMap<String, Value>,
    reduce: impl Fn(&Value) -> Value,
) {
    let keys = |map: &BTreeMap<String, Value>| map.keys().cloned().collect::<BTreeSet<_>>();
    let (expected, found) = (keys(theirs), keys(ours));
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "{what}: missing {missing:?}, extra {extra:?}"
    );
    for (id, theirs) in theirs {
        assert_eq!(reduce(&ours[id]), reduce(theirs), "{what} {id}");
    }
}

/// A resource without what D1 and D4 let differ.
fn resource(record: &Value) -> Value {
    let mut record = record.clone();
    let object = record.as_object_mut().unwrap();
    object.remove("createdAt");
    object.remove("description");
    if let Some(profile) = object.get_mut("profile").and_then(Value::as_object_mut) {
        let kept = [
            "first_name",
            "last_name",
            "login",
            "user_id",
            "group_id",
            "group_name",
        ];
        profile.retain(|key, _| kept.contains(&key.as_str()));
    }
    if let Some(status) = object.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("details");
    }
    if object.get("profile") == Some(&json!({})) {
        object.remove("profile"); // D12: a vault's
    }
    for annotation in object
        .get_mut("annotations")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        annotation.as_object_mut().unwrap().remove("status"); // the user trait's
    }
    if let Some(annotations) = object.get_mut("annotations").and_then(Value::as_array_mut) {
        annotations.retain(|one| one["resourceTypeId"] != "project"); // D13
    }
    record
}

/// An entitlement; its holders by id and without the group type (D6), its resource by id (D7).
pub fn entitlement(record: &Value) -> Value {
    let holders = record["grantableTo"].as_array().unwrap().iter();
    let holders: Vec<&str> = holders
        .map(|kind| kind["id"].as_str().unwrap())
        .filter(|&kind| kind != "group")
        .collect();
    json!({
        "id": record["id"], "slug": record["slug"], "displayName": record["displayName"],
        "description": record["description"], "purpose": record["purpose"],
        "annotations": record["annotations"], "grantableTo": holders,
        "resource": resource_id(&record["resource"]["id"]),
    })
}

/// A grant; its neighbours by id (D7).
pub fn grant(record: &Value) -> Value {
    json!({
        "id": record["id"], "sources": record["sources"], "annotations": record["annotations"],
        "entitlement": record["entitlement"]["id"],
        "resource": resource_id(&record["entitlement"]["resource"]["id"]),
        "principal": resource_id(&record["principal"]["id"]),
    })
}
