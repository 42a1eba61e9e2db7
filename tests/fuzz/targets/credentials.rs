//! A client id, and behind the first line break a client secret.
#![no_main]

use baton_1password::c1::{Address, ClientId, ClientSecret};
use baton_1password::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (id, secret) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(parsed) = id.parse::<ClientId>() {
        assert_eq!(parsed.text, id);
        assert!(id.starts_with(&format!("{}@{}/", parsed.name, parsed.token_host)));
        if let Ok(address) = parsed.address() {
            let shown = address.to_string();
            let again = shown.parse::<Address>().map(|again| again.to_string());
            assert_eq!(again.ok(), Some(shown));
        }
    }
    // What is wrong with a secret is told in words of ours alone: its type sees to that.
    if let Ok(parsed) = ClientSecret::parse(&Secret::new(secret.to_owned())) {
        assert_eq!(format!("{parsed:?}"), "***");
    }
});
