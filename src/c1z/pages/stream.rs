//! All pages in zstd frames (RFC 8878 §3.1.1), compressed on a thread of their own as they come.
//!
//! Page 1 is known last and stands first. So it is a frame of its own, put at last into room that
//! was left for it; a skippable frame before it fills what it does not need. The other frames
//! follow: a new one begins where pages come that are compressed in another way. libzstd makes
//! them, with their checksums: a flipped bit never passes for data.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use zstd::zstd_safe::{CParameter, ParamSwitch, Strategy};

use crate::c1z::envelope::MAGIC;
use crate::c1z::{Abort, Error};

/// Bytes of a page.
pub(super) const PAGE: usize = 16_384;

/// The page that holds byte 2³⁰. SQLite locks bytes of it and never stores anything there.
const LOCK_PAGE: u32 = (1 << 30) / PAGE as u32 + 1;

/// The most free pages that one page of their list names; old readers take no more.
const MOST_FREE: usize = PAGE / 4 - 8;

/// Bytes handed to the compressor at a time, and how many such pieces may wait.
const PIECE: usize = 16 * PAGE;
const PIECES: usize = 4;

/// What a frame holds, and so how it is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// Rows of older syncs.
    OldRows,
    /// Rows of the new sync, keys in their order, and all that is small.
    NewRows,
    /// Other keys of an index.
    Keys,
    /// Other keys of an index of several syncs, mostly each once for each of them.
    KeysOfSyncs,
    /// Keys of an index, each for many rows that follow each other.
    KeysInRuns,
}

/// Looks back far, since people recur in many vaults, and one byte ahead before it takes a match,
/// since a row number that some earlier row happens to have must not hide the longer match behind
/// it. Small tables and short chains find enough; what libzstd would take instead of them, its row
/// match finder, costs much more time here.
const THOROUGH: &[CParameter] = &[
    CParameter::Strategy(Strategy::ZSTD_lazy),
    CParameter::UseRowMatchFinder(ParamSwitch::Disable),
    CParameter::WindowLog(24),
    CParameter::HashLog(17),
    CParameter::ChainLog(14),
    CParameter::SearchLog(1),
    CParameter::MinMatch(5),
];

/// Takes the first match: a third of the time for an eighth more bytes, so that a sync into a file
/// that holds one costs no more than twice a first one. Keys that stand there once for each sync
/// get a thirtieth more.
const QUICK: &[CParameter] = &[
    CParameter::Strategy(Strategy::ZSTD_fast),
    CParameter::WindowLog(24),
    CParameter::HashLog(17),
    CParameter::MinMatch(7),
];

/// Looks for a long and a short match: as few bytes of keys in long runs in a third of the time.
const IN_RUNS: &[CParameter] = &[
    CParameter::Strategy(Strategy::ZSTD_dfast),
    CParameter::WindowLog(24),
    CParameter::HashLog(17),
    CParameter::ChainLog(14),
    CParameter::MinMatch(6),
];

/// Where there are cores to spare, two threads compress rows, 3 MiB each at a time with the 2 MiB
/// before them. libzstd holds five times as much for that, a megabyte less than the window of one
/// thread, and needs half the time.
const SHARED: &[CParameter] = &[
    CParameter::NbWorkers(2),
    CParameter::WindowLog(23),
    CParameter::JobSize(3 << 20),
    CParameter::OverlapSizeLog(7),
];

/// Looks one byte further ahead: makes up for some bytes of [`SHARED`].
const DEEPER: &[CParameter] = &[CParameter::Strategy(Strategy::ZSTD_lazy2)];

/// Twice the table: makes up for more of it. All frames of keys have it, since one that needs more
/// memory than the one before would not get the same again.
const LARGER: &[CParameter] = &[CParameter::HashLog(18)];

impl Frame {
    fn encoder(self, file: File, is_shared: bool) -> io::Result<zstd::Encoder<'static, File>> {
        let thoroughness = match self {
            Self::NewRows | Self::Keys => THOROUGH,
            Self::OldRows | Self::KeysOfSyncs => QUICK,
            Self::KeysInRuns => IN_RUNS,
        };
        let more: &[&[CParameter]] = match self {
            _ if !is_shared => &[],
            Self::NewRows => &[SHARED, DEEPER],
            Self::OldRows => &[SHARED],
            Self::Keys => &[LARGER, DEEPER],
            Self::KeysOfSyncs | Self::KeysInRuns => &[LARGER],
        };
        let mut encoder = zstd::Encoder::new(file, 1)?;
        encoder.include_contentsize(false)?;
        encoder.include_checksum(true)?;
        for parameter in thoroughness.iter().chain(more.iter().copied().flatten()) {
            encoder.set_parameter(*parameter)?;
        }
        Ok(encoder)
    }
}

/// The frame of page 1, of which nearly all is zeros, and the skippable frame that fills its room.
const ROOM: usize = 512;
const SKIPPABLE: [u8; 4] = 0x184D_2A50_u32.to_le_bytes();
const BODY: u64 = (MAGIC.len() + ROOM) as u64;

/// Takes finished pages, numbers them in the order of writing and puts them into the file.
pub(super) struct Stream {
    last: u32,
    is_shared: bool,
    /// Pages that hold nothing any more.
    free: Vec<u32>,
    frame: Frame,
    piece: Vec<u8>,
    pieces: SyncSender<Piece>,
    compressor: Option<JoinHandle<io::Result<File>>>,
    /// Looked at before each piece goes: every few milliseconds.
    abort: Abort,
}

/// Some pages, and what they hold.
type Piece = (Frame, Vec<u8>);

impl Stream {
    /// Starts an empty file, compressed by more than one thread if the machine has more than two
    /// cores: with two, the rows that come meanwhile need the other one.
    pub(super) fn begin(file: File, abort: &Abort) -> io::Result<Self> {
        let cores = thread::available_parallelism();
        Self::start(file, abort, cores.is_ok_and(|cores| cores.get() > 2))
    }

    fn start(mut file: File, abort: &Abort, is_shared: bool) -> io::Result<Self> {
        file.write_all(&MAGIC)?;
        file.seek(SeekFrom::Start(BODY))?;
        let (pieces, waiting) = sync_channel(PIECES);
        let compressor = thread::Builder::new().name("c1z-compress".into());
        Ok(Self {
            last: 1,
            is_shared,
            free: Vec::new(),
            frame: Frame::NewRows,
            piece: Vec::with_capacity(PIECE),
            pieces,
            compressor: Some(compressor.spawn(move || compress(file, &waiting, is_shared))?),
            abort: abort.clone(),
        })
    }

    /// Says what the pages hold that come next.
    pub(super) fn turn(&mut self, frame: Frame) -> io::Result<()> {
        if self.frame != frame {
            self.send()?;
            self.frame = frame;
        }
        Ok(())
    }

    /// Number of the last page so far: the size of the database in pages.
    pub(super) fn pages(&self) -> u32 {
        self.last
    }

    /// Whether several threads compress rows. Keys among them would take a fourteenth more space
    /// there, and with cores to spare nobody waits long for keys at the end.
    pub(super) fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Says that these pages are used no more.
    pub(super) fn free(&mut self, pages: Vec<u32>) {
        self.free.extend(pages);
    }

    /// Writes the list of pages that are free; gives the number of its first page, and how many
    /// pages are free, with those of the list (SQLite's file format, The Freelist).
    pub(super) fn list_free(&mut self) -> io::Result<[u32; 2]> {
        let (mut first, mut count) = (0u32, 0);
        for pages in std::mem::take(&mut self.free).chunks(MOST_FREE) {
            let numbers = [&[first, pages.len() as u32], pages].concat();
            let bytes: Vec<u8> = numbers.into_iter().flat_map(u32::to_be_bytes).collect();
            first = self.write(&[&bytes])?;
            count += pages.len() as u32 + 1;
        }
        Ok([first, count])
    }

    /// Writes a page of these parts, the rest zeros, and returns its number.
    pub(super) fn write(&mut self, parts: &[&[u8]]) -> io::Result<u32> {
        if self.last + 1 == LOCK_PAGE {
            self.append(&[&[0]])?;
        }
        self.append(parts)
    }

    fn append(&mut self, parts: &[&[u8]]) -> io::Result<u32> {
        parts
            .iter()
            .for_each(|part| self.piece.extend_from_slice(part));
        self.piece
            .resize(self.piece.len().next_multiple_of(PAGE), 0);
        self.last += 1;
        if self.piece.len() == PIECE {
            self.send()?;
        }
        Ok(self.last)
    }

    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        Error::stopped(&self.abort).map_err(io::Error::other)?;
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        // A compressor that takes no more has failed, and says why.
        let sent = self.pieces.send((self.frame, piece));
        sent.or_else(|_| self.join().map(drop))
    }

    fn join(&mut self) -> io::Result<File> {
        match self.compressor.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Err(io::Error::other("the compressor stopped")),
        }
    }

    /// Completes the file with page 1.
    pub(super) fn finish(mut self, first: &[u8]) -> io::Result<()> {
        self.send()?;
        // The compressor ends when nobody can send to it any more.
        self.pieces = sync_channel(0).0;
        let mut file = self.join()?;

        let mut compressor = zstd::bulk::Compressor::new(1)?;
        compressor.include_checksum(true)?;
        let frame = compressor.compress(first)?;
        let rest = ROOM.checked_sub(SKIPPABLE.len() + 4 + frame.len());
        let rest = rest.ok_or_else(|| io::Error::other("page 1 exceeds its room"))?;
        file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        file.write_all(&SKIPPABLE)?;
        file.write_all(&(rest as u32).to_le_bytes())?;
        file.write_all(&vec![0; rest])?;
        file.write_all(&frame)
    }
}

/// Nobody else holds the file once this is gone: Windows removes none that is open.
impl Drop for Stream {
    fn drop(&mut self) {
        self.pieces = sync_channel(0).0;
        let _ = self.join();
    }
}

fn compress(mut file: File, pieces: &Receiver<Piece>, is_shared: bool) -> io::Result<File> {
    let mut pieces = pieces.iter().peekable();
    while let Some(frame) = pieces.peek().map(|(frame, _)| *frame) {
        let mut encoder = frame.encoder(file, is_shared)?;
        while let Some((_, pages)) = pieces.next_if(|(next, _)| *next == frame) {
            encoder.write_all(&pages)?;
        }
        file = encoder.finish()?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// One thread or more: the same pages.
    #[test]
    fn pages_come_back_however_many_threads_compress_them() {
        for is_shared in [false, true] {
            let mut file = tempfile::tempfile().unwrap();
            let mut stream =
                Stream::start(file.try_clone().unwrap(), &Abort::default(), is_shared).unwrap();
            let page = |n: u32| [vec![7; n as usize % 900], n.to_be_bytes().repeat(3_000)].concat();
            for n in 2..1_500 {
                let frame = [
                    Frame::OldRows,
                    Frame::NewRows,
                    Frame::Keys,
                    Frame::KeysOfSyncs,
                    Frame::KeysInRuns,
                ][n as usize / 300];
                stream.turn(frame).unwrap();
                assert_eq!(stream.write(&[&page(n)]).unwrap(), n);
            }
            stream.finish(&[1; PAGE]).unwrap();
            file.seek(SeekFrom::Start(MAGIC.len() as u64)).unwrap();
            let pages = zstd::decode_all(file).unwrap();
            assert_eq!(pages.len(), 1_499 * PAGE);
            for (written, n) in pages.chunks(PAGE).zip(1..).skip(1) {
                let expected = page(n);
                assert!(written.starts_with(&expected), "page {n}, {is_shared}");
                assert!(written[expected.len()..].iter().all(|byte| *byte == 0));
            }
        }
    }
}
