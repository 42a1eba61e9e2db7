//! What can go wrong between the connector and C1, and what each failure means for the caller.

use std::io;
use std::time::Duration;

use prost::Message;
use prost_types::Any;
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::{Code, Status};

use super::{Address, Fault, SettingError};
use crate::baton::pb::google::rpc;
use crate::text::acts;

/// Longest wait between two tries while C1 is away: an attempt costs little, and work goes on
/// within five seconds of its return. Only answers of C1 itself earn longer ones.
const AWAY_CAP: Duration = Duration::from_secs(4);

/// A failed call to C1, with the address that was tried and the call, such as `Hello`.
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
    /// No connection; the text is `" through the proxy …"`, or empty.
    #[error("could not connect to C1 at {0}{1}: {2}")]
    Connect(Address, String, Fault),
    /// The connection ended in the middle of a call.
    #[error("C1 at {0} dropped {1}: {2}")]
    Dropped(Address, &'static str, Fault),
    /// The connection ended before a call was on its way: nothing of it reached C1.
    #[error("C1 at {0} ended the connection before {1} was sent: {2}")]
    Unsent(Address, &'static str, Fault),
    /// Something else than the task service answered: a proxy, a load balancer, or a host that is
    /// not C1. An HTTP status, and what that means in gRPC.
    #[error("the server at {0} answered HTTP {2}, not gRPC, to {1}")]
    NotGrpc(Address, &'static str, u16, Code),
    /// The token endpoint refused, or gave an answer that is no token: its HTTP status, why with the
    /// next step where there is one, and the wait that it asked for.
    #[error("C1 at {0} gave no access token: {2}")]
    Token(Address, u16, String, Option<Duration>),
    /// C1 answered with an error of its own: code, text and details.
    #[error("C1 refused {0} ({code:?}): {text}", code = .1.code(), text = plain(.1.message()))]
    Refused(&'static str, Box<Status>),
    /// C1 took the call and stayed silent until the deadline.
    #[error("C1 at {0} did not answer {1} within {seconds} s", seconds = .2.as_secs())]
    Silent(Address, &'static str, Duration),
    /// C1 said yes to a file that it does not have.
    #[error("C1 at {0} answered the upload before it had the whole file")]
    Early(Address),
    /// The file to upload could not be read.
    #[error("could not read the file back for the upload: {0}")]
    File(io::Error),
    /// The system has no random numbers to sign a token request with.
    #[error("the system gave no random numbers to sign the token request with")]
    Random,
}

impl Error {
    /// The gRPC code that says the same.
    pub fn code(&self) -> Code {
        match self {
            Self::Setting(_) => Code::InvalidArgument,
            Self::Connect(..) | Self::Dropped(..) | Self::Unsent(..) => Code::Unavailable,
            Self::Token(_, status, ..) => match status {
                429 | 500.. => Code::Unavailable,
                _ => Code::Unauthenticated,
            },
            Self::Refused(_, status) => status.code(),
            Self::NotGrpc(.., code) => *code,
            Self::Silent(..) => Code::DeadlineExceeded,
            Self::Early(..) | Self::Roots(_) | Self::File(..) | Self::Random => Code::Unknown,
        }
    }

    /// Whether another try cannot help at the start (`src/c1/protocol.md`, Failed Hello).
    pub fn is_lasting(&self) -> bool {
        match self {
            Self::Setting(_) | Self::Roots(_) | Self::File(..) | Self::Random => true,
            Self::Connect(.., fault) => fault.is_lasting(),
            // Anything else below 500 is what a host that is not C1 answers, too.
            Self::Token(_, status, ..) => !matches!(status, 408 | 425 | 429 | 500..),
            Self::Refused(..) | Self::NotGrpc(..) => is_final(self.code()),
            Self::Dropped(..) | Self::Unsent(..) | Self::Silent(..) | Self::Early(..) => false,
        }
    }

    /// What to do about a Hello that C1 refused, to be put behind the error's text; often nothing.
    pub fn next_step(&self) -> &'static str {
        if let Self::NotGrpc(..) = self {
            return "; check the host in the client id or in BATON_C1_API_HOST, and what stands in front of it";
        }
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
        self.status().is_some_and(|status| {
            is_final(status.code())
                || matches!(status.code(), Code::AlreadyExists | Code::OutOfRange)
        })
    }

    /// Whether C1 itself has not answered: there was no connection, or what stands in front of it
    /// said that it is away.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Connect(..) | Self::Dropped(..) | Self::Unsent(..) | Self::Silent(..) => true,
            Self::Token(_, status, ..) | Self::NotGrpc(_, _, status, _) => {
                matches!(status, 502..=504)
            }
            Self::Refused(_, status) => status.code() == Code::Unavailable,
            _ => false,
        }
    }

    /// Whether C1 may have done what it was asked to: it was asked, and its answer did not come.
    pub fn may_have_landed(&self) -> bool {
        let was_asked = !matches!(self, Self::Connect(..) | Self::Unsent(..) | Self::Token(..));
        was_asked && self.is_away()
    }

    /// C1's own details, where it gave any that can be read.
    pub fn details(&self) -> Vec<Any> {
        let status = self.status().map(Status::details);
        let status = status.and_then(|details| rpc::Status::decode(details).ok());
        status.unwrap_or_default().details
    }

    /// C1's own text, code and details, when it gave any.
    fn status(&self) -> Option<&Status> {
        match self {
            Self::Refused(_, status) => Some(status),
            _ => None,
        }
    }

    /// The wait that the server asked for, C1 in the details of a refusal or in its trailer.
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::Token(.., retry_after) = self {
            return *retry_after;
        }
        let is_info = |detail: &Any| detail.type_url.ends_with("google.rpc.RetryInfo");
        let info = self.details().into_iter().find(is_info);
        let info = info.and_then(|info| RetryInfo::decode(&*info.value).ok());
        let named = info.and_then(|info| Duration::try_from(info.retry_delay?).ok());
        let pushback = self.status()?.metadata().get("grpc-retry-pushback-ms");
        let pushback = pushback.and_then(|text| text.to_str().ok()?.parse().ok());
        named.or(pushback.map(Duration::from_millis))
    }

    /// The longest wait after this failure, where C1's own answers earn up to `usual`.
    pub fn wait_cap(&self, usual: Duration) -> Duration {
        match self.is_away() {
            true => AWAY_CAP.min(usual),
            false => usual,
        }
    }

    /// Whether C1 refused the access token that this call carried.
    pub(super) fn is_refused_token(&self) -> bool {
        matches!(self, Self::Refused(..) | Self::NotGrpc(..))
            && self.code() == Code::Unauthenticated
    }
}

/// Since when C1 has left every call without an answer, if it has. Clones have the same.
#[derive(Clone, Debug, Default)]
pub struct Away(watch::Sender<Option<Instant>>);

impl Away {
    /// Notes how a call ended.
    pub fn note(&self, error: Option<&Error>) {
        self.0.send_modify(|since| match error {
            Some(error) if error.is_away() => *since = since.or_else(|| Some(Instant::now())),
            _ => *since = None,
        });
    }

    /// For how long; zero while C1 answers.
    pub fn time(&self) -> Duration {
        self.0
            .borrow()
            .map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// A wait as gRPC servers ask for it (`google.rpc.RetryInfo`).
#[derive(prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

/// The codes after which the startup Hello is not repeated (`src/c1/protocol.md`, Failed Hello).
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
    use tokio::time::advance;

    use super::*;

    /// `src/c1/protocol.md`, Failed Hello: away is not wrong. A name that nobody knows may be
    /// either.
    #[test]
    fn a_host_that_is_away_is_told_from_one_that_is_wrong() {
        let is_lasting = |fault| {
            let address = "tenant.test".parse().unwrap();
            Error::Connect(address, String::new(), fault).is_lasting()
        };
        for away in [
            Fault::Refused,
            Fault::TimedOut,
            Fault::Proxy("unsuccessful".to_owned()),
            Fault::Broken("reset".to_owned()),
            Fault::UnknownHost("Name or service not known".to_owned()),
        ] {
            assert!(!is_lasting(away.clone()), "{away}");
        }
        assert!(is_lasting(Fault::Untrusted));
    }

    #[test]
    fn the_wait_that_a_refusal_names_is_read() {
        let refused = |status| Error::Refused("the upload", Box::new(status));
        let info = RetryInfo {
            retry_delay: Some(prost_types::Duration {
                seconds: 7,
                nanos: 500_000_000,
            }),
        };
        let details = rpc::Status {
            details: vec![prost_types::Any {
                type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
                value: info.encode_to_vec(),
            }],
            ..Default::default()
        };
        let details = details.encode_to_vec().into();
        let named = Status::with_details(Code::ResourceExhausted, "busy", details);
        assert_eq!(
            refused(named).retry_after(),
            Some(Duration::from_millis(7500))
        );
        let mut pushed = Status::new(Code::ResourceExhausted, "busy");
        let milliseconds = "1200".parse().unwrap();
        pushed
            .metadata_mut()
            .insert("grpc-retry-pushback-ms", milliseconds);
        assert_eq!(
            refused(pushed).retry_after(),
            Some(Duration::from_millis(1200))
        );
        let silent = Status::with_details(Code::ResourceExhausted, "", vec![0xFF, 0x01].into());
        assert_eq!(refused(silent).retry_after(), None);
    }

    #[test]
    fn only_what_c1_itself_says_is_an_answer_of_c1() {
        let refused = |code| Error::Refused("Hello", Box::new(Status::new(code, "")));
        let address: Address = "tenant.test".parse().unwrap();
        let answered = |status| Error::NotGrpc(address.clone(), "Hello", status, Code::Unavailable);
        for away in [
            refused(Code::Unavailable),
            answered(502),
            answered(503),
            answered(504),
        ] {
            assert!(away.is_away() && away.may_have_landed(), "{away}");
        }
        for answer in [
            refused(Code::Internal),
            refused(Code::ResourceExhausted),
            refused(Code::NotFound),
            answered(429),
            answered(500),
        ] {
            assert!(!answer.is_away() && !answer.may_have_landed(), "{answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_outage_lasts_from_the_first_silence_to_the_next_answer() {
        let address = "tenant.test".parse().unwrap();
        let silent = Error::Silent(address, "Hello", Duration::ZERO);
        let status = Status::new(Code::Internal, "");
        let refused = Error::Refused("Hello", Box::new(status));
        let (away, minute) = (Away::default(), Duration::from_secs(60));
        advance(minute).await;
        assert_eq!(away.time(), Duration::ZERO);
        away.note(Some(&silent));
        advance(minute).await;
        away.note(Some(&silent));
        assert_eq!(away.time(), minute);
        for answer in [Some(&refused), None] {
            away.note(answer);
            advance(minute).await;
            assert_eq!(away.time(), Duration::ZERO);
            away.note(Some(&silent));
        }
    }
}
