//! Ids that must not reach a command line, wherever they come from.

use serde_json::{Value, json};

use super::super::world::{tenant, user};
use super::{assert_harmless, files, refused};
use crate::support::Sandbox;
use crate::support::records::File;

/// Ids that `op` would read as something else, and a word of the reason.
fn unfit() -> Vec<(String, &'static str)> {
    [
        ("-", "begins with"),
        ("--session", "begins with"),
        ("-h", "begins with"),
        ("a\0b", "control"),
        ("vprod\n", "control"),
        ("\u{1b}[2J", "control"),
        ("vprod\u{202e}", "control"),
        ("\u{9b}31m", "control"),
        ("two words", "space"),
        (" ", "space"),
    ]
    .map(|(id, why)| (id.to_owned(), why))
    .into_iter()
    .chain([
        ("x".repeat(1025), "longer"),
        ("é".repeat(1 << 20), "longer"),
    ])
    .collect()
}

#[test]
fn no_vault_and_no_group_is_asked_for_by_an_unfit_id() {
    for (kind, members) in [("vaults", "vault_users"), ("groups", "group_users")] {
        let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
        assert_eq!(sandbox.run(&[]).code, Some(0));
        for (id, why) in unfit() {
            let mut tenant = tenant("BUSINESS");
            tenant[kind]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": id, "name": "Odd"}));
            tenant[members][&id] = json!({});
            sandbox.write("bin/tenant.json", tenant.to_string());
            let run = refused(&sandbox, 4);
            let noun = format!("the {} id", &kind[..kind.len() - 1]);
            let line = run.last_line();
            assert!(
                line.contains(&noun) && line.contains(why),
                "{id:.20?}: {line}"
            );
            assert!(line.len() < 1000);
            assert_harmless(&run.stderr);
        }
        assert_unfit_ids_unsaid(&sandbox);
    }
}

/// A group that only a vault names stays in the file, with a warning that its members are not
/// known.
#[test]
fn an_unlisted_group_with_an_unfit_id_keeps_its_access() {
    for (id, _) in unfit().into_iter().filter(|(id, _)| id.len() < 900) {
        let mut tenant = tenant("BUSINESS");
        tenant["vault_groups"]["vprod"][&id] = json!(["view_items"]);
        let sandbox = Sandbox::tenant(&tenant);
        let ghost = json!([{"id": id, "name": "Ghosts", "permissions": ["view_items"]}]);
        sandbox.write("bin/ghost.json", ghost.to_string());
        sandbox.set(
            "faults",
            json!([{"words": "vault group list", "stdout_file": "ghost.json"}]),
        );
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.stderr.contains("members of a group could not be read"),
            "{}",
            run.stderr
        );
        assert_harmless(&run.stderr);
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        assert!(
            records
                .grants
                .contains_key(&format!("vault:vprod:view items:group:{id}"))
        );
        assert_unfit_ids_unsaid(&sandbox);
    }
}

/// Ids of people stand on no command line of a sync, and are refused when a grant would put them
/// there.
#[test]
fn nothing_is_granted_to_an_unfit_id() {
    for (id, why) in unfit().into_iter().filter(|(id, _)| id.len() < 900) {
        let mut tenant = tenant("BUSINESS");
        tenant["users"]
            .as_array_mut()
            .unwrap()
            .push(user(&id, "Odd"));
        let sandbox = Sandbox::tenant(&tenant);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        assert!(records.resources.contains_key(&format!("user:{id}")));
        if id.contains('\0') {
            continue; // No command line can hold it.
        }
        for entitlement in ["vault:vprod:view items", "group:gteam:member"] {
            let principal = format!("--grant-principal={id}");
            let run = sandbox.run(&[
                "--grant-entitlement",
                entitlement,
                &principal,
                "--grant-principal-type",
                "user",
            ]);
            assert_eq!(run.code, Some(7), "{id:?}: {}", run.stderr);
            assert!(run.last_line().contains(why), "{id:?}: {}", run.stderr);
            assert_harmless(&run.stderr);
        }
        assert_unfit_ids_unsaid(&sandbox);
        assert_eq!(sandbox.tenant_now(), tenant, "something was changed");
    }
}

/// Paths are ids like others: they name nothing on this machine.
#[test]
fn ids_that_look_like_paths_name_no_file() {
    for id in [
        "../../../x",
        "/etc/passwd",
        "~",
        ".",
        "..",
        "C:\\x",
        "$HOME",
        "`id`",
        "%s%n",
        "@x",
    ] {
        let mut tenant = tenant("BUSINESS");
        for (kind, members) in [("vaults", "vault_users"), ("groups", "group_users")] {
            tenant[kind]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": id, "name": "Odd"}));
            tenant[members][id] = json!({});
        }
        let sandbox = Sandbox::tenant(&tenant);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{id}: {}", run.stderr);
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        assert!(records.resources.contains_key(&format!("vault:{id}")));
        assert!(records.resources.contains_key(&format!("group:{id}")));
        assert_eq!(files(&sandbox.path("work")), ["sync.c1z"]);
        sandbox.assert_clean();
    }
}

/// The accounts that `op` knows choose what `signin` is given, and the name of a variable.
#[test]
fn no_account_is_signed_in_to_by_an_unfit_id() {
    for (account, user, why) in [
        ("--raw", "UADA", "begins with"),
        ("A B", "UADA", "space"),
        ("A\n", "UADA", "control"),
        ("", "UADA", "not set up"),
    ] {
        let rows = json!([{"url": "kestrel.1password.com", "email": "ada@kestrel.example",
            "user_uuid": user, "account_uuid": account}]);
        let sandbox = Sandbox::new(json!({"answers": "answers"}));
        sandbox.write("bin/answers/account_list.json", rows.to_string());
        let mut command = sandbox.command();
        command.env("BATON_PASSWORD", "correct horse").args([
            "--email",
            "ada@kestrel.example",
            "--address",
            "kestrel.1password.com",
        ]);
        let run = crate::support::Started::new(command).wait();
        assert!(
            matches!(run.code, Some(3 | 4)),
            "{account:?}: {}",
            run.stderr
        );
        assert!(run.last_line().contains(why), "{account:?}: {}", run.stderr);
        assert!(
            sandbox
                .calls()
                .iter()
                .all(|call| call.words() == "account list")
        );
        assert_harmless(&run.stderr);
    }
}

/// No call of `op` had an argument that begins with `-`, but for the flags that the connector uses,
/// or that holds what acts on a terminal, a space, or too much.
fn assert_unfit_ids_unsaid(sandbox: &Sandbox) {
    const FLAGS: [&str; 9] = [
        "--version",
        "--format=json",
        "--permission=manage_vault",
        "--vault",
        "--group",
        "--user",
        "--role",
        "--permissions",
        "--no-input",
    ];
    let unfit: Vec<String> = unfit().into_iter().map(|(id, _)| id).collect();
    let calls = sandbox.all_calls();
    // The `-` of the batch is ours.
    let (batches, calls): (Vec<_>, Vec<_>) =
        calls.iter().partition(|call| call.words() == "user get -");
    for id in batches.iter().flat_map(|call| call.stdin.lines()) {
        assert!(
            !unfit.iter().any(|unfit| unfit == id),
            "{id:?} was passed to op"
        );
    }
    for word in calls.iter().flat_map(|call| &call.argv) {
        assert!(!unfit.contains(word), "{word:?} was passed to op");
        assert!(
            !word.starts_with('-') || FLAGS.contains(&&**word),
            "{word:?} was passed to op"
        );
    }
}

/// Two places whose ids join to the same text: refused, rather than one hiding the other.
#[test]
fn ids_that_join_to_the_same_text_are_refused() {
    let mut odd = tenant("BUSINESS");
    odd["vaults"] = json!([{"id": "v", "name": "One"}, {"id": "v:member:user:U", "name": "Two"}]);
    odd["users"] = json!([user("U:member:user:X", "Ann"), user("X", "Bob")]);
    odd["group_users"] = json!({"gteam": {}});
    odd["vault_groups"] = json!({});
    let both: Value =
        json!({"v": {"U:member:user:X": ["view_items"]}, "v:member:user:U": {"X": ["view_items"]}});
    odd["vault_users"] = both;
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    sandbox.write("bin/tenant.json", odd.to_string());
    let run = refused(&sandbox, 1);
    let twice = "vault:v:member:user:U:member:user:X";
    assert!(
        run.last_line().contains(twice) && run.last_line().contains("nothing was written"),
        "{}",
        run.stderr
    );
}
