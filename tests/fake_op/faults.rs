//! What goes wrong: the first entry of `faults` that fits a call is applied to it.
//!
//! Which calls: `words` (a part of the command line, joined with spaces), `call` (only the n-th
//! call of the fake, `--version` not counted), `skip` (so many fitting calls are spared first),
//! `times` (so many are hit, then no more).
//!
//! What happens, in this order: `late` carries the call out first and prints nothing of it;
//! `latency_ms`; `gather` waits until so many fitting calls run; `until` waits until so many calls
//! with these words have ended, `["vault list", 1]`; `abort` ends the process by a signal; `rename`
//! moves a file onto another one, `["other.c1z", "../work/sync.c1z"]`; `signal_parent` sends the
//! connector this signal; `leave` starts a helper that holds stdout (`"group"` in the process group
//! of the call, `"daemon"` outside of it); `flood_stderr` and `flood_stdout` print so many bytes;
//! `stderr` prints a text; `hang` never ends. Then `stdout_file` prints a file and `exit` ends the
//! call; with neither, and no flood of stdout, the call is answered as if nothing had happened.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::world::World;
use crate::{Ending, log, system};

/// The only argument of a helper process.
pub(crate) const HELPER: &str = "fake-op-helper";

/// A helper's life: longer than any test, and not for ever should a test fail to end it.
pub(crate) fn linger() -> ! {
    sleep(Duration::from_secs(120));
    std::process::exit(0)
}

/// Applies the fault that fits; `None` when the call is answered after all. `answer` carries the
/// call out.
pub(crate) fn apply(
    world: &World,
    words: &[String],
    answer: impl Fn() -> Ending,
) -> Option<Ending> {
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64);
    let is_version = words.iter().any(|word| word == "--version");
    let latency = world
        .value("latency_ms")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    if !is_version {
        // The start of the process is a part of what a call takes.
        sleep(Duration::from_millis(latency).saturating_sub(system::spent()));
    }
    let faults = world.value("faults")?.as_array()?;
    let call = if is_version { 0 } else { world.count("calls") };
    let line = words.join(" ");
    let (at, fault) = faults.iter().enumerate().find(|(at, fault)| {
        let fits = fault
            .get("words")
            .and_then(Value::as_str)
            .is_none_or(|words| line.contains(words))
            && number(fault, "call").is_none_or(|n| n == call);
        if !fits {
            return false;
        }
        let skip = number(fault, "skip").unwrap_or(0);
        let times = number(fault, "times").unwrap_or(u64::MAX);
        let seen = world.count(&format!("fault_{at}"));
        seen > skip && seen - skip <= times
    })?;

    if fault.get("late").and_then(Value::as_bool) == Some(true) {
        answer();
    }
    sleep(Duration::from_millis(
        number(fault, "latency_ms").unwrap_or(0),
    ));
    if let Some(calls) = number(fault, "gather") {
        wait_until(|| world.counted(&format!("fault_{at}")) >= calls);
    }
    if let Some(until) = fault.get("until").and_then(Value::as_array) {
        let (words, calls) = (until[0].as_str().unwrap_or_default(), until[1].as_u64());
        wait_until(|| Some(log::ended(world, words)) >= calls);
    }
    if fault.get("abort").and_then(Value::as_bool) == Some(true) {
        std::process::abort();
    }
    if let Some(pair) = fault.get("rename").and_then(Value::as_array) {
        let path = |at: usize| world.folder.join(pair[at].as_str().unwrap_or_default());
        std::fs::rename(path(0), path(1)).expect("the file of a fault can be moved");
    }
    if let Some(signal) = number(fault, "signal_parent") {
        system::signal_parent(signal);
    }
    if let Some(leave) = fault.get("leave").and_then(Value::as_str) {
        start_helper(world, leave == "daemon");
    }
    flood(std::io::stderr(), number(fault, "flood_stderr"));
    flood(std::io::stdout(), number(fault, "flood_stdout"));
    let stderr = fault
        .get("stderr")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if fault.get("hang").and_then(Value::as_bool) == Some(true) {
        let _ = std::io::stderr().write_all(stderr.as_bytes());
        loop {
            sleep(Duration::from_secs(3600));
        }
    }
    let file = fault.get("stdout_file").and_then(Value::as_str);
    let exit = fault.get("exit").and_then(Value::as_i64);
    if file.is_none() && exit.is_none() && number(fault, "flood_stdout").is_none() {
        let _ = std::io::stderr().write_all(stderr.as_bytes());
        return None;
    }
    Some(Ending {
        stdout: file.map_or_else(Vec::new, |file| {
            std::fs::read(world.folder.join(file)).expect("the file of a fault can be read")
        }),
        stderr: stderr.to_owned(),
        code: exit.and_then(|code| i32::try_from(code).ok()).unwrap_or(0),
    })
}

/// Gives up in the end: then the calls did not run as the fault supposes.
fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..6000 {
        if done() {
            return;
        }
        sleep(Duration::from_millis(5));
    }
    std::process::exit(99);
}

#[allow(clippy::zombie_processes)] // It outlives this call on purpose.
fn start_helper(world: &World, daemon: bool) {
    // By the path of this call, beside which the world is.
    let program = std::env::args_os().next().expect("a program has a name");
    let mut command = Command::new(program);
    command.arg(HELPER).stdin(Stdio::null());
    if daemon {
        system::set_apart(&mut command);
    }
    let helper = command.spawn().expect("the helper starts");
    log::helper(world, helper.id());
}

fn flood(mut stream: impl Write, bytes: Option<u64>) {
    let line = [b"noise ".repeat(682), b"\n".to_vec()].concat();
    let mut left = bytes.unwrap_or(0);
    while left > 0 {
        if stream.write_all(&line).is_err() {
            return;
        }
        left = left.saturating_sub(line.len() as u64);
    }
    let _ = stream.flush();
}
