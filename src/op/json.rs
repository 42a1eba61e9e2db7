//! Reads what `op` prints as JSON, with the leniency of the Go parser that this connector replaces.
//!
//! Contract sync §1.2: unknown keys are ignored, keys match without regard to case, `null` and a missing key mean
//! "empty", a wrong type is an error, and so is any byte before or after the document. Bytes that are not UTF-8 and lone
//! surrogate escapes become U+FFFD, one each.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::types::Listing;

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

/// Makes the output one valid text in which every escape is a character. Borrows when there is nothing to mend.
fn clean(output: &[u8]) -> Cow<'_, str> {
    let text = match std::str::from_utf8(output) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replace_bad_bytes(output)),
    };
    if text.contains("\\ud") || text.contains("\\uD") {
        Cow::Owned(replace_lone_surrogates(&text))
    } else {
        text
    }
}

fn replace_bad_bytes(output: &[u8]) -> String {
    let mut text = String::with_capacity(output.len() + 16);
    for chunk in output.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// Writes `\ufffd` for each `\ud800`–`\udfff` that is not half of a pair.
fn replace_lone_surrogates(text: &str) -> String {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                mended.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            // Any other escape: the backslash and the character it stands before, which may be a backslash itself.
            _ => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        mended.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    mended.push_str(rest);
    mended
}

/// The UTF-16 unit of a `\uXXXX` escape that the text begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::types::{Account, ConnectToken, Group, RateLimit, User, Vault, VaultUser};
    use super::*;

    fn user(output: &str) -> Result<User, String> {
        object(output.as_bytes()).map(|user| user.unwrap())
    }

    fn name(output: &[u8]) -> String {
        object::<User>(output).unwrap().unwrap().name
    }

    #[test]
    fn keys_match_without_case_and_unknown_ones_are_ignored() {
        let user = user(
            r#"{"ID":"u","nAmE":"Ada","mfa":{"x":[1,2e400,{}]},"other":null,"State":"ACTIVE"}"#,
        )
        .unwrap();
        assert_eq!(
            (&*user.id, &*user.name, &*user.state),
            ("u", "Ada", "ACTIVE")
        );
    }

    #[test]
    fn null_and_missing_are_empty_and_the_later_of_two_keys_counts() {
        assert_eq!(user(r#"{"id":null,"name":null}"#).unwrap(), User::default());
        assert_eq!(
            user(r#"{"name":"a","NAME":"b","name":null}"#).unwrap().name,
            "b"
        );
    }

    #[test]
    fn a_wrong_type_is_an_error_that_names_the_key() {
        for (output, key) in [
            (r#"{"id":5}"#, "id"),
            (r#"{"name":["x"]}"#, "name"),
            (r#"{"state":true}"#, "state"),
            (r#"{"email":{}}"#, "email"),
        ] {
            let problem = user(output).unwrap_err();
            assert!(problem.contains(&format!("key \"{key}\"")), "{problem}");
        }
        assert!(
            object::<User>(b"[]")
                .unwrap_err()
                .contains("expected an object")
        );
        assert!(
            listing::<User>(b"{}")
                .unwrap_err()
                .contains("expected an array")
        );
        assert!(listing::<User>(b"[1]").is_err());
        assert!(listing::<User>(br#"[["id"]]"#).is_err());
    }

    #[test]
    fn keys_that_only_add_detail_take_any_type() {
        let user = user(r#"{"id":"u","type":7}"#).unwrap();
        assert_eq!((&*user.id, &*user.kind), ("u", ""));
        let group = object::<Group>(br#"{"id":"g","description":[1],"state":{},"created_at":5}"#)
            .unwrap()
            .unwrap();
        assert_eq!((&*group.id, &*group.description), ("g", ""));
        let vault = object::<Vault>(br#"{"id":"v","items":"many","updated_at":false}"#)
            .unwrap()
            .unwrap();
        assert_eq!((&*vault.id, vault.items), ("v", None));
        let account = object::<Account>(br#"{"id":"a","type":"TEAM","domain":1}"#)
            .unwrap()
            .unwrap();
        assert_eq!((&*account.kind, &*account.domain), ("TEAM", ""));
    }

    #[test]
    fn permissions_are_an_array_of_texts() {
        let permissions = |value: &str| {
            let output = format!(r#"{{"id":"u","permissions":{value}}}"#);
            object::<VaultUser>(output.as_bytes()).map(|user| user.unwrap().permissions)
        };
        assert_eq!(
            permissions(r#"["view_items","manage_vault"]"#).unwrap(),
            ["view_items", "manage_vault"]
        );
        assert_eq!(
            permissions(r#"["view_items",null,""]"#).unwrap(),
            ["view_items"]
        );
        assert!(permissions("null").unwrap().is_empty());
        assert!(permissions("[]").unwrap().is_empty());
        for wrong in [
            r#""view_items,edit_items""#,
            "[1]",
            "{}",
            r#"[["view_items"]]"#,
        ] {
            assert!(
                permissions(wrong).unwrap_err().contains("permissions"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn content_version_is_an_integer_of_64_bits() {
        let version = |value: &str| {
            let output = format!(r#"[{{"id":"v","content_version":{value}}}]"#);
            listing::<Vault>(output.as_bytes()).map(|vaults| vaults.rows[0].content_version)
        };
        assert_eq!(version("1772"), Ok(1772));
        assert_eq!(version("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(version("null"), Ok(0));
        for wrong in ["9223372036854775808", "1.5", "1e3", r#""7""#, "[]"] {
            assert!(
                version(wrong).unwrap_err().contains("content_version"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn null_rows_and_rows_without_id_are_counted() {
        let users =
            listing::<User>(br#"[null,{"id":""},{"name":"x"},{"id":null},{"id":"u"}]"#).unwrap();
        assert_eq!((users.rows.len(), users.skipped, users.null), (1, 4, false));
        let users = listing::<User>(b"null").unwrap();
        assert_eq!((users.rows.len(), users.skipped, users.null), (0, 0, true));
        let users = listing::<User>(b" [] \n").unwrap();
        assert_eq!((users.rows.len(), users.skipped, users.null), (0, 0, false));
    }

    #[test]
    fn an_object_may_be_null_or_without_id() {
        assert_eq!(object::<Account>(b"null").unwrap(), None);
        assert_eq!(object::<Account>(b"{}").unwrap(), Some(Account::default()));
    }

    #[test]
    fn anything_around_the_document_is_an_error() {
        for wrong in [
            "\u{FEFF}[]",
            "warning\n[]",
            "[] done",
            "[][]",
            "<!DOCTYPE html>",
            "[{\"id\":\"u\"",
            "{",
            "",
        ] {
            assert!(listing::<User>(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(listing::<User>(b" \n").unwrap_err(), "it printed nothing");
    }

    #[test]
    fn bytes_that_are_no_text_become_replacement_characters() {
        assert_eq!(name(b"{\"name\":\"a\xFFb\"}"), "a\u{FFFD}b");
        assert_eq!(name(b"{\"name\":\"\xE2\x82\"}"), "\u{FFFD}\u{FFFD}");
        assert_eq!(
            name(b"{\"name\":\"\xED\xA0\x80\"}"),
            "\u{FFFD}\u{FFFD}\u{FFFD}"
        );
        assert!(object::<User>(b"\xFF{}").is_err());
    }

    #[test]
    fn lone_surrogate_escapes_become_replacement_characters() {
        for (escaped, text) in [
            (r"\ud83d\ude00", "😀"),
            (r"\ud83d", "\u{FFFD}"),
            (r"\uDE00x", "\u{FFFD}x"),
            (r"\ud83d\ud83d\ude00", "\u{FFFD}😀"),
            (r"\ud83dA", "\u{FFFD}A"),
            (r"\ud83d\n", "\u{FFFD}\n"),
            (r"\\ud83d", r"\ud83d"),
            (r"é\ud83dé", "é\u{FFFD}é"),
            (r"\u0000\u00e9", "\0é"),
        ] {
            assert_eq!(
                name(format!("{{\"name\":\"{escaped}\"}}").as_bytes()),
                text,
                "{escaped}"
            );
        }
        assert!(object::<User>(br#"{"name":"\ud8"}"#).is_err());
        assert!(object::<User>(br#"{"name":"\ud83"#).is_err());
        assert_eq!(user(r#"{"\ud83d":1,"id":"u"}"#).unwrap().id, "u");
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let deep = format!("[{{\"type\":{}", "[".repeat(200_000));
        assert!(listing::<User>(deep.as_bytes()).is_err());
        let deep = format!("[{{\"other\":{}", "[".repeat(200_000));
        assert!(listing::<User>(deep.as_bytes()).is_err());
    }

    #[test]
    fn nested_rows_and_numbers() {
        let tokens = listing::<ConnectToken>(
            br#"[{"id":"T","vaults":[{"id":"V","acl":["allow_viewing"]},null],"expires_at":null,"features":["x"]}]"#,
        )
        .unwrap();
        assert_eq!(tokens.rows[0].vaults.len(), 1);
        assert_eq!(tokens.rows[0].vaults[0].acl, ["allow_viewing"]);
        let limits =
            listing::<RateLimit>(br#"[{"type":"token","limit":1000,"reset":3540}]"#).unwrap();
        assert_eq!(
            (limits.rows[0].limit, limits.rows[0].reset, limits.skipped),
            (1000, 3540, 0)
        );
        assert!(listing::<RateLimit>(br#"[{"limit":"1000"}]"#).is_err());
        assert!(listing::<RateLimit>(br#"[{"limit":1.5}]"#).is_err());
    }
}
