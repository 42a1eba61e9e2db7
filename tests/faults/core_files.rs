//! Memory holds secrets, and core files would hold memory.

use serde_json::json;

use crate::faults::tenants::prepared;
use crate::support::{Sandbox, Started};

/// The program and its children may leave no core file, whatever the limit of the one who starts it
/// is.
#[test]
fn nobody_leaves_a_core_file() {
    let sandbox = Sandbox::tenant(&prepared(0).tenant);
    sandbox.set(
        "faults",
        json!([{"words": "user list --format", "hang": true}]),
    );
    let started = Started::new({
        let mut command = sandbox.command();
        command.args(["--op-timeout", "60"]);
        command
    });
    sandbox.await_calls(7);
    let calls = sandbox.calls();
    let child = calls.iter().find(|call| call.words() == "user list");
    for id in child.map(|call| call.pid).into_iter().chain([started.id()]) {
        let limits = std::fs::read_to_string(format!("/proc/{id}/limits")).unwrap();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        let words: Vec<_> = core.unwrap().split_whitespace().collect();
        assert_eq!(words[4..6], ["0", "0"], "{limits}");
    }
    started.send(rustix::process::Signal::TERM);
    assert_eq!(started.wait().code, Some(143));
    sandbox.assert_clean();
}
