//! Where settings come from: flag over variable over file over default.

use std::path::PathBuf;

use crate::cli::common::{SECRET, World, lines, nothing, only, variables};
use crate::support::{CONFIG, Sandbox, Started, fixture};
#[test]
fn the_nearest_source_wins() {
    let file = |world: &World, flags: &[&str]| {
        let file = world.inputs(flags).flags.file;
        file.into_os_string().into_string().unwrap()
    };
    let world = variables(&[("BATON_FILE", "variable")]).file(".baton.yaml", "file: file");
    assert_eq!(file(&world, &["--file=flag"]), "flag");
    assert_eq!(file(&world, &[]), "variable");
    assert_eq!(
        file(&nothing().file(".baton.yaml", "file: file"), &[]),
        "file"
    );
    assert_eq!(file(&nothing(), &[]), "sync.c1z");
    assert_eq!(file(&variables(&[("baton_file", "x")]), &[]), "sync.c1z");
}

/// No shell spells them out there, as it does for flags and variables.
#[test]
fn paths_of_a_file_may_begin_at_home_and_the_file_with_a_mark() {
    let text = "\u{feff}file: ~/a.c1z\nlog-path: [\"~/l\", stderr]\nop-path: ~/op\nprovisioning: false\n\
        password-file: ~/p\nemail: ~/e\nc1z-temp-dir: ~other/t\n";
    for (name, text) in [
        ("home.yaml", text.to_owned()),
        (
            "home.json",
            "\u{feff}{\"file\": \"~/a.c1z\", \"op-path\": \"~/op\", \"email\": \"~/e\"}".to_owned(),
        ),
    ] {
        let world = variables(&[("HOME", "/home/ada/")]).file(name, &text);
        let flag = format!("--config={}", world.path(name));
        let flags = world.inputs(&[&flag]).flags;
        assert_eq!(flags.file.to_str(), Some("/home/ada/a.c1z"));
        assert_eq!(flags.op_path, Some("/home/ada/op".into()));
        assert_eq!(flags.email.as_deref(), Some("~/e"));
        if name == "home.yaml" {
            assert_eq!(flags.log_path, ["/home/ada/l", "stderr"].map(PathBuf::from));
            assert_eq!(flags.password_file, Some("/home/ada/p".into()));
            assert_eq!(flags.c1z_temp_dir, Some("~other/t".into()));
        }
    }
}

/// Decided for replacing
#[test]
fn a_nearer_list_replaces_a_farther_one() {
    let world = variables(&[("BATON_SYNC_RESOURCE_TYPES", "user,group")])
        .file(".baton.yaml", "sync-resource-types: [nonsense, vault]");
    let types = |flags: &[&str]| {
        assert_eq!(world.findings(flags), [""; 0]);
        world.inputs(flags).flags.sync_resource_types
    };
    assert_eq!(types(&["--sync-resource-types", "account"]), ["account"]);
    assert_eq!(types(&[]), ["user", "group"]);
}
#[test]
fn variables_hold_csv_lists_and_an_empty_one_is_unset() {
    let paths = |value| {
        variables(&[("BATON_LOG_PATH", value)])
            .settings(&[])
            .unwrap()
            .flags
            .log_path
    };
    assert_eq!(
        paths("a.log,\"b,c.log\", d.log"),
        ["a.log", "b,c.log", " d.log"].map(PathBuf::from)
    );
    assert_eq!(paths("a.log b.log"), [PathBuf::from("a.log b.log")]);
    assert_eq!(paths(""), Vec::<PathBuf>::new());
    let world = variables(&[("BATON_WORKERS", ""), ("BATON_LOG_LEVEL", "")]);
    assert_eq!(world.settings(&[]).unwrap().op.workers, 4);
}
#[test]
fn a_variable_of_the_wrong_type_is_refused_by_name() {
    for (name, value, words) in [
        ("BATON_PROVISIONING", "yes", "true or false"),
        ("BATON_QUIET", " true", "true or false"),
        ("BATON_WORKERS", "abc", "whole number"),
        ("BATON_WORKERS", "1e1", "whole number"),
        ("BATON_LOG_LEVEL", "loud", "debug, info"),
        ("BATON_LOG_FORMAT", "xml", "json, console"),
        ("BATON_OP_TIMEOUT", "soon", "90s"),
    ] {
        let findings = variables(&[(name, value)]).findings(&[]);
        let finding = only(&findings);
        assert!(
            finding.contains(name) && finding.contains(words),
            "{finding}"
        );
        assert!(finding.contains(&format!("{value:?}")), "{finding}");
    }
    let hexadecimal = variables(&[("BATON_WORKERS", "0x8"), ("BATON_QUIET", "T")]);
    let settings = hexadecimal.settings(&[]).unwrap();
    assert!(settings.op.workers == 8 && settings.flags.quiet);
}

#[test]
fn standing_in_variables_count_for_their_flags() {
    let folder = tempfile::tempdir().unwrap();
    let world = variables(&[("BATON_TMPDIR", folder.path().to_str().unwrap())]);
    assert_eq!(
        world.settings(&[]).unwrap().flags.c1z_temp_dir.as_deref(),
        Some(folder.path())
    );
    let findings = variables(&[("BATON_TMPDIR", "/nope")]).findings(&[]);
    assert!(only(&findings).contains("BATON_TMPDIR"));
    let world = variables(&[("OP_ACCOUNT", "far"), ("BATON_ACCOUNT", "near")]);
    assert_eq!(world.inputs(&[]).flags.account.as_deref(), Some("near"));
}
#[test]
fn files_hold_flag_names_in_any_case_and_both_kinds_of_lists() {
    let texts = [
        (
            ".baton.yaml",
            "Sync-Resource-Types: [user, group]\nWORKERS: 0x3\nprovisioning: true\nfile: 0123\n",
        ),
        (
            ".baton.yml",
            "sync-resource-types: user,group\nworkers: '3'\nprovisioning: \"true\"\nfile: 0123\n",
        ),
        (
            ".baton.json",
            "{\n\t\"sync-resource-types\": [\"user\", \"group\"],\n\t\"workers\": 3, \"provisioning\": true, \"file\": \"0123\"}",
        ),
        (
            ".baton.toml",
            "sync-resource-types = ['user', 'group']\nworkers = 0x3\nprovisioning = true\nfile = '0123'\n",
        ),
    ];
    for (name, text) in texts {
        let world = nothing().file(name, text);
        let (flags, settings) = (world.inputs(&[]).flags, world.settings(&[]).unwrap());
        assert_eq!(flags.sync_resource_types, ["user", "group"], "{name}");
        assert_eq!(settings.op.workers, 3, "{name}");
        assert!(flags.provisioning, "{name}");
        assert_eq!(settings.flags.file.to_str(), Some("0123"), "{name}");
    }
}

/// Whatever else YAML might take a text for, it is the setting's own type that reads it.
#[test]
fn a_text_without_quotes_is_as_it_stands_in_the_file() {
    for text in [
        "0123",
        ".inf",
        "1e3",
        "1_000",
        "2020-01-01",
        "yes",
        "0x3",
        "!!str 5",
    ] {
        let world = nothing().file(".baton.yaml", &format!("file: {text}\n"));
        let text = text.trim_start_matches("!!str ");
        assert_eq!(world.settings(&[]).unwrap().flags.file.to_str(), Some(text));
    }
    let merged = nothing().file(".baton.yaml", "<<: {file: x}\n");
    assert!(only(&merged.findings(&[])).contains("unknown key"));
}

#[test]
fn an_empty_file_and_an_empty_value_set_nothing() {
    for text in ["", "# nothing yet\n", "file:\n", "file: ~\n"] {
        let settings = nothing().file(".baton.yaml", text).settings(&[]).unwrap();
        assert_eq!(settings.flags.file.to_str(), Some("sync.c1z"), "{text}");
    }
}

/// File, key and line
#[test]
fn a_bad_file_is_an_error_with_file_key_and_line() {
    for (name, text, words) in [
        (
            ".baton.yaml",
            "file: a\nlogg-level: debug\n",
            &["logg-level", "line 2", "did you mean log-level?"][..],
        ),
        (
            ".baton.yaml",
            "skip_entitlements_and_grants: true\n",
            &["line 1", "did you mean skip-entitlements-and-grants?"],
        ),
        (
            ".baton.yaml",
            "auth_type: service\n",
            &["auth_type", "line 1", "auth-type"],
        ),
        (
            ".baton.yaml",
            "config: other.yaml\n",
            &["unknown key config", "line 1"],
        ),
        (
            ".baton.yaml",
            "\nworkers: many\n",
            &["workers", "line 2", "whole number"],
        ),
        (
            ".baton.yaml",
            "workers: [1]\n",
            &["workers", "line 1", "list"],
        ),
        (".baton.yaml", "file: {a: 1}\n", &["file", "line 1", "map"]),
        (
            ".baton.yaml",
            "provisioning: yes\n",
            &["provisioning", "line 1", "true or false"],
        ),
        (
            ".baton.yaml",
            "file: a\nFILE: b\n",
            &["file", "line 2", "already given on line 1"],
        ),
        (
            ".baton.yaml",
            "file: a\nfile: b\n",
            &["file", "line 2", "already given on line 1"],
        ),
        (
            ".baton.yaml",
            "file: a\n  b: [\n",
            &["line 2", "does not parse"],
        ),
        (".baton.yaml", "- file\n", &["not a map"]),
        (
            ".baton.toml",
            "file = 'a'\nworkers = many\n",
            &["line 2", "does not parse"],
        ),
        (
            ".baton.toml",
            "[service]\nonce = true\n",
            &["unknown key service", "line 1"],
        ),
        (
            ".baton.toml",
            "workers = [1]\n",
            &["workers", "line 1", "list"],
        ),
        (
            ".baton.json",
            "{\n\"file\": \"a\",\n\"workers\": {}}",
            &["workers", "line 3", "map"],
        ),
        (
            ".baton.json",
            "{\"file\": a\"}",
            &["does not parse", "line 1 column 10"],
        ),
        (".baton.json", "{\"file\": \"a\",\n}", &["line 2 column 1"]),
        (".baton.json", "file: a\n", &["does not parse"]),
        (
            ".baton.yaml",
            "workers: 2\nfile: !a\n",
            &["line 2", "begins with ! needs quotes"],
        ),
        (
            ".baton.yaml",
            "file: &a\n",
            &["line 1", "begins with & needs quotes"],
        ),
        (
            ".baton.yaml",
            "file: *a\n",
            &["line 1", "begins with * needs quotes"],
        ),
        (
            ".baton.yaml",
            "workers: 2\nfile: {{ a }}\n",
            &["line 2", "does not parse", "need quotes"],
        ),
        (
            ".baton.yaml",
            "file: a\n---\nfile: b\n",
            &["more than one document"],
        ),
    ] {
        let findings = nothing().file(name, text).findings(&[]);
        let finding = only(&findings);
        for word in words.iter().chain([&name]) {
            assert!(finding.contains(word), "{text}: {finding}");
        }
        assert!(!finding.contains("did you mean config?"), "{finding}");
    }
}

#[test]
fn a_bad_value_in_a_file_never_shows_a_secret() {
    for text in [
        "password: [hunter2]\n",
        "password: {hunter2: 1}\n",
        "password: \"hunter2\n",
        "{password:hunter2, workers: 2}\n",
        "password=hunter2: x\n",
        "password hunter2: x\npassword hunter2: y\n",
        "password: !hunter2\n",
        "password: !hunter2 x\n",
        "password: &hunter2\n",
        "password: *hunter2\n",
        "password: %hunter2\n",
        "password: @hunter2\n",
        "password: `hunter2\n",
        "password: hunter2: x\n",
        "password: [hunter2\n",
        "password: \"\\hunter2\"\n",
        "password: !!int hunter2\n",
        "password: |hunter2\n",
    ] {
        let findings = nothing()
            .file(".baton.yaml", text)
            .findings(&["--email=ada@example.com"]);
        assert!(!findings.is_empty());
        assert!(!findings.concat().contains("hunter2"), "{findings:?}");
    }
}

/// A pipe would be waited for, and a device has no end.
#[cfg(unix)]
#[test]
fn what_is_no_file_of_reasonable_size_is_refused_at_once() {
    let world = nothing().file("large.yaml", &" ".repeat((1 << 20) + 1));
    let pipe = world.path("pipe.yaml");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let device = world.path("device.yaml");
    std::os::unix::fs::symlink("/dev/zero", &device).unwrap();
    for (path, words) in [
        (pipe, "not a regular file"),
        (device, "not a regular file"),
        (world.path("large.yaml"), "longer than 1 MiB"),
    ] {
        let findings = world.findings(&["--config", &path]);
        let finding = only(&findings);
        assert!(
            finding.contains(&path) && finding.contains(words),
            "{finding}"
        );
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_looked_for_here_and_then_in_the_users_folder() {
    let world = nothing()
        .file("home/.config/baton-1password/config.toml", "file = 'home'")
        .file("xdg/baton-1password/config.json", "{\"file\": \"xdg\"}");
    let file = |world: &World| {
        let file = world.inputs(&[]).flags.file;
        file.into_os_string().into_string().unwrap()
    };
    let (home, xdg) = (world.path("home"), world.path("xdg"));
    let world = world.variable("HOME", &home);
    assert_eq!(file(&world), "home");
    let world = world.variable("XDG_CONFIG_HOME", &xdg);
    assert_eq!(file(&world), "xdg");
    let world = world.file(".baton.json", "{\"file\": \"json\"}");
    assert_eq!(file(&world), "json");
    let world = world.file(".baton.yaml", "file: yaml");
    assert_eq!(file(&world), "yaml");
}
#[test]
fn a_named_file_replaces_the_default_one() {
    let world = nothing()
        .file(".baton.yaml", "file: default\nworkers: 9\n")
        .file("sub/my.yaml", "file: named\n")
        .file("sub/my.json", "{\"file\": \"neighbour\"}");
    let named = world.path("sub/my.yaml");
    let check = |world: &World, flags: &[&str]| {
        let settings = world.settings(flags).unwrap();
        assert_eq!(settings.flags.file.to_str(), Some("named"));
        assert_eq!(settings.op.workers, 4);
    };
    check(&world, &["--config", &named]);
    check(&world.variable("BATON_CONFIG_PATH", &named), &[]);
    for bad in ["my.ini", "my", "my.YAML", "missing.yaml"] {
        let findings = variables(&[("BATON_CONFIG_PATH", bad)]).findings(&[]);
        let finding = only(&findings);
        assert!(finding.contains(bad), "{finding}");
        assert_eq!(
            finding.contains("BATON_CONFIG_PATH"),
            bad != "missing.yaml",
            "{finding}"
        );
    }
}

#[test]
fn settings_say_where_each_value_comes_from() {
    let world = variables(&[
        ("BATON_PASSWORD", "hunter2"),
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_x"),
        ("OP_SESSION_x", "token"),
        ("HTTPS_PROXY", "http://ada:pass@proxy:3128"),
        ("BATON_KEEP_SYNC_COUNT", "5"),
    ])
    .file(".baton.yaml", "\nsecret-key: A3-XXXX\nlog-path: [a, b]\n");
    let inputs = world.inputs(&["--workers=8"]);
    let rows = inputs.in_force();
    let row = |name: &str| {
        let row = rows.iter().find(|row| row[0] == name).unwrap();
        (row[1].clone(), row[2].clone())
    };
    let told = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    let file = world.path(".baton.yaml");
    assert_eq!(row("workers"), told("8", "--workers"));
    assert_eq!(row("password"), told("***", "BATON_PASSWORD"));
    assert_eq!(
        row("secret-key"),
        told("***", &format!("secret-key in {file}, line 2"))
    );
    assert_eq!(
        row("log-path"),
        told("a,b", &format!("log-path in {file}, line 3"))
    );
    assert_eq!(row("log-level"), told("info", "default"));
    assert_eq!(row("email"), told("-", "default"));
    assert_eq!(row("OP_SERVICE_ACCOUNT_TOKEN").0, "***");
    assert_eq!(row("OP_SESSION_x").0, "***");
    assert_eq!(row("HTTPS_PROXY").0, "http://***@proxy:3128");
    assert_eq!(row("BATON_KEEP_SYNC_COUNT").0, "5");
    let debug = format!("{:?} {:?}", inputs.flags, world.settings(&["--email=a"]));
    assert!(
        !debug.contains("hunter2") && !debug.contains("A3-XXXX"),
        "{debug}"
    );
}

/// A folder may be somebody else's, and `op` gets the password.
#[test]
fn a_file_of_the_working_folder_does_not_choose_the_program() {
    let line = "op-path: ./op\n";
    let here = nothing().file(".baton.yaml", line);
    let findings = here.findings(&[]);
    assert!(
        only(&findings).contains("op-path in ") && findings[0].contains("line 1"),
        "{findings:?}"
    );
    let named = nothing().file("named.yaml", line);
    let config = format!("--config={}", named.path("named.yaml"));
    let settings = named.settings(&[&config]).unwrap();
    assert_eq!(settings.op.path, Some("./op".into()));
    let home = nothing().file("home/baton-1password/config.yaml", line);
    let folder = [(CONFIG, &*home.path("home"))];
    let settings = variables(&folder).settings(&[]).unwrap();
    assert_eq!(settings.op.path, Some("./op".into()));
}

/// It is found with all else that is wrong, and a service that reads no file does not mind it.
#[test]
fn a_bound_that_lets_no_file_through_is_refused() {
    let world = variables(&[("BATON_DECODER_MAX_DECODED_SIZE_MB", "0")]);
    let findings = world.findings(&["--workers=99"]);
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[1].contains("BATON_DECODER_MAX_DECODED_SIZE_MB"));
    let serves = ["--client-id=n@host/spe", "--client-secret", SECRET];
    assert_eq!(world.findings(&serves), [""; 0]);
    // A review that is carried out reads one.
    let mut review = world.inputs(&serves);
    review.is_review = true;
    let Err(refused) = review.validated() else {
        panic!("taken");
    };
    assert!(
        refused
            .to_string()
            .contains("BATON_DECODER_MAX_DECODED_SIZE_MB")
    );
}

#[test]
fn yaml_texts_may_be_marked_as_such_and_nest_only_so_deep() {
    let world = nothing().file(".baton.yaml", "file: !!str null\n");
    assert_eq!(
        world.settings(&[]).unwrap().flags.file,
        std::path::Path::new("null")
    );
    let list = nothing().file(".baton.yaml", "log-path: !!str [a]\n");
    assert!(only(&list.findings(&[])).contains("begins with !"));
    let deep = format!("log-path: {}a{}\n", "[".repeat(17), "]".repeat(17));
    let deep = nothing().file(".baton.yaml", &deep);
    assert!(only(&deep.findings(&[])).contains("not YAML"));
}

#[test]
fn a_misspelt_variable_is_a_warning() {
    for (wrong, near) in [
        ("BATON_EMIAL", "BATON_EMAIL"),
        ("BATON_KEEP_SYNC_COUNTS", "BATON_KEEP_SYNC_COUNT"),
    ] {
        let warnings = lines(&variables(&[(wrong, "x")]).settings(&[]).unwrap().warnings);
        assert!(
            only(&warnings).contains(&format!("did you mean {near}?")),
            "{warnings:?}"
        );
    }
    let other = variables(&[("BATON_GITHUB_ORGANISATION", "x"), ("BATON_TMPDIR", "/tmp")]);
    assert!(other.settings(&[]).unwrap().warnings.is_empty());
}

/// Somebody pastes a password into the wrong line.
#[test]
fn a_value_of_a_file_is_not_repeated() {
    let world = nothing().file(".baton.yaml", "workers: correct horse battery\n");
    let findings = world.findings(&[]);
    assert!(
        only(&findings).contains("workers in ") && !findings[0].contains("horse"),
        "{findings:?}"
    );
}

/// A path is bytes: what is no UTF-8 works wherever a path is given, and other settings say that
/// they are text.
#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text_work() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
    let odd = |name: &[u8]| OsStr::from_bytes(name).to_owned();
    let run = |arguments: &[&[u8]], variables: &[(&str, &[u8])]| {
        let mut command = sandbox.command();
        command.args(arguments.iter().map(|word| odd(word)));
        command.envs(variables.iter().map(|(name, value)| (name, odd(value))));
        Started::new(command).wait()
    };
    let work = sandbox.path("work");
    std::fs::create_dir(work.join(odd(b"t\xfe"))).unwrap();
    type Test = (
        &'static [&'static [u8]],
        &'static [(&'static str, &'static [u8])],
        &'static [u8],
    );
    let tests: [Test; 4] = [
        (&[b"-f", b"a\xff.c1z"], &[], b"a\xff.c1z"),
        (
            &[b"--file=b\xff.c1z", b"--c1z-temp-dir", b"t\xfe"],
            &[],
            b"b\xff.c1z",
        ),
        (
            &[b"--log-path", b"l\xff.log"],
            &[("BATON_FILE", b"c\xff.c1z")],
            b"c\xff.c1z",
        ),
        (
            &[b"-f", b"d.c1z"],
            &[("HOME", b"h\xfd"), ("XDG_CONFIG_HOME", b"x\xfd")],
            b"d.c1z",
        ),
    ];
    for (arguments, variables, file) in tests {
        let done = run(arguments, variables);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        assert!(work.join(odd(file)).exists(), "{:?}", odd(file));
    }
    assert!(work.join(odd(b"l\xff.log")).exists());
    let both = run(&[b"--log-path", b"m\xff.log", b"--log-path=stderr"], &[]);
    assert_eq!(both.code, Some(0), "{}", both.stderr);
    assert!(work.join(odd(b"m\xff.log")).exists());
    let joined = run(&[b"--log-path", b"l\xff.log,stderr"], &[]);
    assert_eq!(joined.code, Some(2), "{}", joined.stderr);
    let step = "stands alone, in a flag of its own";
    assert!(joined.stderr.contains(step), "{}", joined.stderr);
    let report: [&[u8]; 4] = [b"report", b"a\xff.c1z", b"--csv", b"r\xff.csv"];
    let report = run(&report, &[]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    assert!(work.join(odd(b"r\xff.csv")).exists());
    for (arguments, variables, origin) in [
        (&[&b"--email"[..], b"a\xff"][..], &[][..], "--email"),
        (
            &[],
            &[("BATON_LOG_LEVEL", &b"de\xffbug"[..])][..],
            "BATON_LOG_LEVEL",
        ),
    ] {
        let refused = run(arguments, variables);
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        let finding = format!("{origin} is not UTF-8 text");
        assert!(refused.stderr.contains(&finding), "{}", refused.stderr);
    }
}
