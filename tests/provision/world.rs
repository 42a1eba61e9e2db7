//! A tenant that is hard on names and ids, and the two ways into provisioning: the command line and
//! the library.

use std::time::Duration;

use baton_1password::baton::ids::ResourceId;
use baton_1password::baton::pb::v2;
use baton_1password::op::{Auth, Client, Settings};
use baton_1password::provision::{Error, Job, Outcome, Request};
use serde_json::{Value, json};

use crate::support::records::{File, Records};
use crate::support::{Run, Sandbox};

/// Two people of one name, one without a name, ids with `:` and `/`, a group on a vault.
pub(crate) fn tenant(kind: &str) -> Value {
    let view = view(kind);
    json!({
        "account": {"id": "ACC", "name": "Acme", "type": kind},
        "users": [user("USAM1", "Sam Smith"), user("USAM2", "Sam Smith"), user("U:NIX", "")],
        "groups": [group("gteam", "Team"), group("g:ops", "Ops")],
        "vaults": [{"id": "vprod", "name": "Prod"}, {"id": "v:x/1", "name": "Prod"}],
        "group_users": {"gteam": {"USAM1": "MEMBER"}, "g:ops": {"USAM2": "MANAGER"}},
        "vault_users": {"vprod": {}, "v:x/1": {}},
        "vault_groups": {"vprod": {"gteam": [view]}, "v:x/1": {}},
        "connect_servers": [],
        "connect_tokens": [],
    })
}

fn user(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "email": "", "type": "MEMBER", "state": "ACTIVE"})
}

fn group(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "state": "ACTIVE"})
}

/// The permission that every other one needs.
pub(crate) fn view(kind: &str) -> &'static str {
    match kind {
        "BUSINESS" => "view_items",
        _ => "allow_viewing",
    }
}

/// Syncs into `sync.c1z` and reads it.
pub(crate) fn sync(sandbox: &Sandbox) -> Records {
    let run = sandbox.run(&[]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    File::open(&sandbox.path("work/sync.c1z")).newest()
}

/// Makes a grant from the command line. The file must not change, and nothing may be left behind.
pub(crate) fn grant(sandbox: &Sandbox, entitlement: &str, kind: &str, principal: &str) -> Run {
    provision(
        sandbox,
        &[
            "--grant-entitlement",
            entitlement,
            "--grant-principal",
            principal,
            "--grant-principal-type",
            kind,
        ],
    )
}

/// Takes a grant back from the command line, under the same conditions.
pub(crate) fn revoke(sandbox: &Sandbox, grant: &str) -> Run {
    provision(sandbox, &["--revoke-grant", grant, "--yes"])
}

/// `src/sync/mapping.md`, Changes: grant and revoke never change the file: stdout stays empty.
fn provision(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let file = sandbox.path("work/sync.c1z");
    let before = std::fs::read(&file).unwrap();
    let run = sandbox.run(arguments);
    assert!(std::fs::read(&file).unwrap() == before, "the file changed");
    assert_eq!(run.stdout, "");
    sandbox.assert_clean();
    run
}

/// The calls of `op` that `work` makes, `--version` left out.
pub(crate) fn calls_of<T>(sandbox: &Sandbox, work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let before = sandbox.calls().len();
    let done = work();
    let calls = sandbox.calls();
    (
        done,
        calls[before..].iter().map(|call| call.words()).collect(),
    )
}

/// A request for `verb` on the entitlement `<place>:<slug>`, as C1 sends it: whole messages, no
/// file.
pub(crate) fn request(
    verb: &str,
    place: &ResourceId,
    slug: &str,
    principal: &ResourceId,
) -> Result<Request, Error> {
    let resource = |id: &ResourceId| v2::Resource {
        id: Some(id.to_message()),
        display_name: "Sam Smith".to_owned(),
        ..Default::default()
    };
    let entitlement = v2::Entitlement {
        id: place.entitlement(slug),
        slug: slug.to_owned(),
        resource: Some(resource(place)),
        ..Default::default()
    };
    let principal = resource(principal);
    if verb == "grant" {
        return Request::grant(&entitlement, &principal);
    }
    let grant = v2::Grant {
        entitlement: Some(entitlement),
        principal: Some(principal),
        ..Default::default()
    };
    Request::revoke(&grant, |_| None)
}

/// Carries a request out with the library.
pub(crate) async fn carry_out(sandbox: &Sandbox, request: &Request) -> Result<Outcome, Error> {
    Job::new(&connected(sandbox, 60).await, request).run().await
}

/// A client of the sandbox's `op`; a call may take so many seconds.
pub(crate) async fn connected(sandbox: &Sandbox, seconds: u64) -> Client {
    let settings = Settings {
        path: Some(sandbox.op()),
        timeout: Duration::from_secs(seconds),
        workers: 1,
        auth: Auth::Unlocked { account: None },
    };
    Client::connect(settings).await.unwrap()
}
