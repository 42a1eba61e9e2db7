//! Why a connection to C1 failed: the one place that reads the network libraries' errors.

use std::error::Error as StdError;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

/// What stood in the way of a connection. Each prints as a clause that ends with what to check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The clauses say what they are.
pub enum Fault {
    #[error(
        "its certificate comes from an authority that this machine does not trust; \
         if your network has an authority of its own, point SSL_CERT_FILE at its certificate"
    )]
    Untrusted,
    #[error(
        "its certificate is for another host name; \
         check the host in the client id or in BATON_C1_API_HOST"
    )]
    WrongName,
    #[error("its certificate is expired or not yet valid; check this machine's clock")]
    Expired,
    #[error("its certificate cannot be used: {0}")]
    Certificate(String),
    #[error(
        "it does not offer HTTP/2 (\"h2\"), which gRPC needs; \
         check the host, and any proxy or load balancer in front of it"
    )]
    NoHttp2,
    #[error("it does not speak TLS 1.2 or 1.3 ({0}); check the host and the port")]
    NoTls(String),
    #[error(
        "the host name was not found ({0}); \
         check the host in the client id or in BATON_C1_API_HOST"
    )]
    UnknownHost(String),
    #[error("the connection was refused; check the host, the port and any firewall")]
    Refused,
    #[error("it did not answer in time; check the host, the port, any firewall and HTTPS_PROXY")]
    TimedOut,
    #[error("the proxy did not open a tunnel ({0}); check HTTPS_PROXY")]
    Proxy(String),
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl Fault {
    /// Whether only a change of settings or of the server can help, so that trying again is idle.
    pub fn is_lasting(&self) -> bool {
        use Fault::{Certificate, Expired, NoHttp2, NoTls, Untrusted, WrongName};
        matches!(
            self,
            Untrusted | WrongName | Expired | Certificate(_) | NoHttp2 | NoTls(_)
        )
    }

    /// Finds the cause in an error and all that it wraps.
    pub(super) fn find(error: &(dyn StdError + 'static)) -> Self {
        let mut next = Some(error);
        let mut deepest = String::new();
        let mut dns = false;
        while let Some(error) = next {
            let text = error.to_string();
            if let Some(tls) = error.downcast_ref::<TlsError>() {
                return Self::tls(tls);
            }
            if text == "HTTP/2 was not negotiated." {
                return Self::NoHttp2;
            }
            if let Some(reason) = text.strip_prefix("tunnel error: ")
                && error.source().is_none()
            {
                return Self::Proxy(reason.to_owned());
            }
            dns |= text == "dns error";
            next = error.source();
            if let Some(io) = error.downcast_ref::<io::Error>() {
                match io.kind() {
                    io::ErrorKind::ConnectionRefused => return Self::Refused,
                    io::ErrorKind::TimedOut => return Self::TimedOut,
                    _ => {}
                }
                // The source of such an error skips the one that it holds.
                next = io.get_ref().map(|held| held as &(dyn StdError + 'static));
            }
            deepest = without_link(&text);
        }
        if dns {
            Self::UnknownHost(deepest)
        } else {
            Self::Broken(deepest)
        }
    }

    fn tls(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(certificate) => match certificate {
                // A bad signature is what an authority of the same name, but another key, comes to.
                CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::Untrusted,
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => Self::WrongName,
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => Self::Expired,
                // What a self-signed server certificate comes to.
                CertificateError::Other(_) if error.to_string().contains("CaUsedAsEndEntity") => {
                    Self::Untrusted
                }
                other => Self::Certificate(other.to_string()),
            },
            TlsError::AlertReceived(AlertDescription::NoApplicationProtocol)
            | TlsError::NoApplicationProtocol => Self::NoHttp2,
            TlsError::InvalidMessage(_)
            | TlsError::PeerIncompatible(_)
            | TlsError::AlertReceived(
                AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
            ) => Self::NoTls(error.to_string()),
            other => Self::Broken(other.to_string()),
        }
    }
}

/// A library's words without the page of its manual that they may end in.
fn without_link(text: &str) -> String {
    let end = text.find("https://").unwrap_or(text.len());
    text[..end].trim_end_matches([' ', ':', '(']).to_owned()
}
