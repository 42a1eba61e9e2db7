//! The call log. A call writes one line when it begins and one when it ends, so that a killed call
//! leaves its first line:
//!
//! `{"begin": <ns>, "pid": 7, "argv": ["user", "list", "--format=json"], "environment": {"HOME":
//! "/x"}, "null_input": true}` `{"end": <ns>, "pid": 7, "stdin": "", "exit": 0}`

use std::collections::HashSet;
use std::fs::OpenOptions;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use crate::system;
use crate::world::World;

/// A call that has begun.
pub(crate) struct Call(());

impl Call {
    pub(crate) fn begin(world: &World, words: &[String]) -> Self {
        let environment: Map<String, Value> = std::env::vars_os()
            .map(|(name, value)| (lossy(&name), Value::String(lossy(&value))))
            .collect();
        write(
            world,
            &json!({"begin": now(), "pid": std::process::id(), "argv": words, "environment": environment, "null_input": system::has_null_input()}),
        );
        Self(())
    }

    pub(crate) fn end(self, world: &World, input: &str, code: i32) {
        write(
            world,
            &json!({"end": now(), "pid": std::process::id(), "stdin": input, "exit": code}),
        );
    }
}

/// Notes a helper process, so that a test can see whether it is gone.
pub(crate) fn helper(world: &World, pid: u32) {
    write(world, &json!({"helper": pid}));
}

/// How many calls with these words in their command line have ended.
pub(crate) fn ended(world: &World, words: &str) -> u64 {
    let log = world.path("log").map(std::fs::read_to_string);
    let log = log.and_then(Result::ok).unwrap_or_default();
    let lines: Vec<Value> = log.lines().flat_map(serde_json::from_str).collect();
    let ends = lines.iter().filter(|line| line.get("end").is_some());
    let ends: HashSet<_> = ends.map(|line| line["pid"].as_u64()).collect();
    let fits = |argv: &Value| {
        let argv = argv.as_array().into_iter().flatten();
        let argv: Vec<&str> = argv.filter_map(Value::as_str).collect();
        argv.join(" ").contains(words)
    };
    let begun = lines.iter().filter(|line| fits(&line["argv"]));
    begun
        .filter(|line| ends.contains(&line["pid"].as_u64()))
        .count() as u64
}

/// One line at a time: appending by two at once loses one of them under Wine. A call that was
/// killed may have left the beginning of a line, which must not become part of this one.
fn write(world: &World, line: &Value) {
    if let Some(path) = world.path("log") {
        let _lock = world.lock();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .expect("the log can be opened");
        file.write_all(format!("\n{line}\n").as_bytes())
            .expect("the log can be written");
    }
}

fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}
