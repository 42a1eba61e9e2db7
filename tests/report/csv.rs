//! Reads CSV as RFC 4180 has it.

use std::collections::BTreeMap;

/// The lines, each a map from column to cell. Fails on anything that is no CSV.
pub fn parse(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut records = vec![vec![String::new()]];
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        let record = records.last_mut().unwrap();
        let cell = record.last_mut().unwrap();
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            (true, '"') => {
                quoted = false;
                assert!(
                    matches!(chars.peek(), Some(',' | '\r')),
                    "text after a quoted cell"
                );
            }
            (true, c) => cell.push(c),
            (false, '"') => {
                assert!(cell.is_empty(), "a quote inside a cell");
                quoted = true;
            }
            (false, ',') => record.push(String::new()),
            (false, '\r') => {
                assert_eq!(chars.next(), Some('\n'), "a line ends with CR LF");
                records.push(vec![String::new()]);
            }
            (false, '\n') => panic!("a bare LF"),
            (false, c) => cell.push(c),
        }
    }
    assert_eq!(
        records.pop(),
        Some(vec![String::new()]),
        "the last line ends with CR LF"
    );
    let head = records.remove(0);
    let line = |record: Vec<String>| {
        assert_eq!(record.len(), head.len(), "{record:?}");
        head.iter().cloned().zip(record).collect()
    };
    records.into_iter().map(line).collect()
}
