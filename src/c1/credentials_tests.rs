//! Rules of client ids, client secrets and assertions, row by row of `src/c1/protocol.md`, Client
//! id.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

use super::*;

/// The key of RFC 8037 appendix A.
const D: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

fn jwk() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": X, "d": D, "alg": "EdDSA", "use": "sig"})
}

fn with(member: &str, value: &str) -> Value {
    let mut key = jwk();
    key[member] = value.into();
    key
}

fn without(member: &str) -> Value {
    let mut key = jwk();
    key.as_object_mut().unwrap().remove(member);
    key
}

fn secret(key: &Value) -> String {
    format!("a:b:v1:{}", BASE64URL.encode(key.to_string()))
}

fn parse(text: &str) -> Result<ClientSecret, SettingError> {
    ClientSecret::parse(&Secret::new(text.to_owned()))
}

#[test]
fn client_ids_split_at_the_first_at_and_the_slash_after_it() {
    for (text, name, host) in [
        ("name@host/spe", "name", "host"),
        ("name@host:8443/spe", "name", "host:8443"),
        ("name@host/", "name", "host"),
        ("name@host/x/y", "name", "host"),
        ("a@b@host/spe", "a", "b@host"),
        ("a b@host/spe", "a b", "host"),
        ("a/b@host/spe", "a/b", "host"),
        ("@host/spe", "", "host"),
    ] {
        let id: ClientId = text.parse().unwrap();
        assert_eq!((&*id.name, &*id.token_host), (name, host), "{text}");
        assert_eq!(id.text, text);
    }
}

/// `src/c1/protocol.md`, Client id
#[test]
fn a_client_id_without_at_or_slash_names_the_rule() {
    for (text, rule) in [
        ("name", "no \"@\""),
        ("", "no \"@\""),
        ("name@host", "no \"/\""),
        ("na/me@host", "no \"/\""),
        ("name@/spe", "no host"),
        ("na\nme@host/spe", "control character"),
    ] {
        let error = text.parse::<ClientId>().unwrap_err().to_string();
        assert!(error.starts_with("invalid client id: "), "{error}");
        assert!(error.contains(rule), "{text:?} gave {error}");
    }
}

#[test]
fn the_audience_is_the_token_host_without_port() {
    for (text, audience) in [
        ("n@tenant.conductor.one:8443/spe", "tenant.conductor.one"),
        ("n@tenant.conductor.one/spe", "tenant.conductor.one"),
        ("n@[::1]:8443/spe", "::1"),
        ("n@localhost:1/spe", "localhost"),
    ] {
        assert_eq!(text.parse::<ClientId>().unwrap().audience(), audience);
    }
}

#[test]
fn good_secrets_are_accepted() {
    let pretty = serde_json::to_string_pretty(&jwk()).unwrap();
    for text in [
        secret(&jwk()),
        secret(&with("kid", "key 1")),
        format!("::v1:{}", BASE64URL.encode(jwk().to_string())),
        format!(" a:b:v1:{}", BASE64URL.encode(jwk().to_string())),
        format!("a:b:v1:{}\n", BASE64URL.encode(&pretty)),
    ] {
        assert!(parse(&text).is_ok(), "{text}");
    }
}

/// `src/c1/protocol.md`, Client secret
#[test]
fn a_bad_secret_names_the_rule_and_never_the_key() {
    let encoded = BASE64URL.encode(jwk().to_string());
    let short = BASE64URL.encode([7_u8; 31]);
    let other = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
    for (text, rule) in [
        (format!("a:v1:{encoded}"), "four parts"),
        ("a:b:v1".to_owned(), "four parts"),
        (format!("a:b:v1:{encoded}:e"), "base64url"),
        (format!("a:b:v2:{encoded}"), "\"v1\""),
        (format!("a:b:V1:{encoded}"), "\"v1\""),
        (format!("a:b:v1:{encoded}="), "base64url"),
        ("a:b:v1:ab+/".to_owned(), "base64url"),
        ("a:b:v1:a b".to_owned(), "base64url"),
        (
            format!("a:b:v1:{}", BASE64URL.encode("no json")),
            "JSON Web Key",
        ),
        (secret(&without("d")), "\"d\""),
        (secret(&without("x")), "\"x\""),
        (secret(&with("kty", "EC")), "OKP"),
        (secret(&with("kty", "oct")), "OKP"),
        (secret(&with("crv", "X25519")), "Ed25519"),
        (secret(&with("d", &format!("{D}="))), "\"d\""),
        (secret(&with("x", &format!("{X}="))), "\"x\""),
        (secret(&with("d", &short)), "\"d\""),
        (secret(&with("x", other)), "does not belong"),
        (secret(&json!({"kty": 7, "d": D})), "JSON Web Key"),
    ] {
        let error = parse(&text).unwrap_err().to_string();
        assert!(error.starts_with("invalid client secret: "), "{error}");
        assert!(error.contains(rule), "{text} gave {error}");
        assert!(!error.contains(D) && !error.contains(&encoded), "{error}");
    }
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&BASE64URL.decode(part).unwrap()).unwrap()
}

/// `src/c1/protocol.md`, Assertion
#[test]
fn the_assertion_verifies_and_holds_exactly_the_claims() {
    let id: ClientId = "nm@tenant.conductor.one:8443/spe".parse().unwrap();
    let key = parse(&secret(&jwk())).unwrap();
    let token = key.assertion(&id, 1_795_451_527).unwrap();
    let parts: Vec<&str> = token.expose().split('.').collect();
    let [header, claims, signature] = parts[..] else {
        panic!("three parts expected")
    };

    UnparsedPublicKey::new(&ED25519, BASE64URL.decode(X).unwrap())
        .verify(
            format!("{header}.{claims}").as_bytes(),
            &BASE64URL.decode(signature).unwrap(),
        )
        .unwrap();
    let nonce = decode(header)["nonce"].as_str().unwrap().to_owned();
    assert!(
        nonce.len() == 32
            && nonce
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    );
    assert_eq!(decode(header), json!({"alg": "EdDSA", "nonce": nonce}));
    let text = String::from_utf8(BASE64URL.decode(claims).unwrap()).unwrap();
    assert_eq!(
        text,
        r#"{"iss":"nm@tenant.conductor.one:8443/spe","sub":"nm@tenant.conductor.one:8443/spe","aud":"tenant.conductor.one","exp":1795451647,"nbf":1795451407,"iat":1795451527}"#
    );

    let again = key.assertion(&id, 1_795_451_527).unwrap();
    assert_ne!(
        decode(again.expose().split('.').next().unwrap())["nonce"],
        nonce.as_str()
    );
    let named = parse(&secret(&with("kid", "key 1"))).unwrap();
    let token = named.assertion(&id, 0).unwrap();
    assert_eq!(
        decode(token.expose().split('.').next().unwrap())["kid"],
        "key 1"
    );
}
