//! Answers of an interrupted run, kept for the next one.
//!
//! A journal holds whole answers of membership listings, each with its time and a checksum. It is
//! private to the user, bound to whoever asked for what (a *binding*), and read back only within a
//! window of time: what is older, foreign or damaged is dropped. Nothing in it is needed for a run;
//! a journal that cannot be used costs calls, never correctness.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};

use crate::files;

/// First bytes of a journal; the number grows when the format changes.
const MAGIC: &[u8; 8] = b"BATONRS2";
/// A record: lengths of words and answer, seconds since 1970, words, answer, checksum.
const HEAD: usize = 4 + 4 + 8;
const CHECKSUM: usize = 16;
const ENDING: &str = "resume";

/// Words of a call → where its answer stands.
type Answers = HashMap<Vec<u8>, (u64, usize)>;

/// An open journal: nobody else has it open.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<Option<File>>,
    answers: Answers,
    /// The age of the oldest of them when the journal was opened.
    age: Duration,
    reused: AtomicU64,
}

impl Journal {
    /// Opens the journal of `binding` in `folder`, which is made if need be; `None` when another
    /// run has it open. Answers older than `window`, or from the future, are forgotten.
    ///
    /// # Errors
    /// When the folder or file cannot be used, or belongs to somebody else.
    pub fn open(
        folder: &Path,
        binding: &[u8],
        window: Duration,
        now: SystemTime,
    ) -> io::Result<Option<Self>> {
        files::make_private_folder(folder)?;
        files::require_private(&fs::symlink_metadata(folder)?, folder)?;
        let binding = digest(&SHA256, binding);
        let path = folder.join(format!("{}.{ENDING}", hex(&binding.as_ref()[..16])));
        sweep(folder, &path, window, now);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = files::no_follow(files::private(&mut options)).open(&path)?;
        files::require_private(&file.metadata()?, &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
        let header = [MAGIC, binding.as_ref()].concat();
        let (answers, age) = load(&mut file, &header, window, now)?;
        Ok(Some(Self {
            path,
            file: Mutex::new(Some(file)),
            answers,
            age,
            reused: AtomicU64::new(0),
        }))
    }

    /// Deletes every journal in `folder`: access is about to change, so no answer from before may be
    /// used again.
    ///
    /// # Errors
    /// When one is there and stays.
    pub fn forget_all(folder: &Path) -> io::Result<()> {
        for path in journals(folder) {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// How many answers are there to be used again.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether there is nothing to be used again.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// How old the oldest of them is.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// How many answers have been used again.
    pub fn reused(&self) -> u64 {
        self.reused.load(Ordering::Relaxed)
    }

    /// The answer that an earlier run got to this call.
    pub(super) fn answer(&self, words: &[&str]) -> Option<Vec<u8>> {
        let &(at, length) = self.answers.get(key(words).as_slice())?;
        let mut answer = vec![0; length];
        files::read_exact_at(self.lock().as_ref()?, &mut answer, at).ok()?;
        self.reused.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    /// Keeps an answer for the next run. When that fails the journal takes no more: behind a torn
    /// record nothing could be read.
    pub(super) fn keep(&self, words: &[&str], answer: &[u8], now: SystemTime) {
        let Some(record) = record(&key(words), answer, now) else {
            return;
        };
        let mut file = self.lock();
        if let Some(open) = file.as_mut()
            && let Err(error) = open
                .seek(SeekFrom::End(0))
                .and_then(|_| open.write_all(&record))
        {
            tracing::warn!(%error, "answers are no longer kept for a later run");
            *file = None;
        }
    }

    /// Deletes the journal: the run is done, or its answers are not to be used again.
    pub fn discard(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "the answers kept for a later run could not be deleted");
        }
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<File>> {
        self.file
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The journals in a folder; none if there is no folder.
fn journals(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
}

/// Deletes what other runs left behind and nobody came back for.
fn sweep(folder: &Path, except: &Path, window: Duration, now: SystemTime) {
    for path in journals(folder).filter(|path| path != except) {
        let age = path.symlink_metadata().and_then(|data| data.modified());
        let old = age.is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > window));
        if old && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            // Another run may have been faster.
            let _ = fs::remove_file(&path);
        }
    }
}

/// Reads the whole records of a file with this header, and how old the oldest is; cuts off the rest.
fn load(
    file: &mut File,
    header: &[u8],
    window: Duration,
    now: SystemTime,
) -> io::Result<(Answers, Duration)> {
    let length = file.metadata()?.len();
    let mut found = vec![0; header.len()];
    let known = length >= header.len() as u64 && file.read_exact(&mut found).is_ok();
    if !known || found != header {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(header)?;
        return Ok(Default::default());
    }
    let (mut answers, mut oldest) = (Answers::new(), Duration::ZERO);
    let mut at = header.len() as u64;
    let mut reader = io::BufReader::new(&*file);
    while let Some((words, answer, time, next)) = next(&mut reader, at, length) {
        let time = UNIX_EPOCH + Duration::from_secs(time);
        if let Ok(age) = now.duration_since(time)
            && age <= window
        {
            answers.insert(words, answer);
            oldest = oldest.max(age);
        }
        at = next;
    }
    file.set_len(at)?;
    Ok((answers, oldest))
}

/// Words, place of the answer, time, place of the next record.
type Record = (Vec<u8>, (u64, usize), u64, u64);

/// The record at `at`.
fn next(reader: &mut impl Read, at: u64, end: u64) -> Option<Record> {
    let mut head = [0; HEAD];
    reader.read_exact(&mut head).ok()?;
    let words = u32::from_le_bytes(head[..4].try_into().ok()?) as usize;
    let answer = u32::from_le_bytes(head[4..8].try_into().ok()?) as usize;
    let time = u64::from_le_bytes(head[8..].try_into().ok()?);
    let next = at + (HEAD + words + answer + CHECKSUM) as u64;
    if next > end {
        return None;
    }
    let mut record = head.to_vec();
    record.resize(HEAD + words + answer, 0);
    reader.read_exact(&mut record[HEAD..]).ok()?;
    let mut sum = [0; CHECKSUM];
    reader.read_exact(&mut sum).ok()?;
    if checksum(&record) != sum {
        return None;
    }
    let place = (at + (HEAD + words) as u64, answer);
    Some((record[HEAD..HEAD + words].to_vec(), place, time, next))
}

fn record(words: &[u8], answer: &[u8], now: SystemTime) -> Option<Vec<u8>> {
    let time = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let mut record = Vec::with_capacity(HEAD + words.len() + answer.len() + CHECKSUM);
    record.extend_from_slice(&u32::try_from(words.len()).ok()?.to_le_bytes());
    record.extend_from_slice(&u32::try_from(answer.len()).ok()?.to_le_bytes());
    record.extend_from_slice(&time.to_le_bytes());
    record.extend_from_slice(words);
    record.extend_from_slice(answer);
    let sum = checksum(&record);
    record.extend_from_slice(&sum);
    Some(record)
}

fn checksum(record: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&digest(&SHA256, record).as_ref()[..CHECKSUM]);
    sum
}

fn key(words: &[&str]) -> Vec<u8> {
    words.join("\0").into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
    }

    fn open(folder: &Path, binding: &str, now: SystemTime) -> Option<Journal> {
        Journal::open(&folder.join("state"), binding.as_bytes(), HOUR, now).unwrap()
    }

    fn files(folder: &Path) -> usize {
        folder.join("state").read_dir().unwrap().count()
    }

    #[test]
    fn whole_answers_come_back_within_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path(), "a", at(0)).unwrap();
        assert!(
            first.is_empty() && open(folder.path(), "a", at(0)).is_none(),
            "one at a time"
        );
        first.keep(&["group", "user", "list", "g"], b"[1]", at(0));
        first.keep(&["group", "user", "list", "h"], b"[2]", at(3000));
        drop(first);
        let second = open(folder.path(), "a", at(3601)).unwrap();
        assert_eq!(
            second.answer(&["group", "user", "list", "g"]),
            None,
            "too old"
        );
        assert_eq!(
            second.answer(&["group", "user", "list", "h"]),
            Some(b"[2]".to_vec())
        );
        assert_eq!((second.len(), second.reused()), (1, 1));
        assert_eq!(second.age(), Duration::from_secs(601));
        drop(second);
        let earlier = open(folder.path(), "a", at(2999)).unwrap();
        assert_eq!(
            earlier.answer(&["group", "user", "list", "h"]),
            None,
            "from the future"
        );
    }

    #[test]
    fn torn_and_flipped_records_end_the_journal() {
        for (cut, flip) in [(Some(3), None), (None, Some(20)), (None, Some(1))] {
            let folder = tempfile::tempdir().unwrap();
            let journal = open(folder.path(), "a", at(0)).unwrap();
            journal.keep(&["x"], b"first answer", at(0));
            let whole = fs::metadata(&journal.path).unwrap().len();
            journal.keep(&["y"], b"second answer", at(0));
            let path = journal.path.clone();
            drop(journal);
            let mut bytes = fs::read(&path).unwrap();
            bytes.truncate(bytes.len() - cut.unwrap_or(0));
            if let Some(back) = flip {
                let at = bytes.len() - back;
                bytes[at] ^= 1;
            }
            fs::write(&path, &bytes).unwrap();
            let journal = open(folder.path(), "a", at(1)).unwrap();
            assert_eq!(journal.answer(&["x"]).unwrap(), b"first answer");
            assert_eq!(journal.answer(&["y"]), None);
            assert_eq!(
                fs::metadata(&path).unwrap().len(),
                whole,
                "the rest is cut off"
            );
        }
    }

    #[test]
    fn foreign_journals_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path(), "a", at(0)).unwrap();
        journal.keep(&["x"], b"[]", at(0));
        let path = journal.path.clone();
        drop(journal);
        assert!(open(folder.path(), "b", at(0)).unwrap().is_empty());
        fs::write(
            &path,
            b"something else entirely, and longer than a header is",
        )
        .unwrap();
        assert!(open(folder.path(), "a", at(0)).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_left_when_all_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path(), "a", SystemTime::now()).unwrap();
        journal.keep(&["x"], b"[]", SystemTime::now());
        journal.discard();
        journal.keep(&["y"], b"[]", SystemTime::now());
        assert_eq!(files(folder.path()), 0);
        drop(open(folder.path(), "b", SystemTime::now()));
        let later = SystemTime::now() + 2 * HOUR;
        drop(open(folder.path(), "c", later));
        assert_eq!(files(folder.path()), 1, "the abandoned one is swept");
    }
}
