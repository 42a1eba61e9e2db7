//! Where C1 is: `host` or `host:port`, as the client id or `BATON_C1_API_HOST` gives it.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use http::uri::Authority;

use super::SettingError;

/// A host and perhaps a port, as written: `tenant.conductor.one`, `localhost:8443`, `[::1]:8443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Authority);

impl Address {
    /// The gRPC address; its authority always names the port (`src/c1/protocol.md`, Network).
    pub(super) fn grpc(&self) -> Result<Uri, http::Error> {
        Uri::builder()
            .scheme("https")
            .authority(self.to_string())
            .path_and_query("/")
            .build()
    }

    /// The address of the token endpoint, with a port only where the setting had one.
    pub(super) fn token(&self) -> String {
        format!("https://{}/auth/v1/token", self.0)
    }

    /// The port; 443, that of HTTPS, where none is named.
    pub(super) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(443)
    }

    /// The host part: brackets stay around an IPv6 address.
    pub(super) fn host(&self) -> &str {
        self.0.host()
    }
}

/// A host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

impl fmt::Display for Address {
    /// Host and port, the port always shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.host(), self.port())
    }
}

impl FromStr for Address {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |rule| SettingError("C1 address", rule);
        if text.is_empty() {
            return Err(wrong("it is empty; expected host or host:port"));
        }
        if text.contains('/') {
            return Err(wrong("expected host or host:port, without scheme and path"));
        }
        let authority: Authority = text
            .parse()
            .ok()
            .filter(|_| !text.contains('@'))
            .ok_or_else(|| wrong("it is not a host name with an optional port"))?;
        // An authority may hold more than a host and a port: brackets within, a port that is empty
        // or above 65535.
        let is_port = |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
        };
        let rest = text.strip_prefix(authority.host());
        let rest =
            rest.filter(|rest| rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port));
        if authority.host().is_empty() || rest.is_none() {
            return Err(wrong("the part after \":\" is not a port number"));
        }
        Ok(Self(authority))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_port_defaults_to_443_and_shows_only_where_it_must() {
        let plain: Address = "tenant.conductor.one".parse().unwrap();
        assert_eq!(
            plain.grpc().unwrap().authority().unwrap(),
            "tenant.conductor.one:443"
        );
        assert_eq!(plain.token(), "https://tenant.conductor.one/auth/v1/token");
        let v6: Address = "[::1]:8443".parse().unwrap();
        assert_eq!(v6.grpc().unwrap().authority().unwrap(), "[::1]:8443");
        assert_eq!(v6.token(), "https://[::1]:8443/auth/v1/token");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "https://host",
            "host/path",
            "host:",
            "host:99999",
            "host:abc",
            "b@host",
            "a b",
            ":443",
            "'[::0]:443",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn an_ipv6_address_is_taken_with_and_without_brackets() {
        assert_eq!((bare("[::1]"), bare("::1")), ("::1", "::1"));
        assert_eq!(bare("127.0.0.1"), "127.0.0.1");
    }
}
