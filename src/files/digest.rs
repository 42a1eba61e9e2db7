//! The digest of a file, by which a reader of a summary or a report knows the very bytes it is
//! about.

use std::fs::File;
use std::io::{self, Read, Seek};

use aws_lc_rs::digest::{Context, SHA256};

/// SHA-256 of the whole file, in hexadecimal, wherever the handle stands.
///
/// # Errors
/// When the file cannot be read.
pub(crate) fn sha256(mut file: &File) -> io::Result<String> {
    file.rewind()?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => context.update(&buffer[..n]),
        }
    }
    let digest = context.finish();
    Ok(digest.as_ref().iter().map(|b| format!("{b:02x}")).collect())
}
