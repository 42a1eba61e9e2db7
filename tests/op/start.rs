//! Finding `op` and its version.

use std::path::PathBuf;

use baton_1password::op::{Client, ErrorKind, Settings};
use serde_json::json;

use crate::op::common::{faulty, refused, settings};
use crate::support::Sandbox;

/// `src/sync/mapping.md`, Failures
#[tokio::test]
async fn a_missing_op_is_named_with_the_way_to_get_it() {
    let sandbox = faulty(json!([]));
    let missing = |path: PathBuf| Settings {
        path: Some(path),
        ..settings(&sandbox)
    };
    for path in [
        sandbox.path("bin/nop"),
        sandbox.path("bin"),
        PathBuf::from("no-such-op-anywhere"),
    ] {
        let error = refused(missing(path.clone())).await;
        let is_there = path.exists();
        let kind = match is_there {
            true => ErrorKind::NotStartable,
            false => ErrorKind::Missing,
        };
        assert_eq!(error.kind(), kind);
        let text = error.to_string();
        assert!(text.contains(path.to_str().unwrap()), "{text}");
        let install = text.contains("https://developer.1password.com");
        assert_ne!(install, is_there, "{text}");
        let steps = error.steps().join(" ");
        for part in ["--op-path", "https://developer.1password.com"] {
            assert!(steps.contains(part), "{steps}");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_the_system_does_not_start_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = faulty(json!([]));
    let program = |name: &str, content: &[u8], mode: u32| {
        sandbox.write(name, content);
        std::fs::set_permissions(sandbox.path(name), PermissionsExt::from_mode(mode)).unwrap();
        Settings {
            path: Some(sandbox.path(name)),
            ..settings(&sandbox)
        }
    };
    for (name, content, mode, why) in [
        (
            "bin/foreign",
            &b"\x7fELF not really"[..],
            0o700,
            "could not be started",
        ),
        (
            "bin/lost",
            b"#!/no/such/interpreter\n",
            0o700,
            "could not be started",
        ),
        ("bin/plain", b"text", 0o600, "may not be executed"),
    ] {
        let error = refused(program(name, content, mode)).await;
        assert_eq!(error.kind(), ErrorKind::NotStartable);
        assert!(
            error.to_string().contains(name) && error.to_string().contains(why),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_old_op_is_warned_about_and_an_ancient_one_refused() {
    let sandbox = faulty(json!([]));
    for (version, warns) in [
        ("2.31.0", false),
        ("2.30.0", false),
        ("2.29.3", true),
        ("2.25.0", true),
    ] {
        sandbox.set("version", json!(version));
        let client = Client::connect(settings(&sandbox)).await.unwrap();
        assert_eq!(client.version(), Some(version));
        assert_eq!(
            client
                .warnings()
                .iter()
                .any(|warning| warning.line().contains(version)),
            warns,
            "{version}"
        );
        assert_eq!(client.path(), sandbox.op());
    }
    for version in ["2.24.9", "2.18.0-beta.01", "1.12.9"] {
        sandbox.set("version", json!(version));
        let error = refused(settings(&sandbox)).await;
        assert_eq!(error.kind(), ErrorKind::TooOld);
        assert!(
            error.to_string().contains(version) && error.to_string().contains("2.25.0"),
            "{error}"
        );
    }
    assert!(sandbox.calls().is_empty());
}

#[tokio::test]
async fn a_version_that_cannot_be_read_is_only_warned_about() {
    let sandbox = faulty(json!([]));
    for version in [json!(null), json!("development build"), json!("")] {
        sandbox.set("version", version);
        let client = Client::connect(settings(&sandbox)).await.unwrap();
        assert_eq!((client.version(), client.warnings().len()), (None, 1));
        client.user_list().await.unwrap();
        assert_eq!(client.activity().calls_started(), 1);
    }
}

#[tokio::test]
async fn connecting_makes_no_data_call() {
    let sandbox = Sandbox::new(json!({}));
    Client::connect(settings(&sandbox)).await.unwrap();
    let calls: Vec<_> = sandbox
        .all_calls()
        .into_iter()
        .map(|call| call.argv)
        .collect();
    assert_eq!(calls, [["--version"]]);
}
