//! A client id, and behind the first line break a client secret.
#![no_main]

use baton_1password::c1::{Address, ClientId, ClientSecret};
use baton_1password::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (id, secret) = text.split_once('\n').unwrap_or((text, ""));
    if let Ok(parsed) = id.parse::<ClientId>() {
        assert_eq!(parsed.as_str(), id);
        assert!(id.starts_with(&format!("{}@{}/", parsed.name(), parsed.token_host())));
        if let Ok(address) = parsed.address() {
            let shown = address.to_string();
            let again = shown.parse::<Address>().map(|again| again.to_string());
            assert_eq!(again.ok(), Some(shown));
        }
    }
    match ClientSecret::parse(&Secret::new(secret.to_owned())) {
        Ok(parsed) => {
            assert_eq!(parsed.public_key().len(), 32);
            assert_eq!(format!("{parsed:?}"), "***");
        }
        Err(error) => {
            // The longest part of the secret that a message may hold by chance is a word of its own.
            let message = error.to_string();
            assert!(secret.len() < 16 || !message.contains(secret), "{message}");
        }
    }
});
