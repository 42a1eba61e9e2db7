//! `config`: the settings that a hosting service may offer, in the JSON of the connector family.
//! Types, defaults and texts are the flags' own.

use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::settings::args::{self, Kind, Shown};

/// Settings of the process.
const OPERATION: [&str; 13] = [
    "log-level",
    "log-level-debug-expires-at",
    "session-store-maximum-size",
    "otel-collector-endpoint",
    "otel-collector-endpoint-tls-cert-path",
    "otel-collector-endpoint-tls-cert",
    "otel-collector-endpoint-tls-insecure",
    "otel-tracing-disabled",
    "otel-logging-disabled",
    "health-check",
    "health-check-port",
    "health-check-bind-address",
    "http-timeout-seconds",
];

/// Settings of the connector.
const CONNECTOR: [&str; 6] = [
    "address",
    "email",
    "auth-type",
    "secret-key",
    "password",
    "limit-vault-permissions",
];

/// Prints the fields. Asks neither `op` nor for credentials.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn run() -> Result<u8, Failure> {
    let flags = args::shown();
    let field = |name: &str, is_ops| {
        let flag = flags.iter().find(|flag| flag.name == name)?;
        Some(Field::new(flag, is_ops))
    };
    let operation = OPERATION.iter().filter_map(|name| field(name, true));
    let connector = CONNECTOR.iter().filter_map(|name| field(name, false));
    super::output::print_json(&Fields {
        fields: operation.chain(connector).collect(),
    })
}

#[derive(Serialize)]
struct Fields {
    fields: Vec<Field>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: String,
    description: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_ops: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_secret: bool,
    #[serde(flatten)]
    value: Typed,
}

/// A field's type with default and rules, under the type's name.
#[derive(Serialize)]
enum Typed {
    #[serde(rename = "boolField")]
    Bool(Value),
    #[serde(rename = "intField")]
    Int(Value),
    #[serde(rename = "stringField")]
    String(Value),
    #[serde(rename = "stringSliceField")]
    StringSlice(Value),
}

impl Field {
    fn new(flag: &Shown, is_ops: bool) -> Self {
        let mut about = json!({});
        if let Some(default) = flag.default.as_deref().filter(|_| flag.kind != Kind::Bool) {
            about["defaultValue"] = default.into();
        }
        if flag.name == "http-timeout-seconds" {
            let (low, high) = crate::settings::HTTP_TIMEOUT_SECONDS;
            about["rules"] = json!({"gte": low.to_string(), "lte": high.to_string()});
        } else if !is_ops {
            about["rules"] = json!({});
        }
        Self {
            name: flag.name.clone(),
            description: flag.about.clone(),
            is_ops,
            is_secret: flag.kind == Kind::Secret,
            value: match flag.kind {
                Kind::Bool => Typed::Bool(about),
                Kind::Int => Typed::Int(about),
                Kind::List => Typed::StringSlice(about),
                Kind::Secret | Kind::Text => Typed::String(about),
            },
        }
    }
}
