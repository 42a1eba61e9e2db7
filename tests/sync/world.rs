//! A small tenant to change at will, and the shortcuts that the tests share.

use serde_json::{Value, json};

use crate::support::records::{File, Records};
use crate::support::{Run, Sandbox};

/// One group (Ann, a manager, and Bob), one vault that the group and Ann reach.
pub(crate) fn tenant(kind: &str) -> Value {
    let (read, write) = match kind {
        "BUSINESS" => ("view_items", "edit_items"),
        _ => ("allow_viewing", "allow_editing"),
    };
    json!({
        "account": {"id": "ACC", "name": "Acme", "type": kind},
        "users": [user("UANN", "Ann"), user("UBOB", "Bob")],
        "groups": [{"id": "gteam", "name": "Team", "state": "ACTIVE"}],
        "vaults": [{"id": "vprod", "name": "Prod"}],
        "group_users": {"gteam": {"UANN": "MANAGER", "UBOB": "MEMBER"}},
        "vault_users": {"vprod": {"UANN": [read, write]}},
        "vault_groups": {"vprod": {"gteam": [read]}},
        "connect_servers": [],
        "connect_tokens": [],
    })
}

pub(crate) fn user(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "email": format!("{name}@acme.example"), "type": "MEMBER",
        "state": "ACTIVE"})
}

/// What stderr shows at a terminal, where the summary is for people.
pub(crate) const AT_A_TERMINAL: &str = "--log-format=console";

/// Runs a sync of the tenant that must succeed.
pub(crate) fn synced(tenant: &Value, arguments: &[&str]) -> (Records, Run, Sandbox) {
    let sandbox = Sandbox::tenant(tenant);
    let run = sandbox.run(&[&[AT_A_TERMINAL], arguments].concat());
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    sandbox.assert_clean();
    let records = File::open(&sandbox.path("work/sync.c1z")).newest();
    (records, run, sandbox)
}

/// Runs a sync over canned answers, some of them replaced by this text.
pub(crate) fn with_answers(replaced: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::new(json!({"answers": "answers"}));
    let tiny = crate::support::golden::answers("tiny");
    for entry in std::fs::read_dir(tiny).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        sandbox.write(format!("bin/answers/{name}"), std::fs::read(path).unwrap());
    }
    for (name, text) in replaced {
        sandbox.write(format!("bin/answers/{name}.json"), text);
    }
    sandbox
}

/// Grant ids that hold the part.
pub(crate) fn grants<'a>(records: &'a Records, part: &str) -> Vec<&'a str> {
    records
        .grants
        .keys()
        .map(String::as_str)
        .filter(|id| id.contains(part))
        .collect()
}
