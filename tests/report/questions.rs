//! Questions about one vault, person or group, asked by name, e-mail address or id.

use serde_json::json;

use crate::report::build::{C1z, GRANULAR};
use crate::support::{Run, Sandbox, fixture};

fn ask(arguments: &[&str]) -> Run {
    let sandbox = Sandbox::new(json!({}));
    let file = fixture("golden/business/sync.c1z");
    std::fs::copy(file, sandbox.path("work/sync.c1z")).unwrap();
    sandbox.run(&[&["report", "sync.c1z"], arguments].concat())
}

fn answer(arguments: &[&str]) -> String {
    let run = ask(arguments);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(0), ""),
        "{arguments:?}"
    );
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_vault_is_found_by_name_and_by_id_with_who_reaches_it_and_its_managers() {
    let by_name = answer(&["--vault", "pRODUCTION"]);
    for told in [
        "Managed by Alice Able <alice@example.com>, Bob Baker <bob@example.com>.",
        "Alice Able unknown, active direct, group everything",
        "Sue Spended",
        "suspended",
        "There may be more",
    ] {
        assert!(by_name.contains(told), "{told}: {by_name}");
    }
    assert!(!by_name.contains("Gus Guest"), "{by_name}");
    assert_eq!(answer(&["--vault", "vprodvq7zb5kx2mnp6rt3vwyha"]), by_name);
}

#[test]
fn people_and_groups_are_found_by_name_and_address() {
    let alice = answer(&["--user", "ALICE@example.com"]);
    assert!(alice.contains("Groups: Engineering"), "{alice}");
    assert!(alice.contains("last sign-in ?"), "{alice}");
    assert!(
        alice.contains("Équipe") && !alice.contains("Gus"),
        "{alice}"
    );
    assert_eq!(answer(&["--user", "Alice Able"]), alice);
    let owners = answer(&["--group", "owners"]);
    assert!(owners.contains("Members (2): Alice Able"), "{owners}");
    assert!(owners.contains("manage vault"), "{owners}");
}

#[test]
fn a_name_of_several_lists_them_and_an_unknown_one_what_is_near() {
    for (arguments, told) in [
        (
            ["--vault", "shared"],
            ["is the name of 2", "vshar2q7zb5kx2mnp6rt3vwyhc"],
        ),
        (
            ["--user", "sam smith"],
            ["is the name of 2", "<sam.smith2@example.com>"],
        ),
        (
            ["--vault", "produ"],
            ["1 have it in name or id", "vprodvq7zb5kx2mnp6rt3vwyha"],
        ),
        (["--group", "nobody"], ["no group \"nobody\"", "sync again"]),
    ] {
        let run = ask(&arguments);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        for part in told {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
    }
    assert_eq!(ask(&["--vault", "a", "--user", "b"]).code, Some(2));
    assert_eq!(ask(&["--vault", "Production", "--json"]).code, Some(2));
}

#[test]
fn an_answer_of_which_not_all_was_read_says_so() {
    let file = C1z::full();
    file.user("U1", "Ann");
    file.bare_group("G1", "Team");
    file.vault("V1", "Prod", &GRANULAR);
    file.on_vault("V1", ("group", "G1"), &["view items"]);
    let sandbox = Sandbox::new(json!({}));
    file.write(&sandbox.path("work/sync.c1z"));
    let told = |arguments: &[&str]| sandbox.run(&[&["report"], arguments].concat()).stdout;
    let ann = told(&["--user", "Ann"]);
    assert!(ann.contains("Groups: unknown."), "{ann}");
    assert!(
        ann.contains("Unknown: the sync did not read all access."),
        "{ann}"
    );
    let team = told(&["--group", "Team"]);
    assert!(team.contains("Members (?): unknown."), "{team}");
    let vault = told(&["--vault", "Prod"]);
    assert!(vault.contains("Who manages it is unknown."), "{vault}");
    assert!(vault.contains("There may be more"), "{vault}");
}
