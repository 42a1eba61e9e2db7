//! Why a connection to C1 failed: the one place that reads the network libraries' errors.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

/// What stood in the way of a connection. Each prints as a clause that ends with what to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The certificate's issuer is unknown to this machine.
    Untrusted,
    /// The certificate is for other names.
    WrongName,
    /// The certificate is expired or not yet valid.
    Expired,
    /// The certificate fails for another reason, in the TLS library's words.
    Certificate(String),
    /// The server does not offer HTTP/2.
    NoHttp2,
    /// The server speaks no TLS, or only versions below 1.2.
    NoTls(String),
    /// The host name could not be resolved.
    UnknownHost(String),
    /// Nothing listens there.
    Refused,
    /// No answer within the limit.
    TimedOut,
    /// The proxy did not open the way.
    Proxy(String),
    /// Anything else, in the network's words.
    Broken(String),
}

impl Fault {
    /// Whether only a change of settings or of the server can help, so that trying again is idle.
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Untrusted
            | Self::WrongName
            | Self::Expired
            | Self::Certificate(_)
            | Self::NoHttp2
            | Self::NoTls(_) => true,
            Self::UnknownHost(_)
            | Self::Refused
            | Self::TimedOut
            | Self::Proxy(_)
            | Self::Broken(_) => false,
        }
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

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untrusted => f.write_str(
                "its certificate comes from an authority that this machine does not trust; \
                 if your network has an authority of its own, point SSL_CERT_FILE at its certificate",
            ),
            Self::WrongName => f.write_str(
                "its certificate is for another host name; \
                 check the host in the client id or in BATON_C1_API_HOST",
            ),
            Self::Expired => f.write_str(
                "its certificate is expired or not yet valid; check this machine's clock",
            ),
            Self::Certificate(why) => write!(f, "its certificate cannot be used: {why}"),
            Self::NoHttp2 => f.write_str(
                "it does not offer HTTP/2 (\"h2\"), which gRPC needs; \
                 check the host, and any proxy or load balancer in front of it",
            ),
            Self::NoTls(why) => write!(
                f,
                "it does not speak TLS 1.2 or 1.3 ({why}); check the host and the port"
            ),
            Self::UnknownHost(why) => write!(
                f,
                "the host name was not found ({why}); \
                 check the host in the client id or in BATON_C1_API_HOST"
            ),
            Self::Refused => f.write_str(
                "the connection was refused; check the host, the port and any firewall",
            ),
            Self::TimedOut => f.write_str(
                "it did not answer in time; check the host, the port, any firewall and HTTPS_PROXY",
            ),
            Self::Proxy(why) => write!(
                f,
                "the proxy did not open a tunnel ({why}); check HTTPS_PROXY"
            ),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
        }
    }
}
