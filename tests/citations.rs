//! Keeps citations true: a document that a comment names is in the repository and has the heading.

use std::path::Path;

use crate::support::sources;

/// The comments of a file as one line, since a citation may go over the end of a line.
fn comments(code: &str) -> String {
    let lines = code.lines().map(str::trim_start);
    let comments = lines.filter_map(|line| line.strip_prefix("//"));
    let words = comments.map(|line| line.trim_start_matches(['/', '!']).trim());
    words.collect::<Vec<_>>().join(" ")
}

/// What is wrong with one citation: the text from the document's path on.
fn fault(citation: &str) -> Option<String> {
    let (path, rest) = citation.split_once('`')?;
    let Ok(document) = std::fs::read_to_string(path) else {
        return Some(format!("{path} does not exist"));
    };
    let rest = rest.strip_prefix(", ")?;
    let headings = document.lines().filter_map(|line| line.strip_prefix("## "));
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '-');
    let mut named = headings.filter_map(|heading| Some((heading, rest.strip_prefix(heading)?)));
    let Some((heading, rest)) = named.find(|(_, rest)| ends(rest)) else {
        let start: String = rest.chars().take(40).collect();
        return Some(format!("{path} has no heading for {start:?}"));
    };
    if heading != "Checklist" {
        return None;
    }
    let item = |number: &&str| !document.contains(&format!("\n{number}. "));
    let list = rest
        .trim_start()
        .split(|c: char| !c.is_ascii_digit() && c != ',' && c != ' ');
    let mut numbers = list
        .take(1)
        .flat_map(|list| list.split(", "))
        .map(str::trim)
        .filter(|number| !number.is_empty());
    numbers
        .find(item)
        .map(|number| format!("{path} has no item {number:?}"))
}

/// Every path of a document in a text, with what follows.
fn citations(comments: &str) -> impl Iterator<Item = &str> {
    comments.match_indices('`').filter_map(|(at, _)| {
        let rest = &comments[at + 1..];
        let (path, _) = rest.split_once('`')?;
        (path.ends_with(".md") && !path.contains(' ')).then_some(rest)
    })
}

/// How documents that are not in the repository were once named.
fn names_a_lost_document(comments: &str) -> bool {
    let documents = ["op-cli", "sync", "cli", "c1", "c1z"];
    let words = comments.to_lowercase();
    documents.iter().any(|name| {
        let spellings = ["contract ", "checklist "].map(|kind| format!("{kind}{name} "));
        words.contains(&format!("{name} §")) || spellings.iter().any(|text| words.contains(text))
    })
}

#[test]
fn every_citation_names_a_heading_of_a_document_in_the_repository() {
    let mut faults = Vec::new();
    let mut count = 0;
    for file in [sources(Path::new("src")), sources(Path::new("tests"))].concat() {
        let comments = comments(&std::fs::read_to_string(&file).unwrap());
        if names_a_lost_document(&comments) {
            faults.push(format!("{}: a document that is not here", file.display()));
        }
        for citation in citations(&comments) {
            count += 1;
            faults.extend(fault(citation).map(|fault| format!("{}: {fault}", file.display())));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(count > 100, "only {count} citations were found");
}

#[test]
fn the_check_sees_what_is_wrong() {
    assert_eq!(fault("src/op/op-cli.md`, Limits)."), None);
    assert_eq!(fault("src/c1z/format.md`, Checklist 13, 22: both"), None);
    for wrong in [
        "src/op/lost.md`, Limits",
        "src/op/op-cli.md`, Limitations",
        "src/c1z/format.md`, Checklist 1, 99",
    ] {
        assert!(fault(wrong).is_some(), "{wrong}");
    }
    let wrapped = comments("/// As `src/op/op-cli.md`, Vault\n    /// access, has it.");
    assert_eq!(citations(&wrapped).filter_map(fault).count(), 0);
    assert_eq!(citations(&wrapped).count(), 1);
    assert!(names_a_lost_document("as contract sync §4.2 says"));
}
