//! Carries a case out with the real program and checks what came of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::faults::case::{Broken, Case, Fault, Place, Replacement};
use crate::faults::expected::{Expected, SERVER};
use crate::faults::tenants::{Means, Prepared, SECRETS, prepared, sandbox, start};
use crate::faults::words::WORDS;
use crate::support::records::{File, Records};
use crate::support::{Run, Sandbox};

/// Carries the case out; panics with the reason when something is wrong.
pub(crate) fn check(case: &Case) {
    let prepared = prepared(case.tenant);
    let sandbox = sandbox(&prepared.tenant);
    let target = sandbox.path("work/sync.c1z");
    if case.old || matches!(case.fault, Fault::Grant { .. }) {
        std::fs::write(&target, &prepared.old).unwrap();
    }
    match &case.fault {
        Fault::Place(place) => return in_place(&sandbox, case, *place),
        Fault::Together { runs } => return together(&sandbox, prepared, *runs),
        Fault::Grant { call, how } => return grant(&sandbox, prepared, *call, *how),
        Fault::Clock { .. } if case.old => from_the_future(&target),
        Fault::Link => {
            std::fs::create_dir(sandbox.path("work/real")).unwrap();
            let _ = std::fs::rename(&target, sandbox.path("work/real/file"));
            std::os::unix::fs::symlink("real/file", &target).unwrap();
        }
        _ => {}
    }
    let before = std::fs::read(&target).ok();
    arrange(&sandbox, case);
    let run = run(&sandbox, case);
    let expected = Expected::of(case);
    let after = std::fs::read(&target).ok();
    let replaced = matches!(case.fault, Fault::TargetReplaced { .. });
    let kept = if replaced {
        Some(prepared.new.clone())
    } else {
        before
    };
    match (&expected, run.code) {
        (Expected::Success { .. } | Expected::Either(_) | Expected::Killed, Some(0)) => {
            let without = match &expected {
                Expected::Success { without } => without.as_deref(),
                _ => None,
            };
            assert_complete(&target, prepared, case.means, without);
        }
        (Expected::Unread(listing), Some(0)) => assert_unread(&target, prepared, listing),
        (Expected::Failure(codes) | Expected::Either(codes), Some(code))
            if codes.contains(&code) =>
        {
            assert!(after == kept, "the old file changed");
            let said = run.last_line();
            let stopped = code > 128;
            assert!(stopped || said.starts_with("error: "), "says {said:?}");
        }
        (Expected::Killed, None) => {
            let complete = after.is_some() && after != kept;
            if complete {
                assert_complete(&target, prepared, case.means, None);
            }
        }
        _ => panic!("expected {expected:?}, got {:?}: {}", run.code, run.stderr),
    }
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    let names: &[&str] = if matches!(case.fault, Fault::Link) {
        assert!(target.is_symlink(), "the link was replaced");
        &["real", "sync.c1z"]
    } else {
        &["sync.c1z"]
    };
    assert_tidy(&sandbox, case, &run, names);
    if case.again && !replaced {
        sandbox.set("faults", json!([]));
        restore_op(&sandbox);
        let again = start(&sandbox, case.means, &[], &[]).wait();
        assert_eq!(again.code, Some(0), "the run after: {}", again.stderr);
        assert_complete(&target, prepared, case.means, None);
        assert_tidy(&sandbox, case, &again, names);
    }
}

/// Tells the fake `op` what goes wrong.
fn arrange(sandbox: &Sandbox, case: &Case) {
    let at = |call: &usize, fault: Value| {
        let mut fault = fault;
        fault["words"] = json!(case.command(*call));
        sandbox.set("faults", json!([fault]));
    };
    match &case.fault {
        Fault::Words { call, words, once } => {
            let words = &WORDS[*words];
            let times = if *once { 1 } else { u64::MAX };
            at(
                call,
                json!({"exit": words.op_exit, "stderr": words.stderr(), "times": times}),
            );
        }
        Fault::Hang { call, helper: true } => at(call, json!({"hang": true, "leave": "group"})),
        Fault::Hang { call, .. } => at(call, json!({"hang": true})),
        Fault::Signal { call, signal, hang } => {
            at(
                call,
                json!({"signal_parent": signal, "times": 1, "hang": hang}),
            );
        }
        Fault::Garbage { call, text } => {
            sandbox.write("bin/garbage", text);
            at(call, json!({"stdout_file": "garbage"}));
        }
        Fault::Flood {
            call,
            stdout: true,
            bytes,
        } => at(call, json!({"flood_stdout": bytes})),
        Fault::Flood { call, bytes, .. } => at(call, json!({"flood_stderr": bytes})),
        Fault::Abort { call } => at(call, json!({"abort": true})),
        Fault::Leftover { call } => at(call, json!({"leave": "group", "times": 1})),
        Fault::TargetReplaced { call } => {
            sandbox.write("other.c1z", &prepared(case.tenant).new);
            at(
                call,
                json!({"rename": ["../other.c1z", "../work/sync.c1z"], "times": 1}),
            );
        }
        Fault::OpReplaced { call, by } => {
            replacement(sandbox, *by);
            at(call, json!({"rename": ["other", "op"], "times": 1}));
        }
        Fault::FullDisk { .. }
        | Fault::Place(_)
        | Fault::Link
        | Fault::Together { .. }
        | Fault::Clock { .. }
        | Fault::Grant { .. } => {}
    }
}

fn run(sandbox: &Sandbox, case: &Case) -> Run {
    let file = ["-f", "sync.c1z"];
    match &case.fault {
        Fault::Hang { .. } => start(
            sandbox,
            case.means,
            &[],
            &["-f", "sync.c1z", "--op-timeout", "1"],
        )
        .wait(),
        Fault::FullDisk { blocks, signal } => {
            let ignored = if *signal { "" } else { "trap '' XFSZ; " };
            let limited = format!("{ignored}ulimit -f {blocks} && exec \"$0\" \"$@\"");
            start(sandbox, case.means, &["/bin/sh", "-c", &limited], &file).wait()
        }
        Fault::Clock { zone } => {
            let moved = format!("TZ={zone}; export TZ; exec \"$0\" \"$@\"");
            start(sandbox, case.means, &["/bin/sh", "-c", &moved], &file).wait()
        }
        _ => start(sandbox, case.means, &[], &file).wait(),
    }
}

/// What comes in place of `op`.
fn replacement(sandbox: &Sandbox, by: Replacement) {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let other = sandbox.path("bin/other");
    match by {
        Replacement::Nothing => symlink("nowhere", other).unwrap(),
        Replacement::Update => symlink(std::fs::read_link(sandbox.op()).unwrap(), other).unwrap(),
        Replacement::NoProgram => sandbox.write("bin/other", "half a download"),
        Replacement::Silent => {
            sandbox.write("bin/other", "#!/bin/sh\n");
            std::fs::set_permissions(other, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

fn restore_op(sandbox: &Sandbox) {
    std::fs::remove_file(sandbox.op()).unwrap();
    std::os::unix::fs::symlink(crate::support::fake(), sandbox.op()).unwrap();
}

/// The file is whole, and its newest sync holds what the tenant has, but for what the text names. A
/// service account is not shown Connect servers (`src/op/op-cli.md`, Connect).
fn assert_complete(target: &Path, prepared: &Prepared, means: Means, without: Option<&str>) {
    let mut newest = File::open(target).newest();
    let mut whole = prepared.records.clone();
    let unread = take_unread(&mut newest);
    take_unread(&mut whole);
    let unseen = (means == Means::Service).then_some(SERVER);
    let without: Vec<&str> = without.into_iter().chain(unseen).collect();
    assert_eq!(
        unread.is_empty(),
        without.is_empty(),
        "what is left out is remembered: {unread:?}"
    );
    let (ours, theirs) = (rows(&newest, &[]), rows(&whole, &without));
    let different = |a: &[Row<'_>], b: &[Row<'_>]| -> Vec<String> {
        let only = a.iter().filter(|row| !b.contains(row));
        only.map(|row| format!("{} {}", row.0, row.1)).collect()
    };
    assert!(
        ours == theirs,
        "records: too much {:?}, too little {:?}",
        different(&ours, &theirs),
        different(&theirs, &ours)
    );
}

/// The newest sync remembers that the listing was not read, and invents nothing for it.
fn assert_unread(target: &Path, prepared: &Prepared, listing: &str) {
    let mut newest = File::open(target).newest();
    let unread = take_unread(&mut newest);
    assert!(unread.iter().any(|gap| gap == listing), "{unread:?}");
    let whole = rows(&prepared.records, &[]);
    for (id, _) in rows(&newest, &[]) {
        assert!(whole.iter().any(|(known, _)| *known == id), "{id}");
    }
}

/// What the file remembers as not read, which is then not compared.
fn take_unread(records: &mut Records) -> Vec<String> {
    let accounts = records.resources.iter_mut();
    let mut accounts = accounts.filter(|(id, _)| id.starts_with("account:"));
    let (_, account) = accounts.next().expect("an account");
    let profile = account.as_object_mut().unwrap().remove("profile");
    let unread = profile.expect("a profile")["unread"].clone();
    let unread = unread.as_object().expect("the file tells");
    unread.keys().cloned().collect()
}

/// The id of a record, and the record.
type Row<'a> = (&'a String, &'a Value);

fn rows<'a>(records: &'a Records, without: &[&str]) -> Vec<Row<'a>> {
    let tables = [
        &records.resource_types,
        &records.resources,
        &records.entitlements,
        &records.grants,
        &records.expansions,
    ];
    let all = tables.into_iter().flatten();
    all.filter(|(id, _)| !without.iter().any(|text| id.contains(text)))
        .collect()
}

/// No file, process or secret is where it should not be.
fn assert_tidy(sandbox: &Sandbox, case: &Case, run: &Run, names: &[&str]) {
    let mut left = listing(&sandbox.path("work"));
    left.retain(|name| !names.contains(&name.as_str()));
    let killed = matches!(case.fault, Fault::Signal { signal: 9, .. });
    if killed {
        // SQLite wants a name for the moment in which it opens its working copy, which holds
        // nothing by then.
        let size = |name: &String| sandbox.path("work").join(name).metadata().unwrap().len();
        left.retain(|name| !(name.starts_with(".c1z-") && size(name) == 0));
    }
    assert!(left.is_empty(), "files beside the target: {left:?}");
    if killed {
        // Nothing can tidy up after itself then; what hangs is stopped here.
        for call in sandbox
            .all_calls()
            .iter()
            .filter(|call| call.ended.is_none())
        {
            stop(sandbox, call.pid);
        }
    }
    sandbox.assert_clean();
    for secret in SECRETS {
        sandbox.assert_hidden(secret, &[&run.stdout, &run.stderr]);
        for file in files(&sandbox.path("work"))
            .into_iter()
            .chain(files(&sandbox.path("home")))
        {
            let bytes = std::fs::read(&file).unwrap();
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "a secret in {}", file.display());
        }
    }
    for call in sandbox.all_calls() {
        let seen = call.environment.iter();
        for (name, value) in
            seen.filter(|(_, value)| SECRETS.iter().any(|secret| value.contains(secret)))
        {
            // An account that `op` says it does not know is added, which takes the Secret Key.
            let adds = call.words().starts_with("account add") && name == "OP_SECRET_KEY";
            let may = adds || name == "OP_SERVICE_ACCOUNT_TOKEN" || name.starts_with("OP_SESSION");
            assert!(may, "{name} of {:?} holds {value}", call.argv);
        }
    }
}

/// Ends a process if it is the fake `op` of this sandbox; another one may have its number by now.
fn stop(sandbox: &Sandbox, pid: u32) {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    if line.starts_with(sandbox.op().as_os_str().as_encoded_bytes())
        && let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed())
    {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

fn listing(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.symlink_metadata().unwrap().is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .filter(|path| path.is_file())
        .collect()
}

/// The output path is unusable: said before `op` is asked anything, and nothing changes. That a
/// file is cut short shows while the first calls run. A file of the other container is replaced.
fn in_place(sandbox: &Sandbox, case: &Case, place: Place) {
    let bytes: Option<Vec<u8>> = match place {
        Place::Foreign => Some(b"somebody's notes\n".to_vec()),
        Place::Cut => Some(prepared(case.tenant).old[..37].to_vec()),
        Place::Version3 => Some(b"C1Z3\0and so on, for a while".to_vec()),
        _ => None,
    };
    let file = match place {
        Place::NoFolder => "none/at/all.c1z",
        Place::BelowFile => "plain/sync.c1z",
        Place::Folder => "folder",
        Place::Ring => "ring",
        Place::Foreign | Place::Cut | Place::Version3 => "odd.c1z",
        Place::System => "/proc/self/sync.c1z",
    };
    match place {
        Place::BelowFile => sandbox.write("work/plain", "a file"),
        Place::Folder => std::fs::create_dir(sandbox.path("work/folder")).unwrap(),
        Place::Ring => std::os::unix::fs::symlink("ring", sandbox.path("work/ring")).unwrap(),
        _ => {}
    }
    if let Some(bytes) = &bytes {
        sandbox.write("work/odd.c1z", bytes);
    }
    let before = listing(&sandbox.path("work"));
    let run = start(sandbox, case.means, &[], &["-f", file]).wait();
    if matches!(place, Place::Version3) {
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("a c1z v3 (Pebble) file"),
            "{}",
            run.stderr
        );
        return;
    }
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    if !matches!(place, Place::Cut) {
        assert_eq!(sandbox.all_calls().len(), 0);
    }
    assert_eq!(listing(&sandbox.path("work")), before);
    if let Some(bytes) = bytes {
        assert!(std::fs::read(sandbox.path("work/odd.c1z")).unwrap() == bytes);
    }
    assert_tidy(
        sandbox,
        case,
        &run,
        &before.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}

/// Several runs on one file: each is done or told why not, at least one is done, and the file is
/// whole.
fn together(sandbox: &Sandbox, prepared: &Prepared, runs: usize) {
    let started: Vec<_> = (0..runs)
        .map(|_| start(sandbox, Means::Unlocked, &[], &[]))
        .collect();
    let done: Vec<Run> = started.into_iter().map(|run| run.wait()).collect();
    let codes: Vec<_> = done.iter().map(|run| run.code).collect();
    assert!(codes.contains(&Some(0)), "{codes:?} {}", done[0].stderr);
    assert!(
        codes.iter().all(|code| [Some(0), Some(5)].contains(code)),
        "{codes:?}"
    );
    assert_complete(
        &sandbox.path("work/sync.c1z"),
        prepared,
        Means::Unlocked,
        None,
    );
    assert_eq!(listing(&sandbox.path("work")), ["sync.c1z"]);
    sandbox.assert_clean();
}

/// Success means that the grant is there. The file is never touched.
fn grant(sandbox: &Sandbox, prepared: &Prepared, call: usize, how: Broken) {
    let mut fault = match how {
        Broken::Words(words) => {
            json!({"exit": WORDS[words].op_exit, "stderr": WORDS[words].stderr()})
        }
        Broken::Hang => json!({"hang": true}),
        Broken::Signal(signal) => json!({"signal_parent": signal, "hang": true}),
        Broken::Abort => json!({"abort": true}),
    };
    fault["call"] = json!(call + 1);
    fault["times"] = json!(1);
    sandbox.set("faults", json!([fault]));
    let business = prepared.tenant["account"]["type"] == "BUSINESS";
    let permission = if business {
        "view_items"
    } else {
        "allow_viewing"
    };
    let entitlement = format!("vault:vault0:{permission}");
    let arguments = [
        "--grant-entitlement",
        &entitlement,
        "--grant-principal",
        "USER1",
        "--grant-principal-type",
        "user",
        "--op-timeout",
        "1",
    ];
    let run = start(sandbox, Means::Unlocked, &[], &arguments).wait();
    assert!(
        std::fs::read(sandbox.path("work/sync.c1z")).unwrap() == prepared.old,
        "the file changed"
    );
    match (run.code, how) {
        (Some(0), _) => {
            let held = &sandbox.tenant_now()["vault_users"]["vault0"]["USER1"];
            let held = held.as_array().map(Vec::as_slice).unwrap_or_default();
            assert!(
                held.contains(&json!(permission)),
                "not granted: {}",
                run.stderr
            );
        }
        (Some(code @ (129 | 130 | 143)), Broken::Signal(signal)) if code == 128 + signal => {}
        (None, Broken::Signal(9)) => {}
        (Some(3 | 4 | 7), _) => {
            assert!(run.last_line().starts_with("error: "), "{}", run.stderr);
        }
        (code, _) => panic!("{code:?}: {}", run.stderr),
    }
    let case = Case {
        tenant: 0,
        means: Means::Unlocked,
        old: true,
        again: false,
        fault: Fault::Signal {
            call,
            signal: if run.code.is_none() { 9 } else { 15 },
            hang: true,
        },
    };
    assert_tidy(sandbox, &case, &run, &["sync.c1z"]);
}

/// Rewrites a file so that its syncs ended long after today.
fn from_the_future(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("db");
    std::fs::write(&plain, zstd::decode_all(&bytes[5..]).unwrap()).unwrap();
    let database = rusqlite::Connection::open(&plain).unwrap();
    let sql = "update v1_sync_runs set started_at = '2091-01-01 08:00:00', ended_at = '2091-01-01 08:00:09.25'";
    assert!(database.execute(sql, []).unwrap() > 0);
    drop(database);
    let packed = zstd::encode_all(std::fs::read(&plain).unwrap().as_slice(), 3).unwrap();
    std::fs::write(path, [&b"C1ZF\0"[..], &packed].concat()).unwrap();
}
