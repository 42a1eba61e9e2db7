//! One sync as a process, with what it took.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::tenant::{self, Size};

/// What a sync took.
pub struct Measured {
    name: String,
    /// 1 for the first sync into a file, 2 for the one after it.
    sync: u32,
    latency: u64,
    workers: u64,
    grants: u64,
    wall: Duration,
    /// Of the connector itself.
    cpu: Duration,
    /// Of all `op` processes.
    op_cpu: Duration,
    peak: u64,
    calls: u64,
    bytes: u64,
}

impl Measured {
    pub const HEADER: &str = "tenant  sync  op ms  workers    grants   wall s    cpu s  op cpu s  peak MB  op calls   rows/s  file MB";
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.wall.as_secs_f64();
        write!(
            f,
            "{:<6} {:>5} {:>6} {:>8} {:>9} {:>8.2} {:>8.2} {:>9.2} {:>8.1} {:>9} {:>8.0} {:>8.1}",
            self.name,
            self.sync,
            self.latency,
            self.workers,
            self.grants,
            seconds,
            self.cpu.as_secs_f64(),
            self.op_cpu.as_secs_f64(),
            self.peak as f64 / 1e6,
            self.calls,
            self.grants as f64 / seconds,
            self.bytes as f64 / 1e6,
        )
    }
}

/// Makes the tenant, syncs it twice into one file, and prints what the summaries and the system
/// say.
pub fn syncs(name: &str, size: &Size, latency: u64, workers: u64) {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers");
    std::fs::create_dir(&answers).unwrap();
    // Each worker may ask once when its share of the people last signed in.
    let most_calls = tenant::write(&answers, size, 1) as u64 + workers;
    let op = folder.path().join("op");
    std::os::unix::fs::symlink(fake_op(), &op).unwrap();
    let world = json!({"answers": answers, "latency_ms": latency});
    std::fs::write(folder.path().join("op.json"), world.to_string()).unwrap();
    for sync in 1..=2 {
        let (usage, wall, summary) = run(folder.path(), &op, workers);
        let number = |path: &str| summary.pointer(path).and_then(Value::as_u64).unwrap();
        let calls = number("/op_calls");
        assert!(
            calls <= most_calls,
            "{calls} calls of op, {most_calls} are enough"
        );
        let measured = Measured {
            name: name.to_owned(),
            sync,
            latency,
            workers,
            grants: number("/grants/direct") + number("/grants/inherited"),
            wall,
            cpu: usage.own,
            op_cpu: usage.children,
            peak: usage.peak,
            calls,
            bytes: number("/bytes"),
        };
        println!("{measured}");
    }
}

/// One sync as a process.
fn run(folder: &Path, op: &Path, workers: u64) -> (Usage, Duration, Value) {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_baton-1password"))
        .env_clear()
        .env("HOME", folder)
        .args([
            "--summary-format",
            "json",
            "--workers",
            &workers.to_string(),
            "--op-path",
        ])
        .arg(op)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let usage = watch(&mut child);
    let wall = began.elapsed();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let summary = serde_json::from_slice(&output.stdout).expect("a JSON summary");
    (usage, wall, summary)
}

/// The fake `op`, built as fast as the product.
fn fake_op() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--release", "--example", "fake-op"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success());
    // …/target/release/baton-1password → …/target/release/examples/fake-op
    let release = Path::new(env!("CARGO_BIN_EXE_baton-1password"))
        .parent()
        .unwrap();
    release.join("examples/fake-op")
}

#[derive(Default)]
struct Usage {
    own: Duration,
    children: Duration,
    peak: u64,
}

/// Looks at the process until it has ended; what it used is there to be read until it is reaped.
fn watch(child: &mut Child) -> Usage {
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let mut usage = Usage::default();
    loop {
        if let Ok(status) = std::fs::read_to_string(process.join("status")) {
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kilobytes = peak.and_then(|text| text.trim().strip_suffix(" kB")?.parse().ok());
            usage.peak = usage.peak.max(kilobytes.unwrap_or(0) * 1024);
        }
        let Ok(stat) = std::fs::read_to_string(process.join("stat")) else {
            return usage;
        };
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .split_whitespace()
            .collect();
        // Fields of proc_pid_stat(5), the first two cut off; the kernel counts in hundredths.
        let ticks = |at: usize| fields[at - 3].parse::<u64>().unwrap_or(0);
        usage.own = Duration::from_millis((ticks(14) + ticks(15)) * 10);
        usage.children = Duration::from_millis((ticks(16) + ticks(17)) * 10);
        if fields[0] == "Z" {
            return usage;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
