//! The call log of the fake `op`, read back.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// One call of `op`.
#[derive(Debug, Clone)]
pub struct Call {
    /// Process id.
    pub pid: u32,
    /// Everything after `op`.
    pub argv: Vec<String>,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Whether standard input was the null device.
    pub null_input: bool,
    /// Nanoseconds since 1970.
    pub began: u64,
    /// Nanoseconds since 1970; `None` when the process was killed.
    pub ended: Option<u64>,
    /// What it read; empty when the process was killed.
    pub stdin: String,
    /// `None` when the process was killed.
    pub exit: Option<i64>,
}

impl Call {
    /// The command line without the output format.
    pub fn words(&self) -> String {
        let words = self.argv.iter().filter(|word| *word != "--format=json");
        words.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Whether the two ran at the same time for a while.
    pub fn overlaps(&self, other: &Call) -> bool {
        let end = |call: &Call| call.ended.unwrap_or(u64::MAX);
        self.began < end(other) && other.began < end(self)
    }
}

/// The calls in the order of their beginnings, and the ids of helper processes that they started.
pub fn read_log(path: &Path) -> (Vec<Call>, Vec<u32>) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let (mut calls, mut helpers) = (Vec::<Call>::new(), Vec::new());
    // A call that is killed may leave the beginning of a line, where the file grew by a page of the
    // disk. A whole one ends with its object.
    let whole = text.lines().filter(|line| line.ends_with('}'));
    for line in whole {
        let line: Value = serde_json::from_str(line).unwrap();
        let pid = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
        if let Some(helper) = line.get("helper") {
            helpers.push(pid(helper));
        } else if let Some(began) = line.get("begin") {
            calls.push(Call {
                pid: pid(&line["pid"]),
                argv: serde_json::from_value(line["argv"].clone()).unwrap(),
                environment: serde_json::from_value(line["environment"].clone()).unwrap(),
                null_input: line["null_input"].as_bool().unwrap(),
                began: began.as_u64().unwrap(),
                ended: None,
                stdin: String::new(),
                exit: None,
            });
        } else {
            let open = |call: &&mut Call| call.pid == pid(&line["pid"]) && call.ended.is_none();
            let call = calls.iter_mut().rfind(open).unwrap();
            call.ended = line["end"].as_u64();
            call.stdin = line["stdin"].as_str().unwrap().to_owned();
            call.exit = line["exit"].as_i64();
        }
    }
    calls.sort_by_key(|call| call.began);
    (calls, helpers)
}
