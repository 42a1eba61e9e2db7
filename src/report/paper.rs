//! What the text of a report is printed on: so many columns, with colours or without.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// No text is folded narrower than this.
const NARROWEST: usize = 40;

/// A place for text.
#[derive(Debug)]
pub struct Paper<W> {
    out: W,
    width: usize,
    has_colour: bool,
}

impl<W: Write> Paper<W> {
    /// Of so many columns.
    pub fn new(out: W, width: usize, has_colour: bool) -> Self {
        Self {
            out,
            width: width.max(NARROWEST),
            has_colour,
        }
    }

    /// Its columns.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A line as it is.
    pub(super) fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        match self.has_colour && !style.is_plain() {
            true => writeln!(self.out, "{style}{text}{style:#}"),
            false => writeln!(self.out, "{text}"),
        }
    }

    /// A heading.
    pub(super) fn head(&mut self, text: &str) -> io::Result<()> {
        let mut lines = wrap(text, self.width).into_iter();
        lines.try_for_each(|line| self.line(Style::new().bold(), &line))
    }

    /// Indented text, wrapped.
    pub(super) fn paragraph(&mut self, text: &str) -> io::Result<()> {
        self.indented(Style::new(), text)
    }

    /// One after the other.
    pub(super) fn paragraphs(&mut self, texts: impl IntoIterator<Item = String>) -> io::Result<()> {
        let mut texts = texts.into_iter();
        texts.try_for_each(|text| self.paragraph(&text))
    }

    /// The same for what must be known before the rest is believed.
    pub(super) fn notice(&mut self, text: &str) -> io::Result<()> {
        self.indented(AnsiColor::Yellow.on_default(), &format!("! {text}"))
    }

    fn indented(&mut self, style: Style, text: &str) -> io::Result<()> {
        let mut lines = wrap(text, self.width - 2).into_iter();
        lines.try_for_each(|line| self.line(style, &format!("  {line}")))
    }
}

impl<W: Write> Write for Paper<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The text in lines of at most `width` columns, broken between words where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let joined = line.width() + 1 + word.width();
        if !line.is_empty() && joined > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            let wide = UnicodeWidthChar::width(c).unwrap_or_default();
            if !line.is_empty() && line.width() + wide > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("李雷李雷", 4), ["李雷", "李雷"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
