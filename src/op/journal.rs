//! Answers of an interrupted run, kept for the next one.
//!
//! A journal holds whole answers of membership listings, one a line, each with its time and a
//! checksum. It is private to the user, bound to whoever asked for what (a *binding*), and read
//! back only within a window of time: what is older, foreign or damaged is dropped. Nothing in it
//! is needed for a run; a journal that cannot be used costs calls, never correctness.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{json, lock};
use crate::files;

/// Begins what a journal is bound to; the number grows when the format changes.
const FORMAT: &str = "BATONRS4";
/// Length of a checksum, which begins a line: of the journal's binding and the rest of the line.
const CHECKSUM: usize = 32;
const ENDING: &str = "resume";

/// The rest of a line.
#[derive(Serialize, Deserialize)]
struct Record {
    words: String,
    /// Seconds since 1970.
    time: u64,
    answer: String,
}

/// Words of a call → where its line stands.
type Answers = HashMap<String, (u64, usize)>;

/// An open journal: nobody else has it open.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    binding: String,
    file: Mutex<Option<File>>,
    answers: Answers,
    /// How old the oldest of them was when the journal was opened.
    pub age: Duration,
}

impl Journal {
    /// Opens the journal of `binding` in `folder`, which is made if need be; `None` when another
    /// run has it open. Answers older than `window`, or from the future, are forgotten. A folder or
    /// file that cannot be used, or belongs to somebody else, is an error.
    pub fn open(
        folder: &Path,
        binding: &str,
        window: Duration,
        now: SystemTime,
    ) -> io::Result<Option<Self>> {
        files::make_private_folder(folder)?;
        files::require_private(&fs::symlink_metadata(folder)?, folder)?;
        let binding = checksum(&[FORMAT, binding]);
        let path = folder.join(format!("{binding}.{ENDING}"));
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
        let (answers, age) = load(&mut file, &binding, window, now)?;
        Ok(Some(Self {
            path,
            binding,
            file: Mutex::new(Some(file)),
            answers,
            age,
        }))
    }

    /// Deletes every journal in `folder`, before access is changed; one that stays is an error.
    pub fn forget_all(folder: &Path) -> io::Result<()> {
        let stays = |error: &io::Error| error.kind() != io::ErrorKind::NotFound;
        let mut removed = journals(folder).map(fs::remove_file);
        let failed = removed.find_map(|removed| removed.err().filter(stays));
        failed.map_or(Ok(()), Err)
    }

    /// How many answers an earlier run has left.
    pub fn answers(&self) -> usize {
        self.answers.len()
    }

    /// The answer that an earlier run got to this call.
    pub(super) fn answer(&self, words: &[&str]) -> Option<String> {
        let &(at, length) = self.answers.get(&words.join(" "))?;
        let mut line = vec![0; length];
        let mut file = lock(&self.file);
        file.as_mut()?.seek(SeekFrom::Start(at)).ok()?;
        file.as_mut()?.read_exact(&mut line).ok()?;
        Some(record(&self.binding, str::from_utf8(&line).ok()?)?.answer)
    }

    /// Keeps an answer for the next run. After a failure no more: a torn record ends the journal.
    pub(super) fn keep(&self, words: &[&str], answer: &[u8], now: SystemTime) {
        let record = Record {
            words: words.join(" "),
            time: now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            answer: json::clean(answer).into_owned(),
        };
        // Texts and numbers always make JSON.
        let record = serde_json::to_string(&record).unwrap_or_default();
        let line = format!("{}{record}\n", checksum(&[&self.binding, &record]));
        let mut file = lock(&self.file);
        if let Some(open) = file.as_mut()
            && let Err(error) = open
                .seek(SeekFrom::End(0))
                .and_then(|_| open.write_all(line.as_bytes()))
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
        *lock(&self.file) = None;
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

/// Reads the whole records of a file and the oldest's age, and cuts off the rest.
fn load(
    file: &mut File,
    binding: &str,
    window: Duration,
    now: SystemTime,
) -> io::Result<(Answers, Duration)> {
    let (mut answers, mut oldest) = (Answers::new(), Duration::ZERO);
    let (mut reader, mut line, mut at) = (BufReader::new(&*file), String::new(), 0);
    // What is no text is no line of a journal, and ends it.
    while reader.read_line(&mut line).is_ok()
        && let Some(record) = record(binding, &line)
    {
        let time = UNIX_EPOCH + Duration::from_secs(record.time);
        if let Ok(age) = now.duration_since(time)
            && age <= window
        {
            answers.insert(record.words, (at, line.len()));
            oldest = oldest.max(age);
        }
        at += line.len() as u64;
        line.clear();
    }
    file.set_len(at)?;
    Ok((answers, oldest))
}

/// The record on a line that is whole and of this journal.
fn record(binding: &str, line: &str) -> Option<Record> {
    let (sum, record) = line.strip_suffix('\n')?.split_at_checked(CHECKSUM)?;
    let is_whole = sum == checksum(&[binding, record]);
    serde_json::from_str(record).ok().filter(|_| is_whole)
}

/// Half a digest, in hexadecimal.
fn checksum(texts: &[&str]) -> String {
    let digest = digest(&SHA256, texts.concat().as_bytes());
    let half = &digest.as_ref()[..CHECKSUM / 2];
    half.iter().map(|byte| format!("{byte:02x}")).collect()
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
        Journal::open(&folder.join("state"), binding, HOUR, now).unwrap()
    }

    fn files(folder: &Path) -> usize {
        folder.join("state").read_dir().unwrap().count()
    }

    #[test]
    fn whole_answers_come_back_within_the_window() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path(), "a", at(0)).unwrap();
        assert!(
            first.answers() == 0 && open(folder.path(), "a", at(0)).is_none(),
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
            Some("[2]".to_owned())
        );
        assert_eq!(second.answers(), 1);
        assert_eq!(second.age, Duration::from_secs(601));
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
            assert_eq!(journal.answer(&["x"]).unwrap(), "first answer");
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
        let other = open(folder.path(), "b", at(0)).unwrap();
        assert!(other.answers() == 0);
        let name = other.path.clone();
        drop(other);
        fs::copy(&path, &name).unwrap();
        let other = open(folder.path(), "b", at(0)).unwrap();
        assert!(other.answers() == 0, "each line is bound");
        drop(other);
        fs::write(&path, b"something else entirely").unwrap();
        assert!(open(folder.path(), "a", at(0)).unwrap().answers() == 0);
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
