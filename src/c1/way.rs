//! The way to C1: its address, the proxy before it (`HTTPS_PROXY` and `NO_PROXY`), and whom this
//! machine trusts. One rule for the token request and for gRPC (`src/c1/protocol.md`, Network).

use std::net::IpAddr;
use std::time::Duration;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::RootCertStore;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::address::bare;
use super::error::plain;
use super::{Address, Error, Fault, SettingError};
use crate::secret::Secret;

/// Until a connection stands: name, TCP, proxy and TLS together.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// Longest wait for a proxy's word, and its longest line in bytes.
const ASK_LIMIT: Duration = Duration::from_secs(5);
const LINE_LIMIT: u64 = 1024;

/// The proxy that leads to C1, and the hosts that are reached without it.
#[derive(Debug)]
pub struct Proxy {
    /// The whole setting, with its user and password.
    https: Secret,
    /// `NO_PROXY` as it is.
    no: String,
}

impl Proxy {
    /// Reads the texts of `HTTPS_PROXY` and `NO_PROXY`; an empty proxy means none. One that is not
    /// an `http://` address is an error: a proxy that is set must never be passed by.
    pub fn new(https_proxy: &str, no_proxy: &str) -> Result<Option<Self>, SettingError> {
        if https_proxy.is_empty() {
            return Ok(None);
        }
        let wrong = || SettingError("HTTPS_PROXY", "expected http://[user:password@]host:port");
        let uri: Uri = https_proxy.parse().map_err(|_| wrong())?;
        if uri.scheme_str().is_some_and(|scheme| scheme != "http") || uri.host().is_none() {
            return Err(wrong());
        }
        Ok(Some(Self {
            https: Secret::new(https_proxy.to_owned()),
            no: no_proxy.to_owned(),
        }))
    }

    /// The proxy for this address, or `None` when it is reached directly: by `NO_PROXY`, or because
    /// it is this machine (`src/c1/protocol.md`, Network).
    pub(super) fn towards(&self, address: &Address) -> Option<Intercept> {
        let host = bare(address.host());
        if host.eq_ignore_ascii_case("localhost")
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        {
            return None;
        }
        let entries = self.no.split(',');
        let no: Vec<_> = entries
            .filter_map(|entry| entry_for(entry, address.port()))
            .collect();
        let matcher = Matcher::builder()
            .https(self.https.expose())
            .no(no.join(","))
            .build();
        matcher.intercept(&address.grpc().ok()?)
    }
}

/// Where C1 is, and how to get there.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) address: Address,
    pub(super) proxy: Option<Intercept>,
}

impl Way {
    /// The error for a way that led to no connection. It never names the proxy's credentials.
    pub(super) fn blocked(&self, fault: Fault) -> Error {
        let uri = self.proxy.as_ref().map(Intercept::uri);
        let proxy = uri.and_then(|uri| uri.authority());
        let via = proxy.map_or_else(String::new, |at| format!(" through the proxy {at}"));
        Error::Connect(self.address.clone(), via, fault)
    }

    /// What the proxy says to a tunnel, such as `403 Forbidden`: the library that asks for tunnels
    /// does not tell. `None` when it opens one now, or says nothing.
    pub(super) async fn refusal(&self) -> Option<String> {
        let (proxy, address) = (self.proxy.as_ref()?, &self.address);
        let place = proxy.uri();
        let host = bare(place.host()?);
        let credentials = proxy.basic_auth().and_then(|value| value.to_str().ok());
        let credentials = credentials.map(|value| format!("proxy-authorization: {value}\r\n"));
        let credentials = credentials.unwrap_or_default();
        let request = format!("CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n{credentials}\r\n");
        let ask = async {
            let port = place.port_u16().unwrap_or(80);
            let mut stream = TcpStream::connect((host, port)).await.ok()?;
            stream.write_all(request.as_bytes()).await.ok()?;
            let mut line = String::new();
            let mut answer = BufReader::new(stream.take(LINE_LIMIT));
            answer.read_line(&mut line).await.ok()?;
            let (_, status) = line.trim_end().split_once(' ')?;
            (!status.starts_with('2')).then(|| plain(status))
        };
        timeout(ASK_LIMIT, ask).await.ok().flatten()
    }
}

/// An entry of `NO_PROXY` in the words of the matcher, which knows neither `*.example.com` nor
/// ports; `None` when it is for another port.
fn entry_for(entry: &str, port: u16) -> Option<&str> {
    let entry = entry.trim();
    let host = match entry.rsplit_once(':') {
        // Colons of an IPv6 address are not followed by a port, unless it stands in brackets.
        Some((host, named)) if !host.contains(':') || host.ends_with(']') => {
            (named.parse() == Ok(port)).then_some(host)?
        }
        _ => entry,
    };
    let host = bare(host);
    let domain = host.strip_prefix('*');
    let domain = domain.filter(|domain| domain.starts_with('.'));
    Some(domain.unwrap_or(host))
}

/// The certificates that this machine trusts: no other ones, and no other check of them, count. None
/// at all are an error.
pub(super) fn trusted() -> Result<RootCertStore, Error> {
    let store = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    // Old and odd ones are part of many a store.
    roots.add_parsable_certificates(store.certs);
    if roots.is_empty() {
        // One for a file and one for a folder; each file of that may have its own.
        let reasons = store.errors.iter().take(2).map(ToString::to_string);
        let reasons: Vec<String> = reasons.collect();
        return Err(Error::Roots(match reasons.is_empty() {
            true => "it has none".to_owned(),
            false => reasons.join("; "),
        }));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn towards(proxy: &Proxy, address: &str) -> Option<Intercept> {
        proxy.towards(&address.parse().unwrap())
    }

    #[test]
    fn no_proxy_takes_wildcards_and_ports() {
        for (entry, direct, proxied) in [
            ("*.a.test", "x.a.test", "xa.test"),
            ("a.test:443", "a.test", "a.test:8443"),
            ("*.a.test:8443", "x.a.test:8443", "x.a.test"),
            ("10.0.0.1:8443", "10.0.0.1:8443", "10.0.0.1"),
            ("fd00::1", "[fd00::1]:8443", "[fd00::2]"),
            ("[fd00::1]:8443", "[fd00::1]:8443", "[fd00::1]"),
            ("fd00::/16", "[fd00::2]", "[fd01::2]"),
        ] {
            let proxy = Proxy::new("proxy.test:3128", &format!("x.test, {entry}"));
            let proxy = proxy.unwrap().unwrap();
            assert!(towards(&proxy, direct).is_none(), "{entry}: {direct}");
            assert!(towards(&proxy, proxied).is_some(), "{entry}: {proxied}");
        }
        let all = Proxy::new("proxy.test:3128", "*").unwrap().unwrap();
        assert!(towards(&all, "a.test:8443").is_none());
    }

    #[test]
    fn no_proxy_and_this_machine_are_reached_directly() {
        let proxy = Proxy::new("http://ada:pw@proxy.test:3128", ".inside.test,10.0.0.0/8")
            .unwrap()
            .unwrap();
        let found = towards(&proxy, "tenant.conductor.one").unwrap();
        assert_eq!(found.uri(), "http://proxy.test:3128/");
        assert_eq!(found.basic_auth().unwrap(), "Basic YWRhOnB3");
        for host in [
            "a.inside.test",
            "10.1.2.3",
            "localhost",
            "127.0.0.9",
            "[::1]",
        ] {
            assert!(towards(&proxy, host).is_none(), "{host} went to the proxy");
        }
    }

    #[test]
    fn a_proxy_without_scheme_is_http_and_another_scheme_is_refused() {
        let proxy = Proxy::new("proxy.test:3128", "").unwrap().unwrap();
        assert_eq!(
            towards(&proxy, "a.test").unwrap().uri(),
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
