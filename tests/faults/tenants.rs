//! A few small tenants and what a sync of each gives when nothing goes wrong.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::faults::chance::Chance;
use crate::support::records::{File, Records};
use crate::support::{Run, Sandbox, Started};

/// How many tenants there are.
pub(crate) const TENANTS: usize = 6;

/// The secrets of every run; none may show anywhere.
pub(crate) const TOKEN: &str = "ops_fault-harness-token-81726354";
pub(crate) const PASSWORD: &str = "fault harness passphrase 5512";
pub(crate) const SECRET_KEY: &str = "A3-FAULTS-HARNES-SECRE-TKEYX-98765";
pub(crate) const SESSION: &str = "fault-harness-session-44170";
pub(crate) const SECRETS: [&str; 4] = [TOKEN, PASSWORD, SECRET_KEY, SESSION];

/// How a run is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    Unlocked,
    Service,
    User,
}

/// A tenant, and its sync.
pub(crate) struct Prepared {
    pub(crate) tenant: Value,
    /// Every call of a sync by these means, in the order of the alphabet: reads run side by side,
    /// and a seed must mean the same call in every run.
    pub(crate) calls: [Vec<String>; 3],
    /// A good file of an earlier state of the tenant.
    pub(crate) old: Vec<u8>,
    /// A good file of the tenant.
    pub(crate) new: Vec<u8>,
    pub(crate) records: Records,
}

/// The tenant of this number, synced once.
pub(crate) fn prepared(number: usize) -> &'static Prepared {
    static ALL: [OnceLock<Prepared>; TENANTS] = [const { OnceLock::new() }; TENANTS];
    ALL[number].get_or_init(|| {
        let tenant = tenant(number);
        let mut earlier = tenant.clone();
        earlier["users"].as_array_mut().unwrap().pop();
        earlier["vaults"][0]["name"] = json!("Earlier name");
        let sync = |tenant: &Value, means| {
            let sandbox = sandbox(tenant);
            let run = run(&sandbox, means, &[]);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            let calls = sandbox.all_calls().into_iter();
            let mut calls = calls.map(|call| call.argv.join(" ")).collect::<Vec<_>>();
            calls.sort();
            (
                std::fs::read(sandbox.path("work/sync.c1z")).unwrap(),
                calls,
                sandbox,
            )
        };
        let (old, ..) = sync(&earlier, Means::Unlocked);
        let (new, unlocked, sandbox) = sync(&tenant, Means::Unlocked);
        let (_, service, _) = sync(&tenant, Means::Service);
        let (_, user, _) = sync(&tenant, Means::User);
        Prepared {
            tenant,
            calls: [unlocked, service, user],
            old,
            new,
            records: File::open(&sandbox.path("work/sync.c1z")).newest(),
        }
    })
}

/// One or two groups and vaults, a few people, sometimes a vault that is managed only and a Connect
/// server.
fn tenant(number: usize) -> Value {
    let mut chance = Chance::new(number as u64);
    let business = number.is_multiple_of(2);
    let table: &[&str] = if business {
        &[
            "view_items",
            "view_and_copy_passwords",
            "edit_items",
            "manage_vault",
        ]
    } else {
        &["allow_viewing", "allow_editing", "allow_managing"]
    };
    let (users, groups, vaults) = (
        2 + chance.below(3),
        1 + chance.below(2),
        1 + chance.below(2),
    );
    let mut held = || -> Value {
        let number = 1 + chance.below(table.len());
        table[..number].iter().map(|name| json!(name)).collect()
    };
    let mut tenant = json!({
        "account": {"id": "ACC", "name": "Acme", "type": if business { "BUSINESS" } else { "TEAM" }},
        "users": (0..users).map(user).collect::<Value>(),
        "groups": (0..groups).map(|i| json!({"id": format!("group{i}"), "name": format!("Group {i}"), "state": "ACTIVE"})).collect::<Value>(),
        "vaults": (0..vaults).map(|i| json!({"id": format!("vault{i}"), "name": format!("Vault {i}")})).collect::<Value>(),
        "connect_servers": [], "connect_tokens": [],
    });
    for i in 0..vaults {
        tenant["vault_users"][format!("vault{i}")] = json!({"USER0": held()});
        tenant["vault_groups"][format!("vault{i}")] = json!({"group0": held()});
    }
    for i in 0..groups {
        tenant["group_users"][format!("group{i}")] =
            json!({"USER1": "MEMBER", format!("USER{}", users - 1): "MANAGER"});
    }
    if number >= 3 {
        tenant["vaults"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": "vaultm", "name": "Managed", "managed_only": true}));
        tenant["vault_users"]["vaultm"] = json!({"USER1": held()});
        tenant["connect_servers"] = json!([{"id": "SERVER", "name": "Deploy", "state": "ACTIVE"}]);
        tenant["connect_tokens"] = json!([{"id": "CTOKEN", "name": "t", "state": "ACTIVE", "integration_id": "SERVER",
            "features": ["vaultaccess"], "vaults": [{"id": "VAULT0", "acl": [table[0]]}]}]);
    }
    tenant
}

fn user(i: usize) -> Value {
    json!({"id": format!("USER{i}"), "name": format!("Person {i}"), "email": format!("p{i}@acme.example"),
        "type": "MEMBER", "state": "ACTIVE"})
}

/// A sandbox whose `op` holds this tenant and knows one account to sign in to.
pub(crate) fn sandbox(tenant: &Value) -> Sandbox {
    Sandbox::tenant(tenant)
}

/// Starts the program signed in by these means, after `prefix`, such as `sh -c …`.
pub(crate) fn start(
    sandbox: &Sandbox,
    means: Means,
    prefix: &[&str],
    arguments: &[&str],
) -> Started {
    let sign_in = match means {
        Means::Unlocked => Value::Null,
        Means::Service => json!({"service_token": TOKEN}),
        Means::User => {
            json!({"accounts": [{"url": "acme.1password.com", "email": "p0@acme.example",
            "user_uuid": "USER0", "account_uuid": "ACC", "password": PASSWORD,
            "secret_key": SECRET_KEY, "token": SESSION}]})
        }
    };
    if means != Means::Unlocked {
        sandbox.set("sign_in", sign_in);
    }
    let program = sandbox.command();
    let mut command = match prefix {
        [] => sandbox.command(),
        [shell, words @ ..] => {
            let mut command = std::process::Command::new(shell);
            command.args(words).arg(program.get_program()).env_clear();
            for (name, value) in program.get_envs() {
                command.env(name, value.unwrap());
            }
            command
                .current_dir(program.get_current_dir().unwrap())
                .stdin(std::process::Stdio::null());
            command
        }
    };
    match means {
        Means::Unlocked => {}
        Means::Service => {
            command
                .args(["--auth-type", "service"])
                .env("OP_SERVICE_ACCOUNT_TOKEN", TOKEN);
        }
        Means::User => {
            command
                .args([
                    "--address",
                    "acme.1password.com",
                    "--email",
                    "p0@acme.example",
                ])
                .env("BATON_PASSWORD", PASSWORD)
                .env("BATON_SECRET_KEY", SECRET_KEY);
        }
    }
    command.args(arguments);
    Started::new(command)
}

/// Runs the program to its end.
pub(crate) fn run(sandbox: &Sandbox, means: Means, arguments: &[&str]) -> Run {
    start(sandbox, means, &[], arguments).wait()
}
