//! The way to C1: its address, the proxy before it, and whom this machine trusts. One rule for the
//! token request and for gRPC (`src/c1/protocol.md`, Network).

use std::time::Duration;

use hyper_util::client::proxy::matcher::Intercept;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::{Address, Error, Fault};

/// Until a connection stands: name, TCP, proxy and TLS together.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// The certificates that this machine trusts: no other ones, and no other check of them, count.
pub(super) struct Trusted {
    pub(super) certificates: Vec<CertificateDer<'static>>,
    pub(super) roots: RootCertStore,
}

impl Trusted {
    /// Reads them; none at all are an error.
    pub(super) fn load() -> Result<Self, Error> {
        let store = rustls_native_certs::load_native_certs();
        let (mut certificates, mut roots) = (store.certs, RootCertStore::empty());
        // Old and odd ones are part of many a store.
        certificates.retain(|certificate| roots.add(certificate.clone()).is_ok());
        if certificates.is_empty() {
            // One for a file and one for a folder; each file of that may have its own.
            let reasons = store.errors.iter().take(2).map(ToString::to_string);
            let reasons: Vec<String> = reasons.collect();
            return Err(Error::Roots(match reasons.is_empty() {
                true => "it has none".to_owned(),
                false => reasons.join("; "),
            }));
        }
        Ok(Self {
            certificates,
            roots,
        })
    }
}

/// Where C1 is, and how to get there.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) address: Address,
    pub(super) proxy: Option<Intercept>,
}

impl Way {
    /// The error for a way that did not lead to a connection. It never names the credentials of the
    /// proxy.
    pub(super) fn blocked(&self, fault: Fault) -> Error {
        let uri = self.proxy.as_ref().map(Intercept::uri);
        let proxy = uri.and_then(|uri| uri.authority());
        let via = proxy.map_or_else(String::new, |at| format!(" through the proxy {at}"));
        Error::Connect(self.address.clone(), via, fault)
    }
}
