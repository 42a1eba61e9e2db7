//! What the text of a report is printed on: so many columns, with colours or without.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::wrap::wrap;

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
