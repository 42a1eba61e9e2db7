//! What `op` prints on stderr, and values on their way to its command line: one bounded line that
//! no terminal obeys.
#![no_main]

use std::time::Duration;

use baton_1password::op::fuzz::{argument, failure};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stderr: &[u8]| {
    let text = String::from_utf8_lossy(stderr);
    let error = failure(&text);
    assert_line(&error.to_string());
    let wait = error.named_wait();
    assert!(
        wait.is_none_or(|wait| wait <= Duration::from_secs(86_400)),
        "{wait:?}"
    );
    match argument(&text) {
        Ok(_) => assert!(!text.is_empty() && !text.starts_with('-') && text.len() <= 1024),
        Err(error) => assert_line(&error.to_string()),
    }
});

fn assert_line(message: &str) {
    assert!(message.len() < 2_000, "{} bytes", message.len());
    let acts =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    assert!(!message.contains(acts), "{message:?}");
}
