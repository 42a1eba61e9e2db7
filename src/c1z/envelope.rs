//! The outside of a c1z file: five magic bytes, then the database in zstd frames, any number of
//! them, skippable ones too, nothing after them, within the reader's [`Limits`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zstd::stream::read;
use zstd::zstd_safe::{DCtx, get_frame_content_size};

use crate::c1z::options::{SIZE, WINDOW};
use crate::c1z::{Abort, Error, Limits};
use crate::text;

/// `C1ZF\0`: v1, SQLite inside.
pub(crate) const MAGIC: [u8; 5] = *b"C1ZF\0";
/// `C1Z3\0`: v3, Pebble inside.
const MAGIC_V3: [u8; 5] = *b"C1Z3\0";

/// Bytes decoded at a time: whole pages, whatever their size.
const PART: usize = 1 << 18;

/// Decodes the c1z `file`, which [`check`] has passed, hands it to `put` part by part with the
/// place of each, and returns the decoded length. All parts but the last have [`PART`] bytes.
pub(crate) fn decode(
    mut file: &File,
    path: &Path,
    limits: &Limits,
    abort: &Abort,
    mut put: impl FnMut(u64, &[u8]) -> io::Result<()>,
) -> Result<u64, Error> {
    let too_large = |what: &str, bytes: u64, variable| {
        Error::TooLarge(text::path(path), what.to_owned(), bytes >> 20, variable)
    };
    let refused = |cause: io::Error| match cause.to_string() {
        _ if cause.raw_os_error().is_some() => Error::io("read", path)(cause),
        reason if reason.contains("requires too much memory") => {
            let what = "needs a larger window to unpack";
            too_large(what, limits.window_bytes, WINDOW)
        }
        reason => Error::damaged(path, format!("it cannot be unpacked ({reason})")),
    };
    file.seek(SeekFrom::Start(MAGIC.len() as u64))
        .map_err(Error::io("read", path))?;
    let mut file = BufReader::with_capacity(DCtx::in_size(), file);
    let start = file.fill_buf().map_err(Error::io("read", path))?;
    // To believe the first frame spares decoding up to the limit. What is wrong with it, if
    // anything, the decoder will say.
    if let (true, Ok(Some(size))) = (limits.fail_fast, get_frame_content_size(start))
        && size > limits.decoded_bytes
    {
        let what = format!("unpacks to {size} bytes");
        return Err(too_large(&what, limits.decoded_bytes, SIZE));
    }
    let mut decoder = read::Decoder::with_buffer(file).map_err(refused)?;
    let window_log = limits.window_bytes.ilog2().clamp(10, 31);
    decoder.window_log_max(window_log).map_err(refused)?;

    let mut part = Vec::with_capacity(PART);
    let mut decoded = 0;
    loop {
        Error::stopped(abort)?;
        part.clear();
        let mut limited = (&mut decoder).take(PART as u64);
        limited.read_to_end(&mut part).map_err(refused)?;
        let place = decoded;
        decoded += part.len() as u64;
        if decoded > limits.decoded_bytes {
            return Err(too_large("unpacks to more", limits.decoded_bytes, SIZE));
        }
        put(place, &part).map_err(Error::io("write the unpacked copy of", path))?;
        if part.len() < PART {
            return Ok(decoded);
        }
    }
}

/// Checks that `file`, which messages call `path`, is a v1 file with data in it.
pub(crate) fn check(mut file: &File, path: &Path) -> Result<(), Error> {
    let foreign = |reason| Error::Foreign(text::path(path), reason);
    let mut start = Vec::with_capacity(MAGIC.len() + 1);
    file.rewind()
        .and_then(|()| file.take(MAGIC.len() as u64 + 1).read_to_end(&mut start))
        .map_err(Error::io("read", path))?;
    Err(match start.len() {
        0 => Error::Empty(text::path(path)),
        length @ 1..5 => foreign(format!(
            "too short to be a c1z file ({length} of at least 5 bytes)"
        )),
        _ if start.starts_with(&MAGIC_V3) => Error::V3(text::path(path)),
        _ if !start.starts_with(&MAGIC) => {
            foreign("not a c1z file: it does not start with the letters C1ZF".to_owned())
        }
        5 => Error::damaged(
            path,
            "it ends after its five-byte header, so it was probably cut short",
        ),
        _ => return Ok(()),
    })
}
