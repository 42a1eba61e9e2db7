//! What C1 names is an id of 1Password, or it never reaches `op`, which takes names and e-mails for
//! whoever has them.

use baton_1password::baton::pb::api::task::{GrantTask, RevokeTask};
use baton_1password::baton::pb::v2;
use serde_json::{Value, json};
use tonic::Code;

use crate::service::agent::{
    Agent, each, entitlement, failure, grant, id, resource, revoke, success,
};
use crate::service::changes::{agent, end};
use crate::support::Sandbox;
use crate::support::c1_server::C1;

fn give(place: (&str, &str, &str), user: &str) -> GrantTask {
    GrantTask {
        entitlement: Some(entitlement(place.0, place.1, place.2)),
        principal: Some(resource("user", user)),
        ..Default::default()
    }
}

fn take(place: (&str, &str, &str), user: &str) -> RevokeTask {
    let GrantTask {
        entitlement,
        principal,
        ..
    } = give(place, user);
    RevokeTask {
        grant: Some(v2::Grant {
            id: "a grant".to_owned(),
            entitlement,
            principal,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// Words that `op` was given besides its own.
fn was_told(agent: &Agent, text: &str) -> bool {
    let calls = agent.sandbox.calls();
    calls
        .iter()
        .any(|call| call.argv.iter().any(|word| word.contains(text)))
}

#[test]
fn a_name_or_an_email_in_the_place_of_an_id_changes_nothing() {
    let c1 = C1::start();
    let agent = agent(&c1);
    let mut before = agent.sandbox.tenant_now();
    before["vaults"][0]["name"] = "Depot".into();
    agent.sandbox.write("bin/tenant.json", before.to_string());
    let running = agent.start(&["--provisioning"]);
    let group = ("group", "gops", "member");
    let vault = ("vault", "vdepot", "view items");
    let named = ("vault", "Depot Keys", "view items");
    for (name, task, odd) in [
        (
            "a",
            grant("a", give(group, "ada@kestrel.test")),
            "ada@kestrel.test",
        ),
        ("b", grant("b", give(vault, "ada")), "\"ada\""),
        ("c", grant("c", give(named, "UADA")), "Depot Keys"),
        (
            "d",
            grant("d", give(("group", "Everyone", "member"), "UADA")),
            "Everyone",
        ),
        ("e", revoke("e", take(named, "UBO")), "Depot Keys"),
        (
            "j",
            revoke("j", take(("vault", "depot", "view items"), "UBO")),
            "depot",
        ),
        (
            "f",
            revoke("f", take(group, "bo@kestrel.test")),
            "bo@kestrel.test",
        ),
        // Whoever is there by another id has not lost it.
        ("k", revoke("k", take(group, "bo")), "\"bo\""),
        ("l", revoke("l", take(vault, "BO")), "\"BO\""),
        (
            "g",
            grant("g", give(group, "U\u{7}ADA\u{202e}")),
            r"U\u{7}ADA\u{202e}",
        ),
    ] {
        c1.queue([task]);
        let report = c1.await_finish(&id(name));
        let (code, text, non_retryable) = failure(&report);
        assert_eq!(
            (code, non_retryable),
            (Code::InvalidArgument as i32, true),
            "{text}"
        );
        assert!(text.contains(odd), "{text}");
        assert!(
            !text.contains('\u{7}') && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
    for (name, task) in [
        // Nobody of that id is in the group or anywhere, and nothing of that id is there any more.
        ("h", revoke("h", take(group, "UGONE"))),
        (
            "i",
            revoke("i", take(("vault", "payroll", "view items"), "UBO")),
        ),
    ] {
        c1.queue([task]);
        let report = c1.await_finish(&id(name));
        let annotation = &success(&report).annotations[0];
        assert!(annotation.type_url.ends_with("GrantAlreadyRevoked"));
    }
    for odd in [
        "kestrel.test",
        "ada",
        "bo",
        "Depot",
        "Everyone",
        "payroll",
        "\u{7}",
    ] {
        assert!(!was_told(&agent, odd), "{odd:?} reached op");
    }
    assert_eq!(agent.sandbox.tenant_now(), before);
    end(running);
}

/// Two people, two groups and two vaults; the second of each is called by the id of the first, or
/// by a text that has the form of an id.
fn lookalikes() -> Value {
    let user = |id: &str, name: &str| json!({"id": id, "name": name, "email": "", "type": "MEMBER", "state": "ACTIVE"});
    json!({
        "account": {"id": "ACCT", "name": "Kestrel", "type": "BUSINESS", "state": "ACTIVE"},
        "users": [user("UEVE4Q7ZB5KX2MNP6RT3VWYHAA", &ADA.to_lowercase()), user(ADA, "ada"),
                  user("UMALLORY4Q7ZB5KX2MNP6RT3VW", NOBODY)],
        "groups": [{"id": "gops4q7zb5kx2mnp6rt3vwyhaa", "name": "Ops"},
                   {"id": "gevilq7zb5kx2mnp6rt3vwyhaa", "name": "gnone4q7zb5kx2mnp6rt3vwyha"}],
        "vaults": [{"id": DEPOT, "name": "Depot", "managed_only": true},
                   {"id": "vevilq7zb5kx2mnp6rt3vwyhaa", "name": "vnone4q7zb5kx2mnp6rt3vwyha"}],
        "group_users": {"gops4q7zb5kx2mnp6rt3vwyhaa": {}, "gevilq7zb5kx2mnp6rt3vwyhaa": {}},
        "vault_users": {DEPOT: {}, "vevilq7zb5kx2mnp6rt3vwyhaa": {ADA: ["view_items"]}},
        "vault_groups": {DEPOT: {}, "vevilq7zb5kx2mnp6rt3vwyhaa": {}}
    })
}

const ADA: &str = "UADA4Q7ZB5KX2MNP6RT3VWYHAA";
const NOBODY: &str = "ULEFT4Q7ZB5KX2MNP6RT3VWYHA";
const DEPOT: &str = "vdepotq7zb5kx2mnp6rt3vwyha";

/// No form tells an id from a name: only what `op` lists by that id is sent.
#[test]
fn a_name_in_the_form_of_an_id_changes_nothing() {
    let c1 = C1::start();
    let agent = Agent::with(&c1, Sandbox::tenant(&lookalikes()));
    let running = agent.start(&["--provisioning"]);
    let depot = ("vault", DEPOT, "view items");
    let ops = ("group", "gops4q7zb5kx2mnp6rt3vwyhaa", "member");
    let vault = ("vault", "vnone4q7zb5kx2mnp6rt3vwyha", "view items");
    let group = ("group", "gnone4q7zb5kx2mnp6rt3vwyha", "member");
    for (name, task, odd) in [
        ("a", grant("a", give(depot, NOBODY)), NOBODY),
        ("b", grant("b", give(ops, NOBODY)), NOBODY),
        ("c", grant("c", give(vault, ADA)), vault.1),
        ("d", grant("d", give(group, ADA)), group.1),
        ("e", revoke("e", take(vault, ADA)), vault.1),
        ("f", revoke("f", take(group, ADA)), group.1),
    ] {
        c1.queue([task]);
        let report = c1.await_finish(&id(name));
        let (code, text, non_retryable) = failure(&report);
        let expected = (Code::InvalidArgument as i32, true);
        assert_eq!((code, non_retryable), expected, "{text}");
        assert!(text.contains(odd) && text.contains("not the id"), "{text}");
        assert!(!was_told(&agent, odd), "{odd:?} reached op");
    }
    assert_eq!(agent.sandbox.tenant_now(), lookalikes());
    // By their ids they are found, in a vault that is only managed too, and in other letters.
    for (name, place, user) in [("g", depot, ADA), ("h", ops, &*ADA.to_lowercase())] {
        c1.queue([grant(name, give(place, user))]);
        success(&c1.await_finish(&id(name)));
    }
    let now = agent.sandbox.tenant_now();
    assert_eq!(now["vault_users"][DEPOT], json!({ADA: ["view_items"]}));
    assert_eq!(now["group_users"][ops.1], json!({ADA: "MEMBER"}));
    end(running);
}

/// A group that only vaults name is in no listing, and its members are in the file: who is revoked
/// there is out.
#[test]
fn a_group_that_is_not_listed_is_still_read() {
    let (hidden, real) = ("ghidq7zb5kx2mnp6rt3vwyhaaa", "grealq7zb5kx2mnp6rt3vwyhaa");
    let (name, none) = ("gnameq7zb5kx2mnp6rt3vwyhaa", "gnoneq7zb5kx2mnp6rt3vwyhaa");
    let mut tenant = lookalikes();
    tenant["hidden_groups"] = json!([{"id": hidden, "name": "Hidden"}, {"id": real, "name": name}]);
    tenant["group_users"][hidden] = json!({ADA: "MEMBER"});
    tenant["group_users"][real] = json!({ADA: "MEMBER"});
    let c1 = C1::start();
    let agent = Agent::with(&c1, Sandbox::tenant(&tenant));
    let running = agent.start(&["--provisioning"]);
    let member = |group| take(("group", group, "member"), ADA);
    c1.queue([revoke("hidden", member(hidden))]);
    assert!(
        success(&c1.await_finish(&id("hidden")))
            .annotations
            .is_empty()
    );
    c1.queue([revoke("none", member(none))]);
    let report = c1.await_finish(&id("none"));
    let annotation = &success(&report).annotations[0];
    assert!(annotation.type_url.ends_with("GrantAlreadyRevoked"));
    c1.queue([revoke("name", member(name))]);
    let report = c1.await_finish(&id("name"));
    let (_, text, non_retryable) = failure(&report);
    assert!(non_retryable && text.contains("not the id"), "{text}");
    let now = agent.sandbox.tenant_now();
    assert_eq!(now["group_users"][hidden], json!({}));
    assert_eq!(now["group_users"][real], json!({ADA: "MEMBER"}));
    end(running);
}

/// Who may not list cannot prove who is meant, which is no reason to go on, and none to say that
/// nothing is there.
#[test]
fn what_cannot_be_listed_is_not_changed() {
    let depot = ("vault", DEPOT, "view items");
    let none = ("vault", "vnoneeq7zb5kx2mnp6rt3vwyha", "view items");
    let ops = ("group", "gops4q7zb5kx2mnp6rt3vwyhaa", "member");
    each(
        [
            ("user list --format=json", grant("task", give(depot, ADA))),
            ("vault list", grant("task", give(depot, ADA))),
            ("vault list --permission", grant("task", give(depot, ADA))),
            ("vault list --permission", revoke("task", take(none, ADA))),
            ("group list", revoke("task", take(ops, ADA))),
        ],
        |(words, task)| {
            let c1 = C1::start();
            let agent = Agent::with(&c1, Sandbox::tenant(&lookalikes()));
            let refused =
                json!([{"words": words, "exit": 1, "stderr": "[ERROR] (403) Forbidden: no"}]);
            agent.sandbox.set("faults", refused);
            let running = agent.start(&["--provisioning"]);
            c1.queue([task]);
            let report = c1.await_finish(&id("task"));
            let (_, text, _) = failure(&report);
            assert!(
                text.contains("nothing was changed") && text.contains("(403)"),
                "{text}"
            );
            assert_eq!(agent.sandbox.tenant_now(), lookalikes());
            end(running);
        },
    );
}

/// Whoever is in the rows that are read anyway is proven by them.
#[test]
fn a_known_member_costs_no_listing_of_the_people() {
    let c1 = C1::start();
    let mut tenant = lookalikes();
    tenant["vault_users"][DEPOT][ADA] = json!(["manage_vault"]);
    let agent = Agent::with(&c1, Sandbox::tenant(&tenant));
    let running = agent.start(&["--provisioning"]);
    c1.queue([grant("give", give(("vault", DEPOT, "view items"), ADA))]);
    success(&c1.await_finish(&id("give")));
    let calls = agent.sandbox.calls();
    let calls: Vec<String> = calls.iter().map(|call| call.words()).collect();
    assert!(!calls.contains(&"user list".to_owned()), "{calls:?}");
    end(running);
}
