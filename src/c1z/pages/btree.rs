//! One b-tree, built bottom-up from rows or keys that arrive in order (file format §1.5, §1.6).

use std::io;

use super::record::varint;
use super::stream::{PAGE, Stream};

/// The greatest row number that is written; nobody comes near, and a varint takes one byte less.
const MOST_ROWS: u64 = 1 << 55;

/// What a tree holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Numbered rows in the leaves; row numbers alone above them.
    Table,
    /// Keys in the leaves and above them.
    Index,
}

/// First byte of the pages of each kind, in leaves and above them.
const FLAGS: [[u8; 2]; 2] = [[0x0D, 0x05], [0x0A, 0x02]];

/// A b-tree under construction: the page of each level that still takes cells, leaves first. A page
/// leaves for the stream when the next cell does not fit. That cell then begins the next page, so
/// no page is without cells, which SQLite would take for damage above the leaves.
pub(super) struct Tree {
    kind: Kind,
    levels: Vec<Page>,
    /// Number of the last row of a table.
    last: u64,
    /// What stands before a record in its cell; kept for its buffer.
    head: Vec<u8>,
    /// The numbers of an index's pages so far, for what comes too late for them.
    pub(super) pages: Vec<u32>,
}

impl Tree {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            levels: vec![Page::new(8)],
            last: 0,
            head: Vec::new(),
            pages: Vec::new(),
        }
    }

    pub(super) fn next_row(&self) -> u64 {
        self.last + 1
    }

    /// Appends a row with its number, or a key without one. It is greater than those before, and
    /// its record shorter than SQLite's limit of 10⁹ bytes, as what `op` prints and rows of older
    /// files are.
    pub(super) fn push(
        &mut self,
        number: Option<u64>,
        record: &[u8],
        out: &mut Stream,
    ) -> io::Result<()> {
        let mut head = std::mem::take(&mut self.head);
        head.clear();
        varint(record.len() as u64, &mut head);
        if let Some(number) = number {
            if number <= self.last || number > MOST_ROWS {
                let order = format!("row {number} after row {}", self.last);
                return Err(io::Error::other(order));
            }
            varint(number, &mut head);
        }
        let (local, rest) = record.split_at(self.local(record.len()));
        // From its end, for each page of the chain names the one that follows.
        let mut chain = 0u32;
        for part in rest.chunks(PAGE - 4).rev() {
            chain = out.write(&[&chain.to_be_bytes(), part])?;
            self.note(chain);
        }
        let chain = chain.to_be_bytes();
        let chain = if rest.is_empty() { &[] } else { &chain[..] };
        self.add(0, &[&head, local, chain], out)?;
        self.last = number.unwrap_or_default();
        self.head = head;
        Ok(())
    }

    /// Writes the open pages, the right edge of the tree, and returns the number of its root.
    pub(super) fn finish(mut self, out: &mut Stream) -> io::Result<u32> {
        (0..self.levels.len()).try_fold(0, |child, level| self.close(level, child, out))
    }

    /// How much of a record stays in its cell; the rest goes to overflow pages.
    fn local(&self, length: usize) -> usize {
        let most = match self.kind {
            Kind::Table => PAGE - 35,
            Kind::Index => (PAGE - 12) * 64 / 255 - 23,
        };
        if length <= most {
            return length;
        }
        let least = (PAGE - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (PAGE - 4);
        if fitting <= most { fitting } else { least }
    }

    /// Adds a cell, made of these parts, to a level.
    fn add(&mut self, level: usize, cell: &[&[u8]], out: &mut Stream) -> io::Result<()> {
        if level == self.levels.len() {
            self.levels.push(Page::new(12));
        }
        if self.levels[level].put(cell) {
            return Ok(());
        }
        // The full page goes out, and what divides it from the next one goes up: the number of its
        // last row, or its last cell, whose own left child then becomes the page's right-most one.
        let (mut child, mut divider) = (0, Vec::new());
        if self.kind == Kind::Table && level == 0 {
            varint(self.last, &mut divider);
        } else {
            (child, divider) = self.levels[level].pop();
        }
        let left = self.close(level, child, out)?;
        self.levels[level].put(cell);
        self.add(level + 1, &[&left.to_be_bytes(), &divider], out)
    }

    /// Writes the page of a level, with `right` for its right-most child, and empties it.
    fn close(&mut self, level: usize, right: u32, out: &mut Stream) -> io::Result<u32> {
        let flag = FLAGS[self.kind as usize][level.min(1)];
        let page = out.write(&[self.levels[level].take(flag, right)])?;
        self.note(page);
        Ok(page)
    }

    fn note(&mut self, page: u32) {
        if self.kind == Kind::Index {
            self.pages.push(page);
        }
    }
}

/// A page being filled: pointers to cells grow from the front, cells from the back.
struct Page {
    bytes: Vec<u8>,
    /// Bytes before the pointers: 8 in leaves, 12 above, where the right-most child ends them.
    header: usize,
    /// Where the pointers end.
    pointers: usize,
    /// Where the cells begin.
    content: usize,
    /// Length of the cell that came last.
    last: usize,
}

impl Page {
    fn new(header: usize) -> Self {
        Self {
            bytes: vec![0; PAGE],
            header,
            pointers: header,
            content: PAGE,
            last: 0,
        }
    }

    /// Adds a cell after the others, or says that there is no room.
    fn put(&mut self, cell: &[&[u8]]) -> bool {
        let length = cell.iter().map(|part| part.len()).sum();
        if self.pointers + 2 + length > self.content {
            return false;
        }
        self.last = length;
        self.content -= length;
        let mut rest = &mut self.bytes[self.content..];
        for part in cell {
            let (place, behind) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = behind;
        }
        self.bytes[self.pointers..][..2].copy_from_slice(&(self.content as u16).to_be_bytes());
        self.pointers += 2;
        true
    }

    /// Takes off the cell that came last: its left child, 0 in a leaf, and the rest.
    fn pop(&mut self) -> (u32, Vec<u8>) {
        let cell = &self.bytes[self.content..][..self.last];
        let popped = match cell.split_first_chunk() {
            Some((child, key)) if self.header == 12 => (u32::from_be_bytes(*child), key.to_vec()),
            _ => (0, cell.to_vec()),
        };
        self.content += self.last;
        self.pointers -= 2;
        popped
    }

    /// The complete page; the next cell begins a new one.
    fn take(&mut self, flag: u8, right: u32) -> &[u8] {
        let cells = (self.pointers - self.header) as u16 / 2;
        self.bytes[self.pointers..self.content].fill(0);
        self.bytes[0] = flag;
        self.bytes[3..5].copy_from_slice(&cells.to_be_bytes());
        self.bytes[5..7].copy_from_slice(&(self.content as u16).to_be_bytes());
        if self.header == 12 {
            self.bytes[8..12].copy_from_slice(&right.to_be_bytes());
        }
        (self.pointers, self.content) = (self.header, PAGE);
        &self.bytes
    }
}
