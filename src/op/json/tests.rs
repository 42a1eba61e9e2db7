//! The leniency of `src/sync/mapping.md`, Reading JSON, case by case.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::op::types::{Account, ConnectToken, Group, RateLimit, User, UserDetails, Vault};

fn object<T: Row>(output: &[u8]) -> Result<Option<T>, String> {
    parse(output)
}

fn listing<T: Row>(output: &[u8]) -> Result<Listing<T>, String> {
    parse(output)
}

fn user(output: &str) -> Result<User, String> {
    object(output.as_bytes()).map(|user| user.unwrap())
}

fn name(output: &[u8]) -> String {
    object::<User>(output).unwrap().unwrap().name
}

#[test]
fn keys_match_without_case_and_unknown_ones_are_ignored() {
    let user =
        user(r#"{"ID":"u","nAmE":"Ada","mfa":{"x":[1,2e400,{}]},"other":null,"State":"ACTIVE"}"#)
            .unwrap();
    assert_eq!(
        (&*user.id, &*user.name, &*user.state),
        ("u", "Ada", "ACTIVE")
    );
}

#[test]
fn null_and_missing_are_empty_and_the_later_of_two_keys_counts() {
    assert_eq!(user(r#"{"id":null,"name":null}"#).unwrap(), User::default());
    assert_eq!(
        user(r#"{"name":"a","NAME":"b","name":null}"#).unwrap().name,
        "b"
    );
}

#[test]
fn a_wrong_type_is_an_error_that_names_the_key() {
    for (output, key) in [
        (r#"{"id":5}"#, "id"),
        (r#"{"name":["x"]}"#, "name"),
        (r#"{"state":true}"#, "state"),
        (r#"{"email":{}}"#, "email"),
    ] {
        let problem = user(output).unwrap_err();
        assert!(problem.contains(&format!("key \"{key}\"")), "{problem}");
    }
    assert!(
        object::<User>(b"[]")
            .unwrap_err()
            .contains("expected an object")
    );
    assert!(
        listing::<User>(b"{}")
            .unwrap_err()
            .contains("expected an array")
    );
    assert!(listing::<User>(b"[1]").is_err());
    assert!(listing::<User>(br#"[["id"]]"#).is_err());
}

#[test]
fn keys_that_only_add_detail_take_any_type() {
    let user = user(r#"{"id":"u","type":7}"#).unwrap();
    assert_eq!((&*user.id, &*user.kind), ("u", ""));
    let group = object::<Group>(br#"{"id":"g","description":[1],"state":{},"created_at":5}"#)
        .unwrap()
        .unwrap();
    assert_eq!((&*group.id, &*group.description), ("g", ""));
    let vault = object::<Vault>(br#"{"id":"v","items":"many","updated_at":false}"#)
        .unwrap()
        .unwrap();
    assert_eq!((&*vault.id, vault.items), ("v", None));
}

#[test]
fn permissions_are_an_array_of_texts() {
    let permissions = |value: &str| {
        let output = format!(r#"{{"id":"u","permissions":{value}}}"#);
        object::<User>(output.as_bytes()).map(|user| user.unwrap().permissions)
    };
    assert_eq!(
        permissions(r#"["view_items","manage_vault"]"#).unwrap(),
        Some(vec!["view_items".to_owned(), "manage_vault".to_owned()])
    );
    assert_eq!(
        permissions(r#"["view_items",null,""]"#).unwrap(),
        Some(vec!["view_items".to_owned()])
    );
    assert_eq!(permissions("null").unwrap(), None, "unknown is not none");
    assert_eq!(permissions("[]").unwrap(), Some(vec![]));
    let joined = permissions(r#""view_items, manage_vault""#).unwrap();
    assert_eq!(joined.unwrap(), ["view_items", "manage_vault"]);
    let many = format!("[{}]", vec![r#""x""#; 1001].join(","));
    assert!(permissions(&many).unwrap_err().contains("more than 1000"));
    for wrong in ["[1]", "{}", r#"[["view_items"]]"#] {
        assert!(
            permissions(wrong).unwrap_err().contains("permissions"),
            "{wrong}"
        );
    }
}

#[test]
fn content_version_is_an_integer_of_64_bits() {
    let version = |value: &str| {
        let output = format!(r#"[{{"id":"v","content_version":{value}}}]"#);
        listing::<Vault>(output.as_bytes()).map(|vaults| vaults.rows[0].content_version)
    };
    assert_eq!(version("1772"), Ok(1772));
    assert_eq!(version("-9223372036854775808"), Ok(i64::MIN));
    assert_eq!(version("null"), Ok(0));
    for wrong in ["9223372036854775808", "1.5", "1e3", r#""7""#, "[]"] {
        assert!(
            version(wrong).unwrap_err().contains("content_version"),
            "{wrong}"
        );
    }
}

#[test]
fn null_rows_and_rows_without_id_are_counted() {
    let users =
        listing::<User>(br#"[null,{"id":""},{"name":"x"},{"id":null},{"id":"u"}]"#).unwrap();
    assert_eq!((users.rows.len(), users.skipped, users.null), (1, 4, false));
    let users = listing::<User>(b"null").unwrap();
    assert_eq!((users.rows.len(), users.skipped, users.null), (0, 0, true));
    let users = listing::<User>(b" [] \n").unwrap();
    assert_eq!((users.rows.len(), users.skipped, users.null), (0, 0, false));
    // Some wrappers write a byte order mark.
    let users = listing::<User>("\u{FEFF}[{\"id\": \"u\"}]".as_bytes()).unwrap();
    assert_eq!(users.rows.len(), 1);
}

#[test]
fn a_token_names_its_server_in_either_spelling() {
    for key in ["integration_id", "integrationId"] {
        let token = format!(r#"[{{"id": "t", "{key}": "S"}}]"#);
        let tokens = listing::<ConnectToken>(token.as_bytes()).unwrap();
        assert_eq!(tokens.rows[0].integration_id, "S", "{key}");
    }
}

#[test]
fn an_object_may_be_null_or_without_id() {
    assert_eq!(object::<Account>(b"null").unwrap(), None);
    assert_eq!(object::<Account>(b"{}").unwrap(), Some(Account::default()));
}

#[test]
fn anything_around_the_document_is_an_error() {
    for wrong in [
        "[]\u{FEFF}",
        "\u{FEFF}\u{FEFF}[]",
        "warning\n[]",
        "[] done",
        "[][]",
        "<!DOCTYPE html>",
        "[{\"id\":\"u\"",
        "{",
        "",
    ] {
        assert!(listing::<User>(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert_eq!(listing::<User>(b" \n").unwrap_err(), "it printed nothing");
}

#[test]
fn bytes_that_are_no_text_become_replacement_characters() {
    assert_eq!(name(b"{\"name\":\"a\xFFb\"}"), "a\u{FFFD}b");
    assert_eq!(name(b"{\"name\":\"\xE2\x82\"}"), "\u{FFFD}\u{FFFD}");
    assert_eq!(
        name(b"{\"name\":\"\xED\xA0\x80\"}"),
        "\u{FFFD}\u{FFFD}\u{FFFD}"
    );
    assert!(object::<User>(b"\xFF{}").is_err());
}

#[test]
fn lone_surrogate_escapes_become_replacement_characters() {
    for (escaped, text) in [
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", "\u{FFFD}"),
        (r"\uDE00x", "\u{FFFD}x"),
        (r"\ud83d\ud83d\ude00", "\u{FFFD}😀"),
        (r"\ud83dA", "\u{FFFD}A"),
        (r"\ud83d\n", "\u{FFFD}\n"),
        (r"\\ud83d", r"\ud83d"),
        (r"é\ud83dé", "é\u{FFFD}é"),
        (r"\u0000\u00e9", "\0é"),
    ] {
        assert_eq!(
            name(format!("{{\"name\":\"{escaped}\"}}").as_bytes()),
            text,
            "{escaped}"
        );
    }
    assert!(object::<User>(br#"{"name":"\ud8"}"#).is_err());
    assert!(object::<User>(br#"{"name":"\ud83"#).is_err());
    assert_eq!(user(r#"{"\ud83d":1,"id":"u"}"#).unwrap().id, "u");
}

#[test]
fn deep_nesting_is_an_error_and_not_a_crash() {
    let deep = format!("[{{\"type\":{}", "[".repeat(200_000));
    assert!(listing::<User>(deep.as_bytes()).is_err());
    let deep = format!("[{{\"other\":{}", "[".repeat(200_000));
    assert!(listing::<User>(deep.as_bytes()).is_err());
}

#[test]
fn nested_rows_and_numbers() {
    let tokens = listing::<ConnectToken>(
        br#"[{"id":"T","vaults":[{"id":"V","acl":["allow_viewing"]},null],"expires_at":null,"features":["x"]}]"#,
    )
    .unwrap();
    assert_eq!(tokens.rows[0].vaults.len(), 1);
    assert_eq!(tokens.rows[0].vaults[0].acl, ["allow_viewing"]);
    let limits = listing::<RateLimit>(br#"[{"type":"token","limit":1000,"reset":3540}]"#).unwrap();
    assert_eq!(
        (limits.rows[0].limit, limits.rows[0].reset, limits.skipped),
        (1000, 3540, 0)
    );
    assert!(listing::<RateLimit>(br#"[{"limit":"1000"}]"#).is_err());
    assert!(listing::<RateLimit>(br#"[{"limit":1.5}]"#).is_err());
}

#[test]
fn a_sequence_gives_what_can_be_read_of_it() {
    let ids = |output: &str| -> Vec<String> {
        let rows = sequence::<UserDetails>(output.as_bytes());
        rows.into_iter().map(|row| row.id).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(ids("{\"id\":\"a\"}\n{\n \"id\": \"b\"\n}\n"), ["a", "b"]);
    assert_eq!(ids(r#"[{"id":"a"},{"id":"b"}]"#), ["a", "b"]);
    assert_eq!(
        ids(r#"{"id":"a"}{"error":"gone"}null{"id":7}{"id":"b"}"#),
        ["a", "b"]
    );
    assert_eq!(ids(r#"{"id":"a"}{"id":"b","last_"#), ["a"]);
    assert_eq!(ids(""), none);
    assert_eq!(ids("(404) Not Found"), none);
    let row = &sequence::<UserDetails>(
        br#"{"id":"a","last_auth_at":"0001-01-01T00:00:00Z","created_at":3}"#,
    )[0];
    assert_eq!(
        (&*row.last_auth_at, &*row.created_at),
        ("0001-01-01T00:00:00Z", "")
    );
}
