//! What can go wrong between the connector and C1, and what each failure means for the caller.

use std::io;
use std::time::Duration;

use tonic::{Code, Status};

use super::{Address, Fault};
use crate::text::acts;

/// A setting for C1 that cannot be used. It names the rule that failed, never the value.
#[derive(Debug, thiserror::Error)]
#[error("invalid {what}: {rule}")]
pub struct SettingError {
    what: &'static str,
    rule: &'static str,
}

impl SettingError {
    pub(super) fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }
}

/// A failed call to C1.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting that cannot be used; found before any network traffic.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The TLS library could not be set up: no root certificates, as a rule.
    #[error(
        "no usable root certificates on this machine ({0}); \
         install the system's CA certificates or point SSL_CERT_FILE at a PEM file that holds them"
    )]
    Roots(String),
    /// No connection.
    #[error("could not connect to C1 at {address}{via}: {fault}")]
    Connect {
        /// Host and port that were tried.
        address: Address,
        /// `" through the proxy …"`, or empty.
        via: String,
        /// What stood in the way.
        fault: Fault,
    },
    /// The connection ended in the middle of a call.
    #[error("C1 at {address} dropped {call}: {fault}")]
    Dropped {
        /// Host and port.
        address: Address,
        /// What was asked.
        call: &'static str,
        /// The network's words.
        fault: Fault,
    },
    /// The token endpoint refused, or gave an answer that is no token.
    #[error("C1 at {address} gave no access token: {reason}")]
    Token {
        /// Host and port.
        address: Address,
        /// HTTP status of the answer.
        status: u16,
        /// Why, with the next step where there is one.
        reason: String,
        /// The wait that the server asked for.
        retry_after: Option<Duration>,
    },
    /// C1 answered with an error of its own.
    #[error("C1 refused {call} ({:?}): {}", .status.code(), plain(.status.message()))]
    Refused {
        /// What was asked.
        call: &'static str,
        /// C1's code, text and details.
        status: Box<Status>,
    },
    /// C1 took the call and stayed silent.
    #[error("C1 at {address} did not answer {call} within {} s", .limit.as_secs())]
    Silent {
        /// Host and port.
        address: Address,
        /// What was asked.
        call: &'static str,
        /// The deadline.
        limit: Duration,
    },
    /// C1 said yes to a file that it does not have.
    #[error("C1 at {address} answered the upload before it had the whole file")]
    Early {
        /// Host and port.
        address: Address,
    },
    /// The file to upload could not be read.
    #[error("could not read the file back for the upload: {source}")]
    File {
        /// The system's words.
        source: io::Error,
    },
    /// The system has no random numbers to sign a token request with.
    #[error("the system gave no random numbers to sign the token request with")]
    Random,
}

/// What a failed startup Hello means (contract c1 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Startup {
    /// Trying again cannot help.
    GiveUp,
    /// The host is not known: its name is wrong, or the network is not up yet.
    Unknown,
    /// C1 is away.
    Unreachable,
    /// C1 was reached and may recover.
    TryAgain,
}

impl Error {
    /// The gRPC code that says the same.
    pub fn code(&self) -> Code {
        match self {
            Self::Setting(_) => Code::InvalidArgument,
            Self::Connect { .. } | Self::Dropped { .. } => Code::Unavailable,
            Self::Token { status, .. } => match status {
                429 | 500.. => Code::Unavailable,
                _ => Code::Unauthenticated,
            },
            Self::Refused { status, .. } => status.code(),
            Self::Silent { .. } => Code::DeadlineExceeded,
            Self::Early { .. } | Self::Roots(_) | Self::File { .. } | Self::Random => Code::Unknown,
        }
    }

    /// Whether a startup that ended like this can still succeed.
    pub fn startup(&self) -> Startup {
        match self {
            Self::Setting(_) | Self::Roots(_) | Self::File { .. } | Self::Random => Startup::GiveUp,
            Self::Connect { fault, .. } => match fault {
                fault if fault.is_lasting() => Startup::GiveUp,
                Fault::UnknownHost(_) => Startup::Unknown,
                _ => Startup::Unreachable,
            },
            // Anything else below 500 is what a host that is not C1 answers, too.
            Self::Token { status, .. } => match status {
                408 | 425 | 429 | 500.. => Startup::TryAgain,
                _ => Startup::GiveUp,
            },
            Self::Refused { status, .. } if is_final(status.code()) => Startup::GiveUp,
            Self::Refused { .. }
            | Self::Dropped { .. }
            | Self::Silent { .. }
            | Self::Early { .. } => Startup::TryAgain,
        }
    }

    /// What to do about a Hello that C1 refused, to be put behind the error's text; often nothing.
    pub fn next_step(&self) -> &'static str {
        match self.status().map(Status::code) {
            Some(Code::Unauthenticated | Code::PermissionDenied) => {
                "; check --client-id and --client-secret, or make a new pair in C1"
            }
            Some(Code::Unimplemented | Code::NotFound) => {
                "; check the host in the client id or in BATON_C1_API_HOST"
            }
            _ => "",
        }
    }

    /// Whether C1 has said a clear no to this very call, so that repeating it cannot help.
    pub fn is_no(&self) -> bool {
        match self {
            Self::Refused { status, .. } => {
                is_final(status.code())
                    || matches!(status.code(), Code::AlreadyExists | Code::OutOfRange)
            }
            _ => false,
        }
    }

    /// C1's own text, code and details, when it gave any.
    pub fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The wait that the server asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether C1 refused the access token that this call carried.
    pub(super) fn is_refused_token(&self) -> bool {
        self.status()
            .is_some_and(|status| status.code() == Code::Unauthenticated)
    }
}

/// The codes after which the startup Hello is not repeated (contract c1 §6.3).
fn is_final(code: Code) -> bool {
    matches!(
        code,
        Code::Unauthenticated
            | Code::PermissionDenied
            | Code::InvalidArgument
            | Code::Unimplemented
            | Code::FailedPrecondition
            | Code::NotFound
    )
}

/// Foreign text, safe for a terminal and for one line: nothing that acts on it, at most 1,000 long.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if acts(c) { ' ' } else { c })
        .take(1000)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// contract c1 §12 W2: away is not wrong. A name that nobody knows may be either.
    #[test]
    fn a_host_that_is_away_is_told_from_one_that_is_not_known() {
        let startup = |fault| {
            Error::Connect {
                address: "tenant.test".parse().unwrap(),
                via: String::new(),
                fault,
            }
            .startup()
        };
        for away in [
            Fault::Refused,
            Fault::TimedOut,
            Fault::Proxy("unsuccessful".to_owned()),
            Fault::Broken("reset".to_owned()),
        ] {
            assert_eq!(startup(away), Startup::Unreachable);
        }
        let unknown = Fault::UnknownHost("Name or service not known".to_owned());
        assert_eq!(startup(unknown), Startup::Unknown);
        assert_eq!(startup(Fault::Untrusted), Startup::GiveUp);
    }
}
