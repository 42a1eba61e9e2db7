//! Sorting in bounded memory: keys with a number each go in, the numbers ascending, and come out in
//! ascending order of the keys' bytes and then of the numbers; some while others still go in, where
//! it is known that those are greater.
//!
//! Entries gather in one buffer. A key that comes several times in a row is one entry with several
//! numbers. When the buffer is full they are sorted and written to a temporary file without a name,
//! as a run: each entry as the count of bytes that it shares with the entry before, its lengths,
//! and the bytes that differ. What comes out is merged of all runs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::files;

/// Bytes of entries held before they become a run.
const RUN: usize = 256 << 10;

/// Bytes read ahead by all runs that are read together, and the least and the most for one.
const AHEAD: usize = 2 << 20;
const LEAST_AHEAD: usize = 1 << 10;
const MOST_AHEAD: usize = 1 << 15;

/// So many numbers are many.
const MANY: u64 = 1 << 16;

/// Bytes of a number.
const NUMBER: u32 = 8;

/// The most bytes of numbers in one entry, of which a merge holds one a run.
const MOST_NUMBERS: u32 = 1 << 10;

/// Collects keys with numbers, and gives them back. Where a key begins with another one, no zero
/// follows that.
pub(super) struct Sorter {
    /// How many numbers and entries there were so far.
    numbers: u64,
    keys: u64,
    file: Arc<File>,
    /// Where the runs end in the file; each starts where the one before ends.
    ends: Vec<u64>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// What is left of the runs that are read, and how long the key of its next entry is.
    runs: Vec<Option<(BufReader<Section>, usize)>>,
    /// The next entry of each run that has one, and the run.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    /// The entry that was given last.
    given: Vec<u8>,
}

/// Where the bytes of an entry begin, where its numbers begin, eight bytes each, and where it ends.
struct Entry {
    start: u32,
    numbers: u32,
    end: u32,
}

impl Entry {
    fn key(&self) -> Range<usize> {
        self.start as usize..self.numbers as usize
    }

    fn all(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Sorter {
    /// A sorter with a temporary file in `folder`.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            numbers: 0,
            keys: 0,
            file: Arc::new(tempfile::tempfile_in(folder)?),
            ends: Vec::new(),
            bytes: Vec::new(),
            entries: Vec::new(),
            runs: Vec::new(),
            heads: BinaryHeap::new(),
            given: Vec::new(),
        })
    }

    /// Adds the key that `write` appends to the bytes, with a number above those before.
    pub(super) fn push(&mut self, number: u64, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let start = self.bytes.len();
        write(&mut self.bytes);
        match self.entries.last_mut() {
            Some(last)
                if self.bytes[last.key()] == self.bytes[start..]
                    && last.end - last.numbers < MOST_NUMBERS =>
            {
                self.bytes.truncate(start);
                last.end += NUMBER;
            }
            _ => {
                self.keys += 1;
                self.entries.push(Entry {
                    start: start as u32,
                    numbers: self.bytes.len() as u32,
                    end: self.bytes.len() as u32 + NUMBER,
                });
            }
        }
        self.numbers += 1;
        self.bytes.extend_from_slice(&number.to_be_bytes());
        if self.bytes.len() >= RUN {
            self.spill()?;
        }
        Ok(())
    }

    /// Whether it is worth while to look at what the keys are like.
    pub(super) fn is_large(&self) -> bool {
        self.numbers > MANY
    }

    /// Whether a key mostly came several times in a row.
    pub(super) fn has_runs(&self) -> bool {
        self.numbers > 4 * self.keys
    }

    /// Gives the memory back that only more entries would need.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.spill()?;
        (self.bytes, self.entries) = Default::default();
        Ok(())
    }

    /// Moves the entries in memory to a new run at the end of the file.
    fn spill(&mut self) -> io::Result<()> {
        if self.entries.is_empty() {
            return Ok(());
        }
        // Reading runs may move the handle.
        let end = self.ends.last().copied().unwrap_or_default();
        (&*self.file).seek(SeekFrom::Start(end))?;
        let bytes = |entry: &Entry| &self.bytes[entry.all()];
        self.entries.sort_by(|a, b| bytes(a).cmp(bytes(b)));
        let mut out = BufWriter::with_capacity(1 << 16, &*self.file);
        let mut before: &[u8] = &[];
        for entry in &self.entries {
            let bytes = bytes(entry);
            let shared = shared(before, bytes);
            for length in [shared, entry.key().len(), bytes.len()] {
                out.write_all(&(length as u32).to_le_bytes())?;
            }
            out.write_all(&bytes[shared..])?;
            before = bytes;
        }
        out.flush()?;
        drop(out);
        self.ends.push((&*self.file).stream_position()?);
        self.bytes.clear();
        self.entries.clear();
        Ok(())
    }

    /// Whether so many entries came since the last [`Sorter::read`] that some are no more in memory.
    pub(super) fn has_unread_runs(&self) -> bool {
        self.runs.len() < self.ends.len()
    }

    /// Reads what was added since the last call as well, and gives the least key of that.
    pub(super) fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.spill()?;
        let new = self.runs.len()..self.ends.len();
        let ahead = AHEAD / (self.heads.len() + new.len()).max(1);
        let ahead = ahead.clamp(LEAST_AHEAD, MOST_AHEAD);
        let mut least: Option<Vec<u8>> = None;
        for run in new {
            let start = run.checked_sub(1).map_or(0, |before| self.ends[before]);
            let section = Section(Arc::clone(&self.file), start..self.ends[run]);
            let mut reader = BufReader::with_capacity(ahead, section);
            let mut entry = Vec::new();
            let length = advance(&mut reader, &mut entry)?;
            self.runs.push(length.map(|length| (reader, length)));
            if let Some(length) = length {
                let key = &entry[..length];
                if least.as_deref().is_none_or(|least| key < least) {
                    least = Some(key.to_vec());
                }
                self.heads.push(Reverse((entry, run)));
            }
        }
        Ok(least)
    }

    /// Closes all runs; the next [`Sorter::read`] begins anew with the first of all keys.
    pub(super) fn rewind(&mut self) {
        self.runs.clear();
        self.heads.clear();
    }

    /// The next key of what is read and its numbers, if it is below the limit. A key that comes
    /// again has greater ones.
    pub(super) fn next(&mut self, below: Option<&[u8]>) -> io::Result<Option<Numbered<'_>>> {
        let Some(mut head) = self.heads.peek_mut() else {
            return Ok(None);
        };
        let Reverse((entry, place)) = &mut *head;
        let run = &mut self.runs[*place];
        let Some((reader, key)) = run else {
            return Ok(None);
        };
        if below.is_some_and(|below| entry[..*key] >= *below) {
            return Ok(None);
        }
        let length = *key;
        entry.clone_into(&mut self.given);
        match advance(reader, entry)? {
            Some(length) => *key = length,
            None => {
                *run = None;
                PeekMut::pop(head);
            }
        }
        let (key, numbers) = self.given.split_at(length);
        Ok(Some((key, numbers.as_chunks().0)))
    }
}

/// How many bytes both begin with.
fn shared(a: &[u8], b: &[u8]) -> usize {
    let words = a.chunks_exact(8).zip(b.chunks_exact(8));
    let words = 8 * words.take_while(|(a, b)| a == b).count();
    let rest = a[words..].iter().zip(&b[words..]);
    words + rest.take_while(|(a, b)| a == b).count()
}

/// A key and its numbers, each in eight bytes, the highest first.
type Numbered<'a> = (&'a [u8], &'a [[u8; 8]]);

/// Replaces `entry` by the next one of its run, if there is one, and gives its key's length.
fn advance(run: &mut BufReader<Section>, entry: &mut Vec<u8>) -> io::Result<Option<usize>> {
    if run.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut lengths = [[0; 4]; 3];
    run.read_exact(lengths.as_flattened_mut())?;
    let [shared, key, all] = lengths.map(|length| u32::from_le_bytes(length) as usize);
    entry.resize(all, 0);
    run.read_exact(&mut entry[shared..])?;
    Ok(Some(key))
}

/// A file and the part of it that is still to be read.
struct Section(Arc<File>, Range<u64>);

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(file, rest) = self;
        let most = buffer.len().min((rest.end - rest.start) as usize);
        let read = files::read_at(file, &mut buffer[..most], rest.start)?;
        rest.start += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Keys end with a 0, as those of an index do; each number is its place.
    #[test]
    fn keys_of_many_runs_come_out_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path()).unwrap();
        let mut keys: Vec<Vec<u8>> = (0..3_000u32)
            .map(|n| {
                let n = n.wrapping_mul(2_654_435_761);
                let end = format!("{n:x}\0").into_bytes();
                [b"vault:".as_slice(), &vec![b'x'; n as usize % 50], &end].concat()
            })
            .collect();
        keys.push([vec![7; 100_000], vec![0]].concat());
        keys.push([vec![7; 100_001], vec![0]].concat());
        // Some follow themselves, some come again later.
        let keys: Vec<&Vec<u8>> = keys.iter().flat_map(|key| [key; 3]).chain(&keys).collect();
        let mut expected = Vec::new();
        for (number, key) in keys.into_iter().enumerate() {
            let number = number as u64;
            sorter
                .push(number, |out| out.extend_from_slice(key))
                .unwrap();
            if number.is_multiple_of(100) {
                sorter.spill().unwrap();
            }
            expected.push((key.clone(), number));
        }
        expected.sort();
        sorter.read().unwrap();
        let mut sorted = Vec::new();
        let mut several = 0;
        while let Some((key, numbers)) = sorter.next(None).unwrap() {
            several += usize::from(numbers.len() > 1);
            let numbers = numbers.iter().copied().map(u64::from_be_bytes);
            sorted.extend(numbers.map(|number| (key.to_vec(), number)));
        }
        assert!(sorted == expected);
        assert!(several > 2_000, "{several}");
        drop(sorter);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "nothing is left"
        );
    }

    #[test]
    fn without_keys_nothing_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path()).unwrap();
        assert!(sorter.read().unwrap().is_none());
        assert!(sorter.next(None).unwrap().is_none());
    }

    /// So many that a run is not read at once: adding goes on behind all runs, wherever reading
    /// stands in the file.
    #[test]
    fn keys_below_a_limit_come_out_while_others_go_in() {
        const EACH: u16 = 3_000;
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path()).unwrap();
        let mut numbers = 0..;
        let mut add = |sorter: &mut Sorter, letters: &str| {
            for letter in letters.bytes() {
                for key in 0..EACH {
                    let [high, low] = key.to_be_bytes();
                    let write = |out: &mut Vec<u8>| out.extend([letter, high, low]);
                    sorter.push(numbers.next().unwrap(), write).unwrap();
                }
            }
            sorter.read().unwrap()
        };
        let below = |sorter: &mut Sorter, limit: Option<&[u8]>| {
            let mut letters = Vec::new();
            while let Some((key, numbers)) = sorter.next(limit).unwrap() {
                letters.extend(numbers.iter().map(|_| char::from(key[0])));
            }
            assert!(letters.is_sorted());
            let each = letters.chunks(EACH.into());
            each.map(|each| each[each.len() - 1]).collect::<String>()
        };
        assert_eq!(add(&mut sorter, "cab").unwrap(), b"a\0\0");
        assert_eq!(add(&mut sorter, "ed").unwrap(), b"d\0\0");
        assert_eq!(add(&mut sorter, ""), None, "nothing is new");
        assert_eq!(below(&mut sorter, Some(b"c")), "ab");
        assert_eq!(add(&mut sorter, "fb").unwrap(), b"b\0\0");
        assert_eq!(below(&mut sorter, Some(b"e")), "bcd");
        assert_eq!(below(&mut sorter, None), "ef");
        sorter.rewind();
        sorter.read().unwrap();
        assert_eq!(below(&mut sorter, None), "abbcdef");
    }
}
