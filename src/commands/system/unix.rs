//! Processes on Linux, macOS and their like: signals, limits, the null device.

use std::future::poll_fn;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::task::Poll;

use rustix::fs::{OFlags, fcntl_getfl, fstat};
use rustix::process::{Resource, Rlimit, Signal as Raw, setrlimit};
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use crate::exit::{self, Signal};

/// What asks the program to end; listened to from its creation on, so that nothing is lost between
/// two waits. SIGHUP is not among it where it was ignored at the start, as `nohup` asks for.
pub(in crate::commands) struct Signals(Vec<(Stream, Signal)>);

impl Signals {
    pub(in crate::commands) fn listen() -> io::Result<Self> {
        // A file that reaches the size limit of this process is a failed write, reported and tidied
        // up after, not the end of the process. The handler stays when the stream is dropped.
        drop(signal(SignalKind::from_raw(Raw::XFSZ.as_raw()))?);
        let hangup = (SignalKind::hangup(), "SIGHUP", exit::HANGUP);
        let others = [
            (SignalKind::interrupt(), "SIGINT", exit::INTERRUPT),
            (SignalKind::terminate(), "SIGTERM", exit::TERMINATE),
        ];
        let all = (!ignores_hangup()).then_some(hangup).into_iter();
        let all = all.chain(others);
        let streams = all.map(|(kind, name, code)| Ok((signal(kind)?, Signal { name, code })));
        streams.collect::<io::Result<_>>().map(Self)
    }

    pub(in crate::commands) async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            let mut come = self.0.iter_mut();
            let come = come.find_map(|(stream, signal)| {
                stream.poll_recv(context).is_ready().then_some(*signal)
            });
            come.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// Whether this process was started with SIGHUP ignored. The system's own call for it is unsafe in
/// Rust, so Linux is asked through its process table, and elsewhere a shell, which keeps what it
/// was started with: it outlives the signal then.
fn ignores_hangup() -> bool {
    #[cfg(target_os = "linux")]
    {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & (1 << (Raw::HUP.as_raw() - 1)) != 0)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let mut shell = std::process::Command::new("/bin/sh");
        let shell = shell.args(["-c", "kill -HUP $$"]);
        shell.status().is_ok_and(|status| status.success())
    }
}

/// Memory holds passwords and tokens, and a core file would hold memory: this process and its
/// children leave none.
pub(in crate::commands) fn forbid_core_files() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Lowering a limit is always allowed.
    let _ = setrlimit(Resource::Core, none);
}

/// Whether nobody gets what is printed. A program that is started with standard output closed finds
/// the null device there, open for both ways, which no shell does when it is asked for that device.
pub(in crate::commands) fn stdout_is_closed() -> bool {
    let out = io::stdout();
    let both_ways = fcntl_getfl(&out).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    let null = std::fs::metadata("/dev/null").map(|null| null.rdev());
    let device = fstat(&out).map(|stat| stat.st_rdev);
    both_ways && null.is_ok_and(|null| device.is_ok_and(|device| device == null))
}

/// Another name for a program.
pub(in crate::commands) fn link(program: &Path, name: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(program, name)
}
