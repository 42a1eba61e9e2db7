//! Many people asked for in one call.

use serde_json::json;

use crate::op::common::connected;
use crate::support::Sandbox;

const ADA: &str = "RRM5IIGYYT7B2WMHOF5YJ2KH2L";
const CARLA: &str = "OHENX7T5G23OMN4XLKTZCE56CQ";
const EVE: &str = "EVE5IIGYYT7B2WMHOF5YJ2KH2L";

/// An account with Ada and Carla; Ada has signed in, Carla has not.
fn two_people() -> Sandbox {
    let sandbox = Sandbox::new(json!({"answers": "answers", "log": "log", "details": {
        ADA: {"created_at": "2025-07-15T20:33:42Z", "last_auth_at": "2026-09-17T06:55:17Z"},
        CARLA: {"created_at": "2025-08-01T07:00:00Z", "last_auth_at": "0001-01-01T00:00:00Z"},
    }}));
    let rows = json!([{"id": ADA, "name": "Ada"}, {"id": CARLA, "name": "Carla"}]);
    sandbox.write("bin/answers/user_list.json", rows.to_string());
    sandbox
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}

#[tokio::test]
async fn a_batch_is_one_process_that_reads_its_ids() {
    let sandbox = two_people();
    let client = connected(&sandbox).await;
    let rows = client.user_get(&ids(&[CARLA, ADA])).await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (&*row.id, &*row.last_auth_at))
        .collect();
    assert_eq!(
        rows,
        [
            (CARLA, "0001-01-01T00:00:00Z"),
            (ADA, "2026-09-17T06:55:17Z")
        ]
    );
    let calls = sandbox.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].words(), "user get -");
    assert_eq!(calls[0].stdin, format!("{CARLA}\n{ADA}\n"));
    sandbox.assert_clean();
}

#[tokio::test]
async fn a_batch_that_ends_early_gives_what_came_before() {
    let sandbox = two_people();
    let client = connected(&sandbox).await;
    let rows = client.user_get(&ids(&[ADA, EVE, CARLA])).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].id, ADA);
    let error = client.user_get(&ids(&[EVE, ADA])).await.unwrap_err();
    assert!(error.to_string().contains(EVE), "{error}");
    sandbox.assert_clean();
}

#[tokio::test]
async fn errors_between_answers_and_cut_answers_lose_only_themselves() {
    let sandbox = two_people();
    let client = connected(&sandbox).await;
    let whole = format!(r#"{{"id":"{ADA}"}}{{"error":"x"}}{{"id":"{CARLA}"}}"#);
    sandbox.write("bin/answers/user_get_-.json", &whole);
    assert_eq!(client.user_get(&ids(&[ADA, CARLA])).await.unwrap().len(), 2);
    sandbox.write("bin/answers/user_get_-.json", &whole[..whole.len() - 2]);
    assert_eq!(client.user_get(&ids(&[ADA, CARLA])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_op_that_does_not_know_it_is_an_error_and_no_flag_reaches_it() {
    let sandbox = Sandbox::new(json!({"answers": "answers", "log": "log"}));
    let client = connected(&sandbox).await;
    assert!(client.user_get(&ids(&[ADA])).await.is_err());
    let nobody = client.user_get(&ids(&["--me", ""])).await.unwrap();
    assert_eq!(nobody, []);
    assert_eq!(sandbox.calls().len(), 1);
}
