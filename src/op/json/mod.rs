//! Reads what `op` prints as JSON, with the leniency of the Go parser that this connector replaces.
//!
//! `src/sync/mapping.md`, Reading JSON: unknown keys are ignored, keys match without regard to case, `null` and a
//! missing key mean "empty", a wrong type is an error, and so is any byte before or after the document but a byte order
//! mark. Bytes that are not UTF-8 and lone surrogate escapes become U+FFFD, one each.

mod clean;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use clean::clean;
#[cfg(fuzzing)]
pub(super) use clean::clean as text_of;

use crate::op::error::{Error, ErrorKind};

/// The answer of a `list` verb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows that carry an id, in the order of the answer.
    pub rows: Vec<T>,
    /// How many rows were `null` or carried no id.
    pub skipped: usize,
    /// The answer was JSON `null` instead of an array.
    pub null: bool,
}

impl<T> Listing<T> {
    /// The rows, for those to whom `null` is not the same as none: `command` is then an error.
    ///
    /// # Errors
    /// [`ErrorKind::NullAnswer`].
    pub fn rows_or_error(self, command: &str) -> Result<Vec<T>, Error> {
        if self.null {
            let what = format!(
                "`op {command}` answered null instead of a list, which does not say that there is nobody."
            );
            return Err(Error::new(ErrorKind::NullAnswer, what));
        }
        Ok(self.rows)
    }
}

/// An object that `op` prints: which keys are read, and how strictly.
pub(super) trait Row: Default {
    /// Reads the value of `key` (in lower case), or skips it. A key that comes twice: the later value counts.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, value: &mut A) -> Result<(), A::Error>;

    /// Whether the row says what it is about; a listing skips and counts the rows that do not.
    fn is_named(&self) -> bool;
}

/// The answer of a `list` verb: an array of rows, or `null`.
pub(super) fn listing<T: Row>(output: &[u8]) -> Result<Listing<T>, String> {
    Ok(match parse::<Option<Rows<T>>>(output)? {
        Some(rows) => rows.0,
        None => Listing {
            rows: Vec::new(),
            skipped: 0,
            null: true,
        },
    })
}

/// The answer of a `get` verb: one object, or `null`.
pub(super) fn object<T: Row>(output: &[u8]) -> Result<Option<T>, String> {
    Ok(parse::<Option<Object<T>>>(output)?.map(|object| object.0))
}

/// The answer of a `get -` verb: objects one after the other (or in an array). What is no such object is passed over,
/// and what follows a place that cannot be read is lost: the caller sees by their ids which are missing.
pub(super) fn sequence<T: Row>(output: &[u8]) -> Vec<T> {
    let text = clean(output);
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let objects = documents
        .map_while(Result::ok)
        .flat_map(|document| match document {
            Value::Array(objects) => objects,
            object => vec![object],
        });
    let rows = objects.filter_map(|object| Object::deserialize(object).ok());
    rows.map(|Object(row): Object<T>| row)
        .filter(T::is_named)
        .collect()
}

fn parse<T: for<'de> Deserialize<'de>>(output: &[u8]) -> Result<T, String> {
    if output.iter().all(u8::is_ascii_whitespace) {
        return Err("it printed nothing".to_owned());
    }
    serde_json::from_str(&clean(output)).map_err(|error| error.to_string())
}

/// Reads a text; `null` leaves it as it is.
pub(super) fn text<'de, A: MapAccess<'de>>(
    into: &mut String,
    value: &mut A,
) -> Result<(), A::Error> {
    if let Some(text) = value.next_value::<Option<String>>()? {
        *into = text;
    }
    Ok(())
}

/// Reads a text that nothing depends on: any other type counts as "not given", as the Go connector ignores these keys.
pub(super) fn lenient_text<'de, A: MapAccess<'de>>(
    into: &mut String,
    value: &mut A,
) -> Result<(), A::Error> {
    if let Value::String(text) = value.next_value()? {
        *into = text;
    }
    Ok(())
}

/// Reads a list of texts. An empty or `null` element names nothing and is dropped.
pub(super) fn texts<'de, A: MapAccess<'de>>(
    into: &mut Vec<String>,
    value: &mut A,
) -> Result<(), A::Error> {
    if let Some(texts) = value.next_value::<Option<Vec<Option<String>>>>()? {
        into.clear();
        into.extend(texts.into_iter().flatten().filter(|text| !text.is_empty()));
    }
    Ok(())
}

/// Reads a list of texts that may be missing or `null`, which says nothing and is not the same as an empty one. Some
/// answers join the texts by commas.
pub(super) fn known_texts<'de, A: MapAccess<'de>>(
    into: &mut Option<Vec<String>>,
    value: &mut A,
) -> Result<(), A::Error> {
    if let Some(Texts(texts)) = value.next_value::<Option<Texts>>()? {
        *into = Some(texts);
    }
    Ok(())
}

/// Most permissions of one row, and most rows of a listing: many times what 1Password has, and little enough to be held.
const MOST_TEXTS: usize = 1_000;
const MOST_ROWS: usize = 2_000_000;

/// A list of texts, or one text that joins them by commas.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, joined: &str) -> Result<Texts, E> {
        let texts = joined
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty());
        Ok(Texts(texts.take(MOST_TEXTS).map(str::to_owned).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Texts, A::Error> {
        let (mut texts, mut seen) = (Vec::new(), 0);
        while let Some(text) = seq.next_element::<Option<String>>()? {
            seen += 1;
            if seen > MOST_TEXTS {
                return Err(A::Error::custom(format_args!(
                    "more than {MOST_TEXTS} texts in one row"
                )));
            }
            texts.extend(text.filter(|text| !text.is_empty()));
        }
        Ok(Texts(texts))
    }
}

/// Reads a list of objects; `null` elements are dropped.
pub(super) fn objects<'de, T: Row, A: MapAccess<'de>>(
    into: &mut Vec<T>,
    value: &mut A,
) -> Result<(), A::Error> {
    if let Some(objects) = value.next_value::<Option<Vec<Option<Object<T>>>>>()? {
        into.clear();
        into.extend(objects.into_iter().flatten().map(|object| object.0));
    }
    Ok(())
}

/// Reads an integer of 64 bits; `null` leaves it as it is.
pub(super) fn integer<'de, A: MapAccess<'de>>(
    into: &mut i64,
    value: &mut A,
) -> Result<(), A::Error> {
    if let Some(number) = value.next_value::<Option<i64>>()? {
        *into = number;
    }
    Ok(())
}

/// Passes over a value that nobody reads.
pub(super) fn skip<'de, A: MapAccess<'de>>(value: &mut A) -> Result<(), A::Error> {
    value.next_value::<IgnoredAny>().map(|_| ())
}

/// A key of an object, borrowed from the output when it holds no escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct Object<T>(T);

impl<'de, T: Row> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Row> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = T::default();
        while let Some(Key(mut key)) = map.next_key()? {
            if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
                key = Cow::Owned(key.to_ascii_lowercase());
            }
            row.read(&key, &mut map)
                .map_err(|error| A::Error::custom(format_args!("key \"{key}\": {error}")))?;
        }
        Ok(Object(row))
    }
}

struct Rows<T>(Listing<T>);

impl<'de, T: Row> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowsVisitor(PhantomData))
    }
}

struct RowsVisitor<T>(PhantomData<T>);

impl<'de, T: Row> Visitor<'de> for RowsVisitor<T> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::new();
        let mut skipped = 0;
        while let Some(row) = seq.next_element::<Option<Object<T>>>()? {
            if rows.len() + skipped == MOST_ROWS {
                return Err(A::Error::custom(format_args!("more than {MOST_ROWS} rows")));
            }
            match row {
                Some(Object(row)) if row.is_named() => rows.push(row),
                _ => skipped += 1,
            }
        }
        Ok(Rows(Listing {
            rows,
            skipped,
            null: false,
        }))
    }
}
