//! What a reader must know although the work goes on: one shape, wherever found and shown.

use std::borrow::Cow;

use serde::Serialize;

use crate::text::{grouped, plain};

/// How much a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It deserves a word.
    Warning,
    /// Something was not read, so that the result may lack what is there.
    Gap,
}

/// One kind of thing that came up. Its JSON is that of `--summary-format json`: members may be
/// added, none removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// A stable word for scripts.
    pub code: &'static str,
    /// How much it says.
    pub level: Level,
    /// How often it came up.
    pub count: usize,
    /// What it is.
    #[serde(rename = "text")]
    pub sentence: Cow<'static, str>,
    /// The first few cases.
    pub examples: Vec<String>,
}

impl Notice {
    /// A warning that came up once and needs no example.
    pub fn warning(code: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            level: Level::Warning,
            count: 1,
            sentence: sentence.into(),
            examples: Vec::new(),
        }
    }

    /// The same for something that was not read.
    pub fn gap(code: &'static str, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self {
            level: Level::Gap,
            ..Self::warning(code, sentence)
        }
    }

    /// The sentence, how often, and the first few cases.
    pub fn line(&self) -> String {
        let mut line = plain(&self.sentence).into_owned();
        if self.count > 1 {
            line += &format!(" ({} times)", grouped(self.count as u64));
        }
        if !self.examples.is_empty() {
            let examples: Vec<_> = self.examples.iter().map(|text| plain(text)).collect();
            line += &format!(": {}", examples.join("; "));
            if self.count > examples.len() {
                line += "; …";
            }
        }
        line
    }

    /// Writes it to the log: one record, of level `warn` whatever it says, with its code.
    pub fn record(&self) {
        tracing::warn!(code = self.code, count = self.count, "{}", self.line());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_often_and_shows_the_first_cases() {
        let mut notice = Notice::warning("row-skipped", "rows without an id, left out");
        assert_eq!(notice.line(), "rows without an id, left out");
        notice.count = 1_234_567;
        notice.examples = vec!["user list".to_owned(), "group\u{1b} list".to_owned()];
        let line =
            r"rows without an id, left out (1,234,567 times): user list; group\u{1b} list; …";
        assert_eq!(notice.line(), line);
        notice.count = 2;
        assert!(notice.line().ends_with("group\\u{1b} list"));
    }
}
