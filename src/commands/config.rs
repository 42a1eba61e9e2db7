//! `config`: the flags that a hosting service may offer, in the JSON of the connector family.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::settings::flags::{self, Flag, Kind, Offer};

pub(super) fn run() -> Result<u8, Failure> {
    let flags = flags::all().iter();
    let offered = flags.filter_map(|flag| Some((flag.offer?, Field::new(flag))));
    let fields: BTreeMap<_, _> = offered.collect();
    let fields: Vec<_> = fields.into_values().collect();
    super::output::print_json(&BTreeMap::from([("fields", fields)]))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_ops: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_secret: bool,
    /// Default and rules, under the name of the type.
    #[serde(flatten)]
    value: BTreeMap<&'static str, Value>,
}

impl Field {
    fn new(flag: &'static Flag) -> Self {
        let is_ops = matches!(flag.offer, Some(Offer::Process(_)));
        let mut about = json!({});
        if let Some(default) = flag.default.filter(|_| flag.kind != Kind::Bool) {
            about["defaultValue"] = default.into();
        }
        if flag.name == "http-timeout-seconds" {
            let (low, high) = flag.bounds;
            about["rules"] = json!({"gte": low.to_string(), "lte": high.to_string()});
        } else if !is_ops {
            about["rules"] = json!({});
        }
        let kind = match flag.kind {
            Kind::Bool => "boolField",
            Kind::Int => "intField",
            Kind::List => "stringSliceField",
            Kind::Secret | Kind::Text => "stringField",
        };
        Self {
            name: &flag.name,
            description: &flag.about,
            is_ops,
            is_secret: flag.kind == Kind::Secret,
            value: [(kind, about)].into(),
        }
    }
}
