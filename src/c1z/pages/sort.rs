//! Sorting in bounded memory: keys go in in any order and come out in ascending order of their bytes.
//!
//! Keys gather in one buffer. When it is full they are sorted and written to a temporary file without
//! a name, as a run: each key as the count of bytes that it shares with the key before, its length,
//! and the bytes that differ. In the end all runs are merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// Bytes of keys held before they become a run.
const RUN: usize = 1 << 20;

/// Bytes read ahead by all runs of a merge together, and the least for one.
const AHEAD: usize = 2 << 20;
const LEAST_AHEAD: usize = 8 << 10;

/// Collects keys, none of which is empty.
pub(super) struct Sorter {
    file: Arc<File>,
    /// Where the runs end in the file; each starts where the one before ends.
    runs: Vec<u64>,
    keys: Vec<u8>,
    spans: Vec<(u32, u32)>,
}

impl Sorter {
    /// A sorter with a temporary file in `folder`.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: Arc::new(tempfile::tempfile_in(folder)?),
            runs: Vec::new(),
            keys: Vec::new(),
            spans: Vec::new(),
        })
    }

    /// Adds the key that `write` appends to the bytes it is given.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let start = self.keys.len() as u32;
        write(&mut self.keys);
        self.spans.push((start, self.keys.len() as u32));
        if self.keys.len() >= RUN {
            self.spill()?;
        }
        Ok(())
    }

    /// Moves the keys in memory to a new run at the end of the file.
    fn spill(&mut self) -> io::Result<()> {
        let keys = &self.keys;
        let key = |&(start, end): &(u32, u32)| &keys[start as usize..end as usize];
        self.spans.sort_by(|a, b| key(a).cmp(key(b)));
        let mut out = BufWriter::with_capacity(1 << 16, &*self.file);
        let mut before: &[u8] = &[];
        for span in &self.spans {
            let key = key(span);
            let shared = shared(before, key);
            let lengths = (shared as u64) << 32 | key.len() as u64;
            out.write_all(&lengths.to_le_bytes())?;
            out.write_all(&key[shared..])?;
            before = key;
        }
        out.flush()?;
        drop(out);
        self.runs.push((&*self.file).stream_position()?);
        self.keys.clear();
        self.spans.clear();
        Ok(())
    }

    /// Ends the collection.
    pub(super) fn merge(mut self) -> io::Result<Merge> {
        self.spill()?;
        let ahead = (AHEAD / self.runs.len()).max(LEAST_AHEAD);
        let starts = [0].iter().chain(&self.runs);
        let run = |(start, end): (&u64, &u64)| {
            let section = Section(Arc::clone(&self.file), *start..*end);
            BufReader::with_capacity(ahead, section)
        };
        // Each run begins with an empty key, which stands before its first one.
        let heads = (0..self.runs.len()).map(|run| Reverse((Vec::new(), run)));
        Ok(Merge {
            heads: heads.collect(),
            runs: starts.zip(&self.runs).map(run).collect(),
        })
    }
}

/// How many bytes both keys begin with.
fn shared(a: &[u8], b: &[u8]) -> usize {
    let words = a.chunks_exact(8).zip(b.chunks_exact(8));
    let words = 8 * words.take_while(|(a, b)| a == b).count();
    let rest = a[words..].iter().zip(&b[words..]);
    words + rest.take_while(|(a, b)| a == b).count()
}

/// The keys of a [`Sorter`], in order.
pub(super) struct Merge {
    /// The next key of each run that has one, and the run.
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    runs: Vec<BufReader<Section>>,
}

impl Merge {
    /// The next key, none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        loop {
            if let Some(mut head) = self.heads.peek_mut() {
                // The run that gave the last key often has the next one too; the heap then stays as it is.
                let Reverse((key, run)) = &mut *head;
                if !advance(&mut self.runs[*run], key)? {
                    PeekMut::pop(head);
                }
            }
            if self.heads.peek().is_none_or(|head| !head.0.0.is_empty()) {
                return Ok(self.heads.peek().map(|head| head.0.0.as_slice()));
            }
        }
    }
}

/// Replaces `key` by the one that follows it in its run, if there is one.
fn advance(run: &mut BufReader<Section>, key: &mut Vec<u8>) -> io::Result<bool> {
    if run.fill_buf()?.is_empty() {
        return Ok(false);
    }
    let mut lengths = [0; 8];
    run.read_exact(&mut lengths)?;
    let lengths = u64::from_le_bytes(lengths);
    key.resize(lengths as u32 as usize, 0);
    run.read_exact(&mut key[(lengths >> 32) as usize..])?;
    Ok(true)
}

/// A file and the part of it that is still to be read.
struct Section(Arc<File>, Range<u64>);

impl Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Self(file, rest) = self;
        let most = buffer.len().min((rest.end - rest.start) as usize);
        let read = file.read_at(&mut buffer[..most], rest.start)?;
        rest.start += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_of_many_runs_come_out_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path()).unwrap();
        let mut keys: Vec<Vec<u8>> = (0..3_000u32)
            .map(|n| {
                let n = n.wrapping_mul(2_654_435_761);
                [
                    b"vault:".as_slice(),
                    &vec![b'x'; n as usize % 50],
                    &n.to_be_bytes(),
                ]
                .concat()
            })
            .collect();
        keys.push(vec![7; 100_000]);
        keys.push(vec![7; 100_001]);
        for (number, key) in keys.iter().enumerate() {
            sorter.push(|out| out.extend_from_slice(key)).unwrap();
            if number % 100 == 0 {
                sorter.spill().unwrap();
            }
        }
        keys.sort();
        let mut merge = sorter.merge().unwrap();
        for key in &keys {
            assert_eq!(merge.next().unwrap().unwrap(), key);
        }
        assert!(merge.next().unwrap().is_none());
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "the file has no name"
        );
    }

    #[test]
    fn without_keys_nothing_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let mut merge = Sorter::new(folder.path()).unwrap().merge().unwrap();
        assert!(merge.next().unwrap().is_none());
    }
}
