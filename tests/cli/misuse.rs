//! Every misuse as the real program answers it: exit code 2, nothing
//! on stdout, no call of `op`, no file.

use serde_json::json;

use crate::support::{Run, Sandbox, Started};

fn sandbox() -> Sandbox {
    Sandbox::new(json!({}))
}

/// Runs, and checks what all refusals have in common.
fn refuse(sandbox: &Sandbox, flags: &[&str]) -> Run {
    let run = sandbox.run(flags);
    assert_eq!(run.code, Some(2), "{flags:?}: {}", run.stderr);
    assert_eq!(run.stdout, "", "{flags:?}");
    assert!(sandbox.all_calls().is_empty(), "{flags:?}");
    let files: Vec<_> = sandbox.path("work").read_dir().unwrap().collect();
    assert!(files.is_empty(), "{flags:?}: {files:?}");
    assert!(
        run.stderr
            .lines()
            .all(|line| line.starts_with("error: ") || line.starts_with("tip: ")),
        "{}",
        run.stderr
    );
    run
}

/// The one line that a refusal prints.
fn line(flags: &[&str]) -> String {
    let run = refuse(&sandbox(), flags);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    run.stderr.trim_end().to_owned()
}
#[test]
fn one_line_says_what_is_wrong() {
    for (flags, words) in [
        (&["--zzzzzz"][..], &["--zzzzzz"][..]),
        (&["-z"], &["-z"]),
        (&["--file"], &["--file", "value"]),
        (&["foo"], &["foo", "subcommand"]),
        (&["--provisioning", "true"], &["true"]),
        (&["-file", "x.c1z"], &["x.c1z"]),
        (&["--workers", "abc"], &["--workers", "abc", "whole number"]),
        (&["--workers", "1.5"], &["--workers", "1.5"]),
        (&["--workers="], &["--workers"]),
        (&["--workers", "-5"], &["--workers", "-5", "1 to 32"]),
        (&["--workers", "500"], &["--workers", "500"]),
        (
            &["--provisioning=maybe"],
            &["--provisioning", "maybe", "true or false"],
        ),
        (
            &["--auth-type", "bogus"],
            &["--auth-type", "bogus", "user, service"],
        ),
        (&["--auth-type", "Service"], &["--auth-type", "Service"]),
        (&["--auth-type="], &["--auth-type"]),
        (&["--auth-type", "service"], &["OP_SERVICE_ACCOUNT_TOKEN"]),
        (&["--address="], &["--address", "empty"]),
        (
            &["--limit-vault-permissions", "nope"],
            &["invalid vault permission: nope", "view_and_copy_passwords"],
        ),
        (
            &["--limit-vault-permissions", "member,Member"],
            &["invalid vault permission: Member"],
        ),
        (
            &["--log-level", "bogus"],
            &["--log-level", "bogus", "debug, info, warn"],
        ),
        (
            &["--log-format", "xml"],
            &["--log-format", "xml", "json, console"],
        ),
        (
            &["--log-path", "/no/such/dir/x.log"],
            &["--log-path", "/no/such/dir/x.log", "(os error "],
        ),
        (
            &["--log-path", "good.log,/no/such/dir/x.log"],
            &["/no/such/dir/x.log"],
        ),
        (&["--log-path", "a.log,,b.log"], &["--log-path", "stderr"]),
        (&["--log-path", "."], &["--log-path", "folder"]),
        (
            &[
                "--grant-entitlement=e",
                "--grant-principal=p",
                "--grant-principal-type=zebra",
            ],
            &["--grant-principal-type", "zebra", "user, group"],
        ),
        (
            &["--summary-format", "xml"],
            &["--summary-format", "text, json"],
        ),
        (
            &["--storage-engine", "foo"],
            &["--storage-engine", "foo", "sqlite"],
        ),
        (
            &["--storage-engine", "pebble"],
            &["--storage-engine", "pebble", "every baton reads", "sqlite"],
        ),
        (
            &["--task-concurrency", "0"],
            &["--task-concurrency", "1 to 100"],
        ),
        (
            &["--task-concurrency", "101"],
            &["--task-concurrency", "1 to 100"],
        ),
        (
            &["--http-timeout-seconds", "0"],
            &["--http-timeout-seconds", "1 to 1800"],
        ),
        (
            &["--http-timeout-seconds", "-1"],
            &["--http-timeout-seconds", "1 to 1800"],
        ),
        (
            &["--http-timeout-seconds", "1801"],
            &["--http-timeout-seconds", "1 to 1800"],
        ),
        (
            &["--health-check-port", "65536"],
            &["--health-check-port", "0 to 65535"],
        ),
        (&["--op-timeout", "0"], &["--op-timeout"]),
        (&["--op-timeout", "soon"], &["--op-timeout", "90s"]),
        (&["--op-path="], &["--op-path"]),
        (&["--file="], &["--file"]),
        (&["--skip-grants"], &["--skip-grants", "--sync-resources"]),
        (&["--skip-full-sync"], &["--skip-full-sync", "service mode"]),
        (
            &["--sync-resource-types", "nope"],
            &[
                "--sync-resource-types",
                "nope",
                "account, group, project, user, vault",
            ],
        ),
        (&["--c1z-temp-dir", "/nope"], &["--c1z-temp-dir", "/nope"]),
        (
            &["--grant-entitlement", "e", "--grant-principal", "p"],
            &["--grant-principal-type"],
        ),
        (
            &["--grant-principal-type", "user"],
            &["--grant-principal-type", "--grant-entitlement"],
        ),
        (
            &["--list-action-schemas-resource-type", "user"],
            &["--list-action-schemas"],
        ),
        (&["--dry-run"], &["--dry-run", "grant"]),
        (&["--once"], &["--once", "--client-id"]),
        (
            &["--config", "settings.ini"],
            &["--config", "settings.ini", ".yaml"],
        ),
        (&["--config", "missing.yaml"], &["missing.yaml"]),
        (&["completion"], &["SHELL"]),
        (&["completion", "nope"], &["nope", "bash", "powershell"]),
        (&["help", "foo"], &["foo"]),
        (&["capabilities", "extra"], &["extra"]),
        (
            &["health-check", "--endpoint", "bogus"],
            &["invalid endpoint: bogus (valid: health, ready, live)"],
        ),
    ] {
        let line = line(flags);
        for word in words {
            assert!(line.contains(word), "{flags:?}: {line}");
        }
    }
}

#[test]
fn near_misses_get_a_suggestion() {
    for (flags, tip) in [
        (["--logg-level=debug"], "--log-level"),
        (
            ["--limit-vault-permission=member"],
            "--limit-vault-permissions",
        ),
        (["capabilitie"], "capabilities"),
    ] {
        let stderr = refuse(&sandbox(), &flags).stderr;
        let lines: Vec<&str> = stderr.lines().collect();
        assert_eq!(lines.len(), 2, "{stderr}");
        assert!(
            lines[1].starts_with("tip: ") && lines[1].contains(tip),
            "{stderr}"
        );
    }
}

/// Alone, half-given and complete
#[test]
fn modes_of_other_connectors_never_start_a_sync() {
    for flags in [
        &["--event-feed", "true"][..],
        &["--event-feed", "xyz"],
        &["--event-feed-id", "x"],
        &["--event-feed-start-at", "x"],
        &["--event-feed-cursor", "x"],
        &["--create-account-login", "x"],
        &[
            "--create-account-login",
            "x",
            "--create-account-profile",
            "{}",
        ],
        &["--create-account-email", "x@example.com"],
        &["--create-account-profile", "{}"],
        &["--create-account-resource-type", "user"],
        &["--delete-resource", "x"],
        &["--delete-resource-type", "user"],
        &["--delete-resource", "x", "--delete-resource-type", "user"],
        &["--rotate-credentials", "x"],
        &["--rotate-credentials-type", "user"],
        &["--create-ticket", "--ticket-template-path", "x"],
        &["--create-ticket"],
        &["--ticket-template-path", "x"],
        &["--bulk-create-ticket", "--bulk-ticket-template-path", "x"],
        &["--get-ticket", "--ticket-id", "x"],
        &["--ticket-id", "x"],
        &["--list-ticket-schemas"],
        &["--invoke-action", "x"],
        &["--invoke-action-args", "{\"a\":1}"],
        &["--invoke-action-resource-type", "user"],
        &["--list-resource-actions", "x"],
        &["--invoke-resource-action", "x"],
        &["--invoke-resource-action-resource-type", "x"],
        &["--invoke-resource-action-args", "{\"a\":1}"],
        &[
            "--diff-syncs",
            "--base-sync-id",
            "a",
            "--applied-sync-id",
            "b",
        ],
        &["--diff-syncs"],
        &[
            "--compact-syncs",
            "--compact-sync-ids",
            "a,b",
            "--compact-file-paths",
            "a,b",
            "--compact-output-path",
            "c",
        ],
        &["--compact-file-paths", "a"],
        &["--external-resource-c1z", "x.c1z"],
        &["--external-resource-entitlement-id-filter", "x"],
        &["--external-resource-traits", "user"],
    ] {
        let stderr = refuse(&sandbox(), flags).stderr;
        let refusals = stderr
            .matches("is not supported by this connector: ")
            .count();
        let given = flags.iter().filter(|flag| flag.starts_with("--")).count();
        assert_eq!(refusals, given, "{flags:?}: {stderr}");
    }
}

#[test]
fn refused_flags_may_be_given_as_nothing() {
    let sandbox = sandbox();
    for flag in [
        "--event-feed=false",
        "--list-ticket-schemas=false",
        "--invoke-action-args={}",
        "--delete-resource=",
    ] {
        let run = sandbox.run(&["settings", flag]);
        assert_eq!(run.stderr, "", "{flag}");
    }
}

#[test]
fn what_is_quoted_from_elsewhere_is_shown_without_escape_codes() {
    let hostile = [
        "\"\\e]0;PWNED\\a\\e[31mkey\": x\n",
        "workers: \"\\e[31m\\a\"\n",
        "c1z-temp-dir: \"/no\\e[31m\\a\"\n",
    ];
    for text in hostile {
        let sandbox = sandbox();
        sandbox.write("work/.baton.yaml", text);
        for words in [&[][..], &["settings"]] {
            // Colours are kept in a pipe too, so that nothing but us takes codes out.
            let mut command = sandbox.command();
            command.args(words).env("CLICOLOR_FORCE", "1");
            let run = Started::new(command).wait();
            let printed = (run.stdout + &run.stderr).replace('\n', "");
            assert!(!printed.contains(char::is_control), "{printed:?}");
        }
    }
}

#[test]
fn all_findings_are_reported_at_once() {
    let stderr = refuse(
        &sandbox(),
        &[
            "--workers=abc",
            "--log-level=loud",
            "--email=ada@example.com",
            "--ticket-id=1",
            "--file=",
            "--sync-resources=nope",
            "--log-path=/no/such/x.log",
        ],
    )
    .stderr;
    for word in [
        "--workers",
        "loud",
        "--password",
        "--ticket-id",
        "--file",
        "--sync-resources: invalid resource id 'nope'",
        "--log-path",
    ] {
        assert!(stderr.contains(word), "{word}: {stderr}");
    }
}

#[test]
fn c1_credentials_are_judged_with_everything_else() {
    let sandbox = sandbox();
    let mut command = sandbox.command();
    command
        .args(["--client-id=foo", "--client-secret=hunter2", "--workers=99"])
        .env("BATON_C1_API_HOST", "https://x")
        .env("HTTPS_PROXY", "ftp://x");
    let run = Started::new(command).wait();
    assert_eq!(run.code, Some(2));
    for word in [
        "--client-id: ",
        "--client-secret: ",
        "BATON_C1_API_HOST: ",
        "HTTPS_PROXY: ",
        "--workers",
    ] {
        assert!(run.stderr.contains(word), "{word}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}
#[test]
fn the_list_of_action_schemas_is_empty() {
    let sandbox = sandbox();
    for flags in [
        &["--list-action-schemas"][..],
        &[
            "--list-action-schemas",
            "--list-action-schemas-resource-type",
            "user",
        ],
    ] {
        let run = sandbox.run(flags);
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (Some(0), "[]\n", "")
        );
    }
    assert!(sandbox.all_calls().is_empty());
}

#[test]
fn accepted_flags_have_no_effect() {
    let sandbox = sandbox();
    let run = sandbox.run(&[
        "settings",
        "--log-level-debug-expires-at=soon",
        "--http-timeout-seconds=1800",
        "--session-store-maximum-size=-3",
        "--auth-method=x",
        "--ticketing",
        "--keep-previous-sync-c1z",
        "--storage-engine=sqlite",
        "--health-check-port=0",
    ]);
    assert_eq!(run.stderr, "");
}

/// One finding says that it is refused; none then asks for what goes with it.
#[test]
fn what_is_refused_is_said_once() {
    for flag in [
        "--create-ticket",
        "--get-ticket",
        "--diff-syncs",
        "--compact-syncs",
    ] {
        let stderr = refuse(&sandbox(), &[flag]).stderr;
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(
            stderr.contains("is not supported by this connector"),
            "{stderr}"
        );
    }
}

#[test]
fn a_time_that_no_clock_holds_is_refused() {
    for flag in [
        "--once-timeout",
        "--grace",
        "--op-timeout",
        "--resume-window",
    ] {
        let given = format!("{flag}=9223372036854775807s");
        let stderr = refuse(&sandbox(), &[&given]).stderr;
        assert!(stderr.contains("at most ten years"), "{stderr}");
    }
}

/// A log line at the end of the last good file would damage it.
#[cfg(unix)]
#[test]
fn a_log_is_never_the_file_of_the_sync() {
    let sandbox = Sandbox::canned(&crate::support::fixture("golden/tiny/op"));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
    std::os::unix::fs::symlink("sync.c1z", sandbox.path("work/link")).unwrap();
    let calls = sandbox.calls().len();
    for path in ["sync.c1z", "./sync.c1z", "link", "SYNC.c1z"] {
        let run = sandbox.run(&["--log-path", path]);
        assert_eq!(run.code, Some(2), "{path}: {}", run.stderr);
        assert!(
            run.stderr.contains("the file of the sync"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(sandbox.calls().len(), calls, "op was not asked");
    assert_eq!(
        std::fs::read(sandbox.path("work/sync.c1z")).unwrap(),
        before
    );
}
