//! Any bytes as a c1z file: five magic bytes and zstd, or a refusal.
#![no_main]

use std::io::Write;

use baton_1password::c1z::{Limits, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("room for it");
    let limits = Limits {
        decoded_bytes: 4 << 20,
        window_bytes: 8 << 20,
        ..Limits::default()
    };
    if let Ok(reader) = Reader::open(file.path(), &limits) {
        // Only what has the magic bytes and something behind them is a c1z file.
        assert!(bytes.starts_with(b"C1ZF\0") && bytes.len() > 5);
        let _ = reader.latest_finished_full();
    }
});
