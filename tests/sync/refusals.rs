//! What `op` may refuse without failing a sync, and what only looks like a refusal
//! (`src/sync/mapping.md`, Failures and `src/op/op-cli.md`, Vault listings).

use serde_json::{Value, json};

use super::world::tenant;
use crate::support::records::File;
use crate::support::{Run, Sandbox};

const NOT_THERE: &str = "isn't a vault in this account. Specify the vault with its ID or name.";

/// The tenant and a vault that is managed only.
fn with_finance(kind: &str) -> Value {
    let mut tenant = tenant(kind);
    let finance = json!({"id": "vfin", "name": "Finance", "managed_only": true});
    tenant["vaults"].as_array_mut().unwrap().push(finance);
    tenant
}

/// Runs a sync that must fail with `op`'s code and leave no file.
fn refused(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Run {
    let run = sandbox.run(arguments);
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    assert!(!sandbox.path("work/sync.c1z").exists());
    sandbox.assert_clean();
    run
}

fn vaults(sandbox: &Sandbox) -> Vec<String> {
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let ids = records.resources.into_keys();
    ids.filter_map(|id| id.strip_prefix("vault:").map(str::to_owned))
        .collect()
}

/// An optional listing may be refused in any plain words; a crash, silence or a web page is no
/// answer to it, and access must not go missing for it.
#[test]
fn only_words_refuse() {
    let faults = [
        (
            json!({"exit": 1, "stderr": "[ERROR] not on this plan\n"}),
            true,
        ),
        (
            json!({"exit": 2, "stderr": "panic: runtime error: nil\n\ngoroutine 1 [running]:\n"}),
            false,
        ),
        (
            json!({"exit": 6, "stderr": "[ERROR] not on this plan\n"}),
            false,
        ),
        (json!({"exit": 1, "stderr": ""}), false),
        (
            json!({"exit": 1, "stderr": "<html>\n<title>403 Forbidden</title>\n</html>\n"}),
            false,
        ),
        (json!({"abort": true}), false),
    ];
    for words in [
        "--permission=manage_vault",
        "connect server list",
        "connect token list",
    ] {
        for (fault, tolerated) in &faults {
            let sandbox = Sandbox::tenant(&with_finance("BUSINESS"));
            let mut fault = fault.clone();
            fault["words"] = json!(words);
            sandbox.set("faults", json!([fault]));
            if !tolerated {
                let run = refused(&sandbox, &[], 4);
                assert!(run.last_line().contains(words), "{}", run.stderr);
                continue;
            }
            let run = sandbox.run(&[]);
            assert_eq!(run.code, Some(0), "{fault}: {}", run.stderr);
            assert_eq!(run.stderr.matches("warning:").count(), 1, "{}", run.stderr);
            assert!(run.stderr.contains("not on this plan"), "{}", run.stderr);
        }
    }
}

/// A page of a server in between that says so is trouble that passes.
#[test]
fn a_page_of_a_gateway_is_asked_again() {
    let sandbox = Sandbox::tenant(&with_finance("BUSINESS"));
    let page = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body></body>\n</html>\n";
    sandbox.set(
        "faults",
        json!([{"words": "--permission=", "times": 1, "exit": 1, "stderr": page}]),
    );
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(vaults(&sandbox), ["vfin", "vprod"]);
    assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
}

/// A group that only a vault names, and whose members are no listing, is not an empty group.
#[test]
fn members_of_an_unlisted_group_that_cannot_be_read_fail() {
    let mut tenant = tenant("BUSINESS");
    tenant["groups"] = json!([]);
    for fault in [
        json!({"stdout_file": "bad"}),
        json!({"exit": 2, "stderr": "panic: nil\n"}),
        json!({"exit": 1, "stderr": "[ERROR] words that nobody knows\n"}),
        json!({"abort": true}),
    ] {
        let sandbox = Sandbox::tenant(&tenant);
        sandbox.write("bin/bad", "<html>Sign in</html>");
        let mut fault = fault;
        fault["words"] = json!("group user list gteam");
        sandbox.set("faults", json!([fault]));
        let run = refused(&sandbox, &[], 4);
        assert!(
            run.last_line().contains("group user list gteam"),
            "{}",
            run.stderr
        );
    }
}

/// `src/op/op-cli.md`, Permissions: accounts with the basic permissions are asked by their own
/// name, however the other one is refused, and the budget of 7 + G + 2V calls holds.
#[test]
fn basic_accounts_are_asked_by_their_own_name() {
    for kind in ["TEAM", "FAMILY"] {
        let sandbox = Sandbox::tenant(&with_finance(kind));
        let stderr = "[ERROR] (403) Forbidden: You aren't authorized to access this resource.\n";
        sandbox.set(
            "faults",
            json!([{"words": "--permission=manage_vault", "exit": 1, "stderr": stderr}]),
        );
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(vaults(&sandbox), ["vfin", "vprod"]);
        assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
        assert_eq!(sandbox.calls().len(), 7 + 1 + 2 * 2 + 1);
    }
}

/// Three vaults, one of them managed only; `op` says that these are not there when their access is
/// asked for.
fn three(gone: &[&str]) -> Sandbox {
    let mut tenant = with_finance("BUSINESS");
    let second = json!({"id": "vtwo", "name": "Two"});
    tenant["vaults"].as_array_mut().unwrap().push(second);
    let sandbox = Sandbox::tenant(&tenant);
    let fault = |id: &&str| {
        let stderr = format!("[ERROR] {id:?} {NOT_THERE}\n");
        json!({"words": format!("list {id}"), "exit": 1, "stderr": stderr})
    };
    sandbox.set("faults", gone.iter().map(fault).collect());
    sandbox
}

/// Lets the listings of vaults answer without these from the second time on.
fn removed(sandbox: &Sandbox, lists: [(&str, Value); 2]) {
    let mut faults: Vec<Value> = lists
        .into_iter()
        .map(|(words, rows)| {
            let name = format!("rows of {words}");
            sandbox.write(format!("bin/{name}"), rows.to_string());
            json!({"words": words, "skip": 1, "stdout_file": name})
        })
        .collect();
    let world = std::fs::read(sandbox.path("bin/op.json")).unwrap();
    let world: Value = serde_json::from_slice(&world).unwrap();
    faults.extend(world["faults"].as_array().unwrap().iter().cloned());
    sandbox.set("faults", faults.into());
}

/// `src/sync/mapping.md`, Failures: several vaults may vanish while a sync runs, even all; the
/// listings, asked again within the budget, must not have them any more.
#[test]
fn several_removed_vaults_are_checked_and_left_out() {
    for (gone, left) in [
        (&["vprod", "vtwo"][..], json!([])),
        (&["vprod", "vfin"], json!([{"id": "vtwo", "name": "Two"}])),
        (&["vprod", "vtwo", "vfin"], json!([])),
    ] {
        let sandbox = three(gone);
        let managed = if gone.contains(&"vfin") {
            json!([])
        } else {
            json!([{"id": "vfin"}])
        };
        removed(
            &sandbox,
            [
                ("vault list --permission", managed),
                ("vault list --format", left),
            ],
        );
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{gone:?}: {}", run.stderr);
        for id in gone {
            assert!(!vaults(&sandbox).contains(&(*id).to_owned()), "{id}");
            assert!(run.stderr.contains(id), "{}", run.stderr);
        }
        assert_eq!(vaults(&sandbox).len(), 3 - gone.len());
        let calls = sandbox.calls();
        assert!(calls.len() <= 7 + 1 + 2 * 3 + 1, "{}", calls.len());
        let groups = calls
            .iter()
            .filter(|call| call.words().starts_with("vault group list"));
        assert_eq!(
            groups.count(),
            3 - gone.len(),
            "nothing more is asked of what is gone"
        );
    }
}

/// A vault that is still listed was not removed: one may not see it. So it is when nobody can tell.
#[test]
fn vaults_that_are_still_listed_fail() {
    let still = json!([{"id": "VPROD", "name": "Prod"}]);
    for (gone, listed, managed) in [
        (&["vprod", "vtwo"][..], still, json!([])),
        (&["vprod", "vtwo"], Value::Null, json!([])),
        (&["vprod", "vfin"], json!([]), json!([{"id": "vfin"}])),
        (&["vprod", "vfin"], json!([]), Value::Null),
    ] {
        let sandbox = three(gone);
        removed(
            &sandbox,
            [
                ("vault list --permission", managed),
                ("vault list --format", listed),
            ],
        );
        let run = refused(&sandbox, &[], 4);
        assert!(run.last_line().contains("isn't a vault"), "{}", run.stderr);
        assert!(run.last_line().contains("--allow-unread"), "{}", run.stderr);
    }
}

/// What is hidden is marked as unread where a refusal may be.
#[test]
fn vaults_and_groups_that_are_still_listed_are_unread_on_request() {
    let sandbox = three(&["vprod", "vfin"]);
    let stderr = "[ERROR] \"gteam\" isn't a group in this account. Specify the group with its UUID or name.\n";
    let group = json!({"words": "group user list gteam", "exit": 1, "stderr": stderr});
    let world: Value =
        serde_json::from_slice(&std::fs::read(sandbox.path("bin/op.json")).unwrap()).unwrap();
    let mut faults = world["faults"].as_array().unwrap().clone();
    faults.insert(0, group);
    sandbox.set("faults", faults.into());
    let run = sandbox.run(&["--allow-unread", "--strict"]);
    assert_eq!(run.code, Some(8), "{}", run.stderr);
    assert_eq!(vaults(&sandbox), ["vfin", "vprod", "vtwo"]);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    let account = records
        .resources
        .iter()
        .find(|(id, _)| id.starts_with("account:"));
    let unread = account.unwrap().1["profile"]["unread"].as_object().unwrap();
    let unread: Vec<_> = unread.keys().map(String::as_str).collect();
    assert_eq!(
        unread,
        [
            "group user list gteam",
            "vault group list vfin",
            "vault group list vprod",
            "vault user list vfin",
            "vault user list vprod"
        ]
    );
    let report = sandbox.run(&["report", "sync.c1z", "--json"]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
}

/// A vault that names a hidden group tells nothing new of it.
#[test]
fn a_hidden_group_that_a_vault_names_is_told_once() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let stderr = "[ERROR] \"gteam\" isn't a group in this account. Specify the group with its UUID or name.\n";
    sandbox.set(
        "faults",
        json!([{"words": "group user list gteam", "exit": 1, "stderr": stderr}]),
    );
    let run = sandbox.run(&["--allow-unread", "--summary-format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    let warnings = summary["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "listing-refused");
    let calls = sandbox.calls();
    let asked = calls
        .iter()
        .filter(|call| call.words().starts_with("group user list gteam"));
    assert_eq!(asked.count(), 1);
}

/// A group that a vault names is not gone, whatever the listing says: who is in it is unknown.
#[test]
fn a_removed_group_that_a_vault_names_is_unread() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let stderr = "[ERROR] \"gteam\" isn't a group in this account. Specify the group with its UUID or name.\n";
    sandbox.write("bin/none", "[]");
    sandbox.set(
        "faults",
        json!([
            {"words": "group user list gteam", "exit": 1, "stderr": stderr},
            {"words": "group list --format", "skip": 1, "stdout_file": "none"},
        ]),
    );
    let run = sandbox.run(&["--strict", "--summary-format=json"]);
    assert_eq!(run.code, Some(8), "{}", run.stderr);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    let warnings = summary["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "group-unreadable");
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    assert!(records.resources.contains_key("group:gteam"));
    let unread = &records.resources["account:ACC"]["profile"]["unread"];
    assert!(unread["group user list gteam"].is_string(), "{unread}");
}

/// The only vault of an account is no exception.
#[test]
fn the_only_vault_is_checked_too() {
    let gone = json!({"words": "list vprod", "exit": 1, "stderr": format!("[ERROR] \"vprod\" {NOT_THERE}\n")});
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sandbox.set("faults", json!([gone]));
    refused(&sandbox, &[], 4);
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sandbox.set("faults", json!([gone]));
    removed(
        &sandbox,
        [
            ("vault list --permission", json!([])),
            ("vault list --format", json!([])),
        ],
    );
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(vaults(&sandbox), [""; 0]);
    assert!(sandbox.calls().len() <= 7 + 1 + 2 + 1);
}

/// What was asked for by name and is gone is an error, not an empty file.
#[test]
fn a_target_that_is_gone_is_an_error() {
    let sandbox = three(&["vtwo"]);
    let targets = "bid:r:vault/vprod,bid:r:vault/vtwo";
    let run = refused(&sandbox, &["--sync-resources", targets], 2);
    assert!(run.last_line().contains("vault:vtwo"), "{}", run.stderr);
}
