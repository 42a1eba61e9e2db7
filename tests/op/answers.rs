//! What is read from answers.

use serde_json::json;

use crate::common::connected;
use crate::support::Sandbox;

#[tokio::test]
async fn a_listing_keeps_rows_with_an_id_and_counts_the_others() {
    let sandbox = Sandbox::new(json!({"answers": "answers"}));
    sandbox.write(
        "bin/answers/user_list.json",
        r#"[{"ID": "U1", "Name": "Ada", "Extra": [1, {"x": null}]}, null, {"name": "nobody"}, {"id": ""}, {"id": "U2", "name": null}]"#,
    );
    let client = connected(&sandbox).await;
    let users = client.user_list().await.unwrap();
    let ids: Vec<&str> = users.rows.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(
        (ids, users.skipped, users.null),
        (vec!["U1", "U2"], 3, false)
    );
    assert_eq!(users.rows[0].name, "Ada");
    sandbox.assert_clean();
}
