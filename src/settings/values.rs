//! How the texts of a setting become a value.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use crate::secret::Secret;
use crate::text::truth;

/// One setting of one source: its raw texts, and where they stand.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Several for a list that was written several times. Only a path may be other than UTF-8.
    pub(super) texts: Vec<OsString>,
    /// The flag, the variable, or the file and line.
    pub(super) origin: String,
}

impl Setting {
    /// The text that counts where only one does.
    pub(super) fn last(&self) -> &OsStr {
        self.texts.last().map_or("".as_ref(), |text| text)
    }

    /// The same of what is no path.
    pub(super) fn text(&self) -> &str {
        self.last().to_str().unwrap_or_default()
    }
}

/// All settings of one source, or of all together, by flag name.
pub(super) type Layer = BTreeMap<String, Setting>;

/// What is wrong, after the name of the flag; that is empty for the configuration file as a whole.
pub(super) type Finding = (String, String);

/// What a flag takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Bool,
    Int,
    List,
    Secret,
    #[default]
    Text,
}

/// What a flag may hold.
pub(super) trait Value: Default {
    const KIND: Kind;

    /// Reads one text. An error says what to write instead, without the text: it may be a secret.
    fn of(text: &OsStr) -> Result<Self, &'static str>;

    /// Reads all texts of a setting, of which the last one counts.
    fn read(texts: &[OsString]) -> Result<Self, &'static str> {
        let last = texts.last().map(|text| Self::of(text));
        last.unwrap_or_else(|| Ok(Self::default()))
    }
}

/// An empty text is none.
impl<T: Value> Value for Option<T> {
    const KIND: Kind = T::KIND;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        Ok(Some(T::of(text)?).filter(|_| !text.is_empty()))
    }
}

impl Value for String {
    const KIND: Kind = Kind::Text;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        Ok(text.to_string_lossy().into_owned())
    }
}

impl Value for PathBuf {
    const KIND: Kind = Kind::Text;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        Ok(text.into())
    }
}

impl Value for Secret {
    const KIND: Kind = Kind::Secret;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        Ok(Self::new(text.to_string_lossy().into_owned()))
    }
}

/// As Go reads it.
impl Value for bool {
    const KIND: Kind = Kind::Bool;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        let value = text.to_str().and_then(truth);
        value.ok_or("use true or false (1, t, 0 and f work too)")
    }
}

/// A whole number, decimal or with `0x`, `0o`, `0b`.
impl Value for i64 {
    const KIND: Kind = Kind::Int;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        let text = text.to_str().unwrap_or_default();
        let sign = if text.starts_with('-') { '-' } else { '+' };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let digits = digits.to_ascii_lowercase();
        let mut prefixes = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter();
        let (digits, radix) = prefixes
            .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, radix)))
            .unwrap_or((&digits, 10));
        Self::from_str_radix(&format!("{sign}{digits}"), radix)
            .map_err(|_| "use a whole number, such as 4 or 0x10")
    }
}

/// A list: one comma-separated record, in which an item may stand in double quotes, `a,"b,c",d`.
/// Spaces and empty items are kept. The items of all times that it was written count, in order.
impl<T: Value> Value for Vec<T> {
    const KIND: Kind = Kind::List;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        let Some(text) = text.to_str() else {
            return match text.to_string_lossy().contains([',', '"']) {
                true => Err(
                    "an item that is no UTF-8 stands alone, in a flag of its own, and holds \
                             neither comma nor quote",
                ),
                false => Ok(vec![T::of(text)?]),
            };
        };
        let mut items = Vec::new();
        let mut parts = text.split(',').filter(|_| !text.is_empty());
        while let Some(part) = parts.next() {
            let mut item = part.to_owned();
            if item.starts_with('"') {
                // A quote in it is doubled, so that an odd number of them says that it goes on.
                let mut quotes = part.matches('"').count();
                while quotes % 2 == 1 {
                    let more = parts.next().ok_or("a double quote is not closed")?;
                    quotes += more.matches('"').count();
                    item += &format!(",{more}");
                }
                let inner = item[1..].strip_suffix('"');
                let inner = inner.filter(|inner| !inner.replace("\"\"", "").contains('"'));
                let inner = inner.ok_or("text follows a closing double quote")?;
                item = inner.replace("\"\"", "\"");
            }
            items.push(T::of(item.as_ref())?);
        }
        Ok(items)
    }
    fn read(texts: &[OsString]) -> Result<Self, &'static str> {
        let lists: Result<Vec<Self>, _> = texts.iter().map(|text| Self::of(text)).collect();
        Ok(lists?.into_iter().flatten().collect())
    }
}

/// Writes items so that a list reads the same items back.
pub(super) fn record(items: &[String]) -> String {
    let quoted = |item: &String| match item.contains([',', '"', '\n']) {
        true => format!("\"{}\"", item.replace('"', "\"\"")),
        false => item.clone(),
    };
    items.iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// The longest time that can be meant; clocks of some systems hold little more.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// A time: `90` (seconds), `90s`, `2m`, `1h`, `1h30m`.
impl Value for Duration {
    const KIND: Kind = Kind::Text;
    fn of(text: &OsStr) -> Result<Self, &'static str> {
        let text = text.to_str().unwrap_or_default();
        let units = |text: &str| text.parse::<jiff::SignedDuration>().ok()?.try_into().ok();
        let span = match text.parse() {
            Ok(seconds) => Some(Self::from_secs(seconds)),
            Err(_) => units(text),
        };
        match span {
            Some(span) if span <= LONGEST => Ok(span),
            Some(_) => Err("use at most ten years, 87600h"),
            None => Err("use seconds or a time such as 90s, 2m or 1h"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<String> {
        Vec::of(text.as_ref()).unwrap()
    }
    #[test]
    fn lists_are_one_csv_record() {
        assert_eq!(items(""), Vec::<String>::new());
        assert_eq!(items("a, b"), ["a", " b"]);
        assert_eq!(items("a,,b,"), ["a", "", "b", ""]);
        assert_eq!(items(r#""a,b",c"#), ["a,b", "c"]);
        assert_eq!(items(r#""a ""b""""#), ["a \"b\""]);
        assert!(Vec::<String>::of(r#""a"#.as_ref()).is_err());
        for follows in [r#""a"b"#, r#"""b"#, r#""a"b"c""#, r#""a,b"c,d"#] {
            assert!(Vec::<String>::of(follows.as_ref()).is_err(), "{follows}");
        }
        assert_eq!(items(r#""a"",b",,"""#), ["a\",b", "", ""]);
        let odd = vec!["a,b".to_owned(), "c\"".to_owned()];
        assert_eq!(items(&record(&odd)), odd);
    }

    #[test]
    fn whole_numbers_may_be_hexadecimal() {
        assert_eq!(i64::of("0x10".as_ref()), Ok(16));
        assert_eq!(i64::of("-1".as_ref()), Ok(-1));
        for bad in ["", "abc", "1.5", "1e1", " 3", "--1", "0x", "-", "+-1"] {
            assert!(i64::of(bad.as_ref()).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_take_seconds_or_a_unit() {
        assert_eq!(
            Duration::of("90".as_ref()).unwrap(),
            Duration::from_secs(90)
        );
        assert_eq!(
            Duration::of("90s".as_ref()).unwrap(),
            Duration::from_secs(90)
        );
        assert_eq!(
            Duration::of("2m".as_ref()).unwrap(),
            Duration::from_secs(120)
        );
        assert_eq!(
            Duration::of("1h30m".as_ref()).unwrap(),
            Duration::from_secs(5400)
        );
        assert!(
            Duration::of("87600h".as_ref()).is_ok()
                && Duration::of("9223372036854775807s".as_ref()).is_err()
        );
        for bad in ["", "soon", "-5", "-5s", "99999999999999999999", "87601h"] {
            assert!(Duration::of(bad.as_ref()).is_err(), "{bad}");
        }
    }

    #[test]
    fn booleans_take_the_six_words_of_each_kind() {
        assert_eq!(bool::of("T".as_ref()), Ok(true));
        assert_eq!(bool::of("False".as_ref()), Ok(false));
        for bad in ["yes", "on", "", " true", "tRUE"] {
            assert!(bool::of(bad.as_ref()).is_err(), "{bad}");
        }
    }
}
