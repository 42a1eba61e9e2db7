//! Going on after an interruption.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::world::{tenant, user};
use crate::support::records::File;
use crate::support::{ENDS, STATE, Sandbox, Signal};

/// Directory calls (5), two Connect calls, one group, two calls a vault.
const fn all(vaults: usize) -> usize {
    9 + 2 * vaults
}

fn tenant_of(vaults: usize) -> Value {
    let mut tenant = tenant("BUSINESS");
    let id = |i: usize| format!("vault{i:03}");
    let rows = (0..vaults).map(|i| json!({"id": id(i), "name": format!("Vault {i}")}));
    tenant["vaults"] = rows.collect();
    for i in 0..vaults {
        tenant["vault_users"][id(i)] = json!({"UANN": ["view_items"]});
        tenant["vault_groups"][id(i)] = json!({"gteam": ["view_items", "edit_items"]});
    }
    tenant
}

fn journals(sandbox: &Sandbox) -> Vec<PathBuf> {
    let folder = sandbox.path(STATE);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

/// A run that hangs when 60 % of the calls are made and is then ended by the signal.
fn interrupted(signal: Signal, vaults: usize) -> Sandbox {
    let sandbox = Sandbox::tenant(&tenant_of(vaults));
    let before = all(vaults) * 6 / 10;
    sandbox.set("faults", json!([{"skip": before, "hang": true}]));
    let started = sandbox.start(&[]);
    sandbox.await_calls(before + 1);
    started.send(signal);
    started.wait();
    sandbox.set("faults", json!([]));
    sandbox
}

fn records(sandbox: &Sandbox) -> (Vec<String>, Vec<String>) {
    let file = File::open(&sandbox.path("work/sync.c1z"));
    (
        file.strings("select external_id || hex(data) from v1_grants order by external_id"),
        file.strings("select external_id || hex(data) from v1_resources order by external_id"),
    )
}

/// The calls since the first `made`, each once: a child that outlived a killed run may log late.
fn asked_since(sandbox: &Sandbox, made: usize) -> usize {
    let calls = sandbox
        .calls()
        .into_iter()
        .skip(made)
        .map(|call| call.words());
    calls.collect::<BTreeSet<_>>().len()
}

/// A run killed at 60 % finishes the second time with at most 45 % of the calls, with the result
/// of a fresh run, and leaves no journal.
#[test]
fn an_interrupted_run_goes_on() {
    const VAULTS: usize = 150;
    let fresh = Sandbox::tenant(&tenant_of(VAULTS));
    assert_eq!(fresh.run(&[]).code, Some(0));
    assert_eq!(
        (fresh.calls().len(), journals(&fresh).len()),
        (all(VAULTS), 0)
    );
    for signal in ENDS {
        let sandbox = interrupted(*signal, VAULTS);
        let kept = journals(&sandbox);
        assert_eq!(kept.len(), 1);
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&kept[0].metadata().unwrap().permissions())
                & 0o777,
            0o600
        );
        let made = sandbox.calls().len();
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let again = asked_since(&sandbox, made);
        assert!(
            again * 100 <= all(VAULTS) * 45,
            "{again} of {} calls",
            all(VAULTS)
        );
        assert!(
            run.stderr.contains(" answers, up to 1 min old"),
            "{}",
            run.stderr
        );
        assert_eq!(records(&sandbox), records(&fresh));
        assert_eq!(journals(&sandbox).len(), 0);
    }
}

/// The system ends all that a run has started with the run, also what starts at that moment: that
/// would hold the pipes of the run open, and its end is waited for.
#[cfg(windows)]
#[test]
fn a_killed_run_takes_op_along() {
    for _ in 0..10 {
        interrupted(Signal::KILL, 10).assert_clean();
    }
}

/// Other options, another target, a closed window or `--no-resume` use nothing of it.
#[test]
fn only_the_same_run_goes_on() {
    for arguments in [
        &["--no-resume"][..],
        &["--resume-window", "0"],
        &["-f", "other.c1z"],
        &["--limit-vault-permissions", "member"],
        &["--account", "somebody@else"],
    ] {
        let sandbox = interrupted(Signal::KILL, 10);
        let made = sandbox.calls().len();
        let run = sandbox.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
        assert_eq!(asked_since(&sandbox, made), all(10), "{arguments:?}");
    }
}

/// A damaged journal costs calls, not correctness.
#[test]
fn a_damaged_journal_is_dropped() {
    let sandbox = interrupted(Signal::KILL, 10);
    let journal = journals(&sandbox).remove(0);
    let mut bytes = std::fs::read(&journal).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    std::fs::write(&journal, bytes).unwrap();
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let fresh = Sandbox::tenant(&tenant_of(10));
    assert_eq!(fresh.run(&[]).code, Some(0));
    assert_eq!(records(&sandbox), records(&fresh));
}

/// After a failure that is `op`'s last word nothing is kept: the next run sees the tenant as it is
/// then. The lists of users, groups and vaults are asked anew in every case.
#[test]
fn a_refused_run_starts_over() {
    let sandbox = Sandbox::tenant(&tenant_of(10));
    let stderr = "[ERROR] (403) Forbidden: You aren't authorized to access this resource.\n";
    sandbox.set(
        "faults",
        json!([{"words": "vault009", "exit": 1, "stderr": stderr}]),
    );
    assert_eq!(sandbox.run(&[]).code, Some(4));
    assert_eq!(journals(&sandbox).len(), 0);

    let sandbox = interrupted(Signal::KILL, 10);
    let mut changed = sandbox.tenant_now();
    changed["users"]
        .as_array_mut()
        .unwrap()
        .push(user("UNEW", "Newcomer"));
    sandbox.write("bin/tenant.json", changed.to_string());
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    assert!(records.grants.contains_key("account:ACC:member:user:UNEW"));
}

/// A change of access that was made with us is never overlaid by an older answer.
#[test]
fn a_grant_forgets_what_was_kept() {
    let sandbox = Sandbox::tenant(&tenant_of(10));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    sandbox.set("faults", json!([{"words": "vault009", "hang": true}]));
    let made = sandbox.calls().len();
    let started = sandbox.start(&[]);
    sandbox.await_calls(made + all(10) - 2);
    started.send(Signal::KILL);
    started.wait();
    sandbox.set("faults", json!([]));
    assert_eq!(journals(&sandbox).len(), 1);
    let grant = [
        "--grant-entitlement",
        "vault:vault000:view items",
        "--grant-principal",
        "UBOB",
        "--grant-principal-type",
        "user",
    ];
    let run = sandbox.run(&grant);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(journals(&sandbox).len(), 0);
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let sources = &records.grants["vault:vault000:view items:user:UBOB"]["sources"]["sources"];
    assert!(
        sources.get("vault:vault000:view items").is_some(),
        "{sources}"
    );
}
