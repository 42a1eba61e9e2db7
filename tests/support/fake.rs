//! Finds the fake `op` that cargo built, and builds it when it is missing or older than its source.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The fake `op`. `cargo test` builds it with everything else; `cargo test --test x` does not.
pub fn fake_op() -> &'static Path {
    static FAKE: OnceLock<PathBuf> = OnceLock::new();
    FAKE.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test
            .ancestors()
            .nth(2)
            .expect("tests lie in target/<profile>/deps");
        let fake = profile
            .join("examples/fake-op")
            .with_extension(std::env::consts::EXE_EXTENSION);
        if modified(&fake) < newest_source() {
            build(profile);
        }
        fake
    })
}

fn build(profile: &Path) {
    let mut command = Command::new(env!("CARGO"));
    command.args([
        "build",
        "--quiet",
        "--example",
        "fake-op",
        "--manifest-path",
    ]);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    command.arg("--target-dir").arg(profile.parent().unwrap());
    if profile.ends_with("release") {
        command.arg("--release");
    }
    assert!(
        command.status().unwrap().success(),
        "the fake op could not be built"
    );
}

fn newest_source() -> Option<SystemTime> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_op");
    folder
        .read_dir()
        .unwrap()
        .map(|entry| modified(&entry.unwrap().path()))
        .max()
        .flatten()
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}
