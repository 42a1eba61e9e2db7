//! All pages in one zstd frame (RFC 8878 §3.1.1), compressed on a thread of their own as they come.
//!
//! Page 1 and the length are known last and stand first. So libzstd makes the body alone, under a
//! header that states neither length nor checksum. Over that header goes ours, which states both, and
//! page 1 in three blocks that need no compressor: its first bytes as they are, a run of zeros, its
//! last bytes as they are. Such blocks leave nothing in a decoder but their content, so the body
//! decodes as if they were not there. The checksum covers page 1 all the same: see `xxh64`.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use zstd::zstd_safe::{CParameter, ParamSwitch, Strategy};

use super::btree::PAGE;
use super::xxh64::{STRIPE, Xxh64, neutralise};
use crate::c1z::envelope::MAGIC;

/// The page that holds byte 2³⁰. SQLite locks bytes of it and never stores anything there.
const LOCK_PAGE: u32 = (1 << 30) / PAGE as u32 + 1;

/// Bytes handed to the compressor at a time, and how many such pieces may wait.
const PIECE: usize = 16 * PAGE;
const PIECES: usize = 4;

/// How far back a row or key may repeat another one: people recur in many vaults, so far pays.
const WINDOW_LOG: u32 = 24;

/// Looks one byte ahead before it takes a match: a row number that some earlier row happens to have
/// must not hide the longer match behind it. Small tables and short chains find enough; what libzstd
/// would take instead of them, its row match finder, costs much more time here.
const PARAMETERS: [CParameter; 7] = [
    CParameter::Strategy(Strategy::ZSTD_lazy),
    CParameter::UseRowMatchFinder(ParamSwitch::Disable),
    CParameter::WindowLog(WINDOW_LOG),
    CParameter::HashLog(17),
    CParameter::ChainLog(12),
    CParameter::SearchLog(1),
    CParameter::MinMatch(6),
];

/// What libzstd writes before the window: magic number, and a descriptor that promises nothing.
const OPEN: [u8; 5] = [0x28, 0xB5, 0x2F, 0xFD, 0];

/// Our descriptor: a content size of eight bytes, a checksum.
const DESCRIPTOR: u8 = 0b1100_0100;

/// Parts of page 1 that may hold something. The last stripe of the first part is free.
pub(super) const FRONT: usize = 192;
pub(super) const BACK: usize = 32;

/// Bytes before the body: header with window and size, three blocks that begin with three bytes each.
const ROOM: u64 = (OPEN.len() + 1 + 8 + (3 + FRONT) + (3 + 1) + (3 + BACK)) as u64;
const BODY: u64 = MAGIC.len() as u64 + ROOM;

/// Takes finished pages, numbers them in the order of writing and puts them into the file.
pub(super) struct Stream {
    last: u32,
    piece: Vec<u8>,
    pieces: SyncSender<Vec<u8>>,
    compressor: Option<JoinHandle<io::Result<(File, Xxh64)>>>,
}

impl Stream {
    /// Starts an empty file.
    pub(super) fn begin(mut file: File) -> io::Result<Self> {
        file.write_all(&MAGIC)?;
        // libzstd's own header is the end of the room and written over at last.
        file.seek(SeekFrom::Start(BODY - OPEN.len() as u64 - 1))?;
        let (pieces, waiting) = sync_channel(PIECES);
        let compressor = thread::Builder::new().name("c1z-compress".into());
        Ok(Self {
            last: 1,
            piece: Vec::with_capacity(PIECE),
            pieces,
            compressor: Some(compressor.spawn(move || compress(file, &waiting))?),
        })
    }

    /// Number of the last page so far: the size of the database in pages.
    pub(super) fn pages(&self) -> u32 {
        self.last
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
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        // A compressor that takes no more has failed, and says why.
        self.pieces.send(piece).or_else(|_| self.join().map(drop))
    }

    fn join(&mut self) -> io::Result<(File, Xxh64)> {
        match self.compressor.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Err(io::Error::other("the compressor stopped")),
        }
    }

    /// Completes the file with page 1.
    pub(super) fn finish(mut self, mut first: Vec<u8>) -> io::Result<()> {
        self.send()?;
        // The compressor ends when nobody can send to it any more.
        self.pieces = sync_channel(0).0;
        let (mut file, hash) = self.join()?;
        file.write_all(&hash.digest().to_le_bytes()[..4])?;

        let mut header = [0; OPEN.len() + 1];
        file.seek(SeekFrom::Start(BODY - header.len() as u64))?;
        file.read_exact(&mut header)?;
        if header[..OPEN.len()] != OPEN {
            return Err(io::Error::other("libzstd began with an unknown header"));
        }
        let length = u64::from(self.last) * PAGE as u64;
        // A reader of a small file need not make room for the whole window.
        let window_log = length.next_power_of_two().ilog2().min(WINDOW_LOG);
        header[4..].copy_from_slice(&[DESCRIPTOR, (window_log as u8 - 10) << 3]);
        neutralise(&mut first, FRONT - STRIPE);
        let mut room = [header.as_slice(), &length.to_le_bytes()].concat();
        room.extend(block(0, FRONT).iter().chain(&first[..FRONT]));
        room.extend(block(1, PAGE - FRONT - BACK).iter().chain(&[0]));
        room.extend(block(0, BACK).iter().chain(&first[PAGE - BACK..]));
        file.seek(SeekFrom::Start(BODY - ROOM))?;
        file.write_all(&room)
    }
}

fn compress(file: File, pieces: &Receiver<Vec<u8>>) -> io::Result<(File, Xxh64)> {
    let mut encoder = zstd::Encoder::new(file, 1)?;
    encoder.include_contentsize(false)?;
    for parameter in PARAMETERS {
        encoder.set_parameter(parameter)?;
    }
    let mut hash = Xxh64::after_neutral(PAGE);
    for piece in pieces {
        encoder.write_all(&piece)?;
        hash.update(&piece);
    }
    Ok((encoder.finish()?, hash))
}

/// Header of a block that is not the last: of kind 0, bytes as they are, or 1, one byte many times.
fn block(kind: usize, size: usize) -> [u8; 3] {
    let [low, middle, high, ..] = (kind << 1 | size << 3).to_le_bytes();
    [low, middle, high]
}
