//! Texts in the page, where they are text and nothing else.

use std::io::{self, Write};

/// Text as HTML.
pub(super) fn escape(out: &mut impl Write, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
        let (before, from) = rest.split_at(at);
        out.write_all(before.as_bytes())?;
        out.write_all(match from.as_bytes()[0] {
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'&' => b"&amp;",
            b'"' => b"&quot;",
            _ => b"&#39;",
        })?;
        rest = &from[1..];
    }
    out.write_all(rest.as_bytes())
}

/// A filter's value as it stands in the page's address.
pub(super) fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    let bytes = text.bytes().map(|b| match plain(b) {
        true => char::from(b).to_string(),
        false => format!("%{b:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut out = Vec::new();
        escape(&mut out, "</td><script>\"x\" & 'y'").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "&lt;/td&gt;&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;"
        );
        assert_eq!(encode("a b\"&ü"), "a%20b%22%26%C3%BC");
    }
}
