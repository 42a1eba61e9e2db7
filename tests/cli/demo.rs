//! The demo, as an installed program without a clone runs it.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use crate::support::Sandbox;

/// `BLESS=1 cargo test --test outside cli` packs them anew.
#[test]
fn the_answers_in_the_program_are_those_of_the_fixtures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let entries = std::fs::read_dir(folder.join("answers")).unwrap();
    let answer = |path: &Path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let answers: BTreeMap<String, String> = entries
        .map(|entry| answer(&entry.unwrap().path()))
        .collect();
    let packed = folder.join("answers.json.zst");
    if std::env::var_os("BLESS").is_some() {
        let json = serde_json::to_vec(&answers).unwrap();
        std::fs::write(&packed, zstd::encode_all(&*json, 19).unwrap()).unwrap();
    }
    let unpacked = zstd::decode_all(&*std::fs::read(packed).unwrap()).unwrap();
    let unpacked: BTreeMap<String, String> = serde_json::from_slice(&unpacked).unwrap();
    assert_eq!(unpacked, answers);
}

#[test]
fn it_needs_nothing_and_leaves_two_files() {
    let sandbox = Sandbox::new(json!({}));
    sandbox.write("work/.baton.yaml", "email: somebody@else.example\n");
    for _ in 0..2 {
        let mut command = sandbox.command();
        command
            .env("PATH", "")
            .env("BATON_FILE", "other.c1z")
            .arg("demo");
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(
            stderr.starts_with("Synced Northlight Coffee Roasters"),
            "{stderr}"
        );
        assert!(!stderr.contains("warning"), "{stderr}");
        assert!(stderr.contains("Open demo.html in a browser."), "{stderr}");
    }
    let entries = std::fs::read_dir(sandbox.path("work")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".baton.yaml", "demo.c1z", "demo.html"]);
}

#[cfg(unix)]
#[test]
fn it_draws_no_line_again_where_the_terminal_cannot() {
    for (term, draws) in [("dumb", false), ("xterm-256color", true)] {
        let sandbox = Sandbox::new(json!({}));
        let mut command = sandbox.command();
        command.env("TERM", term).arg("demo");
        let (code, shown) = super::pty::Pty::start(command, 80).end();
        assert_eq!(code, Some(0), "{shown}");
        assert_eq!(shown.contains("\u{1b}[K"), draws, "{term}: {shown:?}");
    }
}

/// Both take the file that a sync writes, wherever that is said.
#[test]
fn a_report_without_a_file_takes_the_one_of_the_sync() {
    let sandbox = Sandbox::canned(&crate::support::fixture("golden/tiny/op"));
    let run = sandbox.run(&["report"]);
    assert!(run.stderr.contains("sync.c1z"), "{}", run.stderr);
    for (flags, file) in [(&[][..], "sync.c1z"), (&["-f", "other.c1z"], "other.c1z")] {
        assert_eq!(sandbox.run(flags).code, Some(0));
        let run = sandbox.run(&[&["report"], flags].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains(file), "{}", run.stdout);
    }
}
