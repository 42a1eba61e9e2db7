//! `doctor` on healthy and sick sandboxes.

use serde_json::json;

use crate::cli::common::{PASSWORD, ada};
use crate::support::{Run, Sandbox, Started, fixture};

fn sandbox() -> Sandbox {
    Sandbox::canned(&fixture("golden/business/op"))
}

fn row<'a>(run: &'a Run, name: &str) -> &'a str {
    let is_row = |line: &&str| {
        let named = line.strip_prefix(['✓', '✗', '–']).map(str::trim_start);
        named.is_some_and(|line| line.starts_with(&format!("{name} ")))
    };
    run.stdout
        .lines()
        .find(is_row)
        .unwrap_or_else(|| panic!("{name}: {}", run.stdout))
}

fn marks(run: &Run) -> String {
    run.stdout.chars().filter(|c| "✓✗–".contains(*c)).collect()
}

#[test]
fn a_healthy_set_up_gets_a_mark_a_line_and_nothing_is_changed() {
    let sandbox = sandbox();
    let run = sandbox.run(&["doctor"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "{}",
        run.stdout
    );
    for name in [
        "settings",
        "op",
        "sign-in",
        "users",
        "groups",
        "vaults",
        "vault access",
        "file",
    ] {
        assert!(row(&run, name).starts_with('✓'), "{}", run.stdout);
    }
    assert!(sandbox.path("work").read_dir().unwrap().next().is_none());
    assert!(
        sandbox
            .calls()
            .iter()
            .all(|call| !call.words().contains("grant "))
    );
    sandbox.assert_clean();
}

#[test]
fn without_op_the_next_step_is_to_install_it() {
    let run = sandbox().run(&["doctor", "--op-path=/nope/op"]);
    assert_eq!(run.code, Some(3));
    assert!(row(&run, "op").starts_with('✗'));
    assert!(
        run.stdout.contains("developer.1password.com"),
        "{}",
        run.stdout
    );
    assert!(
        row(&run, "file").starts_with('✓'),
        "what can be checked still is"
    );
}

#[test]
fn bad_settings_are_listed_and_op_is_still_looked_for() {
    let run = sandbox().run(&["doctor", "--workers=99", "--log-level=loud"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stdout.contains("--workers") && run.stdout.contains("loud"),
        "{}",
        run.stdout
    );
    assert!(row(&run, "op").starts_with('✓'));
}

#[test]
fn a_wrong_password_and_a_missing_right_have_their_own_lines() {
    let locked = sandbox();
    locked.set("sign_in", ada());
    let run = locked.run(&["doctor", "--email=ada@kestrel.example", "--password=wrong"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert!(row(&run, "sign-in").starts_with('✗'));
    let run = locked.run(&[
        "doctor",
        "--email=ada@kestrel.example",
        "--password",
        PASSWORD,
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);

    let refused = sandbox();
    let stderr = "[ERROR] 2026/11/23 08:01:02 (403) Forbidden: You aren't authorized to perform this action.\n";
    refused.set(
        "faults",
        json!([{"words": "group list", "skip": 0, "exit": 1, "stderr": stderr}]),
    );
    let run = refused.run(&["doctor"]);
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert!(row(&run, "groups").starts_with('✗') && row(&run, "vaults").starts_with('✓'));
    assert!(run.stdout.contains("administrator"), "{}", run.stdout);
}

#[test]
fn an_account_that_op_does_not_know_is_not_added() {
    let sandbox = sandbox();
    let mut sign_in = ada();
    sign_in["accounts"][0]["registered"] = json!(false);
    sandbox.set("sign_in", sign_in);
    let doctor = |more: &[&str]| {
        let mut command = sandbox.command();
        command
            .args(["doctor", "--email=ada@kestrel.example"])
            .args(["--address=kestrel.1password.com"])
            .args(more)
            .env("BATON_PASSWORD", PASSWORD);
        Started::new(command).wait()
    };
    let run = doctor(&["--secret-key=A3-KESTREL-SECRET"]);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let said = row(&run, "sign-in");
    assert!(
        said.starts_with('–') && said.contains("would add"),
        "{said}"
    );
    let run = doctor(&[]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert!(run.stdout.contains("--secret-key"), "{}", run.stdout);
    for call in sandbox.calls() {
        assert_eq!(call.words(), "account list");
    }
}

/// What a run would refuse, doctor refuses too.
#[test]
fn every_refusal_of_a_run_is_a_finding() {
    let grant = [
        "--grant-entitlement=group:g:member",
        "--grant-principal=p",
        "--grant-principal-type=user",
        "-f=none.c1z",
    ];
    for (flags, name, code) in [
        (&["--sync-resources=nope"][..], "settings", 2),
        (&["--log-path=/no/such/l"], "settings", 2),
        (&["--client-id=x", "--client-secret=y"], "settings", 2),
        (&grant, "file", 5),
    ] {
        let sandbox = sandbox();
        let run = sandbox.run(&[&["doctor"], flags].concat());
        assert_eq!(run.code, Some(code), "{flags:?}: {}", run.stdout);
        assert!(row(&run, name).starts_with('✗'), "{}", run.stdout);
        assert_eq!(sandbox.run(flags).code, Some(code), "{flags:?}");
    }
}

#[test]
fn an_output_file_that_cannot_be_used_is_said() {
    let sandbox = sandbox();
    sandbox.write("work/other.txt", "no c1z");
    let run = sandbox.run(&["doctor", "-f", "other.txt"]);
    assert_eq!(run.code, Some(5));
    assert!(row(&run, "file").starts_with('✗'));
    assert_eq!(
        std::fs::read(sandbox.path("work/other.txt")).unwrap(),
        b"no c1z"
    );
    let run = sandbox.run(&["doctor", "-f", "no/such/folder/x.c1z"]);
    assert_eq!(run.code, Some(5), "{}", run.stdout);
}

#[test]
fn a_service_account_is_told_its_budget() {
    let sandbox = sandbox();
    let limits = |remaining: i64, reset: i64| {
        let row = |kind: &str, action: &str, limit: i64| json!({"type": kind, "action": action, "limit": limit, "used": limit - remaining, "remaining": remaining, "reset": reset});
        json!([
            row("token", "write", 100),
            row("token", "read", 1000),
            row("account", "read_write", 1000)
        ])
        .to_string()
    };
    // A sync waits for a reset within the hour, and fails where it would have to wait longer.
    for (remaining, reset, code, marks_of_budget) in
        [(900, 120, 0, "✓✓"), (3, 120, 0, "––"), (3, 80_000, 4, "✗✗")]
    {
        let file = sandbox.path("bin/limits.json");
        sandbox.write("bin/limits.json", limits(remaining, reset));
        sandbox.set(
            "faults",
            json!([{"words": "service-account ratelimit", "stdout_file": file}]),
        );
        let mut command = sandbox.command();
        command
            .args(["doctor", "--auth-type=service"])
            .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
        let run = crate::support::Started::new(command).wait();
        assert_eq!(run.code, Some(code), "{}{}", run.stdout, run.stderr);
        let budget: Vec<&str> = run
            .stdout
            .lines()
            .filter(|line| line.contains(" budget ") && !line.contains("verdict"))
            .collect();
        assert_eq!(budget.len(), 2, "{}", run.stdout);
        assert!(marks(&run).contains(marks_of_budget), "{}", run.stdout);
        assert!(
            budget[0].contains(&format!("{remaining} of 1000 read requests left")),
            "{}",
            run.stdout
        );
    }
}

/// What `op` says to people who cannot sign in (`src/op/op-cli.md`, Failures), and the one next
/// step of each.
#[rustfmt::skip]
const TROUBLES: [(i32, &str, &str); 15] = [
    (1, "No accounts configured for use with 1Password CLI.\n\n  - Turn on the app integration\n[ERROR] 2026/11/23 08:01:02 error initializing client:\n", "Turn on \"Integrate with 1Password CLI\""),
    (1, "No accounts configured for use with 1Password CLI.\nDo you want to add an account manually now? [Y/n] ", "Turn on \"Integrate with 1Password CLI\""),
    (9, "[ERROR] 2026/11/23 08:01:02 failed to session.DecodeSACredentials\n", "Copy the whole token"),
    (1, "[ERROR] 2026/11/23 08:01:02 Signin credentials are not compatible with the provided user auth from server\n", "Unset OP_DEVICE."),
    (1, "Enter your six-digit authentication code: [ERROR] 2026/11/23 08:01:02 incorrect One-Time Password length. expected 6\n", "through the 1Password app"),
    (1, "[ERROR] 2026/11/23 08:01:02 this account uses SSO\n", "the only way"),
    (1, "[ERROR] 2026/11/23 08:01:02 your Secret Key has changed\n", "op account forget"),
    (1, "[ERROR] 2026/11/23 08:01:02 multiple accounts found. Use the --account flag\n", "Choose one with --account."),
    (1, "[ERROR] 2026/11/23 08:01:02 connecting to desktop app: response: unsupportedClientType\n", if cfg!(unix) { "onepassword-cli" } else { "Update the 1Password app" }),
    (1, "[ERROR] 2026/11/23 08:01:02 connecting to desktop app: UnableToProcessRequest\n", "Start the 1Password app again"),
    (1, "Enter the password for ada@kestrel.example: [ERROR] 2026/11/23 08:01:02 operation not supported on socket\n", "--password-file"),
    (1, "[ERROR] 2026/11/23 08:01:02 authorization prompt dismissed, please try again\n", "approve the prompt"),
    (1, "[ERROR] 2026/11/23 08:01:02 no account found for filter acme\n", "op account list"),
    (1, "[ERROR] account is not signed in\n", "Unlock the 1Password app"),
    (1, "[ERROR] session expired, sign in to create a new session\n", "eval $(op signin)"),
];

/// An error says one next step; doctor says it too, names others, and ends with a verdict.
#[test]
fn every_trouble_with_signing_in_has_its_next_step() {
    let sandbox = sandbox();
    for (exit, stderr, step) in TROUBLES {
        let fault = json!({"words": "account get", "exit": exit, "stderr": stderr});
        sandbox.set("faults", json!([fault]));
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        assert!(run.last_line().contains(step), "{step}: {}", run.stderr);
        assert!(!run.last_line().contains("Or: "), "{}", run.stderr);
        let run = sandbox.run(&["doctor"]);
        assert_eq!(run.code, Some(3), "{}", run.stdout);
        assert!(row(&run, "sign-in").starts_with('✗'), "{}", run.stdout);
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(step), "{step}: {}", run.stdout);
        let verdict = "✗ verdict       not ready: see to sign-in";
        assert_eq!(run.stdout.lines().last(), Some(verdict));
    }
    sandbox.set("faults", json!([]));
    let run = sandbox.run(&["doctor"]);
    let last = run.stdout.lines().last().unwrap();
    assert!(last.starts_with("✓ verdict       ready"), "{last}");
}

/// On Linux the app drops the connection of an `op` that is not installed as it wants it.
#[cfg(target_os = "linux")]
#[test]
fn an_op_that_the_app_does_not_talk_to_is_told_from_others() {
    let sandbox = sandbox();
    let stderr = "[ERROR] connecting to desktop app: read: connection reset, make sure 1Password CLI is installed correctly\n";
    sandbox.set(
        "faults",
        json!([{"words": "account get", "exit": 1, "stderr": stderr}]),
    );
    let run = sandbox.run(&["doctor"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("would not talk to this op, since"), "{said}");
    assert!(
        said.contains("Let `op` belong to root and the group onepassword-cli"),
        "{said}"
    );
    let run = with_token(&sandbox, &["doctor", "--auth-type=service"]);
    assert!(!run.stdout.contains("would not talk"), "{}", run.stdout);
}

fn with_token(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut command = sandbox.command();
    command
        .args(arguments)
        .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
    Started::new(command).wait()
}

#[test]
fn a_token_that_is_not_asked_for_is_noticed() {
    let sandbox = sandbox();
    let fault =
        json!({"words": "account get", "exit": 1, "stderr": "[ERROR] account is not signed in\n"});
    sandbox.set("faults", json!([fault]));
    for arguments in [&[][..], &["doctor"]] {
        let run = with_token(&sandbox, arguments);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        let said = run.stdout + &run.stderr;
        assert!(said.contains("Add --auth-type service"), "{said}");
    }
}

#[test]
fn accounts_to_choose_from_are_listed() {
    let sandbox = sandbox();
    let mut sign_in = ada();
    let mut other = sign_in["accounts"][0].clone();
    other["url"] = json!("https://other.1password.com");
    other["user_uuid"] = json!("M5XGU26JAGZYCAOL2C2BQW4HBI");
    sign_in["accounts"].as_array_mut().unwrap().push(other);
    sandbox.set("sign_in", sign_in);
    for (arguments, stream) in [(&[][..], false), (&["doctor"], true)] {
        let run = sandbox.run(arguments);
        assert_eq!(run.code, Some(3), "{}", run.stderr);
        let said = if stream { run.stdout } else { run.stderr };
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "ada@kestrel.example at kestrel.1password.com",
            "at other.1password.com (user M5XGU26JAGZYCAOL2C2BQW4HBI)",
            "Choose one with --account.",
        ] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn an_op_that_cannot_be_started_is_not_called_missing() {
    let sandbox = sandbox();
    let said_of = |code: i32| {
        let run = sandbox.run(&["doctor"]);
        assert_eq!(run.code, Some(code), "{}", run.stdout);
        run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    std::fs::remove_file(sandbox.op()).unwrap();
    std::os::unix::fs::symlink(sandbox.path("bin/gone"), sandbox.op()).unwrap();
    let said = said_of(3);
    assert!(said.contains("bin/op: it is a link to"), "{said}");
    std::fs::remove_file(sandbox.op()).unwrap();
    sandbox.write("bin/op", "no program");
    let said = said_of(3);
    assert!(said.contains("the file may not be executed"), "{said}");
    assert!(said.contains("a program that you may execute"), "{said}");
    assert!(said.ends_with("verdict not ready: see to op"), "{said}");
}

#[cfg(unix)]
#[test]
fn the_table_fits_its_terminal() {
    for columns in [80, 120] {
        let sandbox = sandbox();
        let mut command = sandbox.command();
        command.args(["doctor", "--op-path=/nope/op", "--workers=99"]);
        let (code, shown) = crate::cli::pty::Pty::start(command, columns).end();
        assert_eq!(code, Some(2));
        for line in crate::cli::pty::lines(&shown) {
            assert!(line.chars().count() <= columns.into(), "{line}");
        }
    }
}
