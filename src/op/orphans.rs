//! What `op` leaves behind in a session of its own, such as its daemon, and its process group does
//! not take along. On Linux this process adopts such orphans and ends them; elsewhere nothing can.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lock;

/// A standing service looks for orphans this often at most, and only while no `op` runs.
const EVERY: Duration = Duration::from_secs(1);

static STATE: Mutex<State> = Mutex::new(State {
    may_adopt: false,
    adopts: false,
    running: 0,
    swept: None,
});

struct State {
    /// Orphans may come to this process: the program asks for it, not whoever uses its parts.
    may_adopt: bool,
    /// They do.
    adopts: bool,
    /// How many calls are under way.
    running: usize,
    swept: Option<Instant>,
}

/// With the first `op`, orphans come to this process, which starts no other children beside it.
pub fn adopt() {
    lock(&STATE).may_adopt = true;
}

/// Ends all orphans, and whatever call is still there.
pub fn end() {
    // Held meanwhile, so that no call begins.
    let state = lock(&STATE);
    if state.adopts {
        system::end_children();
    }
}

/// A call, from before its start until after its end: while there is one, no child is an orphan.
pub(super) struct UnderWay;

impl UnderWay {
    pub(super) fn begin() -> Self {
        let mut state = lock(&STATE);
        if std::mem::take(&mut state.may_adopt) {
            state.adopts = system::adopt();
        }
        state.running += 1;
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = lock(&STATE);
        state.running -= 1;
        let is_due = state.swept.is_none_or(|swept| swept.elapsed() >= EVERY);
        if state.adopts && state.running == 0 && is_due {
            system::end_children();
            state.swept = Some(Instant::now());
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};

    /// Whether orphans come to this process from now on. What children of a shell that this program
    /// replaced leave behind, or what comes to the first process of a container, cannot be told
    /// from what `op` does.
    pub(super) fn adopt() -> bool {
        let is_alone = children().is_empty() && !getpid().is_init();
        is_alone && rustix::process::set_child_subreaper(Some(getpid())).is_ok()
    }

    /// Ends the children of this process, and reaps those that have ended.
    pub(super) fn end_children() {
        for child in children() {
            // It fails when it has ended by itself.
            let _ = kill_process(child, Signal::KILL);
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
        }
    }

    fn children() -> Vec<Pid> {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let child = |entry: std::fs::DirEntry| {
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            // The name in brackets may hold anything; state and parent follow it.
            let parent = stat.rsplit(')').next()?.split(' ').nth(2)?;
            (parent.parse() == Ok(getpid().as_raw_pid())).then_some(pid)
        };
        entries.filter_map(child).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn adopt() -> bool {
        false
    }

    pub(super) fn end_children() {}
}
