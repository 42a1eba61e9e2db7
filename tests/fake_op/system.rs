//! What the fake asks of the system.

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    use std::process::Command;
    use std::time::Duration;

    use rustix::process::{Signal, kill_process};
    use rustix::time::{ClockId, clock_gettime};

    use crate::world::World;

    /// The time that this process has used, its start included, which comes before `main`.
    pub(crate) fn spent() -> Duration {
        Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
    }

    /// Whether standard input is the null device.
    pub(crate) fn has_null_input() -> bool {
        let device = |path| std::fs::metadata(path).map(|metadata| metadata.rdev());
        device("/dev/null")
            .is_ok_and(|null| null != 0 && device("/dev/stdin").is_ok_and(|input| input == null))
    }

    /// Its process id tells whether a process is there.
    pub(crate) fn announce(_world: &World) -> Option<File> {
        None
    }

    /// Starts it in a process group of its own.
    pub(crate) fn set_apart(command: &mut Command) {
        command.process_group(0);
    }

    /// Nobody is told when the connector is gone already: its child then has another parent, not of
    /// that name.
    pub(crate) fn signal_parent(number: u64) {
        let parent = rustix::process::getppid().expect("the call has a parent");
        let signal = i32::try_from(number).ok().and_then(Signal::from_named_raw);
        let name = std::fs::read(format!("/proc/{}/comm", parent.as_raw_pid()));
        let is_connector = name.map_or(!parent.is_init(), |name| name.starts_with(b"baton-1pass"));
        if let (Some(signal), true) = (signal, is_connector) {
            let _ = kill_process(parent, signal);
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::fs::File;
    use std::os::windows::fs::OpenOptionsExt;
    use std::os::windows::process::CommandExt;
    use std::process::Command;
    use std::time::Duration;

    use winapi_util::HandleRef;

    use crate::world::World;

    /// Not known here without unsafe code, and little beside what the start of a process takes.
    pub(crate) fn spent() -> Duration {
        Duration::ZERO
    }

    const FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    const DETACHED_PROCESS: u32 = 0x8;

    /// Whether standard input is the null device.
    pub(crate) fn has_null_input() -> bool {
        let input = HandleRef::stdin();
        let is_device = winapi_util::file::typ(&input).is_ok_and(|kind| kind.is_char());
        is_device && winapi_util::console::mode(&input).is_err()
    }

    /// A file `alive.PID` beside the world, which the system deletes when this process ends, in
    /// whatever way.
    pub(crate) fn announce(world: &World) -> Option<File> {
        File::options()
            .write(true)
            .create(true)
            .custom_flags(FLAG_DELETE_ON_CLOSE)
            .open(world.folder.join(format!("alive.{}", std::process::id())))
            .ok()
    }

    /// Starts it without the console of this one.
    pub(crate) fn set_apart(command: &mut Command) {
        command.creation_flags(DETACHED_PROCESS);
    }

    /// There are no signals.
    pub(crate) fn signal_parent(_number: u64) {}
}
