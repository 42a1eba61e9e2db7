//! Certificates for tests, and servers that get TLS or HTTP/2 wrong.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tonic::transport::Identity;

/// A certificate authority that nobody knows unless told.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// The authority's own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    fn issue(&self, name: &str, past: bool) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if past {
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A certificate for a name, with its key.
    pub(super) fn identity(&self, name: &str) -> Identity {
        let (certificate, key) = self.issue(name, false);
        Identity::from_pem(certificate.pem(), key.serialize_pem())
    }
}

/// A TLS server that answers every HTTP/1.1 request with `body` as JSON. Its certificate is for
/// `localhost`.
pub struct Web<'a> {
    pub body: &'a str,
    /// What it offers by ALPN.
    pub protocols: &'a [&'a str],
    /// Whether its certificate is expired.
    pub past: bool,
    pub versions: &'a [&'static rustls::SupportedProtocolVersion],
}

/// Starts it and returns the port.
pub fn web_server(authority: &Authority, web: &Web<'_>) -> u16 {
    let body = web.body.to_owned();
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (certificate, key) = authority.issue("localhost", web.past);
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = rustls::ServerConfig::builder_with_protocol_versions(web.versions)
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = web
        .protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream);
            let mut request = [0; 16 * 1024];
            if tls.read(&mut request).is_ok_and(|count| count > 0) {
                let length = body.len();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
                let _ = write!(tls, "{head}\r\ncontent-length: {length}\r\n\r\n{body}");
            }
        }
    });
    port
}

/// A server that answers the first bytes of every connection with `answer`. Returns the port.
pub fn tls_alert_server(answer: &'static [u8]) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut hello = [0; 4096];
            let _ = stream.read(&mut hello);
            let _ = stream.write_all(answer);
        }
    });
    port
}

/// A server that takes connections and never says a word. Returns the port, which stays open with
/// the value.
pub fn silent_server() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}
