//! Client id and client secret: their grammar, and the signed assertion that is made of them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde::{Deserialize, Serialize};
use serde_json::json;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::address::bare;
use super::{Address, SettingError};
use crate::secret::Secret;

/// Seconds that an assertion is valid, before and after now (`src/c1/protocol.md`, Assertion).
pub(super) const VALIDITY: i64 = 120;

/// A client id, `name@host/anything` (`src/c1/protocol.md`, Client id).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientId {
    /// The whole text, as C1 issued it.
    pub text: String,
    /// Everything before the first `@`.
    pub name: String,
    /// Everything between that `@` and the next `/`, a port included.
    pub token_host: String,
}

impl ClientId {
    /// The address in the client id, if the token host is a `host` or `host:port`.
    pub fn address(&self) -> Result<Address, SettingError> {
        let rule = "the part between \"@\" and \"/\" is not a host with an optional port";
        let address = self.token_host.parse();
        address.map_err(|_| SettingError("client id", rule))
    }

    /// The token host with its port cut off: what the assertion is meant for.
    fn audience(&self) -> &str {
        let host = &*self.token_host;
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => bare(name),
            _ => host,
        }
    }
}

impl FromStr for ClientId {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |rule| SettingError("client id", rule);
        let (name, rest) = text
            .split_once('@')
            .ok_or_else(|| wrong("it has no \"@\"; expected name@host/spe as C1 shows it"))?;
        let (host, _) = rest.split_once('/').ok_or_else(|| {
            wrong("it has no \"/\" after the \"@\"; expected name@host/spe as C1 shows it")
        })?;
        if host.is_empty() {
            return Err(wrong("no host between \"@\" and \"/\""));
        }
        if text.chars().any(char::is_control) {
            return Err(wrong("it holds a line break or another control character"));
        }
        let [text, name, token_host] = [text, name, host].map(str::to_owned);
        Ok(Self {
            text,
            name,
            token_host,
        })
    }
}

/// A client secret: the key that signs for a client id (`src/c1/protocol.md`, Client secret).
pub struct ClientSecret {
    key: Ed25519KeyPair,
    kid: Option<String>,
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The JSON Web Key inside a client secret; other members do not matter.
#[derive(Deserialize, Zeroize, ZeroizeOnDrop)]
struct Jwk {
    #[serde(default)]
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    d: String,
    kid: Option<String>,
}

impl ClientSecret {
    /// Reads `part:part:v1:base64url(JWK)`. An error names the rule that failed, never the secret.
    pub fn parse(secret: &Secret) -> Result<Self, SettingError> {
        let wrong = |rule| SettingError("client secret", rule);
        let mut parts = secret.expose().splitn(4, ':').skip(2);
        let (Some(version), Some(encoded)) = (parts.next(), parts.next()) else {
            return Err(wrong("expected four parts with \":\" between them"));
        };
        if version != "v1" {
            return Err(wrong("its third part is not \"v1\""));
        }
        let encoded = encoded.chars().filter(|c| !matches!(c, '\r' | '\n'));
        let encoded = Zeroizing::new(encoded.collect::<String>());
        let json = BASE64URL
            .decode(encoded.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| wrong("its fourth part is not base64url without padding"))?;
        // serde's own message would show values.
        let jwk: Jwk = serde_json::from_slice(&json)
            .map_err(|_| wrong("its fourth part does not hold a JSON Web Key"))?;
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return Err(wrong("its key is not of type OKP with curve Ed25519"));
        }
        let bytes = |text: &str, rule| match BASE64URL.decode(text).map(Zeroizing::new) {
            Ok(bytes) if bytes.len() == 32 => Ok(bytes),
            _ => Err(wrong(rule)),
        };
        let seed = bytes(
            &jwk.d,
            "its private part \"d\" is not 32 bytes of base64url",
        )?;
        let public = bytes(&jwk.x, "its public part \"x\" is not 32 bytes of base64url")?;
        let key = Ed25519KeyPair::from_seed_and_public_key(&seed, &public).map_err(|_| {
            wrong("its public part \"x\" does not belong to its private part \"d\"")
        })?;
        let kid = jwk.kid.clone().filter(|kid| !kid.is_empty());
        Ok(Self { key, kid })
    }

    /// Signs that the holder of this key is `id`: a compact JWS (`src/c1/protocol.md`, Assertion).
    /// `now` is the time in seconds since 1970. `None` only when the system has no random numbers.
    pub(super) fn assertion(&self, id: &ClientId, now: i64) -> Option<Secret> {
        let mut nonce = [0_u8; 16];
        aws_lc_rs::rand::fill(&mut nonce).ok()?;
        let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut header = json!({"alg": "EdDSA", "nonce": nonce});
        if let Some(kid) = &self.kid {
            header["kid"] = json!(kid);
        }
        let claims = Claims {
            iss: &id.text,
            sub: &id.text,
            aud: id.audience(),
            exp: now + VALIDITY,
            nbf: now - VALIDITY,
            iat: now,
        };
        let mut token = BASE64URL.encode(header.to_string());
        token.push('.');
        BASE64URL.encode_string(serde_json::to_vec(&claims).ok()?, &mut token);
        let signature = self.key.try_sign(token.as_bytes()).ok()?;
        token.push('.');
        BASE64URL.encode_string(signature.as_ref(), &mut token);
        Some(Secret::new(token))
    }
}

/// The claims of an assertion, in the order in which they are sent.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: i64,
    nbf: i64,
    iat: i64,
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod tests;
