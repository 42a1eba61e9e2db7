//! `config`: the flags that a hosting service may offer, in the JSON of the connector family.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::exit::Failure;
use crate::settings::flags::{self, Flag, Kind, Offer};

pub(super) fn run() -> Result<u8, Failure> {
    let flags = flags::all().iter();
    let offered = flags.filter_map(|flag| Some((flag.offer?, field(flag))));
    let fields: BTreeMap<_, _> = offered.collect();
    let fields: Vec<_> = fields.into_values().collect();
    super::output::print_json(&json!({"fields": fields}))
}

fn field(flag: &Flag) -> Value {
    let mut about = json!({});
    if let Some(default) = flag.default.filter(|_| flag.kind != Kind::Bool) {
        about["defaultValue"] = default.into();
    }
    let kind = match flag.kind {
        Kind::Bool => "boolField",
        Kind::Int => "intField",
        Kind::List => "stringSliceField",
        Kind::Secret | Kind::Text => "stringField",
    };
    let mut field = json!({"name": flag.name, "description": flag.about});
    if matches!(flag.offer, Some(Offer::Process(_))) {
        field["isOps"] = true.into();
    } else {
        about["rules"] = json!({});
    }
    if flag.name == "http-timeout-seconds" {
        let (low, high) = flag.bounds;
        about["rules"] = json!({"gte": low.to_string(), "lte": high.to_string()});
    }
    if flag.kind == Kind::Secret {
        field["isSecret"] = true.into();
    }
    field[kind] = about;
    field
}
