//! What C1 names is an id of 1Password, or it never reaches `op`, which takes names and e-mails for whoever has them.

use baton_1password::baton::pb::api::task::{GrantTask, RevokeTask};
use baton_1password::baton::pb::v2;
use tonic::Code;

use crate::agent::{Agent, entitlement, failure, grant, id, resource, revoke, success};
use crate::c1_server::C1;
use crate::changes::{agent, end};

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
        // Nobody of that id is in the group, and nothing of that id is there any more.
        ("h", revoke("h", take(group, "bo"))),
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
