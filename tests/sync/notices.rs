//! Every warning, in every form of output: seen wherever somebody may look.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::world::tenant;
use crate::c1z::support::{Folder, edit};
use crate::support::{Run, Sandbox, Started};

/// A world in which much is odd, and the flags of its sync.
struct World {
    sandbox: Sandbox,
    flags: &'static [&'static str],
    /// Signs in as a service account.
    service: bool,
}

impl World {
    fn run(&self, form: &[&str]) -> Run {
        let mut command = self.sandbox.command();
        command.args(self.flags).args(form);
        if self.service {
            command.env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token");
        }
        let run = Started::new(command).wait();
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run
    }
}

const FORBIDDEN: &str =
    "[ERROR] 2026/11/23 08:01:02 (403) Forbidden: You do not have permission.\n";

fn refused(words: &str) -> Value {
    json!({"words": words, "exit": 1, "stderr": FORBIDDEN})
}

/// Rows that contradict each other, tokens that lead nowhere, and names that are too long.
fn odd() -> World {
    let mut odd = tenant("BUSINESS");
    let team = odd["groups"][0].clone();
    odd["groups"].as_array_mut().unwrap().push(team);
    odd["groups"][1]["name"] = "long ".repeat(500).into();
    odd["vault_users"]["vprod"]["UGONE"] = json!(["view_items", "fly_high"]);
    odd["vault_groups"]["vprod"]["gghost"] = json!(["view_items"]);
    odd["vault_groups"]["vprod"]["gshade"] = json!(["view_items"]);
    odd["group_users"]["gshade"] = json!({"UANN": "MEMBER"});
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    odd["connect_servers"] = json!([{"id": "S1", "name": "shop", "state": "DREAMING"}]);
    odd["connect_tokens"] = json!([
        {"id": "T1", "name": "one", "state": "ACTIVE", "integration_id": "S1", "expires_at": soon.to_string(),
         "vaults": [{"id": "VFAR", "acl": ["view_items"]}]},
        {"id": "T2", "name": "two", "state": "ACTIVE", "integration_id": "S9", "vaults": []},
    ]);
    let sandbox = Sandbox::tenant(&odd);
    sandbox.set("version", json!("2.26.0"));
    sandbox.set(
        "faults",
        json!([
            refused("--permission=manage_vault"),
            refused("user get"),
            refused("group user list gghost")
        ]),
    );
    World {
        sandbox,
        flags: &[],
        service: false,
    }
}

/// Answers that leave open what they are asked for.
fn untold() -> World {
    let mut tenant = tenant("BUSINESS");
    tenant["vaults"].as_array_mut().unwrap().extend([
        json!({"id": "vnull", "name": "Null"}),
        json!({"id": "vgone", "name": "Gone"}),
        json!({"id": "vshut", "name": "Shut"}),
    ]);
    tenant["groups"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "gold", "name": "Old", "state": "ACTIVE"}));
    let sandbox = Sandbox::tenant(&tenant);
    sandbox.write("bin/null", "null");
    sandbox.write(
        "bin/rows",
        json!([null, {"id": "UANN", "name": "Ann"}]).to_string(),
    );
    let after = json!([{"id": "vprod", "name": "Prod"}, {"id": "vnull", "name": "Null"}, {"id": "vshut", "name": "Shut"}]);
    sandbox.write("bin/after", after.to_string());
    sandbox.write(
        "bin/groups",
        json!([{"id": "gteam", "name": "Team", "state": "ACTIVE"}]).to_string(),
    );
    let gone = |noun: &str, id: &str| {
        let stderr =
            format!("[ERROR] 2026/11/23 08:01:02 \"{id}\" isn't a {noun} in this account.");
        json!({"words": format!("{noun} user list {id}"), "exit": 1, "stderr": stderr})
    };
    sandbox.set(
        "faults",
        json!([
            {"words": "vault user list vprod", "stdout_file": "rows"},
            {"words": "group user list gteam", "stdout_file": "rows"},
            {"words": "vault user list vnull", "stdout_file": "null"},
            refused("vault user list vshut"),
            refused("connect server list"),
            gone("vault", "vgone"),
            gone("group", "gold"),
            {"words": "vault list --format", "skip": 1, "stdout_file": "after"},
            {"words": "group list --format", "skip": 1, "stdout_file": "groups"},
        ]),
    );
    World {
        sandbox,
        flags: &["--allow-unread"],
        service: false,
    }
}

/// A file of the newer format, and a limit that this account type does not know.
fn limited() -> World {
    let sandbox = Sandbox::tenant(&tenant("FAMILY"));
    sandbox.write(
        "work/sync.c1z",
        b"C1Z3\0\x00\x00\x5A\x25\x0A\x07pebble3 and more",
    );
    World {
        sandbox,
        flags: &["--limit-vault-permissions", "edit_items"],
        service: false,
    }
}

/// A file into which somebody wrote.
fn edited(sql: &str) -> World {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    for _ in 0..2 {
        assert_eq!(sandbox.run(&[]).code, Some(0));
    }
    edit(&Folder::new(), &sandbox.path("work/sync.c1z"), sql);
    World {
        sandbox,
        flags: &[],
        service: false,
    }
}

/// One of its syncs is unfinished, the other one without end.
fn endless() -> World {
    edited("update v1_sync_runs set ended_at = iif(id = 1, null, '~')")
}

/// Its grants are of entitlements that it lacks.
fn torn() -> World {
    edited(
        "update v1_sync_runs set stats = null; delete from v1_entitlements where external_id like 'vault:%'",
    )
}

/// A type that is left out although others lead to it.
fn without_users() -> World {
    World {
        sandbox: Sandbox::tenant(&tenant("BUSINESS")),
        flags: &["--sync-resource-types", "account,vault"],
        service: false,
    }
}

/// Resources alone, into a file that holds a full sync.
fn hiding() -> World {
    let sandbox = Sandbox::tenant(&tenant("BUSINESS"));
    assert_eq!(sandbox.run(&[]).code, Some(0));
    World {
        sandbox,
        flags: &["--skip-entitlements-and-grants"],
        service: false,
    }
}

/// A service account to which the account itself is closed.
fn of_service() -> World {
    let mut tenant = tenant("BUSINESS");
    tenant["whoami"] = json!({"url": "https://acme.1password.com", "account_uuid": "ACC",
        "user_uuid": "USVC", "user_type": "SERVICE_ACCOUNT"});
    let sandbox = Sandbox::tenant(&tenant);
    sandbox.set("faults", json!([refused("account get")]));
    World {
        sandbox,
        flags: &["--auth-type", "service"],
        service: true,
    }
}

const WORLDS: [fn() -> World; 8] = [
    odd,
    untold,
    limited,
    endless,
    torn,
    without_users,
    hiding,
    of_service,
];

/// Code and sentence of each warning, as the summary for scripts has them.
fn notices(world: &World) -> Vec<(String, String)> {
    let run = world.run(&["--summary-format", "json"]);
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |notice: &Value, key: &str| notice[key].as_str().unwrap().to_owned();
    let notices = summary["warnings"].as_array().unwrap().iter();
    notices
        .map(|notice| (text(notice, "code"), text(notice, "text")))
        .collect()
}

/// All codes that a sync may give, but for that of a run which goes on after an interruption, and
/// that of a file beyond the 3 GiB that readers take.
const CODES: [&str; 29] = [
    "account-type-unknown",
    "file-incomplete",
    "file-replaced",
    "file-sync-endless",
    "file-sync-unfinished",
    "full-sync-hidden",
    "group-removed",
    "group-unlisted",
    "group-unreadable",
    "last-sign-in-unknown",
    "limit-matches-nothing",
    "listing-refused",
    "managed-vaults-unlisted",
    "members-unread",
    "name-cut",
    "op-version",
    "permissions-unread",
    "project-vault-unlisted",
    "projects-unreadable",
    "roles-unread",
    "row-repeated",
    "row-skipped",
    "token-expiring",
    "token-without-server",
    "type-left-out",
    "unknown-permission",
    "unknown-state",
    "user-unlisted",
    "vault-removed",
];

#[test]
fn the_worlds_bring_every_warning_up() {
    let codes: BTreeSet<String> = WORLDS
        .iter()
        .flat_map(|world| notices(&world()))
        .map(|(code, _)| code)
        .collect();
    assert_eq!(codes, CODES.map(str::to_owned).into());
}

/// On a terminal and in a pipe a line; among records, and in a log file of any level, one record of
/// level `warn` with the code; and in the summary for scripts.
#[test]
fn every_warning_is_seen_in_every_form() {
    for world in WORLDS {
        let expected = notices(&world());
        for form in [
            &["--log-format=console"][..],
            &["--log-format=console", "--quiet"],
            &["--log-format=console", "--log-level=warn"],
            &["--summary-format=json", "--quiet"],
            &["--log-format=json"],
            &["--log-format=json", "--quiet"],
            &[
                "--log-format=json",
                "--log-level=warn",
                "--summary-format=json",
            ],
            &["--log-path=a.log", "--quiet", "--log-level=warn"],
        ] {
            let world = world();
            let run = world.run(form);
            let log = std::fs::read_to_string(world.sandbox.path("work/a.log"));
            let log = log.unwrap_or_else(|_| run.stderr.clone());
            let is_records =
                form.contains(&"--log-format=json") || form[0].starts_with("--log-path");
            let records = log
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let records: Vec<Value> = records
                .filter(|record| record["code"].is_string())
                .collect();
            for (code, sentence) in &expected {
                let context = format!("{code} with {form:?}: {}\n{log}", run.stderr);
                let lines = run
                    .stderr
                    .lines()
                    .filter(|line| !line.contains("Sync complete."));
                assert_eq!(
                    lines.filter(|line| line.contains(sentence)).count(),
                    1,
                    "{context}"
                );
                if is_records {
                    let own: Vec<_> = records
                        .iter()
                        .filter(|record| record["code"] == **code)
                        .collect();
                    assert_eq!(own.len(), 1, "{context}");
                    assert_eq!(own[0]["level"], "warn", "{context}");
                }
                let is_summary = form.iter().any(|flag| flag.starts_with("--summary"));
                assert_eq!(
                    run.stdout.contains(&format!("{code:?}")),
                    is_summary,
                    "{context}"
                );
            }
        }
    }
}
