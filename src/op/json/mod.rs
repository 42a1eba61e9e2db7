//! Reads what `op` prints as JSON, with the leniency of the Go parser that this connector replaces
//! (`src/sync/mapping.md`, Reading JSON): unknown keys are ignored, keys match without regard to
//! case, `null` and a missing key mean "empty", a wrong type is an error, and so is any byte before
//! or after the document but a byte order mark.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::Utf8Chunk;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;

use crate::op::error::{Error, ErrorKind};

/// The answer of a `list` verb.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing<T> {
    /// The rows that carry an id, in the order of the answer.
    pub rows: Vec<T>,
    /// How many rows were `null` or carried no id.
    pub skipped: usize,
    /// The answer was JSON `null` instead of an array.
    pub null: bool,
}

impl<T> Listing<T> {
    /// The same with other rows.
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Listing<U> {
        Listing {
            rows: self.rows.into_iter().map(of).collect(),
            skipped: self.skipped,
            null: self.null,
        }
    }

    /// The rows, or an [`ErrorKind::NullAnswer`] for those to whom `null` is not the same as none.
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
pub(super) trait Row: Default + DeserializeOwned {
    /// Reads the value of `key` (in lower case), or skips it. Of two values the later one counts.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, value: &mut A) -> Result<(), A::Error>;

    /// Whether the row says what it is about; a listing skips and counts the rows that do not.
    fn is_named(&self) -> bool;
}

/// The answer of a verb: a [`Listing`], or for a `get` verb one object or `null`.
pub(super) fn parse<T: DeserializeOwned>(output: &[u8]) -> Result<T, String> {
    if output.iter().all(u8::is_ascii_whitespace) {
        return Err("it printed nothing".to_owned());
    }
    serde_json::from_str(&clean(output)).map_err(|error| error.to_string())
}

/// The answer of a `get -` verb: objects one after the other (or in an array). What is no such
/// object is passed over, and what follows a place that cannot be read is lost.
pub(super) fn sequence<T: Row>(output: &[u8]) -> Vec<T> {
    let text = clean(output);
    let documents = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let documents = documents.map_while(Result::ok);
    let objects = documents.flat_map(|document| match document {
        Value::Array(objects) => objects,
        object => vec![object],
    });
    let rows = objects.filter_map(|object| T::deserialize(object).ok());
    rows.filter(T::is_named).collect()
}

/// A value; `None` when it is `null`.
pub(super) fn strict<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    value: &mut A,
) -> Result<Option<T>, A::Error> {
    value.next_value()
}

/// A value that nothing depends on, as the Go connector ignores it: any other type is "not given".
pub(super) fn lenient<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    value: &mut A,
) -> Result<Option<T>, A::Error> {
    Ok(T::deserialize(value.next_value::<Value>()?).ok())
}

/// A list without its `null` elements.
pub(super) fn list<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    value: &mut A,
) -> Result<Option<Vec<T>>, A::Error> {
    let values: Option<Vec<Option<T>>> = value.next_value()?;
    Ok(values.map(|values| values.into_iter().flatten().collect()))
}

/// A list of names that some answers join by commas. `null` says nothing: that is no empty list.
pub(super) fn texts<'de, A: MapAccess<'de>>(
    value: &mut A,
) -> Result<Option<Option<Vec<String>>>, A::Error> {
    let texts: Option<Texts> = value.next_value()?;
    Ok(texts.map(|Texts(texts)| Some(texts)))
}

/// Most permissions of one row, and most rows of a listing: many times what 1Password has.
const MOST_TEXTS: usize = 1_000;
const MOST_ROWS: usize = 2_000_000;

/// A list of texts, or one text that joins them by commas.
#[derive(Default)]
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self::default())
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_str<E: serde::de::Error>(self, joined: &str) -> Result<Self, E> {
        let texts = joined.split(',').map(str::trim);
        let texts = texts.filter(|text| !text.is_empty()).take(MOST_TEXTS);
        Ok(Self(texts.map(str::to_owned).collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Self, A::Error> {
        let mut seen = 0;
        while let Some(text) = seq.next_element::<Option<String>>()? {
            seen += 1;
            if seen > MOST_TEXTS {
                let why = format_args!("more than {MOST_TEXTS} texts in one row");
                return Err(A::Error::custom(why));
            }
            self.0.extend(text.filter(|text| !text.is_empty()));
        }
        Ok(self)
    }
}

pub(super) fn row<'de, T: Row, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(Object(T::default()))
}

/// A key of an object, borrowed from the output when it holds no escape.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

struct Object<T>(T);

impl<'de, T: Row> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut row = self.0;
        while let Some(Key(mut key)) = map.next_key()? {
            if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
                key = Cow::Owned(key.to_ascii_lowercase());
            }
            row.read(&key, &mut map)
                .map_err(|error| A::Error::custom(format_args!("key \"{key}\": {error}")))?;
        }
        Ok(row)
    }
}

impl<'de, T: Row> Deserialize<'de> for Listing<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self::default())
    }
}

impl<'de, T: Row> Visitor<'de> for Listing<T> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(Self { null: true, ..self })
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<Self, A::Error> {
        while let Some(row) = seq.next_element::<Option<T>>()? {
            if self.rows.len() + self.skipped == MOST_ROWS {
                return Err(A::Error::custom(format_args!("more than {MOST_ROWS} rows")));
            }
            match row.filter(T::is_named) {
                Some(row) => self.rows.push(row),
                None => self.skipped += 1,
            }
        }
        Ok(self)
    }
}

/// A byte order mark, which some wrappers put before an answer.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The output as a valid text in which every escape is a character, as the Go parser reads it:
/// bytes that are not UTF-8 and lone surrogate escapes become U+FFFD, one each.
pub(in crate::op) fn clean(output: &[u8]) -> Cow<'_, str> {
    let output = output.strip_prefix(MARK).unwrap_or(output);
    let mut text = match std::str::from_utf8(output) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(output.utf8_chunks().flat_map(mended).collect()),
    };
    if text.contains("\\ud") || text.contains("\\uD") {
        replace_lone_surrogates(text.to_mut());
    }
    text
}

fn mended(chunk: Utf8Chunk<'_>) -> impl Iterator<Item = char> {
    let bad = chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER);
    chunk.valid().chars().chain(bad)
}

/// Writes `\ufffd` for each `\ud800`–`\udfff` that is not half of a pair.
fn replace_lone_surrogates(text: &mut String) {
    let mut at = 0;
    while let Some(before) = text[at..].find('\\') {
        at += before;
        at += match (unit(&text[at..]), text.get(at + 6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                text.replace_range(at..at + 6, "\\ufffd");
                6
            }
            // Any other escape: the backslash and the character that it stands before.
            _ => 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
}

/// The UTF-16 unit of a `\uXXXX` escape that the text begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16)
        .ok()
        .filter(|_| is_hexadecimal)
}
