//! The syntax of configuration files: YAML, JSON (which is YAML with stricter rules) and TOML, each
//! turned into keys, lines and raw texts, so that one rule parses a value wherever it came from.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, StrInput};
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

/// Reads YAML. Anchors, and tags but `!!str`, have no use here: they would take away the beginning
/// of a value, or all of it.
pub(super) fn yaml(text: &str) -> Result<Vec<Row>, Fault> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: DEEPEST,
        flow_nesting_limit: DEEPEST,
    };
    let mut events = Events(Parser::new_from_str_with_options(text, options));
    let mut documents = 0;
    let mut rows = Vec::new();
    loop {
        match events.next()? {
            (Event::StreamEnd, _) => return Ok(rows),
            (Event::DocumentStart(..), line) => {
                documents += 1;
                if documents > 1 {
                    return Err(unparsed(line, "it holds more than one document"));
                }
            }
            (Event::StreamStart | Event::DocumentEnd, _) => {}
            (Event::MappingStart(..), _) => rows = events.rows()?,
            (event, line) => match events.value((event, line))? {
                Value::Empty => {}
                _ => return Err((line, "it is not a map of settings".to_owned())),
            },
        }
    }
}

/// What the parser reads, one after the other. It bounds how deep things nest.
struct Events<'a>(Parser<'a, StrInput<'a>>);

impl<'a> Events<'a> {
    /// The next event, and its line from 1. Errors are in words of our own: the library's may quote
    /// the file.
    fn next(&mut self) -> Result<(Event<'a>, usize), Fault> {
        let (event, span) = match self.0.next_event() {
            Some(Ok(next)) => next,
            Some(Err(error)) => {
                let reason = match error.kind() {
                    ErrorKind::UnknownAnchor => "a value that begins with * needs quotes",
                    _ => NOT_YAML,
                };
                return Err(unparsed(error.marker().line(), reason));
            }
            None => return Err(unparsed(0, NOT_YAML)),
        };
        let line = span.start.line();
        let is_text = matches!(event, Event::Scalar(..));
        let tag = event
            .tag()
            .filter(|tag| !(is_text && tag.is_yaml_core_schema_tag("str")));
        match (tag, event.anchor_id()) {
            (Some(_), _) => Err(unparsed(line, "a value that begins with ! needs quotes")),
            (_, Some(_)) => Err(unparsed(line, "a value that begins with & needs quotes")),
            _ => Ok((event, line)),
        }
    }

    /// The keys and values of a map that has begun.
    fn rows(&mut self) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        loop {
            let (event, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(rows),
                key => key,
            };
            let Value::Scalar(key) = self.value((event, line))? else {
                return Err(unparsed(line, NOT_YAML));
            };
            let (event, line) = self.next()?;
            rows.push((key, line, self.value((event, line))?));
        }
    }

    /// The value that has begun with this event. A text without quotes stays as it stands in the
    /// file, so that `0123` is `0123`.
    fn value(&mut self, (event, line): (Event<'a>, usize)) -> Result<Value, Fault> {
        match event {
            Event::Scalar(text, ScalarStyle::Plain, _, None)
                if ["", "~", "null", "Null", "NULL"].contains(&&*text) =>
            {
                Ok(Value::Empty)
            }
            Event::Scalar(text, ..) => Ok(Value::Scalar(text.into_owned())),
            Event::MappingStart(..) => self.rows().map(|_| Value::Other),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        item => items.push(self.value(item)?),
                    }
                }
                let text = |item| match item {
                    Value::Scalar(text) => Some(text),
                    _ => None,
                };
                let texts = items.into_iter().map(text).collect();
                Ok(Option::map_or(texts, Value::Other, Value::List))
            }
            _ => Err(unparsed(line, NOT_YAML)),
        }
    }
}

/// How deep things may nest: no setting goes beyond a list, and each level takes some of the stack.
const DEEPEST: usize = 16;

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
    let row = |(key, item): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
        let value = match item.get_ref() {
            DeValue::Array(items) => {
                let texts = items.iter().map(raw).collect();
                Option::map_or(texts, Value::Other, Value::List)
            }
            _ => raw(item).map_or(Value::Other, Value::Scalar),
        };
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), line_of(item.span().start), value)
    };
    Ok(table.get_ref().iter().map(row).collect())
}
