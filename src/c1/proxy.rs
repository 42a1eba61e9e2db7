//! `HTTPS_PROXY` and `NO_PROXY`: one rule for the token request and for gRPC.

use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::SettingError;

/// The proxy that leads to C1, and the hosts that are reached without it.
#[derive(Debug)]
pub struct Proxy {
    /// The whole setting with its user and password: only for the client that takes a URL.
    matcher: Matcher,
}

impl Proxy {
    /// Reads the texts of `HTTPS_PROXY` and `NO_PROXY`; an empty proxy means none.
    ///
    /// # Errors
    /// When the proxy is not an `http://` address: a proxy that is set must never be passed by.
    pub fn new(https_proxy: &str, no_proxy: &str) -> Result<Option<Self>, SettingError> {
        if https_proxy.is_empty() {
            return Ok(None);
        }
        let wrong =
            || SettingError::new("HTTPS_PROXY", "expected http://[user:password@]host:port");
        let uri: Uri = https_proxy.parse().map_err(|_| wrong())?;
        if uri.scheme_str().is_some_and(|scheme| scheme != "http") || uri.host().is_none() {
            return Err(wrong());
        }
        let matcher = Matcher::builder().https(https_proxy).no(no_proxy).build();
        Ok(Some(Self { matcher }))
    }

    /// The proxy for this host, or `None` when it is reached directly: by `NO_PROXY`, or because it
    /// is this machine (contract c1 §4).
    pub(super) fn towards(&self, host: &str) -> Option<Intercept> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let here = bare.eq_ignore_ascii_case("localhost")
            || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if here {
            return None;
        }
        let uri = Uri::builder()
            .scheme("https")
            .authority(host)
            .path_and_query("/")
            .build();
        uri.ok().and_then(|uri| self.matcher.intercept(&uri))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn no_proxy_and_this_machine_are_reached_directly() {
        let proxy = Proxy::new("http://ada:pw@proxy.test:3128", ".inside.test,10.0.0.0/8")
            .unwrap()
            .unwrap();
        let found = proxy.towards("tenant.conductor.one").unwrap();
        assert_eq!(found.uri(), "http://proxy.test:3128/");
        assert_eq!(found.basic_auth().unwrap(), "Basic YWRhOnB3");
        for host in [
            "a.inside.test",
            "10.1.2.3",
            "localhost",
            "127.0.0.9",
            "[::1]",
        ] {
            assert!(proxy.towards(host).is_none(), "{host} went to the proxy");
        }
    }

    #[test]
    fn a_proxy_without_scheme_is_http_and_another_scheme_is_refused() {
        let proxy = Proxy::new("proxy.test:3128", "").unwrap().unwrap();
        assert_eq!(
            proxy.towards("a.test").unwrap().uri(),
            "http://proxy.test:3128/"
        );
        for text in ["socks5://p:1", "https://p:1", "http://"] {
            assert!(Proxy::new(text, "").is_err(), "{text} was accepted");
        }
        assert!(Proxy::new("", "*").unwrap().is_none());
    }

    #[test]
    fn debug_hides_the_password() {
        let proxy = Proxy::new("http://ada:pw-secret@proxy.test:3128", "").unwrap();
        assert!(!format!("{proxy:?}").contains("pw-secret"));
    }
}
