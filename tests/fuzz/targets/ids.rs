//! Ids: what is parsed prints as it was, what is printed parses to the same.
#![no_main]

use baton_1password::baton::ids::{ResourceId, ResourceKind, grant_id};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(id) = ResourceId::from_bid(text) {
        assert!(!id.id.is_empty());
        assert_eq!(ResourceId::from_bid(&bid(&id)).as_ref(), Ok(&id));
    }
    let (own, slug) = text.split_once('\n').unwrap_or((text, "member"));
    for kind in ResourceKind::ALL {
        let id = ResourceId::new(kind, own);
        assert_eq!(ResourceId::from_message(&id.to_message()).as_ref(), Ok(&id));
        if !own.is_empty() {
            assert_eq!(ResourceId::from_bid(&bid(&id)).as_ref(), Ok(&id));
        }
        let entitlement = id.entitlement(slug);
        assert_eq!(id.slug(&entitlement), Some(slug));
        assert_eq!(grant_id(&entitlement, &id), format!("{entitlement}:{id}"));
    }
});

/// The id as `--sync-resources` takes it.
fn bid(id: &ResourceId) -> String {
    let mut text = format!("bid:r:{}/", id.kind);
    for c in id.id.chars() {
        if matches!(c, '\\' | '/' | ':') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}
