//! What reaches `op`'s command line, and how often (`src/sync/mapping.md`, Changes).

use baton_1password::baton::ids::{ResourceId, ResourceKind};
use baton_1password::connector::permission::{MEMBER, Vocabulary, slug};
use serde_json::json;

use super::world::{calls_of, carry_out, grant, request, revoke, sync, tenant};
use crate::support::Sandbox;

const KINDS: [(&str, Vocabulary); 3] = [
    ("BUSINESS", Vocabulary::Granular),
    ("TEAM", Vocabulary::Basic),
    ("business", Vocabulary::Basic),
];

/// `src/sync/mapping.md`, Changes: for every slug, users and groups, both ways: two reads, one
/// write with the whole set in the table's order and `--no-input`, one read; ids only.
#[tokio::test]
async fn every_permission_is_one_write_between_reads() {
    let vault = ResourceId::new(ResourceKind::Vault, "v:x/1");
    for (kind, vocabulary) in KINDS {
        let slugs = vocabulary.ids().map(slug).chain([MEMBER.to_owned()]);
        for slug in slugs {
            for (noun, principal) in [
                ("user", ResourceId::new(ResourceKind::User, "U:NIX")),
                ("group", ResourceId::new(ResourceKind::Group, "g:ops")),
            ] {
                for (verb, set) in [
                    ("grant", vocabulary.granted(&slug)),
                    ("revoke", vocabulary.revoked(&slug)),
                ] {
                    let mut tenant = tenant(kind);
                    if verb == "revoke" {
                        let all: Vec<&str> = vocabulary.ids().collect();
                        tenant[format!("vault_{noun}s")]["v:x/1"][&principal.id] = json!(all);
                    }
                    let sandbox = Sandbox::tenant(&tenant);
                    let request = request(verb, &vault, &slug, &principal).unwrap();
                    carry_out(&sandbox, &request).await.unwrap();
                    let calls: Vec<String> =
                        sandbox.calls().iter().map(|call| call.words()).collect();
                    let list = format!("vault {noun} list v:x/1");
                    let write = format!(
                        "vault {noun} {verb} --vault v:x/1 --{noun} {} --permissions {} --no-input",
                        principal.id,
                        set.join(",")
                    );
                    let mut expected = vec!["account get", &list, &write, &list];
                    if (verb, noun) == ("revoke", "user") {
                        // What remains through groups is read, not taken from the file.
                        expected.push("vault group list v:x/1");
                    }
                    assert_eq!(calls, expected, "{kind} {slug}");
                }
            }
        }
    }
}

/// `src/sync/mapping.md`, Changes: one read, one write (two for a new manager), one read.
#[test]
fn groups_take_one_write_and_a_new_manager_two() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    let calls = |work: &dyn Fn() -> crate::support::Run| {
        let (run, calls) = calls_of(&sandbox, work);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        calls
    };
    let list = "group user list g:ops";
    let set = |role: &str| format!("group user grant --group g:ops --role {role} --user U:NIX");
    let member = calls(&|| grant(&sandbox, "group:g:ops:member", "user", "U:NIX"));
    assert_eq!(member, [list, &set("member"), list]);
    let promoted = calls(&|| grant(&sandbox, "group:g:ops:manager", "user", "U:NIX"));
    assert_eq!(promoted, [list, &set("manager"), list]);
    sync(&sandbox);
    let demoted = calls(&|| revoke(&sandbox, "group:g:ops:manager:user:U:NIX"));
    assert_eq!(demoted, [list, &set("member"), list]);
    let removed = calls(&|| revoke(&sandbox, "group:g:ops:member:user:U:NIX"));
    let remove = "group user revoke --group g:ops --user U:NIX";
    assert_eq!(removed, [list, remove, list]);
    let new = calls(&|| grant(&sandbox, "group:g:ops:manager", "user", "U:NIX"));
    assert_eq!(new, [list, &set("member"), &set("manager"), list]);
}

/// One sign-in, and the session is in no argument list and no output.
#[test]
fn a_session_is_never_shown() {
    let account = json!({
        "url": "https://acme.1password.com", "email": "sam@acme.example", "user_uuid": "USAM1",
        "account_uuid": "ACC", "password": "hunter2-password", "token": "tok3n-of-session",
    });
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    sandbox.set("sign_in", json!({"accounts": [account]}));
    let mut command = sandbox.command();
    command.args([
        "--email",
        "sam@acme.example",
        "--address",
        "acme.1password.com",
    ]);
    command.args(["--log-level", "debug", "--secret-key", "A3-SECRET"]);
    command.args(["--grant-entitlement", "vault:vprod:view items"]);
    command.args([
        "--grant-principal",
        "USAM2",
        "--grant-principal-type",
        "user",
    ]);
    command.env("BATON_PASSWORD", "hunter2-password");
    let before = sandbox.calls().len();
    let run = crate::support::Started::new(command).wait();
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let calls = sandbox.calls();
    let sign_ins = calls[before..]
        .iter()
        .filter(|call| call.argv[0] == "signin");
    assert_eq!(sign_ins.count(), 1);
    for secret in ["tok3n-of-session", "hunter2-password", "A3-SECRET"] {
        sandbox.assert_hidden(secret, &[&run.stdout, &run.stderr]);
    }
}

/// A dry run reads, prints the very command lines that the real run then makes, and changes
/// nothing.
#[test]
fn a_dry_run_prints_the_calls_and_makes_only_the_reads() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    sync(&sandbox);
    let new_manager = ["--grant-entitlement", "group:gteam:manager"];
    let vault_group = ["--grant-entitlement", "vault:v:x/1:print items"];
    let manager = [
        "--grant-principal",
        "U:NIX",
        "--grant-principal-type",
        "user",
    ];
    let group = [
        "--grant-principal",
        "gteam",
        "--grant-principal-type",
        "group",
    ];
    let revocation = ["--revoke-grant", "group:g:ops:manager:user:USAM2"];
    for arguments in [
        [&new_manager[..], &manager].concat(),
        [&vault_group[..], &group].concat(),
        revocation.to_vec(),
    ] {
        let before = sandbox.tenant_now();
        let dry = [&arguments[..], &["--dry-run"]].concat();
        let (dry, reads) = calls_of(&sandbox, || sandbox.run(&dry));
        assert_eq!(dry.code, Some(0), "{}", dry.stderr);
        assert!(
            dry.last_line().contains("nothing was changed"),
            "{}",
            dry.stderr
        );
        assert_eq!(sandbox.tenant_now(), before);
        assert!(reads.iter().all(|call| !call.contains("--")), "{reads:?}");

        let at = sandbox.calls().len();
        let run = sandbox.run(&arguments);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let calls = sandbox.calls();
        let writes = calls[at..].iter().map(|call| call.argv.join(" "));
        let writes = writes.filter(|call| call.contains("grant") || call.contains("revoke"));
        let writes: Vec<String> = writes.map(|call| format!("op {call}")).collect();
        assert_eq!(dry.stdout.lines().collect::<Vec<_>>(), writes);
    }
}

/// Nothing to do: no write, exit 0, and the line says so; in a dry run too.
#[test]
fn what_is_so_already_takes_no_write() {
    let mut tenant = tenant("BUSINESS");
    tenant["vault_users"]["vprod"]["USAM1"] = json!(["manage_vault", "view_items"]);
    tenant["vault_users"]["vprod"]["USAM2"] = json!([]);
    let sandbox = Sandbox::tenant(&tenant);
    sync(&sandbox);
    for (entitlement, kind, principal) in [
        ("vault:vprod:view items", "user", "USAM1"),
        ("vault:vprod:member", "user", "USAM2"),
        ("vault:vprod:view items", "group", "gteam"),
        ("group:gteam:member", "user", "USAM1"),
        ("group:g:ops:manager", "user", "USAM2"),
        ("group:g:ops:member", "user", "USAM2"),
    ] {
        let (run, calls) = calls_of(&sandbox, || grant(&sandbox, entitlement, kind, principal));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.last_line().contains("already granted"),
            "{}",
            run.stderr
        );
        assert!(
            calls.iter().all(|call| !call.contains("grant")),
            "{calls:?}"
        );
    }
    let empty = super::world::tenant("BUSINESS");
    sandbox.write("bin/tenant.json", empty.to_string());
    for id in [
        "vault:vprod:manage vault:user:USAM1",
        "vault:vprod:member:user:USAM2",
    ] {
        let (run, calls) = calls_of(&sandbox, || revoke(&sandbox, id));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(
            run.last_line().contains("already revoked"),
            "{}",
            run.stderr
        );
        let groups = ["vault group list vprod"];
        assert!(
            calls[2..]
                .iter()
                .zip(groups)
                .all(|(call, group)| call == group),
            "{calls:?}"
        );
        assert!(
            calls
                .iter()
                .all(|call| call == "account get" || call.contains(" list ")),
            "{calls:?}"
        );
    }
    assert_eq!(sandbox.tenant_now(), empty);
}
