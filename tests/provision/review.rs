//! A filled-in review is carried out: what it marks is revoked, one after the other, and nothing
//! else.

use serde_json::json;

use crate::provision::world::{calls_of, sync, tenant};
use crate::support::{Run, Sandbox};

/// Two people and a group on one vault; one of the two is there through the group too.
fn sandbox() -> Sandbox {
    let mut world = tenant("BUSINESS");
    world["vault_users"]["vprod"] = json!({
        "USAM1": ["view_items"],
        "USAM2": ["view_items", "view_and_copy_passwords"],
    });
    let sandbox = Sandbox::tenant(&world);
    sync(&sandbox);
    let run = sandbox.run(&["report", "--csv", "review.csv"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    sandbox
}

/// Writes a decision into the lines of a principal and path.
fn decide(sandbox: &Sandbox, principal: &str, path: &str, decision: &str) {
    let file = sandbox.path("work/review.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let tail = format!(",,,,{principal},vprod,{path}");
    assert!(text.contains(&tail), "no {tail} in {text}");
    std::fs::write(
        file,
        text.replace(&tail, &format!(",{decision}{}", &tail[1..])),
    )
    .unwrap();
}

fn apply(sandbox: &Sandbox, more: &[&str]) -> Run {
    let run = sandbox.run(&[&["report", "--apply", "review.csv"], more].concat());
    sandbox.assert_clean();
    run
}

fn on_vault(sandbox: &Sandbox) -> String {
    sandbox.tenant_now()["vault_users"]["vprod"].to_string()
}

#[test]
fn what_is_marked_is_revoked_and_told_line_by_line() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM1", "direct", "Revoke");
    decide(&sandbox, "user,USAM2", "direct", "keep");
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), ""),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("user Sam Smith (USAM1): revoked member on vault Prod (vprod)"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("access remains through group Team (gteam)"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("1 revoked, 0 had nothing to revoke, 0 refused, 0 failed"),
        "{}",
        run.stderr
    );
    let left = on_vault(&sandbox);
    assert!(!left.contains("USAM1") && left.contains("USAM2"), "{left}");

    // Taken up again, it does nothing twice.
    let (again, calls) = calls_of(&sandbox, || apply(&sandbox, &["--yes"]));
    assert_eq!(again.code, Some(0));
    assert!(
        again.stderr.contains("0 revoked, 1 had nothing to revoke"),
        "{}",
        again.stderr
    );
    assert!(
        !calls.iter().any(|call| call.contains("revoke")),
        "{calls:?}"
    );
}

#[test]
fn a_dry_run_shows_the_calls_and_changes_nothing() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM2", "direct", "revoke");
    let before = on_vault(&sandbox);
    let run = apply(&sandbox, &["--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("vault user revoke"), "{}", run.stdout);
    assert!(run.stderr.contains("1 would be revoked"), "{}", run.stderr);
    assert_eq!(on_vault(&sandbox), before);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_done() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM2", "direct", "revoke");
    let (run, calls) = calls_of(&sandbox, || apply(&sandbox, &[]));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("nothing was revoked") && run.stderr.contains("--yes"),
        "{}",
        run.stderr
    );
    assert_eq!(calls, [""; 0]);
}

#[test]
fn inherited_access_is_answered_with_the_group_and_others_go_on() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM1", "group", "revoke");
    decide(&sandbox, "user,USAM2", "direct", "revoke");
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    for told in [
        "refused: user Sam Smith",
        "it comes from group Team",
        "group:gteam:member:user:USAM1",
        "1 revoked, 0 had nothing to revoke, 1 refused, 0 failed",
    ] {
        assert!(run.stderr.contains(told), "{told}: {}", run.stderr);
    }
    let left = on_vault(&sandbox);
    assert!(left.contains("USAM1") && !left.contains("USAM2"), "{left}");
}

#[test]
fn a_group_loses_a_vault_by_its_own_line() {
    let sandbox = sandbox();
    decide(&sandbox, "group,gteam", "direct", "revoke");
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let told = "in the groups that lose access: 1 person";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    assert!(
        !sandbox.tenant_now()["vault_groups"]["vprod"]
            .to_string()
            .contains("gteam")
    );
}

#[test]
fn what_is_no_longer_true_is_refused_and_what_is_gone_is_told() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM1", "direct", "revoke");
    decide(&sandbox, "user,USAM2", "direct", "revoke");
    let mut world = sandbox.tenant_now();
    world["vault_users"]["vprod"] =
        json!({"USAM2": ["view_items", "view_and_copy_passwords", "manage_vault"]});
    sandbox.write("bin/tenant.json", world.to_string());
    sync(&sandbox);
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("it is not as it was reviewed; it is now: "),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("manage vault"), "{}", run.stderr);
    assert!(
        run.stderr.contains("is not there any more"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("0 revoked, 1 had nothing to revoke, 1 refused"),
        "{}",
        run.stderr
    );
    assert!(on_vault(&sandbox).contains("USAM2"));
}

#[test]
fn words_that_are_no_decision_and_files_that_are_no_review_are_refused() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM1", "direct", "revok");
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("\"revok\" is none of revoke, keep and approve"),
        "{}",
        run.stderr
    );
    sandbox.write("work/review.csv", "person,decision\r\nAnn,revoke\r\n");
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(
        run.stderr.contains("has no column principal_type"),
        "{}",
        run.stderr
    );
}

#[test]
fn one_that_op_refuses_does_not_stop_the_others() {
    let sandbox = sandbox();
    decide(&sandbox, "user,USAM1", "direct", "revoke");
    decide(&sandbox, "user,USAM2", "direct", "revoke");
    sandbox.set(
        "faults",
        json!([{
            "words": "vault user revoke --vault vprod --user USAM1",
            "exit": 1,
            "stderr": "[ERROR] 2026/11/01 10:00:00 (403) Forbidden",
        }]),
    );
    let run = apply(&sandbox, &["--yes"]);
    assert_eq!(run.code, Some(7), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("1 revoked, 0 had nothing to revoke, 0 refused, 1 failed"),
        "{}",
        run.stderr
    );
    let left = on_vault(&sandbox);
    assert!(left.contains("USAM1") && !left.contains("USAM2"), "{left}");
}
