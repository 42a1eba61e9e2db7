//! The syntax of configuration files: YAML, JSON (which is YAML with stricter rules) and TOML, each
//! turned into keys, lines and raw texts, so that one rule parses a value wherever it came from.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle};
use serde::de::IgnoredAny;
use toml::de::{DeTable, DeValue};

/// The text of an entry's value, which may be a secret.
pub(super) enum Value {
    Scalar(String),
    List(Vec<String>),
    /// Nothing, which is the same as no entry.
    Empty,
    /// Something that no setting takes.
    Other,
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

/// Reads YAML. A text without quotes stays as it stands in the file, so that `0123` is `0123`.
/// Errors are in words of our own: the library's may quote the file.
pub(super) fn yaml(text: &str) -> Result<Vec<Row>, Fault> {
    // No setting goes beyond a list.
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: 16,
        flow_nesting_limit: 16,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut rows: Vec<Row> = Vec::new();
    let (mut key, mut documents) = (String::new(), 0);
    // The lists and maps that have begun, and for a map whether a key comes next.
    let mut open: Vec<Option<bool>> = Vec::new();
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            let reason = match error.kind() {
                ErrorKind::UnknownAnchor => "a value that begins with * needs quotes",
                _ => NOT_YAML,
            };
            unparsed(error.marker().line(), reason)
        })?;
        let line = span.start.line();
        documents += i32::from(matches!(event, Event::DocumentStart(..)));
        if documents > 1 {
            return Err(unparsed(line, "it holds more than one document"));
        }
        if matches!(event, Event::MappingEnd | Event::SequenceEnd) {
            open.pop();
        }
        let Some(value) = begun(event).map_err(|reason| unparsed(line, reason))? else {
            continue;
        };
        let is_key = match open.last_mut() {
            Some(Some(next)) => std::mem::replace(next, !*next),
            _ => false,
        };
        if is_key && !matches!(value, Value::Scalar(_)) {
            return Err(unparsed(line, NOT_YAML));
        }
        let begins = match value {
            Value::List(_) => Some(None),
            Value::Other => Some(Some(true)),
            _ => None,
        };
        match (open.len(), value) {
            (0, Value::Empty | Value::Other) => {}
            (0, _) => return Err((line, "it is not a map of settings".to_owned())),
            (1, Value::Scalar(text)) if is_key => key = text,
            (1, value) => rows.push((std::mem::take(&mut key), line, value)),
            (_, value) => match (rows.last_mut(), value) {
                (Some((.., Value::List(items))), Value::Scalar(text)) => items.push(text),
                (Some((.., held)), _) => *held = Value::Other,
                (None, _) => {}
            },
        }
        open.extend(begins);
    }
    Ok(rows)
}

/// The value that begins with this event. Anchors, and tags but `!!str`, have no use here: they
/// would take away the beginning of a value, or all of it.
fn begun(event: Event<'_>) -> Result<Option<Value>, &'static str> {
    let is_text = matches!(event, Event::Scalar(..));
    if let Some(tag) = event.tag()
        && !(is_text && tag.is_yaml_core_schema_tag("str"))
    {
        return Err("a value that begins with ! needs quotes");
    }
    if event.anchor_id().is_some() {
        return Err("a value that begins with & needs quotes");
    }
    Ok(Some(match event {
        Event::Scalar(text, ScalarStyle::Plain, _, None) if NOTHING.contains(&&*text) => {
            Value::Empty
        }
        Event::Scalar(text, ..) => Value::Scalar(text.into_owned()),
        Event::SequenceStart(..) => Value::List(Vec::new()),
        Event::MappingStart(..) => Value::Other,
        _ => return Ok(None),
    }))
}

/// What YAML takes for no value.
const NOTHING: [&str; 5] = ["", "~", "null", "Null", "NULL"];

const NOT_YAML: &str = "this is not YAML; values with special characters need quotes";

fn unparsed(line: usize, reason: &str) -> Fault {
    (line, format!("it does not parse: {reason}"))
}

pub(super) fn toml(text: &str) -> Result<Vec<Row>, Fault> {
    let line_of = |at: usize| text.as_bytes()[..at].split(|byte| *byte == b'\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(span.start));
        (line, format!("it does not parse: {}", error.message()))
    })?;
    let raw = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
        _ => text.get(item.span()).map(str::to_owned),
    };
    let rows = table.get_ref().iter().map(|(key, item)| {
        let value = match item.get_ref() {
            DeValue::Array(items) => {
                let texts = items.iter().map(raw).collect();
                Option::map_or(texts, Value::Other, Value::List)
            }
            _ => raw(item).map_or(Value::Other, Value::Scalar),
        };
        let line = line_of(item.span().start);
        (key.get_ref().to_string(), line, value)
    });
    Ok(rows.collect())
}
