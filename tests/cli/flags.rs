//! The grammar against the connector family's table of flags.

use std::ffi::OsString;

use baton_1password::settings::{flags, grammar};
use clap::Arg;

use crate::cli::common::{nothing, variables};
use crate::support::{Sandbox, fixture};

struct Row {
    name: String,
    short: Option<char>,
    kind: String,
    default: Option<String>,
    variable: String,
    hidden: bool,
}

/// The flags of the connector family, as the fixture lists them.
fn contract() -> Vec<Row> {
    let text = std::fs::read_to_string(fixture("cli/contract-flags.tsv")).unwrap();
    let row = |line: &str| {
        let cell: Vec<&str> = line.split('\t').collect();
        Row {
            name: cell[0].to_owned(),
            short: cell[1].chars().next(),
            kind: cell[2].to_owned(),
            default: Some(cell[3].to_owned()).filter(|text| !text.is_empty()),
            variable: cell[4].to_owned(),
            hidden: cell[5] == "hidden",
        }
    };
    let rows: Vec<Row> = text.lines().skip(1).map(row).collect();
    assert_eq!(rows.len(), 80);
    rows
}

fn is_refused(name: &str) -> bool {
    flags::find(name).unwrap().refused.is_some()
}
#[test]
fn every_flag_of_the_contract_has_its_name_default_and_variable() {
    let command = grammar::command(&[]);
    let find = |name: &str| {
        let long = |arg: &&Arg| arg.get_long() == Some(name);
        command
            .get_arguments()
            .find(long)
            .unwrap_or_else(|| panic!("--{name} is unknown"))
    };
    for row in contract() {
        let arg = find(&row.name);
        assert_eq!(arg.get_short(), row.short, "{}", row.name);
        // Hidden by the Go connector, shown here when they have an effect.
        assert_eq!(
            arg.is_hide_set(),
            row.hidden && is_refused(&row.name),
            "{}",
            row.name
        );
        assert_eq!(flags::find(&row.name).unwrap().variable(), row.variable);
        let help = arg.get_help().unwrap().to_string();
        assert!(
            help.ends_with(&format!("[env: {}]", row.variable)),
            "{help}"
        );
        if !is_refused(&row.name) {
            let default = arg
                .get_default_values()
                .first()
                .map(|text| text.to_str().unwrap());
            assert_eq!(default, row.default.as_deref(), "{}", row.name);
        }
    }
}

/// The type decides what a text may be, wherever it stands
#[test]
fn every_flag_of_the_contract_has_its_type_in_every_source() {
    for row in contract() {
        let bad = match row.kind.as_str() {
            "bool" => "maybe",
            "int" => "many",
            "list" => "\"open",
            _ => "any text",
        };
        let flag = format!("--{}={bad}", row.name);
        let worlds = [
            (nothing(), vec![flag.as_str()]),
            (variables(&[(&row.variable, bad)]), vec![]),
            (
                nothing().file(".baton.yaml", &format!("{}: '{bad}'", row.name)),
                vec![],
            ),
        ];
        for (world, flags) in worlds {
            let findings = world.findings(&flags);
            // What a parser says, not a rule about the words that a text may be.
            let parsers = [
                "true or false",
                "whole number",
                "a time such as",
                "double quote",
            ];
            let refused = findings
                .iter()
                .filter(|finding| parsers.iter().any(|words| finding.contains(words)));
            let typed = !matches!(row.kind.as_str(), "text" | "secret");
            assert_eq!(
                refused.count(),
                usize::from(typed),
                "{}: {findings:?}",
                row.name
            );
        }
    }
}
#[test]
fn only_four_flags_are_short_and_refused_ones_stay_out_of_help_and_completion() {
    let sandbox = Sandbox::new(serde_json::json!({}));
    let command = grammar::command(&[]);
    let mut short: Vec<char> = command.get_arguments().filter_map(Arg::get_short).collect();
    short.push('h');
    short.sort_unstable();
    assert_eq!(
        short,
        ['f', 'h', 'p', 'v'],
        "and -V, as other programs have it"
    );
    let mut texts = vec![sandbox.run(&["--help"]).stdout];
    for shell in ["bash", "zsh", "fish", "powershell"] {
        texts.push(sandbox.run(&["completion", shell]).stdout);
    }
    let spelt = |text: &str, name: &str| {
        let tail = |at: usize| text[at + name.len()..].chars().next();
        let ends = |at: usize| tail(at).is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-');
        text.match_indices(name)
            .any(|(at, _)| ends(at) && text[..at].ends_with(['-', ' ', '\'']))
    };
    for row in contract() {
        for text in &texts {
            let shown = !(row.hidden && is_refused(&row.name));
            assert_eq!(spelt(text, &row.name), shown, "{}", row.name);
        }
    }
}

#[test]
fn booleans_take_a_value_only_after_an_equals_sign() {
    let on = |flags: &[&str]| nothing().inputs(flags).flags.provisioning;
    assert!(on(&["--provisioning"]) && on(&["-p"]) && on(&["--provisioning=T"]));
    assert!(!on(&["--provisioning=false"]) && !on(&["-p", "--provisioning=0"]));
    let parsed = grammar::parse(
        grammar::command(&[]),
        ["baton-1password", "--provisioning", "true"].map(OsString::from),
    );
    assert!(parsed.is_err());
}

#[test]
fn a_secret_may_begin_with_a_dash() {
    let inputs = nothing().inputs(&["--password", "-x", "--secret-key", "-"]);
    let flags = inputs.flags;
    assert_eq!(flags.password.unwrap().expose(), "-x");
    assert_eq!(flags.secret_key.unwrap().expose(), "-");
}

#[test]
fn the_last_scalar_wins_and_repeated_lists_add_up() {
    let inputs = nothing().inputs(&["-f", "a", "--file=b", "-fc"]);
    assert_eq!(inputs.flags.file.to_str(), Some("c"));
    let types = [
        "--sync-resource-types=user,group",
        "--sync-resource-types",
        "vault",
    ];
    assert_eq!(nothing().findings(&types), [""; 0]);
    assert_eq!(
        nothing().inputs(&types).flags.sync_resource_types,
        ["user", "group", "vault"]
    );
}

#[test]
fn flags_work_on_both_sides_of_a_subcommand() {
    let sandbox = Sandbox::new(serde_json::json!({}));
    for words in [
        &["settings", "--workers=7"][..],
        &["--workers=7", "settings"],
        &["settings", "--workers=6", "--workers=7"],
    ] {
        let run = sandbox.run(words);
        assert!(
            run.stdout
                .contains("workers                                7"),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn workers_follow_the_contract() {
    let workers = |text: &str| {
        let flag = format!("--workers={text}");
        nothing()
            .settings(&[&flag])
            .map(|settings| settings.op.workers)
    };
    assert_eq!(
        [workers("0"), workers("1"), workers("32"), workers("0x10")],
        [Ok(4), Ok(1), Ok(32), Ok(16)]
    );
    assert!((1..=4).contains(&workers("-1").unwrap()));
    assert_eq!(
        nothing().settings(&["--parallel-sync"]).unwrap().op.workers,
        workers("-1").unwrap()
    );
    for bad in ["33", "-2", "500", "99999999999"] {
        assert!(workers(bad).is_err(), "{bad}");
    }
}
#[test]
fn the_sixteen_permissions_are_taken() {
    let names = &flags::find("limit-vault-permissions").unwrap().words;
    assert_eq!(names.len(), 16);
    for name in names {
        let flag = format!("--limit-vault-permissions={name},{name}");
        let settings = nothing().settings(&[&flag]).unwrap();
        for other in names {
            assert_eq!(
                settings.plan.allows(other),
                other == name,
                "{name}: {other}"
            );
        }
    }
    let empty = nothing().settings(&["--limit-vault-permissions="]).unwrap();
    assert!(names.iter().all(|name| empty.plan.allows(name)));
}

#[test]
fn the_spelling_of_times_is_free() {
    let timeout = |text: &str| {
        nothing()
            .settings(&["--op-timeout", text])
            .unwrap()
            .op
            .timeout
            .as_secs()
    };
    assert_eq!(
        [timeout("90"), timeout("90s"), timeout("2m")],
        [90, 90, 120]
    );
    let settings = nothing()
        .variable("HOME", "/home/ada")
        .settings(&["--no-resume", "--resume-window=2h"])
        .unwrap();
    assert!(settings.plan.resume.is_none());
}
