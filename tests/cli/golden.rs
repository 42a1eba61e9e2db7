//! Texts that only change on purpose. `BLESS=1 cargo test --test outside cli::golden` writes them
//! anew.

use serde_json::{Value, json};

use baton_1password::settings::flags;

use crate::cli::common::nothing;
use crate::support::{Sandbox, Started, fixture};

/// What a command without credentials, `op` or settings prints.
fn output(words: &[&str]) -> String {
    let sandbox = Sandbox::new(json!({}));
    let run = sandbox.run(words);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{words:?}");
    assert!(sandbox.all_calls().is_empty(), "{words:?}");
    run.stdout
}

fn check(words: &[&str], file: &str) -> String {
    let output = output(words);
    let path = fixture("cli").join(file);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &output).unwrap();
    }
    assert_eq!(
        output,
        std::fs::read_to_string(path).unwrap_or_default(),
        "{file}"
    );
    output
}

fn contract(file: &str) -> Value {
    let text = std::fs::read(fixture("cli").join(file)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn help_is_as_agreed() {
    let help = check(&["--help"], "help.txt");
    assert_eq!(output(&["help"]), help);
    check(&["-h"], "help-short.txt");
    for name in ["settings", "health-check", "report", "completion"] {
        let help = check(&[name, "--help"], &format!("help-{name}.txt"));
        assert_eq!(output(&["help", name]), help);
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn the_exit_codes_are_in_help_and_manual() {
    let (help, page) = (output(&["--help"]), output(&["man"]));
    for (code, meaning) in baton_1password::exit::TABLE {
        assert!(
            help.contains(&format!("{code:>3}  {meaning}\n"))
                || help.ends_with(&format!("{code:>3}  {meaning}"))
        );
        assert!(page.contains(&format!(".TP\n{code}\n{}", meaning.replace('-', "\\-"))));
    }
}

#[test]
fn the_manual_page_is_as_agreed() {
    let page = check(&["man"], "baton-1password.1");
    assert!(page.contains("grant\\-entitlement"));
}
#[test]
fn capabilities_are_those_of_the_contract_and_project() {
    let text = check(&["capabilities"], "capabilities.json");
    let mut ours: Value = serde_json::from_str(&text).unwrap();
    let types = ours["resourceTypeCapabilities"].as_array_mut().unwrap();
    let id = |row: &Value| row["resourceType"]["id"].as_str().unwrap().to_owned();
    assert!(types.is_sorted_by_key(id));
    let at = types.iter().position(|row| id(row) == "project").unwrap();
    let project = types.remove(at);
    // What the Go connector cannot do: read single resources.
    let targeted = [
        "CAPABILITY_TARGETED_SYNC",
        "CAPABILITY_SERVICE_MODE_TARGETED_SYNC",
    ];
    let remove = |list: &mut Value| {
        let list = list.as_array_mut().unwrap();
        let before = list.len();
        list.retain(|one| !targeted.contains(&one.as_str().unwrap()));
        before - list.len()
    };
    for row in ours["resourceTypeCapabilities"].as_array_mut().unwrap() {
        assert_eq!(remove(&mut row["capabilities"]), 1, "{row}");
    }
    assert_eq!(remove(&mut ours["connectorCapabilities"]), 2);
    assert_eq!(ours, contract("contract-capabilities.json"));
    let expected = json!({
        "resourceType": {"id": "project", "displayName": "Project", "traits": ["TRAIT_APP"]},
        "capabilities": ["CAPABILITY_SYNC", "CAPABILITY_TARGETED_SYNC"],
        "permissions": {},
    });
    assert_eq!(project, expected);
    assert_eq!(output(&["capabilities", "-p", "--ticketing"]), text);
}
#[test]
fn config_lists_the_fields_of_the_contract_with_texts_of_our_own() {
    let text = check(&["config"], "config.json");
    let mut ours: Value = serde_json::from_str(&text).unwrap();
    for field in ours["fields"].as_array_mut().unwrap() {
        let description = field
            .as_object_mut()
            .unwrap()
            .remove("description")
            .unwrap();
        assert!(description.as_str().unwrap().len() > 10);
    }
    assert_eq!(ours, contract("contract-config.json"));
}
#[test]
fn the_version_is_one_line_and_every_shell_has_a_completion_script() {
    let line = format!("baton-1password version {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(output(&["--version"]), line);
    assert_eq!(output(&["-v"]), line);
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(output(&["completion", shell]).contains("baton-1password"));
    }
}

/// What a real bash offers for the last of these words.
#[cfg(unix)]
fn offered(words: &[&str]) -> Vec<String> {
    const COMPLETE: &str = r#"
        source "$1"; shift
        name=$(complete -p baton-1password); name=${name#*-F }; name=${name%% *}
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        "$name" baton-1password "${@: -1}" "${@: -2:1}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let sandbox = Sandbox::new(json!({}));
    sandbox.write("work/script", output(&["completion", "bash"]));
    let mut bash = std::process::Command::new("bash");
    bash.args(["--norc", "-c", COMPLETE, "bash"])
        .arg(sandbox.path("work/script"));
    let run = Started::new({
        bash.current_dir(sandbox.path("work"));
        bash.arg("baton-1password").args(words);
        bash
    })
    .wait();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{words:?}");
    run.stdout.lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn bash_completes_subcommands_their_flags_and_the_words_of_a_flag() {
    assert_eq!(offered(&["rep"]), ["report"]);
    assert_eq!(
        offered(&["report", "--h"]),
        ["--html", "--help"],
        "its own flags alone"
    );
    assert_eq!(offered(&["health-check", "--end"]), ["--endpoint"]);
    assert_eq!(offered(&["completion", "p"]), ["powershell"]);
    for words in [&["--log-format", ""][..], &["doctor", "--log-format", ""]] {
        assert_eq!(offered(words), ["json", "console"]);
    }
    assert_eq!(
        offered(&["--log-level", ""]),
        ["debug", "info", "warn", "error"]
    );
    assert_eq!(offered(&["--auth-type", "s"]), ["service"]);
    assert_eq!(offered(&["--grant-e"]), ["--grant-entitlement"]);
    assert!(
        offered(&["--create-t"]).concat().is_empty(),
        "refused flags are not offered"
    );
    let files = offered(&["report", "scr"]);
    assert_eq!(files, ["script"], "a file of the working folder");
}

/// What is offered is accepted.
#[test]
fn the_words_of_a_flag_are_those_that_it_takes() {
    for flag in flags::all() {
        for word in &flag.words {
            let findings = nothing().findings(&[&format!("--{}={word}", flag.name)]);
            let refused = findings
                .iter()
                .any(|finding| finding.starts_with("invalid"));
            assert!(!refused, "{findings:?}");
        }
    }
}

#[test]
fn version_tells_which_op_would_be_used() {
    let sandbox = Sandbox::new(json!({}));
    let run = sandbox.run(&["version"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let op = sandbox.op();
    assert!(run.stdout.contains(op.to_str().unwrap()), "{}", run.stdout);
    assert!(sandbox.calls().is_empty());
    sandbox.write("work/.baton.yaml", "nonsense: [\n");
    let bad = sandbox.run(&["version", "--workers=many", "--log-level=loud"]);
    assert_eq!((bad.code, &bad.stdout), (Some(0), &run.stdout));
    std::fs::remove_file(sandbox.path("work/.baton.yaml")).unwrap();
    let missing = sandbox.run(&["version", "--op-path=/nope/op"]);
    assert_eq!(missing.code, Some(0));
    assert!(missing.stdout.contains("/nope/op"), "{}", missing.stdout);
}
