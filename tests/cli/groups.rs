//! Settings that go together or exclude each other, and the mode they lead to.

use baton_1password::settings::{Grant, Mode};
use serde_json::json;

use crate::cli::common::{SECRET, lines, nothing, only, variables};
use crate::support::Sandbox;

const GRANT: [&str; 3] = [
    "--grant-entitlement=group:g:member",
    "--grant-principal=u",
    "--grant-principal-type=user",
];
const C1: [&str; 3] = ["--client-id=n@host/spe", "--client-secret", SECRET];

/// From the command line, the environment and the file, also as `false`
#[test]
fn what_goes_together_is_missed_by_name() {
    for (given, missing) in [
        ("grant-entitlement", &["grant-principal"][..]),
        ("grant-principal", &["grant-entitlement"]),
        ("client-id", &["client-secret"]),
        ("client-secret", &["client-id"]),
        ("create-ticket", &["ticket-template-path"]),
        ("bulk-create-ticket", &["bulk-ticket-template-path"]),
        ("get-ticket", &["ticket-id"]),
        ("diff-syncs", &["base-sync-id", "applied-sync-id"]),
        (
            "compact-syncs",
            &[
                "compact-sync-ids",
                "compact-file-paths",
                "compact-output-path",
            ],
        ),
    ] {
        let flag = format!("--{given}=false");
        let variable = format!("BATON_{}", given.to_uppercase().replace('-', "_"));
        let file = nothing().file(".baton.yaml", &format!("{given}: false"));
        for findings in [
            nothing().findings(&[&flag]),
            variables(&[(&variable, "false")]).findings(&[]),
            file.findings(&[]),
        ] {
            let rule = findings.iter().find(|finding| finding.contains("needs --"));
            let rule = rule.unwrap_or_else(|| panic!("{given}: {findings:?}"));
            assert!(
                missing
                    .iter()
                    .all(|name| rule.contains(&format!("--{name}"))),
                "{rule}"
            );
            assert!(rule.contains(given) || rule.contains(&variable), "{rule}");
        }
    }
}
#[test]
fn what_excludes_each_other_is_named() {
    let first = [
        "create-account-login",
        "delete-resource",
        "rotate-credentials",
        "event-feed",
    ];
    let second = [
        "create-account-email",
        "delete-resource-type",
        "rotate-credentials-type",
    ];
    let switches = [
        "create-ticket",
        "get-ticket",
        "list-ticket-schemas",
        "bulk-create-ticket",
        "diff-syncs",
        "compact-syncs",
    ];
    for other in first.iter().chain(&second).chain(&switches) {
        let flag = format!("--{other}=true");
        let findings = nothing().findings(&["--revoke-grant=g", &flag]);
        let rule = format!("give only one of --revoke-grant and --{other}");
        assert!(findings.contains(&rule), "{findings:?}");
    }
    let both = [&GRANT[..], &["--revoke-grant=g"]].concat();
    assert!(only(&nothing().findings(&both)).starts_with("give only one of"));
}
#[test]
fn subcommands_do_not_mind_lone_settings() {
    let sandbox = Sandbox::new(json!({}));
    for (words, code) in [
        (&["capabilities"][..], 0),
        (&["config"], 0),
        (&["settings"], 0),
        (&["version"], 0),
        (&["man"], 0),
        (&["completion", "bash"], 0),
        // Nobody listens there, which is another matter than a broken rule.
        (&["health-check", "--health-check-port=1"], 1),
    ] {
        let mut command = sandbox.command();
        let output = command
            .args(words)
            .env("BATON_CLIENT_ID", "x")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}");
    }
}
#[test]
fn service_mode_comes_first_then_grant_then_revoke() {
    let mode = |flags: &[&str]| nothing().mode(flags);
    let serves = |flags: &[&str]| matches!(mode(flags), Mode::Serve(_));
    assert!(serves(&[&C1[..], &GRANT].concat()));
    let grant = Grant {
        entitlement: "group:g:member".to_owned(),
        principal: "u".to_owned(),
        principal_type: "user".to_owned(),
    };
    let both = [&GRANT[..], &["--list-action-schemas"]].concat();
    assert!(matches!(mode(&both), Mode::Grant(made) if made == grant));
    let both = ["--revoke-grant=g", "--list-action-schemas"];
    assert!(matches!(mode(&both), Mode::Revoke(id) if id == "g"));
    assert!(matches!(
        mode(&["--list-action-schemas"]),
        Mode::ListActions
    ));
    assert!(matches!(mode(&[]), Mode::Sync));
    assert!(matches!(
        mode(&["--client-id=", "--client-secret="]),
        Mode::Sync
    ));
}

/// A list of actions reads and writes no file, and asks `op` nothing.
#[test]
fn what_a_command_does_not_use_cannot_make_it_fail() {
    let sandbox = Sandbox::new(json!({}));
    let run = |words: &[&str], name: &str, value: &str| {
        let mut command = sandbox.command();
        command.args(words).env(name, value);
        crate::support::Started::new(command).wait()
    };
    for (name, value) in [
        ("BATON_DECODER_MAX_DECODED_SIZE_MB", "0"),
        ("BATON_TMPDIR", "/nope"),
    ] {
        let listed = run(&["--list-action-schemas"], name, value);
        assert_eq!(listed.stdout, "[]\n", "{name}: {}", listed.stderr);
        assert_eq!(listed.code, Some(0), "{name}: {}", listed.stderr);
        let synced = run(&[], name, value);
        assert_eq!(synced.code, Some(2), "{name}: {}", synced.stderr);
    }
    // Nobody listens there, which is what was asked.
    let asked = ["health-check", "--health-check-port=1"];
    assert_eq!(run(&asked, "BATON_WORKERS", "many").code, Some(1));
    let bad = run(&["health-check"], "BATON_HEALTH_CHECK_PORT", "many");
    assert_eq!(bad.code, Some(2), "{}", bad.stderr);
}

#[test]
fn what_has_no_effect_is_said() {
    let flags = ["--file=x", "--skip-entitlements-and-grants"];
    let settings = nothing()
        .settings(&[&C1[..], &GRANT, &flags].concat())
        .unwrap();
    for name in [
        "--file",
        "--grant-entitlement",
        "--skip-entitlements-and-grants",
    ] {
        let said = format!("{name} has no effect in service mode");
        assert!(
            lines(&settings.warnings)
                .iter()
                .any(|warning| warning.starts_with(&said)),
            "{name}"
        );
    }
    let warning = |flag: &str| {
        let warnings = lines(&nothing().settings(&[flag]).unwrap().warnings);
        only(&warnings).to_owned()
    };
    assert!(
        warning("--health-check").contains("--health-check has no effect outside service mode")
    );
    let json = [&GRANT[..], &["--summary-format=json"]].concat();
    let warnings = lines(&nothing().settings(&json).unwrap().warnings);
    assert!(only(&warnings).starts_with("--summary-format has no effect"));
    assert!(warning("--parallel-sync").contains("--workers"));
}

/// A variable of a script that is not set must not be called another mistake.
#[test]
fn an_empty_id_of_a_change_is_the_only_finding() {
    let findings = nothing().findings(&["--revoke-grant=", "--yes", "--dry-run"]);
    assert!(only(&findings).contains("--revoke-grant is empty"));
    for name in [
        "--grant-entitlement",
        "--grant-principal",
        "--grant-principal-type",
    ] {
        let change = GRANT.map(|flag| match flag.starts_with(&format!("{name}=")) {
            true => format!("{name}="),
            false => flag.to_owned(),
        });
        let change: Vec<&str> = change.iter().map(String::as_str).collect();
        let findings = nothing().findings(&change);
        assert!(
            only(&findings).contains(&format!("{name} is empty")),
            "{findings:?}"
        );
    }
}

#[test]
fn an_empty_half_of_the_c1_credentials_is_missed() {
    let findings = nothing().findings(&["--client-id=n@host/spe", "--client-secret="]);
    assert!(only(&findings).contains("--client-secret is empty"));
    let findings = nothing().findings(&["--client-id=", "--client-secret=x"]);
    assert!(only(&findings).contains("--client-id is empty"));
}

#[test]
fn the_c1_secret_may_be_in_a_file() {
    let world = nothing().file("secret", &format!("{SECRET}\n"));
    let file = format!("--client-secret-file={}", world.path("secret"));
    let flags = ["--client-id=n@host/spe", &file];
    assert!(matches!(world.mode(&flags), Mode::Serve(_)));
    let settings = world.settings(&flags).unwrap();
    let seen = |warning: &String| warning.contains("command line");
    assert!(!lines(&settings.warnings).iter().any(seen));
    let both = [&C1[..], &[file.as_str()]].concat();
    assert!(
        only(&world.findings(&both))
            .contains("give only one of --client-secret and --client-secret-file")
    );
    let missing = ["--client-id=n@host/spe", "--client-secret-file=/nope"];
    assert!(only(&world.findings(&missing)).contains("/nope"));
}

#[test]
fn once_and_its_timeout_belong_to_service_mode() {
    let service = |flags: &[&str]| match nothing().mode(&[&C1[..], flags].concat()) {
        Mode::Serve(service) => service,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        service(&["--once", "--once-timeout=5m"])
            .once_timeout
            .unwrap()
            .as_secs(),
        300
    );
    assert_eq!(service(&["--once"]).once_timeout, None);
    assert_eq!(service(&["--grace=0"]).grace.as_secs(), 0);
    let findings = nothing().findings(&[&C1[..], &["--once-timeout=5m"]].concat());
    assert!(only(&findings).contains("--once-timeout works only with --once"));
}
