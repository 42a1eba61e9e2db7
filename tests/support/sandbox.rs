//! A folder of its own for each test: home, temporary files, working directory, and a fake `op`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::call::{Call, read_log};
use super::fake::fake_op;
use super::program::{Run, Started};
use super::system;

/// The folder; it goes away with this value.
pub struct Sandbox {
    root: TempDir,
}

impl Sandbox {
    /// A sandbox whose `op` is what `world` says (see `tests/fake_op/op.rs`). Paths in the world
    /// are relative to [`Sandbox::path`]`("bin")`, which also holds the call log.
    pub fn new(mut world: Value) -> Self {
        let root = tempfile::Builder::new()
            .prefix("sandbox")
            .tempdir()
            .unwrap();
        let sandbox = Self { root };
        for folder in ["home", "tmp", "work", "bin"] {
            std::fs::create_dir(sandbox.path(folder)).unwrap();
        }
        system::link(fake_op(), sandbox.op()).unwrap();
        world["log"] = json!("calls.jsonl");
        sandbox.write("bin/op.json", world.to_string());
        sandbox
    }

    /// A sandbox whose `op` gives the canned answers of a folder, such as
    /// `fixture("golden/tiny/op")`.
    pub fn canned(answers: &Path) -> Self {
        // With its drive, where there are drives.
        let answers = std::path::absolute(answers).unwrap();
        Self::new(json!({"answers": answers.to_str().unwrap()}))
    }

    /// A sandbox whose `op` holds a whole account that grants and revokes change (see
    /// `tests/fake_op/tenant.rs`).
    pub fn tenant(tenant: &Value) -> Self {
        let sandbox = Self::new(json!({"tenant": "tenant.json"}));
        sandbox.write("bin/tenant.json", tenant.to_string());
        sandbox
    }

    /// A path in the sandbox, with the system's separators.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root.path().join(name).components().collect()
    }

    /// The fake `op`.
    pub fn op(&self) -> PathBuf {
        self.path("bin/op")
            .with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Changes the world between two runs: sets one of its keys, such as `faults`.
    pub fn set(&self, key: &str, value: Value) {
        let path = self.path("bin/op.json");
        let mut world: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        world[key] = value;
        std::fs::write(path, world.to_string()).unwrap();
    }

    /// The account of [`Sandbox::tenant`] as grants and revokes have left it.
    pub fn tenant_now(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("bin/tenant.json")).unwrap()).unwrap()
    }

    /// The real program, not yet started: the fake `op` is the only program in `PATH`, the
    /// environment holds nothing else of the outside, and standard input is empty.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_baton-1password"));
        let kept = system::KEPT
            .iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?)));
        let places = system::PLACES
            .iter()
            .map(|(name, place)| (name, self.path(place)));
        command
            .env_clear()
            .env("PATH", self.path("bin"))
            .envs(kept)
            .envs(places)
            .env("TZ", "UTC")
            .current_dir(self.path("work"))
            .stdin(Stdio::null());
        system::let_stop(&mut command);
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait()
    }

    /// Starts the program.
    pub fn start(&self, arguments: &[&str]) -> Started {
        let mut command = self.command();
        command.args(arguments);
        Started::new(command)
    }

    /// The calls of `op` so far, but for `--version`.
    pub fn calls(&self) -> Vec<Call> {
        let mut calls = self.all_calls();
        calls.retain(|call| call.argv != ["--version"]);
        calls
    }

    /// The calls of `op` so far.
    pub fn all_calls(&self) -> Vec<Call> {
        read_log(&self.path("bin/calls.jsonl")).0
    }

    /// Waits until `op` has been called so often, `--version` not counted.
    pub fn await_calls(&self, count: usize) {
        assert!(
            eventually(|| self.calls().len() >= count),
            "op was called {} times only",
            self.calls().len()
        );
    }

    /// Waits until `op` has been called with these first words.
    pub fn await_call(&self, words: &str) {
        let is_it = |call: &Call| call.argv.join(" ").starts_with(words);
        assert!(
            eventually(|| self.calls().iter().any(is_it)),
            "op was not called as {words:?}"
        );
    }

    /// Process ids of the helpers that calls of `op` have started.
    pub fn helpers(&self) -> Vec<u32> {
        read_log(&self.path("bin/calls.jsonl")).1
    }

    /// A process of `op`, or a helper of one, that runs.
    pub fn running(&self) -> Option<u32> {
        let (calls, helpers) = read_log(&self.path("bin/calls.jsonl"));
        let mut pids = calls.into_iter().map(|call| call.pid).chain(helpers);
        pids.find(|pid| system::is_running(*pid, &self.path("bin")))
    }

    /// Fails when a process of `op` is left, or a file in the folder for temporary files.
    pub fn assert_clean(&self) {
        assert!(
            eventually(|| self.running().is_none()),
            "process {:?} of op is still there",
            self.running()
        );
        let left = || -> Vec<_> {
            let entries = self.path("tmp").read_dir().unwrap();
            entries.map(|entry| entry.unwrap().path()).collect()
        };
        // A service that goes on tidies up in the moment after its processes are gone.
        assert!(
            eventually(|| left().is_empty()),
            "temporary files are left: {:?}",
            left()
        );
    }

    /// Fails when a secret stands in an argument list of `op`, or in a text that the program
    /// printed.
    pub fn assert_hidden(&self, secret: &str, texts: &[&str]) {
        for call in self.all_calls() {
            assert!(
                !call.argv.iter().any(|word| word.contains(secret)),
                "a secret in argv: {:?}",
                call.argv
            );
        }
        for text in texts {
            assert!(!text.contains(secret), "a secret was printed: {text}");
        }
    }
}

/// A path below `fixtures/`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// Asks again and again, for killed processes take a moment to go. Gives up after half a minute.
fn eventually(condition: impl Fn() -> bool) -> bool {
    let give_up = Instant::now() + Duration::from_secs(30);
    while Instant::now() < give_up {
        if condition() {
            return true;
        }
        sleep(Duration::from_millis(5));
    }
    condition()
}
