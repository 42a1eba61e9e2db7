//! A configuration file; the first byte says whether it is YAML, TOML or JSON.
#![no_main]

use std::path::Path;

use baton_1password::settings::keys_of;
use libfuzzer_sys::fuzz_target;

/// What a value must not show in a message, should a seed hold it.
const MARK: &str = "hunter2hunter2";

fuzz_target!(|text: &str| {
    let Some(kind) = text.chars().next() else {
        return;
    };
    let name = ["c.yaml", "c.toml", "c.json"][kind as usize % 3];
    let content = &text[kind.len_utf8()..];
    match keys_of(Path::new(name), content) {
        Ok(keys) => {
            let lines = content.split(['\n', '\r']).count();
            for (key, line) in keys {
                assert!(line <= lines, "{key} on line {line} of {lines}");
            }
        }
        // Two equal keys are told by name.
        Err(message) => assert!(
            !message.contains(MARK) || message.contains("already given"),
            "{message}"
        ),
    }
});
