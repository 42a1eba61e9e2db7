//! What was not read: said while it happens, and remembered by the file.

use serde_json::{Value, json};

use super::world::{grants, tenant, user};
use crate::support::records::{File, Records};
use crate::support::{Run, Sandbox, Started};

fn read(sandbox: &Sandbox) -> Records {
    File::open(&sandbox.path("work/sync.c1z")).newest()
}

/// The commands that the file remembers as unanswered.
fn unread(sandbox: &Sandbox) -> Vec<String> {
    let records = read(sandbox);
    let unread = &records.resources["account:ACC"]["profile"]["unread"];
    let unread = unread.as_object().expect("the file tells");
    unread.keys().cloned().collect()
}

fn codes(run: &Run) -> Vec<String> {
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    let warnings = summary["warnings"].as_array().unwrap();
    let code = |warning: &Value| warning["code"].as_str().unwrap().to_owned();
    warnings.iter().map(code).collect()
}

/// The tenant with one answer replaced.
fn answering(words: &str, answer: &Value) -> Sandbox {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sandbox.write("bin/answer", answer.to_string());
    sandbox.set("faults", json!([{"words": words, "stdout_file": "answer"}]));
    sandbox
}

fn refusing(words: &str) -> Sandbox {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let stderr = "[ERROR] 2026/11/23 08:01:02 (403) Forbidden: You do not have permission.\n";
    sandbox.set(
        "faults",
        json!([{"words": words, "exit": 1, "stderr": stderr}]),
    );
    sandbox
}

#[test]
fn a_whole_sync_says_that_nothing_is_missing() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    assert_eq!(sandbox.run(&["--strict"]).code, Some(0));
    assert_eq!(unread(&sandbox), [""; 0]);
}

/// Each with the answer that leaves something open, the warning's code, and what the file
/// remembers.
#[test]
fn unknown_is_not_nothing() {
    let group = json!([{"id": "gteam", "name": "Team", "state": "ACTIVE"}]);
    let untold = json!([{"id": "gteam", "name": "Team", "permissions": null}]);
    let ann = json!([{"id": "UANN", "name": "Ann"}]);
    for (words, answer, code, gap) in [
        (
            "vault group list",
            &group,
            "permissions-unread",
            "vault group list vprod",
        ),
        (
            "vault group list",
            &untold,
            "permissions-unread",
            "vault group list vprod",
        ),
        (
            "vault user list",
            &ann,
            "permissions-unread",
            "vault user list vprod",
        ),
        (
            "vault user list",
            &Value::Null,
            "members-unread",
            "vault user list vprod",
        ),
        (
            "vault group list",
            &Value::Null,
            "members-unread",
            "vault group list vprod",
        ),
        (
            "group user list",
            &Value::Null,
            "members-unread",
            "group user list gteam",
        ),
        (
            "group user list",
            &ann,
            "roles-unread",
            "group user list gteam",
        ),
    ] {
        let sandbox = answering(words, answer);
        let run = sandbox.run(&["--summary-format=json"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(codes(&run), [code], "{words}: {answer}");
        assert_eq!(unread(&sandbox), [gap], "{words}: {answer}");
        assert_eq!(
            sandbox.run(&["--strict"]).code,
            Some(8),
            "{words}: {answer}"
        );
    }
    // Of a group that is listed it is known that it is a member, and no permission is invented.
    let sandbox = answering("vault group list", &group);
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let records = read(&sandbox);
    assert_eq!(
        grants(&records, ":group:gteam"),
        ["vault:vprod:member:group:gteam"]
    );
    assert!(
        !records
            .grants
            .contains_key("vault:vprod:view items:user:UBOB")
    );
    // None is none.
    let sandbox = answering("vault user list", &json!([]));
    let run = sandbox.run(&["--summary-format=json", "--strict"]);
    assert_eq!(
        (run.code, codes(&run), unread(&sandbox)),
        (Some(0), vec![], vec![])
    );
}

#[test]
fn what_op_refuses_to_many_people_is_remembered() {
    for (words, code, gap) in [
        (
            "--permission=manage_vault",
            "managed-vaults-unlisted",
            "vault list --permission",
        ),
        (
            "connect token list",
            "projects-unreadable",
            "connect server list",
        ),
    ] {
        let sandbox = refusing(words);
        let run = sandbox.run(&["--summary-format=json", "--strict"]);
        assert_eq!(run.code, Some(8), "{}", run.stderr);
        assert_eq!(codes(&run), [code]);
        assert_eq!(unread(&sandbox), [gap]);
    }
}

#[test]
fn a_refused_listing_ends_the_sync_unless_it_may_be_unread() {
    for (words, gap) in [
        ("vault user list", "vault user list vprod"),
        ("vault group list", "vault group list vprod"),
        ("group user list", "group user list gteam"),
    ] {
        let sandbox = refusing(words);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        assert!(run.last_line().contains("--allow-unread"), "{}", run.stderr);
        assert!(!sandbox.path("work/sync.c1z").exists());
        let run = sandbox.run(&["--allow-unread", "--summary-format=json"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(codes(&run), ["listing-refused"]);
        assert!(run.stdout.contains(gap), "{}", run.stdout);
        assert_eq!(unread(&sandbox), [gap]);
        let records = read(&sandbox);
        assert!(records.resources.contains_key("vault:vprod"));
        assert_eq!(sandbox.run(&["--allow-unread", "--strict"]).code, Some(8));
    }
    // Trouble that may pass is no refusal, and the lists of all there is are not left out.
    for (words, stderr) in [
        ("vault user list", "[ERROR] something nobody knows\n"),
        ("user list --format", "[ERROR] (403) Forbidden: no\n"),
        ("group list --format", "[ERROR] (403) Forbidden: no\n"),
    ] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sandbox.set(
            "faults",
            json!([{"words": words, "exit": 1, "stderr": stderr}]),
        );
        let run = sandbox.run(&["--allow-unread"]);
        assert_eq!(run.code, Some(4), "{words}: {}", run.stderr);
    }
}

/// A sync as a service account, to which `op` refuses these commands.
fn of_service_account(refused: &[&str]) -> (Sandbox, Run) {
    let mut tenant = tenant("BUSINESS");
    tenant["whoami"] = json!({"url": "https://acme.1password.com", "account_uuid": "ACC",
        "user_uuid": "USVC", "user_type": "SERVICE_ACCOUNT"});
    let sandbox = Sandbox::tenant(&tenant);
    let stderr = "[ERROR] 2026/11/23 08:01:02 (403) Forbidden: You aren't authorized to access this resource.\n";
    let fault = |words: &&str| json!({"words": words, "exit": 1, "stderr": stderr});
    sandbox.set("faults", refused.iter().map(fault).collect());
    let mut command = sandbox.command();
    command
        .args(["--auth-type=service", "--summary-format=json"])
        .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
    let run = Started::new(command).wait();
    (sandbox, run)
}

#[test]
fn a_service_account_is_not_lost_to_one_refused_listing() {
    let (sandbox, run) = of_service_account(&["account get"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let told = codes(&run);
    assert!(
        told.contains(&"account-type-unknown".to_owned()),
        "{told:?}"
    );
    assert!(!told.contains(&"unknown-permission".to_owned()), "{told:?}");
    // Which permissions the vaults can give is not made up.
    let records = read(&sandbox);
    let made_up = records
        .entitlements
        .keys()
        .filter(|id| id.contains(":allow "));
    assert_eq!(made_up.count(), 0);
    let records = read(&sandbox);
    assert_eq!(
        records.resources["account:ACC"]["displayName"],
        "acme.1password.com"
    );

    let (sandbox, run) = of_service_account(&["group user list"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(codes(&run).contains(&"listing-refused".to_owned()));
    let gaps = unread(&sandbox);
    assert!(
        gaps.contains(&"group user list gteam".to_owned()),
        "{gaps:?}"
    );

    // Who is in the account must be known in some way, and so must who is on a vault.
    for refused in [
        &["account get", "whoami"][..],
        &["user list --format"],
        &["vault user list"],
    ] {
        let (sandbox, run) = of_service_account(refused);
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        let command = refused[0].trim_end_matches(" --format");
        assert!(run.last_line().contains(command), "{}", run.stderr);
        assert!(!sandbox.path("work/sync.c1z").exists());
    }
}

/// Warnings are seen however little is asked for.
#[test]
fn no_option_hides_a_warning() {
    for flags in [
        &["--quiet"][..],
        &["--log-level=warn"],
        &["--summary-format=json"],
        &["--summary-format=json", "--quiet"],
        &["--log-format=json"],
        &["--log-format=json", "--quiet"],
        &["--log-format=json", "--log-level=warn"],
        &["--log-format=json", "--summary-format=json"],
        &["--log-path=a.log"],
        &["--log-path=a.log", "--quiet", "--log-level=warn"],
    ] {
        let sandbox = refusing("--permission=manage_vault");
        let run = sandbox.run(flags);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let sentence = "vaults that you manage but cannot read may be missing";
        let lines = run
            .stderr
            .lines()
            .filter(|line| !line.contains("Sync complete."));
        let said = lines.filter(|line| line.contains(sentence)).count();
        assert_eq!(said, 1, "{flags:?}: {}", run.stderr);
        let mut logs = String::new();
        if flags[0].starts_with("--log-path") {
            logs = std::fs::read_to_string(sandbox.path("work/a.log")).unwrap();
        } else if flags[0] == "--log-format=json" {
            logs = run.stderr.clone();
        }
        let records = logs
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let warnings: Vec<Value> = records.filter(|record| record["level"] == "warn").collect();
        if !logs.is_empty() {
            assert_eq!(warnings.len(), 1, "{flags:?}: {logs}");
            assert_eq!(warnings[0]["code"], "managed-vaults-unlisted");
        }
        assert_eq!(
            run.stdout.contains("managed-vaults-unlisted"),
            flags.iter().any(|flag| flag.starts_with("--summary"))
        );
    }
}

/// Before 2.32.1 `op` could end with exit code 0 and say on stderr that it failed.
#[test]
fn an_error_beside_an_empty_answer_is_that_error() {
    let listings = [
        "account get",
        "user list --format",
        "group list --format",
        "vault list --format",
        "group user list",
        "vault user list",
        "vault group list",
    ];
    for words in listings {
        for answer in ["", "[]", "null\n"] {
            let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
            sandbox.write("bin/answer", answer);
            let stderr = "[ERROR] 2026/11/23 08:01:02 something went wrong\n";
            sandbox.set(
                "faults",
                json!([{"words": words, "stdout_file": "answer", "stderr": stderr}]),
            );
            let run = sandbox.run(&[]);
            assert_eq!(run.code, Some(4), "{words} {answer:?}: {}", run.stderr);
            assert!(
                run.last_line().contains("something went wrong"),
                "{}",
                run.stderr
            );
        }
    }
    // It is repeated like any other.
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sandbox.write("bin/answer", "[]");
    let stderr = "[ERROR] 2026/11/23 08:01:02 (502) Bad Gateway\n";
    sandbox.set("faults", json!([{"words": "vault user list", "times": 1, "stdout_file": "answer", "stderr": stderr}]));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    assert!(
        read(&sandbox)
            .grants
            .contains_key("vault:vprod:view items:user:UANN")
    );
    // A word beside an answer is only a word.
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let stderr = "cannot connect to the daemon\n";
    sandbox.set(
        "faults",
        json!([{"words": "vault user list", "stderr": stderr}]),
    );
    assert_eq!(sandbox.run(&[]).code, Some(0));
}

#[test]
fn nobody_is_no_answer_to_who_there_is() {
    for answer in [json!([]), Value::Null, json!([null])] {
        let sandbox = answering("user list --format", &answer);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(4), "{answer}: {}", run.stderr);
        assert!(
            run.last_line().contains("not even who asks"),
            "{}",
            run.stderr
        );
    }
}

/// A group that vanished is left out; one that is still listed is hidden.
#[test]
fn a_removed_group_is_left_out() {
    let mut two = tenant("BUSINESS");
    let gone = json!({"id": "ggone", "name": "Gone", "state": "ACTIVE"});
    two["groups"].as_array_mut().unwrap().push(gone);
    let sandbox = Sandbox::tenant(&two);
    let stderr = "[ERROR] \"ggone\" isn't a group in this account. Specify the group with its UUID or name.\n";
    let fault = json!({"words": "group user list ggone", "exit": 1, "stderr": stderr});
    sandbox.set("faults", json!([fault]));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    sandbox.write("bin/left", tenant("BUSINESS")["groups"].to_string());
    sandbox.set(
        "faults",
        json!([fault, {"words": "group list --format", "skip": 1, "stdout_file": "left"}]),
    );
    let run = sandbox.run(&["-f", "new.c1z", "--summary-format=json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(codes(&run), ["group-removed"]);
    let records = File::open(&sandbox.path("work/new.c1z")).newest();
    assert!(!records.resources.contains_key("group:ggone"));
    assert!(records.resources.contains_key("group:gteam"));
}

#[test]
fn states_and_roles_are_the_same_in_any_letter_case() {
    let mut tenant = tenant("BUSINESS");
    let mut cem = user("UCEM", "Cem");
    cem["state"] = json!("Suspended");
    tenant["users"].as_array_mut().unwrap().push(cem);
    let sandbox = Sandbox::tenant(&tenant);
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let status = &read(&sandbox).resources["user:UCEM"]["status"]["status"];
    assert_eq!(status, "RESOURCE_STATUS_DISABLED");
}
