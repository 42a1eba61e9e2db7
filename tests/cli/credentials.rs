//! Who signs in, and what is said when something is missing.

use baton_1password::op::{Auth, UserCredentials};
use baton_1password::secret::Secret;
use baton_1password::settings::Password;

use crate::cli::common::{SECRET, World, lines, nothing, only, variables};
use crate::support::Sandbox;

fn auth(world: &World, flags: &[&str]) -> Auth {
    world.settings(flags).unwrap().op.auth
}

/// A password, and where it is still to be read from.
type Found = (Secret, Option<Password>);

fn given(text: &str) -> Found {
    (Secret::new(text.to_owned()), None)
}

fn unread(from: Password) -> Found {
    (Secret::default(), Some(from))
}

#[test]
fn nothing_given_means_whoever_unlocked_op() {
    let account = |account: Option<&str>| Auth::Unlocked {
        account: account.map(str::to_owned),
    };
    assert_eq!(auth(&nothing(), &[]), account(None));
    assert_eq!(auth(&nothing(), &["--auth-type=user"]), account(None));
    assert_eq!(auth(&nothing(), &["--account=work"]), account(Some("work")));
    assert_eq!(
        auth(&variables(&[("OP_ACCOUNT", "work")]), &[]),
        account(Some("work"))
    );
    assert_eq!(
        auth(&nothing(), &["--address=https://work.1password.com/"]),
        account(Some("work.1password.com"))
    );
    for (given, taken) in [
        ("https://Work.1Password.com/signin", "work.1password.com"),
        ("work.1password.com/", "work.1password.com"),
        (" 4OEEOQ7WFGIUAPAKQWFN6V2EOR ", "4OEEOQ7WFGIUAPAKQWFN6V2EOR"),
        ("My_Work", "My_Work"),
        ("Ada@work.example", "Ada@work.example"),
    ] {
        let flag = format!("--account={given}");
        assert_eq!(auth(&nothing(), &[&flag]), account(Some(taken)));
    }
}
#[test]
fn a_service_account_needs_its_token_and_nothing_else() {
    let world = variables(&[("OP_SERVICE_ACCOUNT_TOKEN", "\u{feff}ops_token\n")]);
    let flags = ["--auth-type=service", "--email=ignored@example.com"];
    assert_eq!(
        auth(&world, &flags),
        Auth::Service(Secret::new("ops_token".to_owned()))
    );
    for token in ["", " "] {
        let world = variables(&[("OP_SERVICE_ACCOUNT_TOKEN", token)]);
        assert!(
            only(&world.findings(&["--auth-type=service"])).contains("OP_SERVICE_ACCOUNT_TOKEN")
        );
    }
}
#[test]
fn all_missing_fields_are_named_at_once_in_a_fixed_order() {
    let names = [
        "--email (BATON_EMAIL)",
        "--secret-key (BATON_SECRET_KEY)",
        "--password (BATON_PASSWORD) or --password-file (BATON_PASSWORD_FILE)",
    ];
    for (given, missing) in [
        ("--email=a@example.com", &names[1..]),
        ("--secret-key=A3", &[names[0], names[2]][..]),
        ("--password=p", &names[..2]),
    ] {
        let findings = nothing().findings(&[given]);
        let finding = only(&findings);
        let places: Vec<_> = missing
            .iter()
            .map(|name| finding.find(name).unwrap())
            .collect();
        assert!(places.is_sorted(), "{finding}");
        let absent = names.iter().filter(|name| !missing.contains(name));
        assert!(
            absent.into_iter().all(|name| !finding.contains(name)),
            "{finding}"
        );
        assert!(
            finding.contains("--auth-type service") && finding.contains("unlock 1Password"),
            "{finding}"
        );
    }
}

#[test]
fn a_user_needs_no_secret_key_when_op_knows_the_account() {
    let user = auth(&nothing(), &["--email=a@example.com", "--password=p"]);
    let expected = Auth::User(UserCredentials {
        address: String::new(),
        email: "a@example.com".to_owned(),
        secret_key: None,
        password: given("p").0,
    });
    assert_eq!(user, expected);
}

#[test]
fn the_password_comes_from_a_file_standard_input_or_a_person() {
    let password = |world: &World, flags: &[&str]| {
        let settings = world.settings(flags).unwrap();
        match settings.op.auth {
            Auth::User(user) => (user.password, settings.password),
            other => panic!("{other:?}"),
        }
    };
    let world = nothing().file("password", " hunter2 \r\n");
    let file = format!("--password-file={}", world.path("password"));
    assert_eq!(password(&world, &["--email=a", &file]), given(" hunter2 "));
    assert_eq!(
        password(&world, &["--email=a", "--password=-"]),
        unread(Password::Stdin)
    );
    assert_eq!(
        password(&world, &["--email=a", "--password-file=-"]),
        unread(Password::Stdin)
    );
    let terminal = World {
        terminal: true,
        ..nothing()
    };
    assert_eq!(
        password(&terminal, &["--email=a"]),
        unread(Password::Prompt)
    );
    assert!(matches!(auth(&terminal, &[]), Auth::Unlocked { .. }));
    let both = world.findings(&["--email=a", "--password=p", &file]);
    assert!(only(&both).contains("give only one of --password and --password-file"));
    let marked = nothing().file("password", "\u{feff}hunter2\n");
    let file = format!("--password-file={}", marked.path("password"));
    assert_eq!(password(&marked, &["--email=a", &file]), given("hunter2"));
    let long = "x".repeat((64 << 10) + 1);
    for (content, word) in [
        (Some("\n"), "empty"),
        (None, "(os error "),
        (Some(&*long), "longer than 64 KiB"),
    ] {
        let world = content.map_or_else(nothing, |text| nothing().file("x", text));
        let path = content.map_or_else(|| "/nope/x".to_owned(), |_| world.path("x"));
        let findings = world.findings(&["--email=a", &format!("--password-file={path}")]);
        assert!(only(&findings).contains(word), "{findings:?}");
    }
}

#[test]
fn secrets_on_the_command_line_are_warned_of_once() {
    let flags = ["--email=a", "--password=p", "--secret-key=k"];
    let warnings = lines(&nothing().settings(&flags).unwrap().warnings);
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].contains("--password") && warnings[0].contains("BATON_PASSWORD"));
    assert!(warnings[1].contains("--secret-key") && warnings[1].contains("BATON_SECRET_KEY"));
    let quiet = variables(&[("BATON_PASSWORD", "p"), ("BATON_SECRET_KEY", "k")]);
    assert!(quiet.settings(&["--email=a"]).unwrap().warnings.is_empty());
    assert!(
        nothing()
            .settings(&["--email=a", "--password=-"])
            .unwrap()
            .warnings
            .is_empty()
    );
}

#[cfg(unix)]
#[test]
fn a_file_with_a_secret_should_be_private() {
    let world = nothing().file(".baton.yaml", "email: a@example.com\npassword: p\n");
    let path = world.path(".baton.yaml");
    let mode = |mode| {
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap()
    };
    mode(0o640);
    let warnings = lines(&world.settings(&[]).unwrap().warnings);
    assert!(
        only(&warnings).contains("chmod 600") && warnings[0].contains("password"),
        "{warnings:?}"
    );
    mode(0o600);
    assert!(world.settings(&[]).unwrap().warnings.is_empty());
}

#[test]
fn the_secret_key_may_be_in_a_file() {
    let world = nothing().file("key", "A3-KEY\n");
    let file = format!("--secret-key-file={}", world.path("key"));
    let Auth::User(user) = auth(&world, &["--email=a", "--password=p", &file]) else {
        panic!("no user");
    };
    assert_eq!(user.secret_key.unwrap().expose(), "A3-KEY");
    let both = world.findings(&["--email=a", "--password=p", "--secret-key=k", &file]);
    assert!(only(&both).contains("give only one of --secret-key and --secret-key-file"));
}

/// Standard input is one, and a password may be read from it.
#[test]
fn only_a_password_is_read_from_standard_input() {
    for flags in [
        &["--email=a", "--password=p", "--secret-key-file=-"][..],
        &["--client-id=n@host/spe", "--client-secret-file=-"],
    ] {
        let findings = nothing().findings(flags);
        assert!(only(&findings).contains("name a file"), "{findings:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_secret_file_that_others_can_read_is_warned_of() {
    let world = nothing().file("a", SECRET).file("b", "y");
    let (a, b) = (world.path("a"), world.path("b"));
    let mode = |path: &str, mode| {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap()
    };
    let (key, password) = (
        format!("--secret-key-file={a}"),
        format!("--password-file={b}"),
    );
    let user = ["--email=a", &key, &password];
    let client = format!("--client-secret-file={a}");
    let service = ["--client-id=n@host/spe", &client];
    mode(&a, 0o644);
    mode(&b, 0o640);
    let warnings = lines(&world.settings(&user).unwrap().warnings);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("--password-file") && warnings[1].contains("--secret-key-file"));
    let warnings = lines(&world.settings(&service).unwrap().warnings);
    assert!(
        only(&warnings).contains(&format!("chmod 600 {a}")),
        "{warnings:?}"
    );
    mode(&a, 0o600);
    mode(&b, 0o600);
    assert!(world.settings(&user).unwrap().warnings.is_empty());
}

#[test]
fn findings_help_and_settings_show_no_secret() {
    let sandbox = Sandbox::new(serde_json::json!({}));
    for words in [
        &["settings"][..],
        &["--help"],
        &["--workers=x"],
        &["version"],
    ] {
        let mut command = sandbox.command();
        command.args([
            "--password=hunter2",
            "--secret-key=A3-KEY",
            "--client-secret=a:b:v1:c",
        ]);
        command
            .env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token")
            .args(words);
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        for secret in ["hunter2", "A3-KEY", "a:b:v1:c", "ops_token"] {
            assert!(!text.contains(secret), "{words:?}: {text}");
        }
    }
}
