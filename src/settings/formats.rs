//! The syntax of configuration files: YAML, JSON (which is YAML with stricter rules) and TOML, each
//! turned into keys, lines and raw texts, so that one rule parses a value wherever it came from.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, Spanned};
use toml::de::{DeTable, DeValue};

/// The text of an entry's value, which may be a secret.
#[derive(PartialEq, Eq)]
pub(super) enum Value {
    Scalar(String),
    List(Vec<String>),
    /// Nothing, which is the same as no entry.
    Empty,
    /// Something that no setting takes, by name.
    Other(&'static str),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A line, 0 when it is not known, and what is wrong there.
pub(super) type Fault = (usize, String);

/// A key, its line from 1, and its value.
pub(super) type Row = (String, usize, Value);

/// Reads JSON: what YAML alone would take, such as texts without quotes, is refused.
pub(super) fn json(text: &str) -> Result<Vec<Row>, Fault> {
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|error| (0, format!("it does not parse: {error}")))?;
    yaml(text)
}

/// Reads YAML.
pub(super) fn yaml(text: &str) -> Result<Vec<Row>, Fault> {
    // Snippets would show file contents; repeated keys are reported with the others' findings. Tags
    // and anchors have no use here: they would take away the beginning of a value, or all of it.
    let options = serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        reject_unsupported_tags: true,
        budget: serde_saphyr::budget! { max_anchors: 0 },
    };
    let document: Spanned<Node> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let line = error.location().map_or(0, |at| number(at.line()));
            (line, format!("it does not parse: {}", reason(&error)))
        })?;
    let settings = match document.value {
        Node::Map(settings) => settings,
        Node::Empty => Vec::new(),
        _ => return Err((1, "it is not a map of settings".to_owned())),
    };
    let row = |(key, node): (String, Spanned<Node>)| {
        let line = number(node.referenced.line());
        (key, line, node_value(text, node))
    };
    Ok(settings.into_iter().map(row).collect())
}

/// Why YAML does not parse, in words of our own: the library's may quote the file or name its API.
fn reason(error: &Error) -> &'static str {
    match error {
        Error::UnsupportedTag { .. } => "a value that begins with ! needs quotes",
        Error::Budget {
            breach: BudgetBreach::Anchors { .. },
            ..
        } => "a value that begins with & needs quotes",
        Error::UnknownAnchor { .. } => "a value that begins with * needs quotes",
        Error::MultipleDocuments { .. } => "it holds more than one document",
        _ => "this is not YAML; values with special characters need quotes",
    }
}

fn number(line: u64) -> usize {
    usize::try_from(line).unwrap_or(0)
}

fn node_value(text: &str, node: Spanned<Node>) -> Value {
    match node.value {
        Node::Empty => Value::Empty,
        Node::Map(_) => Value::Other("a map"),
        Node::List(items) => match items.into_iter().map(|item| scalar(text, item)).collect() {
            Some(texts) => Value::List(texts),
            None => Value::Other("a list of something else than texts"),
        },
        Node::Text(_) | Node::Plain => match scalar(text, node) {
            Some(text) => Value::Scalar(text),
            None => Value::Other("a value of unknown place"),
        },
    }
}

/// A scalar's text; of an unquoted one as it stands in the file, so that `0123` stays `0123`.
fn scalar(text: &str, node: Spanned<Node>) -> Option<String> {
    match node.value {
        Node::Text(text) => Some(text),
        Node::Plain => {
            let span = node.defined.span();
            let start = usize::try_from(span.byte_offset()?).ok()?;
            let end = start.checked_add(usize::try_from(span.byte_len()?).ok()?)?;
            Some(text.get(start..end)?.to_owned())
        }
        Node::Empty | Node::List(_) | Node::Map(_) => None,
    }
}

/// Any YAML value; `Plain` is an unquoted boolean or number.
enum Node {
    Empty,
    Text(String),
    Plain,
    List(Vec<Spanned<Node>>),
    Map(Vec<(String, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyNode)
    }
}

struct AnyNode;

impl<'de> Visitor<'de> for AnyNode {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a setting")
    }
    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Empty)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Plain)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Plain)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Node, E> {
        Ok(Node::Plain)
    }
    fn visit_i128<E>(self, _: i128) -> Result<Node, E> {
        Ok(Node::Plain)
    }
    fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
        Ok(Node::Plain)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Node, E> {
        Ok(Node::Plain)
    }
    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Node::Map(map))
    }
}

/// Reads TOML.
pub(super) fn toml(text: &str) -> Result<Vec<Row>, Fault> {
    let line_of = |at: usize| {
        text.as_bytes()[..at]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count()
            + 1
    };
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(span.start));
        (line, format!("it does not parse: {}", error.message()))
    })?;
    let raw = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
        _ => text.get(item.span()).map(str::to_owned),
    };
    let row = |(key, item): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let value = match item.get_ref() {
            DeValue::Table(_) => Value::Other("a table"),
            DeValue::Array(items) => match items.iter().map(raw).collect() {
                Some(texts) => Value::List(texts),
                None => Value::Other("a list of something else than texts"),
            },
            _ => raw(item).map_or(Value::Empty, Value::Scalar),
        };
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), line_of(item.span().start), value)
    };
    Ok(table.get_ref().iter().map(row).collect())
}
