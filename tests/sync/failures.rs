//! Syncs that fail: the reason is told in `op`'s words, and the old file stays as it was.

#[cfg(unix)]
use rustix::process::Signal;
use serde_json::json;

use super::world::{tenant, with_answers};
use crate::support::golden;
use crate::support::records::File;
use crate::support::{Run, Sandbox, Started};

/// Runs over an existing good file and checks that it is untouched and nothing is left behind.
fn fails(sandbox: &Sandbox, arguments: &[&str], faults: &serde_json::Value) -> Run {
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let file = sandbox.path("work/sync.c1z");
    let before = std::fs::read(&file).unwrap();
    sandbox.set("faults", faults.clone());
    let run = sandbox.run(arguments);
    assert_ne!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(
        std::fs::read(&file).unwrap() == before,
        "the old file changed"
    );
    let left: Vec<_> = std::fs::read_dir(sandbox.path("work"))
        .unwrap()
        .flatten()
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    sandbox.assert_clean();
    run
}

/// `src/sync/mapping.md`, Empty answers: an answer that would read as "everything was removed"
/// fails.
#[test]
fn answers_that_hide_everything_fail() {
    for (name, answer) in [
        ("account_get", "null"),
        ("account_get", "{}"),
        ("account_get", r#"{"id": "", "name": "x"}"#),
        ("user_list", "null"),
    ] {
        let sandbox = with_answers(&[]);
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
        sandbox.write(format!("bin/answers/{name}.json"), answer);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(4), "{name} {answer}: {}", run.stderr);
        assert!(
            run.last_line().contains(&name.replace('_', " ")),
            "{}",
            run.stderr
        );
        assert!(std::fs::read(sandbox.path("work/sync.c1z")).unwrap() == before);
    }
}

/// `src/sync/mapping.md`, Failures: the last line names the command and says why, in `op`'s words
/// or the parser's.
#[test]
fn the_reason_is_told() {
    let bad = |text: &str| {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sandbox.write("bin/bad", text);
        let fault = json!([{"words": "vault user list vprod", "stdout_file": "bad"}]);
        (fails(&sandbox, &[], &fault), sandbox)
    };
    for text in [
        "",
        "<html><body>Proxy login</body></html>",
        "[{\"id\": \"UANN\"",
        "[]\u{feff}",
        "[] trailing",
        "{}",
    ] {
        let (run, _) = bad(text);
        assert_eq!(run.code, Some(4), "{text}: {}", run.stderr);
        assert!(
            run.last_line().contains("vault user list vprod"),
            "{}",
            run.stderr
        );
        if text.starts_with('<') {
            assert!(run.last_line().contains("Proxy login"), "{}", run.stderr);
        }
    }
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let forbidden = "[ERROR] 2026/09/18 08:01:02 (403) Forbidden: You aren't authorized to access this resource.\n";
    let fault = json!([{"words": "vault group list", "exit": 1, "stderr": forbidden}]);
    let run = fails(&sandbox, &[], &fault);
    assert_eq!(run.code, Some(4));
    for part in ["vault group list vprod", "exit code 1", "(403) Forbidden"] {
        assert!(run.last_line().contains(part), "{part} in {}", run.stderr);
    }
}

/// `src/sync/mapping.md`, Failures: no `op` at all.
#[test]
fn a_missing_op_is_named() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    std::fs::remove_file(sandbox.op()).unwrap();
    for extra in [&[][..], &["--op-path", "/nowhere/op"]] {
        let run = sandbox.run(extra);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.last_line().contains("op"), "{}", run.stderr);
        assert!(!sandbox.path("work/sync.c1z").exists());
    }
}

/// An `op` that is too old, or version 1, is refused before it is asked anything.
#[test]
fn an_old_op_is_refused() {
    for version in ["1.12.5", "2.24.0"] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sandbox.set("version", json!(version));
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.last_line().contains(version), "{}", run.stderr);
        assert_eq!(sandbox.calls().len(), 0);
    }
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sandbox.set("version", json!("2.27.1"));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("2.27.1"), "{}", run.stderr);
}

/// `src/sync/mapping.md`, Failures: a call that never ends is ended by the deadline, with all it
/// started.
#[test]
fn a_hanging_op_ends_at_the_deadline() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let fault = json!([{"words": "vault user list", "hang": true, "leave": "group"}]);
    let run = fails(&sandbox, &["--op-timeout", "5"], &fault);
    assert_eq!(run.code, Some(4));
    assert!(
        run.last_line().contains("vault user list vprod"),
        "{}",
        run.stderr
    );
}

/// An older sync that cannot be taken over ends the new one whatever `op` does meanwhile.
#[test]
fn a_file_that_cannot_be_taken_over_is_told_before_op_answers() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let file = sandbox.path("work/sync.c1z");
    let database = sandbox.path("database");
    let good = std::fs::read(&file).unwrap();
    std::fs::write(&database, zstd::decode_all(&good[5..]).unwrap()).unwrap();
    let connection = rusqlite::Connection::open(&database).unwrap();
    let odd = "update v1_grants set external_id = x'41' where id = (select max(id) from v1_grants)";
    assert_eq!(connection.execute(odd, ()).unwrap(), 1);
    drop(connection);
    let packed = zstd::encode_all(&*std::fs::read(&database).unwrap(), 1).unwrap();
    std::fs::write(&file, [&good[..5], &packed].concat()).unwrap();
    let fault = json!([{"words": "vault user list", "hang": true}]);
    sandbox.set("faults", fault);
    let run = sandbox.run(&["--op-timeout", "90"]);
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    sandbox.assert_clean();
}

/// `src/sync/mapping.md`, Failures: a rate limit is waited for.
#[test]
fn a_rate_limit_is_waited_for() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let limited =
        "[ERROR] Too many requests. Your client has been rate-limited. Try again in  seconds\n";
    sandbox.set(
        "faults",
        json!([{"words": "vault user list", "times": 1, "exit": 1, "stderr": limited}]),
    );
    let log = sandbox.path("log");
    let run = sandbox.run(&["--log-level", "debug", "--log-path", log.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let tries = sandbox
        .calls()
        .into_iter()
        .filter(|call| call.words() == "vault user list vprod");
    assert_eq!(tries.count(), 2);
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().any(|line| line.contains("rate")), "{log}");
}

/// `src/sync/mapping.md`, Failures: a vault that vanished is left out with a warning.
#[test]
fn a_removed_vault_is_left_out() {
    let mut tenant = tenant("BUSINESS");
    tenant["vaults"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "vgone", "name": "Gone"}));
    let sandbox = Sandbox::tenant(&tenant);
    let stderr =
        "[ERROR] \"vgone\" isn't a vault in this account. Specify the vault with its ID or name.\n";
    sandbox.set(
        "faults",
        json!([{"words": "vgone", "exit": 1, "stderr": stderr}]),
    );
    // It is still listed, so it is hidden and not gone.
    assert_eq!(sandbox.run(&[]).code, Some(4));
    let left = json!([{"id": "vprod", "name": "Prod"}]);
    sandbox.write("bin/left", left.to_string());
    sandbox.set(
        "faults",
        json!([
            {"words": "vgone", "exit": 1, "stderr": stderr},
            {"words": "vault list", "skip": 2, "stdout_file": "left"},
        ]),
    );
    let run = sandbox.run(&["-f", "new.c1z"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = File::open(&sandbox.path("work/new.c1z")).newest();
    assert!(!records.resources.contains_key("vault:vgone"));
    assert!(records.resources.contains_key("vault:vprod"));
    assert!(run.stderr.contains("vgone"), "{}", run.stderr);
}

/// The same words about every vault, or about something else, are no removed vault.
#[test]
fn unreadable_vaults_are_not_removed_ones() {
    let mut tenant = tenant("BUSINESS");
    tenant["vaults"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "vtwo", "name": "Two"}));
    for (words, stderr) in [
        (
            "vault user list",
            "\"v\" isn't a vault in this account. Specify the vault with its ID or name.",
        ),
        (
            "vault group list vtwo",
            "\"gdead\" isn't a group in this account.",
        ),
        (
            "vault group list vtwo",
            "update check: (404) Not Found\n[ERROR] internal failure",
        ),
    ] {
        let sandbox = Sandbox::tenant(&tenant);
        let stderr = format!("[ERROR] {stderr}\n");
        let run = fails(
            &sandbox,
            &[],
            &json!([{"words": words, "exit": 1, "stderr": stderr}]),
        );
        assert_eq!(run.code, Some(4), "{}", run.stderr);
    }
}

/// `src/sync/mapping.md`, Failures: the number alone is a rate limit too, and no number is too
/// large.
#[test]
fn odd_rate_limits_are_understood() {
    for stderr in [
        "[ERROR] server answered with status 429\n",
        "[ERROR] Too many requests. Try again in 18446744073709551615 seconds\n",
    ] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        let fault = json!([{"words": "user list", "times": 1, "exit": 1, "stderr": stderr}]);
        sandbox.set("faults", fault);
        let run = sandbox.run(&[]);
        let expected = if stderr.contains("429") {
            Some(0)
        } else {
            Some(4)
        };
        assert_eq!(run.code, expected, "{}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
}

/// `src/sync/mapping.md`, Failures: signals leave the old file, no temporary file and no child.
#[cfg(unix)]
#[test]
fn signals_leave_no_trace() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
        let calls = sandbox.calls().len();
        sandbox.set(
            "faults",
            json!([{"words": "vault user list", "hang": true}]),
        );
        let started = sandbox.start(&[]);
        sandbox.await_calls(calls + 8);
        started.send(signal);
        let run = started.wait();
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        assert!(std::fs::read(sandbox.path("work/sync.c1z")).unwrap() == before);
        assert_eq!(std::fs::read_dir(sandbox.path("work")).unwrap().count(), 1);
        sandbox.assert_clean();
    }
}

/// `src/sync/mapping.md`, Failures: a failed run leaves nothing that a later one could mix in.
#[test]
fn a_later_run_equals_a_fresh_one() {
    for n in [2, 6, 9] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        sandbox.set(
            "faults",
            json!([{"call": n, "exit": 1, "stderr": "[ERROR] boom\n"}]),
        );
        sandbox.run(&[]);
        let mut changed = tenant("BUSINESS");
        changed["users"].as_array_mut().unwrap().pop();
        changed["group_users"] = json!({"gteam": {"UANN": "MEMBER"}});
        changed["vault_users"] = json!({});
        sandbox.write("bin/tenant.json", changed.to_string());
        sandbox.set("faults", json!([]));
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let ours = File::open(&sandbox.path("work/sync.c1z")).newest();
        let fresh = Sandbox::tenant(&changed);
        assert_eq!(fresh.run(&[]).code, Some(0));
        let theirs = File::open(&fresh.path("work/sync.c1z")).newest();
        assert_eq!(
            (ours.grants, ours.resources),
            (theirs.grants, theirs.resources),
            "{n}"
        );
    }
}

/// No secret in argv, logs at any level, or the summary.
#[test]
fn secrets_stay_secret() {
    let world = json!({
        "tenant": "tenant.json",
        "sign_in": {"accounts": [{
            "url": "acme.1password.com", "email": "ann@acme.example", "user_uuid": "UANN",
            "account_uuid": "ACC", "password": "correct-horse", "secret_key": "A3-SECRET-KEY",
            "token": "session-7777", "registered": false,
        }]},
    });
    for level in ["debug", "info", "warn", "error"] {
        for broken in [false, true] {
            let sandbox = Sandbox::new(world.clone());
            sandbox.write("bin/tenant.json", tenant("BUSINESS").to_string());
            if broken {
                let fault =
                    json!([{"words": "vault user list", "exit": 1, "stderr": "[ERROR] no\n"}]);
                sandbox.set("faults", fault);
            }
            let log = sandbox.path("log");
            let mut command = sandbox.command();
            command
                .env("BATON_PASSWORD", "correct-horse")
                .env("BATON_SECRET_KEY", "A3-SECRET-KEY")
                .env("RUST_BACKTRACE", "1")
                .args([
                    "--address",
                    "acme.1password.com",
                    "--email",
                    "ann@acme.example",
                ])
                .args(["--log-level", level, "--log-path", log.to_str().unwrap()]);
            let run = Started::new(command).wait();
            assert_eq!(run.code == Some(0), !broken, "{}", run.stderr);
            let log = std::fs::read_to_string(log).unwrap_or_default();
            for secret in ["correct-horse", "A3-SECRET-KEY", "session-7777"] {
                sandbox.assert_hidden(secret, &[&run.stdout, &run.stderr, &log]);
            }
            let data = sandbox
                .calls()
                .into_iter()
                .filter(|call| call.words() == "user list");
            for call in data {
                let seen = format!("{:?}", call.environment);
                assert!(
                    !seen.contains("correct-horse") && !seen.contains("A3-SECRET"),
                    "{seen}"
                );
                assert!(
                    !call
                        .environment
                        .keys()
                        .any(|name| name.starts_with("BATON_"))
                );
            }
        }
    }
}

/// cli 31: a folder that is not there is noticed before the first call.
#[test]
fn the_folder_is_checked_first() {
    let sandbox = Sandbox::canned(&golden::answers("tiny"));
    let run = sandbox.run(&["-f", "no/such/folder/sync.c1z"]);
    assert_eq!(
        (run.code, sandbox.all_calls().len()),
        (Some(5), 0),
        "{}",
        run.stderr
    );
    assert!(run.last_line().contains("no/such/folder"), "{}", run.stderr);
}
