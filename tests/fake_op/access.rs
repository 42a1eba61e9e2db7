//! `vault user|group grant|revoke --no-input`: the dependencies between permissions
//! (`src/op/op-cli.md`, Dependencies).

use serde_json::{Value, json};

use crate::Ending;
use crate::tenant::{Outcome, Tenant};
use crate::world::flag;

/// A permission and what it needs.
#[rustfmt::skip]
const BUSINESS: &[(&str, &[&str])] = &[
    ("view_items", &[]),
    ("create_items", &["view_items"]),
    ("view_and_copy_passwords", &["view_items"]),
    ("edit_items", &["view_and_copy_passwords", "view_items"]),
    ("archive_items", &["edit_items", "view_and_copy_passwords", "view_items"]),
    ("delete_items", &["edit_items", "view_and_copy_passwords", "view_items"]),
    ("view_item_history", &["view_and_copy_passwords", "view_items"]),
    ("import_items", &["create_items", "view_items"]),
    ("export_items", &["view_item_history", "view_and_copy_passwords", "view_items"]),
    ("copy_and_share_items", &["view_item_history", "view_and_copy_passwords", "view_items"]),
    ("print_items", &["view_item_history", "view_and_copy_passwords", "view_items"]),
    ("manage_vault", &[]),
];

/// Teams, Families and the rest.
const BASIC: &[(&str, &[&str])] = &[
    ("allow_viewing", &[]),
    ("allow_editing", &["allow_viewing"]),
    ("allow_managing", &[]),
];

/// Carries one command out.
pub(crate) fn change(tenant: &mut Tenant, noun: &str, verb: &str, flags: &[&str]) -> Outcome {
    let vault = flag(flags, "--vault").unwrap_or_default();
    let principal = flag(flags, &format!("--{noun}")).unwrap_or_default();
    let vault = &*tenant.known("vault", vault)?;
    let principal = &*tenant.known(noun, principal)?;
    let table = if tenant.0["account"]["type"] == "BUSINESS" {
        BUSINESS
    } else {
        BASIC
    };
    let held = held(tenant, noun, vault, principal);
    let held: Vec<&str> = held.iter().map(String::as_str).collect();
    let Some(list) = flag(flags, "--permissions") else {
        return whole(tenant, noun, verb, vault, principal);
    };
    let named = list
        .split(',')
        .map(|name| known(table, name))
        .collect::<Result<Vec<_>, _>>()?;

    let left: Vec<&str> = if verb == "grant" {
        for name in &named {
            complete(
                name,
                needs(table, name)
                    .iter()
                    .copied()
                    .filter(|need| !named.contains(need)),
            )?;
        }
        let known = table.iter().map(|(name, _)| *name);
        let others = held.iter().copied();
        let others = others.filter(|held| table.iter().all(|(name, _)| name != held));
        known
            .filter(|name| named.contains(name) || held.contains(name))
            .chain(others)
            .collect()
    } else {
        if !named.iter().any(|name| held.contains(name)) {
            return Err(Ending::error(
                1,
                "the accessor doesn't have any permissions",
            ));
        }
        let left: Vec<&str> = held
            .iter()
            .copied()
            .filter(|name| !named.contains(name))
            .collect();
        for name in &named {
            complete(
                name,
                left.iter()
                    .copied()
                    .filter(|other| needs(table, other).contains(name)),
            )?;
        }
        left
    };
    let accessors = &mut tenant.0[format!("vault_{noun}s")][vault];
    if left.is_empty() {
        accessors
            .as_object_mut()
            .map(|accessors| accessors.remove(principal));
    } else {
        accessors[principal] = json!(left);
    }
    let id = format!("{noun}_id");
    Ok(Some(
        json!({"vault_id": vault, "permissions": named.join(","), id: principal}),
    ))
}

fn known(table: &[(&'static str, &[&str])], name: &str) -> Result<&'static str, Ending> {
    let name = name.trim().to_lowercase();
    table
        .iter()
        .map(|(known, _)| *known)
        .find(|known| *known == name)
        .ok_or_else(|| {
            Ending::error(
                1,
                &format!("invalid argument {name:?} for \"--permissions\" flag"),
            )
        })
}

fn needs(table: &[(&str, &'static [&'static str])], name: &str) -> &'static [&'static str] {
    table
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(&[], |(_, needs)| needs)
}

/// `revoke` without permissions ends the whole grant; `grant` must say what it gives.
fn whole(tenant: &mut Tenant, noun: &str, verb: &str, vault: &str, principal: &str) -> Outcome {
    if verb == "grant" {
        return Err(Ending::error(1, "required flag(s) \"permissions\" not set"));
    }
    let accessors = tenant.0[format!("vault_{noun}s")][vault].as_object_mut();
    match accessors.and_then(|accessors| accessors.remove(principal)) {
        Some(_) => Ok(Some(json!({}))),
        None => Err(Ending::error(
            1,
            "the accessor doesn't have any permissions",
        )),
    }
}

/// What the principal has, in the order of the table; names outside of it stay as they are, behind.
fn held(tenant: &Tenant, noun: &str, vault: &str, principal: &str) -> Vec<String> {
    let held = tenant.0[format!("vault_{noun}s")][vault][principal].as_array();
    let held = held.into_iter().flatten().filter_map(Value::as_str);
    let mut held: Vec<String> = held.map(str::to_owned).collect();
    let place = |name: &String| {
        let mut known = BUSINESS.iter().chain(BASIC);
        known
            .position(|(known, _)| known == name)
            .unwrap_or(usize::MAX)
    };
    held.sort_by_key(place);
    held
}

/// Without a terminal nobody can be asked about what is missing.
fn complete<'a>(name: &str, missing: impl Iterator<Item = &'a str>) -> Result<(), Ending> {
    let missing: Vec<&str> = missing.collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(",");
    Err(Ending::error(
        1,
        &format!("permission {name} is dependent on the permission(s) [{missing}]"),
    ))
}
