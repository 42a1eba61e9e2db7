//! Odd answers that are no failures (`src/sync/mapping.md`, Empty answers).

use serde_json::{Value, json};

use super::tenants::dangling;
use super::world::{grants, synced, tenant, user, with_answers};
use crate::support::Sandbox;
use crate::support::records::File;

const TEAM: &str = "gteam00000000000000000000a";
const PROD: &str = "vprod00000000000000000000a";

/// `src/sync/mapping.md`, Entitlements: four entitlements a vault for all types but exactly
/// `BUSINESS`.
#[test]
fn the_account_type_chooses_the_entitlements() {
    for (kind, vault_entitlements) in [
        ("BUSINESS", 13),
        ("TEAM", 4),
        ("FAMILY", 4),
        ("", 4),
        ("business", 4),
    ] {
        let (records, _, _) = synced(&tenant(kind), &[]);
        let of_vault = records
            .entitlements
            .keys()
            .filter(|id| id.starts_with("vault:"))
            .count();
        assert_eq!(of_vault, vault_entitlements, "{kind}");
    }
}

/// `src/sync/mapping.md`, Grants: `MANAGER` in any letter case is a manager, and nothing else.
#[test]
fn a_role_is_the_same_in_any_letter_case() {
    let mut tenant = tenant("BUSINESS");
    tenant["group_users"]["gteam"] =
        json!({"UANN": "MANAGER", "UBOB": "manager", "UCEM": "MANAGERS"});
    let (records, _, _) = synced(&tenant, &[]);
    assert_eq!(
        grants(&records, "gteam:manager"),
        [
            "group:gteam:manager:user:UANN",
            "group:gteam:manager:user:UBOB"
        ]
    );
    let members = [
        "group:gteam:member:user:UANN",
        "group:gteam:member:user:UBOB",
        "group:gteam:member:user:UCEM",
    ];
    assert_eq!(grants(&records, "group:gteam:member:user"), members);
}

/// `src/sync/mapping.md`, Odd permissions: unknown permissions are kept by name, and warned of
/// once.
#[test]
fn unknown_permissions_become_entitlements() {
    for (kind, unknown) in [("BUSINESS", "teleport_items"), ("FAMILY", "view_items")] {
        let mut tenant = tenant(kind);
        tenant["vault_users"]["vprod"]["UBOB"] = json!([unknown]);
        tenant["vault_groups"]["vprod"]["gteam"] = json!([unknown, ""]);
        let (records, run, sandbox) = synced(&tenant, &[]);
        let slug = unknown.replace('_', " ");
        let id = format!("vault:vprod:{slug}");
        let entitlement = &records.entitlements[&id];
        assert_eq!(entitlement["slug"], json!(slug));
        assert_eq!(
            entitlement["displayName"],
            json!(format!("Prod vault {slug}"))
        );
        assert_eq!(entitlement["purpose"], json!("PURPOSE_VALUE_PERMISSION"));
        assert!(
            records
                .expansions
                .contains_key(&format!("{id}:group:gteam"))
        );
        let sources = &records.grants[&format!("{id}:user:UBOB")]["sources"]["sources"];
        assert_eq!(sources.as_object().unwrap().len(), 2);
        assert!(
            records
                .grants
                .keys()
                .chain(records.entitlements.keys())
                .all(|id| !id.contains("::"))
        );
        assert_eq!(
            dangling(&File::open(&sandbox.path("work/sync.c1z"))),
            Vec::<String>::new()
        );
        assert_eq!(run.stderr.matches("warning:").count(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(unknown), "{}", run.stderr);
    }
}

/// What 1Password adds by itself is known: kept, and nothing to warn of.
#[test]
fn permissions_that_1password_adds_by_itself_are_no_surprise() {
    let mut tenant = tenant("BUSINESS");
    tenant["vault_users"]["vprod"]["UBOB"] = json!(["view_items", "move_items"]);
    let (records, run, _) = synced(&tenant, &[]);
    assert!(
        records
            .grants
            .contains_key("vault:vprod:move items:user:UBOB")
    );
    let entitlement = &records.entitlements["vault:vprod:move items"];
    let said = entitlement["description"].as_str().unwrap();
    assert!(said.contains("cannot be granted"), "{said}");
    let mark = entitlement["annotations"][0]["@type"].as_str().unwrap();
    assert!(
        mark.ends_with("c1.connector.v2.EntitlementImmutable"),
        "{mark}"
    );
    assert!(records.entitlements["vault:vprod:view items"]["annotations"].is_null());
    assert!(!run.stderr.contains("warning:"), "{}", run.stderr);
}

/// `src/sync/mapping.md`, Empty answers: `null` rows, rows without id and repeated rows leave no
/// trace but a warning.
#[test]
fn rows_without_id_are_left_out() {
    let ann = json!({"id": "UALICE0000000000000000000A", "role": "MEMBER", "permissions": ["view_items"]});
    let rows = json!([null, {}, {"id": null}, {"id": "", "role": "MANAGER"}, ann, ann]).to_string();
    let users = json!([null, {"name": "No Id"}, user("UALICE0000000000000000000A", "Alice"),
        user("UALICE0000000000000000000A", "Alice Later")])
    .to_string();
    let sandbox = with_answers(&[
        ("user_list", &users),
        (&format!("group_user_list_{TEAM}"), &rows),
        (&format!("vault_user_list_{PROD}"), &rows),
    ]);
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    assert!(records.grants.keys().all(|id| !id.ends_with(':')));
    assert_eq!(
        records
            .resources
            .keys()
            .filter(|id| id.starts_with("user:"))
            .count(),
        1
    );
    let alice = &records.resources["user:UALICE0000000000000000000A"];
    assert_eq!(alice["displayName"], json!("Alice Later"));
    assert_eq!(grants(&records, &format!("group:{TEAM}:m")).len(), 1);
    assert!(run.stderr.contains("without an id"), "{}", run.stderr);
    assert!(
        run.stderr.contains("listed more than once"),
        "{}",
        run.stderr
    );
}

/// `src/sync/mapping.md`, Empty answers: empty lists are fine everywhere, `null` for member lists
/// too.
#[test]
fn empty_lists_are_empty() {
    let vault_users = format!("vault_user_list_{PROD}");
    let vault_groups = format!("vault_group_list_{PROD}");
    let members = format!("group_user_list_{TEAM}");
    for empty in ["[]", "null"] {
        let sandbox = with_answers(&[
            (&vault_users, empty),
            (&vault_groups, empty),
            (&members, empty),
        ]);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        assert_eq!(records.entitlements.len(), 16);
        assert_eq!(records.grants.len(), 2, "the account's members");
    }
    for empty in ["[]", "null"] {
        let sandbox = with_answers(&[("vault_list", empty)]);
        assert_eq!(sandbox.run(&[]).code, Some(0));
        let records = File::open(&sandbox.path("work/sync.c1z")).newest();
        assert_eq!((records.resources.len(), records.grants.len()), (4, 5));
    }
}

/// `src/sync/mapping.md`, Ids with separators: ids may hold the separator.
#[test]
fn ids_with_separators_are_joined_and_expanded() {
    let mut tenant = tenant("BUSINESS");
    tenant["users"] = json!([user("U:1", "Ann")]);
    tenant["groups"] = json!([{"id": "g:1/x", "name": "Team"}]);
    tenant["vaults"] = json!([{"id": "v:1", "name": "Prod"}]);
    tenant["group_users"] = json!({"g:1/x": {"U:1": "MEMBER"}});
    tenant["vault_users"] = json!({});
    tenant["vault_groups"] = json!({"v:1": {"g:1/x": ["view_items"]}});
    let (records, _, sandbox) = synced(&tenant, &[]);
    let grant = &records.grants["vault:v:1:view items:user:U:1"];
    assert_eq!(grant["principal"]["id"]["resource"], json!("U:1"));
    assert_eq!(
        grant["entitlement"]["resource"]["id"]["resource"],
        json!("v:1")
    );
    assert_eq!(
        grant["sources"]["sources"],
        json!({"group:g:1/x:member": {"isDirect": true}})
    );
    assert_eq!(
        dangling(&File::open(&sandbox.path("work/sync.c1z"))),
        Vec::<String>::new()
    );
}

/// `src/sync/mapping.md`, Lengths: long names are cut between characters, and no name passes 1,024
/// bytes.
#[test]
fn long_names_do_not_stop_a_sync() {
    let mut tenant = tenant("BUSINESS");
    tenant["vaults"][0]["name"] = json!("é".repeat(1000));
    tenant["groups"][0]["name"] = json!("g".repeat(5000));
    tenant["users"][0]["name"] = json!("李".repeat(500));
    let (records, run, _) = synced(&tenant, &[]);
    let all = records
        .resources
        .values()
        .chain(records.entitlements.values());
    assert!(
        all.filter_map(|r| r["displayName"].as_str())
            .all(|name| name.len() <= 1024)
    );
    assert!(run.stderr.contains("cut"), "{}", run.stderr);
}

/// The wire takes descriptions of 2,048 bytes: what is longer is cut, and said.
#[test]
fn long_descriptions_do_not_stop_a_sync() {
    let mut tenant = tenant("BUSINESS");
    tenant["vaults"][0]["description"] = json!("é".repeat(1500));
    tenant["groups"][0]["description"] = json!("x".repeat(2049));
    let (records, run, _) = synced(&tenant, &[]);
    for id in ["vault:vprod", "group:gteam"] {
        let description = records.resources[id]["description"].as_str().unwrap();
        assert_eq!(description.len(), 2048, "{id}");
    }
    assert_eq!(run.stderr.matches("warning:").count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("2048 bytes"), "{}", run.stderr);
}

/// Of a member that no listing has, each row may tell something; the last one that does counts.
#[test]
fn what_rows_tell_of_an_unlisted_member_is_put_together() {
    let mut tenant = tenant("BUSINESS");
    tenant["users"] = json!([user("UANN", "Ann")]);
    let sandbox = crate::support::Sandbox::tenant(&tenant);
    let members = json!([{"id": "UBOB", "name": "", "state": "ACTIVE", "role": "MEMBER"}]);
    sandbox.write("bin/members.json", members.to_string());
    let full = json!([{"id": "UBOB", "name": "Real Name", "email": "bob@acme.example", "type": "GUEST",
        "state": "SUSPENDED", "permissions": ["view_items"]}]);
    sandbox.write("bin/users.json", full.to_string());
    sandbox.set(
        "faults",
        json!([{"words": "group user list", "stdout_file": "members.json"},
            {"words": "vault user list", "stdout_file": "users.json"}]),
    );
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let file = File::open(&sandbox.path("work/sync.c1z"));
    let records = file.newest();
    let bob = &records.resources["user:UBOB"];
    assert_eq!(bob["displayName"], json!("Real Name"));
    assert_eq!(bob["status"]["status"], json!("RESOURCE_STATUS_DISABLED"));
    assert_eq!(bob["profile"]["user_type"], json!("GUEST"));
    assert_eq!(dangling(&file), Vec::<String>::new());
    assert!(run.stderr.contains("Real Name (UBOB)"), "{}", run.stderr);
}

/// `src/sync/mapping.md`, Unlisted members: a group that only a vault names is read like the
/// others; if it cannot be, its grants stay and the warning says that its members are unknown.
#[test]
fn unlisted_groups_are_read_too() {
    let mut tenant = tenant("BUSINESS");
    tenant["groups"] = json!([]);
    let ghost = json!([{"id": "gghost", "name": "Ghosts", "permissions": ["view_items"]}]);
    tenant["vault_users"] = json!({});
    let sandbox = crate::support::Sandbox::tenant(&tenant);
    sandbox.write("bin/ghost.json", ghost.to_string());
    sandbox.write("bin/members.json", json!([user("UBOB", "Bob")]).to_string());
    let vault_groups = json!({"words": "vault group list", "stdout_file": "ghost.json"});
    let members = json!({"words": "group user list", "stdout_file": "members.json"});
    sandbox.set("faults", json!([vault_groups, members]));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let file = File::open(&sandbox.path("work/sync.c1z"));
    let records = file.newest();
    assert!(
        records
            .grants
            .contains_key("vault:vprod:view items:user:UBOB")
    );
    assert!(records.entitlements.contains_key("group:gghost:manager"));
    assert_eq!(dangling(&file), Vec::<String>::new());
    assert!(run.stderr.contains("gghost"), "{}", run.stderr);

    let forbidden = json!({"words": "group user list", "exit": 1,
        "stderr": "[ERROR] (403) Forbidden: You aren't authorized to access this resource.\n"});
    sandbox.set("faults", json!([vault_groups, forbidden]));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    assert!(
        records
            .grants
            .contains_key("vault:vprod:view items:group:gghost")
    );
    assert!(run.stderr.contains("could not be read"), "{}", run.stderr);
}

/// Decision 3: vaults that are managed but not readable are united with the readable ones.
#[test]
fn managed_vaults_are_synced() {
    let mut tenant = tenant("BUSINESS");
    let finance = json!({"id": "vfin", "name": "Finance", "managed_only": true});
    tenant["vaults"].as_array_mut().unwrap().push(finance);
    tenant["vault_groups"]["vfin"] = json!({"gteam": ["manage_vault"]});
    let (records, _, _) = synced(&tenant, &[]);
    assert!(records.resources.contains_key("vault:vfin"));
    assert!(
        records
            .grants
            .contains_key("vault:vfin:manage vault:user:UBOB")
    );
}

/// `src/sync/mapping.md`, Odd permissions: numbers or objects for permissions are a failure that
/// names the vault.
#[test]
fn malformed_permissions_fail_and_name_the_vault() {
    for permissions in [json!({}), json!([1, 2])] {
        let rows = json!([{"id": "UALICE0000000000000000000A", "permissions": permissions}]);
        let sandbox = with_answers(&[(&format!("vault_user_list_{PROD}"), &rows.to_string())]);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(4), "{}", run.stderr);
        assert!(run.last_line().contains(PROD), "{}", run.stderr);
        assert!(!sandbox.path("work/sync.c1z").exists());
    }
}

/// Roles are read of the members of groups alone, and permissions of those of vaults: elsewhere
/// they may be anything.
#[test]
fn keys_of_other_listings_are_not_read() {
    let answers = |name: &str, key: &str| {
        let path = crate::support::golden::answers("tiny").join(format!("{name}.json"));
        let mut rows: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for row in rows.as_array_mut().unwrap() {
            row[key] = json!({});
        }
        rows.to_string()
    };
    let (members, users) = (
        format!("group_user_list_{TEAM}"),
        format!("vault_user_list_{PROD}"),
    );
    let grants = |replaced: &[(&str, &str)]| {
        let sandbox = with_answers(replaced);
        let run = sandbox.run(&[]);
        assert_eq!(run.code, Some(0), "{replaced:?}: {}", run.stderr);
        File::open(&sandbox.path("work/sync.c1z")).newest().grants
    };
    let expected = grants(&[]);
    for (name, key) in [
        ("user_list", "role"),
        ("user_list", "permissions"),
        ("group_list", "permissions"),
        (&*members, "permissions"),
        (&*users, "role"),
    ] {
        assert!(
            grants(&[(name, &answers(name, key))]) == expected,
            "{name} {key}"
        );
    }
}

/// A user without a name is shown by e-mail; one without both has neither.
#[test]
fn people_without_names() {
    let mut tenant = tenant("BUSINESS");
    tenant["users"] =
        json!([{"id": "UANN", "name": "", "email": "ann@acme.example"}, {"id": "UBOB"}]);
    let (records, _, _) = synced(&tenant, &[]);
    assert_eq!(
        records.resources["user:UANN"]["displayName"],
        json!("ann@acme.example")
    );
    assert_eq!(records.resources["user:UBOB"]["displayName"], Value::Null);
    assert_eq!(
        records.resources["user:UBOB"]["profile"]["login"],
        json!("")
    );
}

/// The file of one account never gets the syncs of another.
#[test]
fn a_file_of_another_account_is_refused_before_the_first_listing() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
    let mut other = tenant("TEAM");
    other["account"]["id"] = json!("OTHER");
    other["account"]["name"] = json!("Umbra");
    sandbox.write("bin/tenant.json", other.to_string());
    let calls = sandbox.calls().len();
    for flags in [&[][..], &["--sync-resource-types=user"]] {
        let run = sandbox.run(flags);
        assert_eq!(run.code, Some(2), "{}", run.stderr);
        for part in [
            "Acme (ACC)",
            "Umbra (OTHER)",
            "sync.c1z",
            "choose another file with -f",
        ] {
            assert!(run.last_line().contains(part), "{}", run.stderr);
        }
    }
    let asked: Vec<String> = sandbox.calls()[calls..]
        .iter()
        .map(|call| call.words())
        .collect();
    assert_eq!(asked, ["account get", "account get"]);
    let run = sandbox.run(&["doctor"]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stdout.contains("Umbra (OTHER)"), "{}", run.stdout);
    assert_eq!(
        std::fs::read(sandbox.path("work/sync.c1z")).unwrap(),
        before
    );
    assert_eq!(sandbox.run(&["-f", "other.c1z"]).code, Some(0));

    // The same account in other letters is the same.
    let mut same = tenant("BUSINESS");
    same["account"]["id"] = json!("acc");
    sandbox.write("bin/tenant.json", same.to_string());
    assert_eq!(sandbox.run(&[]).code, Some(0));
    sandbox.assert_clean();
}

/// Two rows, each within what a row may have, that together name more than an account can have.
#[test]
fn permissions_without_end_are_refused() {
    let mut many = tenant("BUSINESS");
    let odd = |from: usize| {
        (from..from + 600)
            .map(|at| format!("odd_{at}"))
            .collect::<Vec<_>>()
    };
    many["vault_users"]["vprod"] = json!({"UANN": odd(0), "UBOB": odd(400)});
    let sandbox = Sandbox::tenant(&many);
    assert_eq!(sandbox.run(&[]).code, Some(0), "1,000 are taken");
    let before = std::fs::read(sandbox.path("work/sync.c1z")).unwrap();
    many["vault_users"]["vprod"] = json!({"UANN": odd(0), "UBOB": odd(401)});
    sandbox.write("bin/tenant.json", many.to_string());
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(4), "{}", run.stderr);
    assert!(
        run.last_line().contains("more than 1000 permissions"),
        "{}",
        run.stderr
    );
    assert_eq!(
        std::fs::read(sandbox.path("work/sync.c1z")).unwrap(),
        before
    );
}

/// What `op` leaves behind in sessions of its own does not pile up: each of these calls starts a
/// sleeper.
#[cfg(target_os = "linux")]
#[test]
fn helpers_that_op_leaves_behind_are_ended() {
    let mut many = tenant("BUSINESS");
    let vaults = (0..13).map(|at| json!({"id": format!("v{at}"), "name": format!("Vault {at}")}));
    many["vaults"] = vaults.collect();
    let sandbox = Sandbox::tenant(&many);
    sandbox.set("faults", json!([{"words": "list", "leave": "daemon"}]));
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(sandbox.helpers().len() >= 32, "{}", sandbox.helpers().len());
    sandbox.assert_clean();
}

/// A shell that this program replaces may have children of its own, which are nobody's orphans.
#[cfg(target_os = "linux")]
#[test]
fn children_of_the_shell_before_are_left_alone() {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    let command = sandbox.command();
    let variables = command
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)));
    let output = std::process::Command::new("/bin/sh")
        .args([
            "-c",
            "/bin/sleep 60 </dev/null >/dev/null 2>&1 & echo $!; exec \"$0\" --quiet",
        ])
        .arg(command.get_program())
        .env_clear()
        .envs(variables)
        .current_dir(sandbox.path("work"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let sleeper: u32 = String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    assert!(crate::support::is_alive(sleeper));
    let sleeper = rustix::process::Pid::from_raw(sleeper.cast_signed()).unwrap();
    rustix::process::kill_process(sleeper, rustix::process::Signal::KILL).unwrap();
}

/// That is said before 1Password is asked.
#[cfg(windows)]
#[test]
fn a_file_that_another_program_holds_open_is_left_as_it_is() {
    use std::os::windows::fs::OpenOptionsExt;
    const SHARE_READ: u32 = 1;
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    let path = sandbox.path("work/sync.c1z");
    let before = std::fs::read(&path).unwrap();
    let mut options = std::fs::File::options();
    let holder = options.read(true).share_mode(SHARE_READ).open(&path);
    let calls = sandbox.calls().len();
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(5), "{}", run.stderr);
    let told = "another program has it open. Close it there, or name another file";
    assert!(run.last_line().contains(told), "{}", run.stderr);
    assert_eq!(sandbox.calls().len(), calls);
    drop(holder.unwrap());
    assert!(std::fs::read(&path).unwrap() == before);
    assert_eq!(sandbox.run(&[]).code, Some(0));
}
