//! What `op` prints, read as every kind of row: no row is lost, and none without an id is kept.
#![no_main]

use baton_1password::op::fuzz::{listings, text_of};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|output: &[u8]| {
    // A reader of another make, for what it can read: it knows less depth and smaller numbers.
    let other: Option<Value> = serde_json::from_str(&text_of(output)).ok();
    for (kind, read) in listings(output) {
        let Ok(read) = read else { continue };
        match &other {
            Some(Value::Array(rows)) => {
                assert!(!read.null, "{kind}");
                assert_eq!(read.rows.len() + read.skipped, rows.len(), "{kind}");
            }
            Some(Value::Null) => assert!(read.null && read.rows.is_empty(), "{kind}"),
            Some(_) => panic!("{kind} are read from what is no list"),
            None => {}
        }
        let named = !matches!(kind, "rate limits");
        assert!(
            !named || read.rows.iter().all(|id| !id.is_empty()),
            "{kind}"
        );
    }
});
