//! What `op` leaves behind in a session of its own, such as its daemon: neither its process group
//! nor its end takes that along. On Linux this process adopts such orphans and ends them; elsewhere
//! nothing names them any more.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A standing service looks for orphans this often at most, and only while no `op` runs.
const EVERY: Duration = Duration::from_secs(1);

/// Whether orphans may come to this process: only the program asks for it, and not whoever uses its
/// parts.
static MAY_ADOPT: AtomicBool = AtomicBool::new(false);
static STATE: Mutex<State> = Mutex::new(State {
    adopts: false,
    running: 0,
    swept: None,
});

struct State {
    /// Orphans come to this process.
    adopts: bool,
    /// How many calls are under way.
    running: usize,
    swept: Option<Instant>,
}

/// With the first `op`, orphans come to this process, which starts no other children beside it.
pub fn adopt() {
    MAY_ADOPT.store(true, Ordering::Relaxed);
}

/// Ends all orphans, and whatever call is still there.
pub fn end() {
    state().sweep();
}

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn adopt(&mut self) {
        // What children of a shell that this program replaced leave behind, or what comes to the
        // first process of a container, cannot be told from what `op` does.
        let is_alone = system::children().is_empty() && std::process::id() != 1;
        self.adopts = is_alone && system::adopt();
    }

    fn sweep(&self) {
        if self.adopts {
            system::children().into_iter().for_each(system::end);
        }
    }
}

/// A call that is under way, from before its start until after its end: while there is one, no
/// child is taken for an orphan.
pub(super) struct UnderWay;

impl UnderWay {
    /// Begins one.
    pub(super) fn begin() -> Self {
        let mut state = state();
        if MAY_ADOPT.swap(false, Ordering::Relaxed) {
            state.adopt();
        }
        state.running += 1;
        Self
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = state();
        state.running -= 1;
        let is_due = state.swept.is_none_or(|swept| swept.elapsed() >= EVERY);
        if state.running == 0 && is_due {
            state.sweep();
            state.swept = Some(Instant::now());
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, waitpid};

    /// Whether orphans come to this process now.
    pub(super) fn adopt() -> bool {
        rustix::process::set_child_subreaper(Some(getpid())).is_ok()
    }

    /// Ends a child, or reaps one that has ended.
    pub(super) fn end(child: u32) {
        if let Some(child) = Pid::from_raw(child.cast_signed()) {
            // It fails when it has ended by itself.
            let _ = kill_process(child, Signal::KILL);
            let _ = waitpid(Some(child), WaitOptions::NOHANG);
        }
    }

    /// The children of this process.
    pub(super) fn children() -> Vec<u32> {
        let own = getpid().as_raw_pid();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let of_us = |pid: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // The name in brackets may hold anything; state and parent follow it.
            let after = stat.rsplit(')').next().unwrap_or_default();
            let parent = after.split(' ').nth(2);
            parent.and_then(|parent| parent.parse().ok()) == Some(own)
        };
        pids.filter(of_us).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    pub(super) fn adopt() -> bool {
        false
    }

    pub(super) fn end(_child: u32) {}

    pub(super) fn children() -> Vec<u32> {
        Vec::new()
    }
}
