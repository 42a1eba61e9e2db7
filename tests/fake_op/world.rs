//! The JSON file that says what this fake is, and counters that outlive a call.

use std::fs::{File, OpenOptions, create_dir_all, read};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

/// The world file and its folder.
pub(crate) struct World {
    pub(crate) folder: PathBuf,
    config: Value,
}

impl World {
    /// Reads the file beside the path by which this program was called.
    pub(crate) fn load() -> Self {
        let mut called = PathBuf::from(std::env::args_os().next().expect("a program has a name"));
        if cfg!(windows) {
            called.set_extension("");
        }
        let mut file = called.clone().into_os_string();
        file.push(".json");
        let bytes = read(&file).expect("the world file can be read");
        Self {
            folder: called.parent().unwrap_or(Path::new(".")).to_owned(),
            config: serde_json::from_slice(&bytes).expect("the world file is JSON"),
        }
    }

    /// A key of the world; `None` when it is missing.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.config.get(key)
    }

    /// Waits as `delays` has it: the seed, the words and how often it was done before decide for
    /// how long.
    pub(crate) fn delay(&self, words: &[String]) {
        let Some(delays) = self.value("delays") else {
            return;
        };
        let number = |key: &str| delays[key].as_u64().unwrap_or_default();
        let mut hasher = DefaultHasher::new();
        (number("seed"), words, self.count("delays")).hash(&mut hasher);
        sleep(Duration::from_millis(
            hasher.finish() % (number("most_ms") + 1),
        ));
    }

    /// A file or folder that the world names.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        Some(self.folder.join(self.value(key)?.as_str()?))
    }

    /// Keeps other calls away until it is dropped. On Windows what is locked must be open for
    /// reading too.
    pub(crate) fn lock(&self) -> File {
        let mut options = OpenOptions::new();
        let options = options.create(true).read(true).append(true);
        let file = options.open(self.folder.join("lock"));
        let file = file.expect("the lock can be opened");
        file.lock().expect("the lock can be had");
        file
    }

    /// Counts one up, across all calls, and returns the new number.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let _lock = self.lock();
        let mut file = self.counter(name);
        file.write_all(b".").expect("the counter can be written");
        file.metadata().expect("the counter has a size").len()
    }

    /// Where a counter stands.
    pub(crate) fn counted(&self, name: &str) -> u64 {
        self.counter(name)
            .metadata()
            .expect("the counter has a size")
            .len()
    }

    fn counter(&self, name: &str) -> File {
        let folder = self.folder.join("counters");
        create_dir_all(&folder).expect("the counters have a folder");
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join(name))
            .expect("the counter can be opened")
    }
}

/// The command without the flags that do not say what is asked (golden file-name rule).
pub(crate) fn plain(words: &[String]) -> Vec<String> {
    let mut plain = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let flag = word.split('=').next().unwrap_or_default();
        match flag {
            "--raw" => {}
            "--format" | "--cache" | "--session" if word.contains('=') || flag == "--cache" => {}
            "--format" | "--session" => {
                words.next();
            }
            _ => plain.push(word.clone()),
        }
    }
    plain
}

/// The value of `--name value` or `--name=value`.
pub(crate) fn flag<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().enumerate().find_map(|(at, word)| {
        let rest = word.strip_prefix(name)?;
        match rest.strip_prefix('=') {
            Some(value) => Some(value),
            None if rest.is_empty() => words.get(at + 1).copied(),
            None => None,
        }
    })
}
