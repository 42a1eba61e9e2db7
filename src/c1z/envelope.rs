//! The outside of a c1z file: five magic bytes, then the database in zstd (contract c1z §1).
//!
//! Written: one frame with checksum, content size and a window of 2 MiB. Read: any number of frames,
//! skippable ones too, nothing after them, within the caller's [`Limits`].

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use zstd::stream::{read, write};
use zstd::zstd_safe;

use crate::c1z::error::Shown;
use crate::c1z::{Abort, Error, Limits};

/// `C1ZF\0`: v1, SQLite inside.
pub(crate) const MAGIC: [u8; 5] = *b"C1ZF\0";
/// `C1Z3\0`: v3, Pebble inside.
const MAGIC_V3: [u8; 5] = *b"C1Z3\0";
/// Level 3 makes half of level 1's size in the same time.
const LEVEL: i32 = 3;
/// What the encoder writes first: frame magic, descriptor (checksum, no content size), window.
const SHORT_HEADER: usize = 6;
/// Frame descriptor bits for a content size of eight bytes.
const CONTENT_SIZE_OF_8_BYTES: u8 = 0b1100_0000;
/// Where the content size stands: after the magic, the frame magic, the descriptor and the window.
const CONTENT_SIZE_AT: u64 = (MAGIC.len() + SHORT_HEADER) as u64;

/// Compresses a database into an empty file. The size need not be known before the end.
pub(crate) struct Encoder<F: Write> {
    zstd: write::Encoder<'static, SizedFrame<F>>,
    decoded: u64,
}

impl<F: Write + Seek> Encoder<F> {
    /// Starts at the beginning of `file`.
    pub(crate) fn new(mut file: F) -> io::Result<Self> {
        file.write_all(&MAGIC)?;
        let frame = SizedFrame {
            file,
            header: Vec::with_capacity(SHORT_HEADER),
        };
        let mut zstd = write::Encoder::new(frame, LEVEL)?;
        zstd.include_checksum(true)?;
        // The size is put in by hand; this keeps the header's form the same for every content.
        zstd.include_contentsize(false)?;
        Ok(Self { zstd, decoded: 0 })
    }

    /// Ends the frame; gives the file, and how many bytes went in.
    pub(crate) fn finish(self) -> io::Result<(F, u64)> {
        let mut file = self.zstd.finish()?.file;
        file.seek(SeekFrom::Start(CONTENT_SIZE_AT))?;
        file.write_all(&self.decoded.to_le_bytes())?;
        Ok((file, self.decoded))
    }
}

impl<F: Write> Write for Encoder<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.zstd.write(bytes)?;
        self.decoded += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes room for the content size in the frame header, which the encoder leaves out because it is
/// known only at the end.
struct SizedFrame<F> {
    file: F,
    header: Vec<u8>,
}

impl<F: Write> Write for SizedFrame<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.header.len() == SHORT_HEADER {
            return self.file.write(bytes);
        }
        let taken = bytes.len().min(SHORT_HEADER - self.header.len());
        self.header.extend_from_slice(&bytes[..taken]);
        if self.header.len() == SHORT_HEADER {
            self.header[4] |= CONTENT_SIZE_OF_8_BYTES;
            self.file.write_all(&self.header)?;
            self.file.write_all(&[0; 8])?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Decodes the c1z `file` into `into` and returns the decoded length.
///
/// # Errors
/// Another format, no data, a damaged stream, more than `limits` allow, or a full disk; `path` only
/// names the file in the message.
pub(crate) fn decode(
    mut file: &File,
    path: &Path,
    limits: &Limits,
    abort: &Abort,
    into: &mut File,
) -> Result<u64, Error> {
    check_magic(file, path)?;
    if limits.fail_fast {
        check_declared_size(file, path, limits)?;
    }
    file.seek(SeekFrom::Start(MAGIC.len() as u64))
        .map_err(|cause| Error::io("read", path, cause))?;
    let refused = |cause: io::Error| refusal(path, limits, cause);
    let mut decoder = read::Decoder::new(BufReader::new(file)).map_err(refused)?;
    let window_log = limits.window_bytes.ilog2().clamp(10, 31);
    decoder.window_log_max(window_log).map_err(refused)?;

    let mut buffer = vec![0; 1 << 18];
    let mut decoded = 0;
    loop {
        abort.check()?;
        let length = decoder.read(&mut buffer).map_err(refused)?;
        if length == 0 {
            return Ok(decoded);
        }
        decoded += length as u64;
        if decoded > limits.decoded_bytes {
            return Err(too_large(path, limits, "unpacks to more"));
        }
        into.write_all(&buffer[..length])
            .map_err(|cause| Error::io("write the unpacked copy of", path, cause))?;
    }
}

fn check_magic(mut file: &File, path: &Path) -> Result<(), Error> {
    let shown = || Shown::new(path);
    let mut start = Vec::with_capacity(MAGIC.len() + 1);
    file.rewind()
        .and_then(|()| file.take(MAGIC.len() as u64 + 1).read_to_end(&mut start))
        .map_err(|cause| Error::io("read", path, cause))?;
    match start.get(..MAGIC.len()) {
        None if start.is_empty() => Err(Error::Empty { path: shown() }),
        None => Err(Error::TooShort {
            path: shown(),
            bytes: start.len() as u64,
        }),
        Some(magic) if magic == MAGIC_V3 => Err(Error::V3 { path: shown() }),
        Some(magic) if magic != MAGIC => Err(Error::Foreign { path: shown() }),
        Some(_) if start.len() == MAGIC.len() => Err(Error::OnlyMagic { path: shown() }),
        Some(_) => Ok(()),
    }
}

/// Believes a first frame that declares more than the limit; that spares decoding up to the limit.
fn check_declared_size(mut file: &File, path: &Path, limits: &Limits) -> Result<(), Error> {
    let mut header = Vec::with_capacity(18);
    file.seek(SeekFrom::Start(MAGIC.len() as u64))
        .and_then(|_| file.take(18).read_to_end(&mut header))
        .map_err(|cause| Error::io("read", path, cause))?;
    match zstd_safe::get_frame_content_size(&header) {
        Ok(Some(size)) if size > limits.decoded_bytes => {
            Err(too_large(path, limits, &format!("unpacks to {size} bytes")))
        }
        // What is wrong with the header, if anything, the decoder will say.
        _ => Ok(()),
    }
}

fn too_large(path: &Path, limits: &Limits, what: &str) -> Error {
    Error::TooLarge {
        path: Shown::new(path),
        what: what.to_owned(),
        limit: limits.decoded_bytes >> 20,
        variable: "BATON_DECODER_MAX_DECODED_SIZE_MB",
    }
}

fn refusal(path: &Path, limits: &Limits, cause: io::Error) -> Error {
    if cause.raw_os_error().is_some() {
        return Error::io("read", path, cause);
    }
    let reason = cause.to_string();
    if reason.contains("requires too much memory") {
        return Error::TooLarge {
            path: Shown::new(path),
            what: "needs a larger window to unpack".to_owned(),
            limit: limits.window_bytes >> 20,
            variable: "BATON_DECODER_MAX_MEMORY_MB",
        };
    }
    Error::damaged(path, format!("it cannot be unpacked ({reason})"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use super::*;

    /// A disk with room for so many bytes.
    struct Disk {
        file: Cursor<Vec<u8>>,
        room: usize,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let end = usize::try_from(self.file.position()).unwrap();
            let fits = bytes.len().min(self.room.saturating_sub(end));
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.file.write(&bytes[..fits])
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Disk {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.file.seek(to)
        }
    }

    fn write(content: &[u8], room: usize) -> io::Result<Vec<u8>> {
        let file = Cursor::new(Vec::new());
        let mut encoder = Encoder::new(Disk { file, room })?;
        encoder.write_all(content)?;
        let (disk, decoded) = encoder.finish()?;
        assert_eq!(decoded, content.len() as u64);
        Ok(disk.file.into_inner())
    }

    /// Any sequence of bytes that does not compress to nothing.
    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let byte = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        std::iter::repeat_with(byte).take(length).collect()
    }

    /// checklist c1z 1, 2: also for content that does not compress, is empty, or comes in several blocks
    #[test]
    fn the_content_size_stands_in_the_header() {
        for length in [0, 1, 1_000, 400_000] {
            let content = noise(length);
            let file = write(&content, usize::MAX).unwrap();
            assert_eq!(file[..5], MAGIC);
            let size = zstd_safe::get_frame_content_size(&file[5..]).unwrap();
            assert_eq!(size, Some(length as u64));
            assert!(zstd::decode_all(&file[5..]).unwrap() == content);
        }
    }

    #[test]
    fn a_disk_that_fills_up_at_any_byte_is_an_error() {
        let content = noise(2_000);
        let whole = write(&content, usize::MAX).unwrap().len();
        for room in 0..whole {
            let error = write(&content, room).unwrap_err();
            assert_eq!(
                error.kind(),
                io::ErrorKind::StorageFull,
                "room for {room} of {whole}"
            );
        }
        assert!(write(&content, whole).is_ok());
    }
}
