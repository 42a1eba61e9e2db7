//! The exit codes, and the one match that chooses them.

use crate::{c1, c1z, op, provision, service, settings, sync};

/// Makes of the rows below a number for each code that this program chooses, and the whole table.
macro_rules! codes {
    ($($name:ident = $code:literal, $meaning:literal;)+) => {
        $(#[doc = $meaning] pub const $name: u8 = $code;)+

        /// The table as help, manual page and README show it.
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($code), $meaning)),+];
    };
}

codes! {
    OK = 0, "done";
    FAULT = 1, "a fault of the connector itself, or a failed health check";
    USAGE = 2, "usage or settings";
    SIGN_IN = 3, "op is missing, too old, or not signed in";
    OP = 4, "op failed or refused";
    FILE = 5, "the c1z file or its folder";
    C1 = 6, "C1: network, credentials, upload, failed task";
    PROVISION = 7, "a grant or revoke that was refused or did not take";
    UNREAD = 8, "done, but something could not be read (with --strict)";
    HANGUP = 129, "stopped by SIGHUP";
    INTERRUPT = 130,
        "stopped by SIGINT (Ctrl-C), on Windows also by Ctrl-Break or a closed console";
    TERMINATE = 143, "stopped by SIGTERM";
}

/// Whatever ends a run early.
#[allow(missing_docs)] // Of what is the error of one room.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Settings(#[from] settings::Error),
    #[error(transparent)]
    Op(#[from] op::Error),
    #[error(transparent)]
    C1z(#[from] c1z::Error),
    #[error(transparent)]
    Sync(#[from] sync::Error),
    #[error(transparent)]
    Provision(#[from] provision::Error),
    /// A grant or revocation names what the file does not hold: refused before `op` is asked.
    #[error("{0}")]
    NotInFile(String),
    #[error(transparent)]
    C1(#[from] c1::Error),
    #[error(transparent)]
    Service(#[from] service::Error),
    /// Starting, a health check, or writing what was asked for: what was tried, and why it failed.
    #[error("{0:#}")]
    Rim(#[from] anyhow::Error),
    /// A signal asked the run to end.
    #[error("stopped by {}", .0.name)]
    Stopped(Signal),
}

/// What ends a run in good order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    /// The signal's name, or what a console of Windows says, in words.
    pub name: &'static str,
    /// 128 and the signal's number, as shells have it.
    pub code: u8,
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Settings(_) => USAGE,
            Self::Op(error) => of_op(error.kind()),
            Self::C1z(error) => of_c1z(error),
            Self::Sync(error) => of_sync(error),
            Self::Provision(provision::Error::Unread { error, .. }) => of_op(error.kind()),
            Self::Provision(provision::Error::Refused(provision::Refusal::NoAccount, _)) => OP,
            Self::Provision(_) | Self::NotInFile(_) => PROVISION,
            Self::C1(error) => of_c1(error),
            Self::Service(error) => match error {
                service::Error::Hello(error) | service::Error::C1(error) => of_c1(error),
                service::Error::Health(..) => USAGE,
                service::Error::TempDir(..) => FILE,
                service::Error::SyncFailed(.., cause) => match cause {
                    service::Cause::Sync(error) => of_sync(error),
                    service::Cause::File => FILE,
                    service::Cause::C1 => C1,
                    service::Cause::Fault => FAULT,
                },
                service::Error::NoTask(_) | service::Error::Unreachable(..) => C1,
            },
            Self::Rim(_) => FAULT,
            Self::Stopped(signal) => signal.code,
        }
    }
}

fn of_op(kind: op::ErrorKind) -> u8 {
    if kind.is_of_sign_in() { SIGN_IN } else { OP }
}

fn of_sync(error: &sync::Error) -> u8 {
    match error {
        sync::Error::Op(error) | sync::Error::Refused(error) => of_op(error.kind()),
        sync::Error::C1z(error) => of_c1z(error),
        sync::Error::Unusable(_) | sync::Error::OverBudget(_) => OP,
        sync::Error::TargetMissing(_) | sync::Error::OtherAccount(_) => USAGE,
        sync::Error::Internal(_) => FAULT,
    }
}

fn of_c1(error: &c1::Error) -> u8 {
    match error {
        c1::Error::Setting(_) => USAGE,
        c1::Error::File(..) => FILE,
        c1::Error::Random => FAULT,
        _ => C1,
    }
}

fn of_c1z(error: &c1z::Error) -> u8 {
    match error {
        c1z::Error::Setting { .. } => USAGE,
        c1z::Error::Duplicate { .. } | c1z::Error::NoRandomness | c1z::Error::Aborted => FAULT,
        _ => FILE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_code_once() {
        let codes = [OK, FAULT, USAGE, SIGN_IN, OP, FILE, C1, PROVISION, UNREAD];
        let signals = [HANGUP, INTERRUPT, TERMINATE];
        let all: Vec<String> = codes.iter().chain(&signals).map(u8::to_string).collect();
        let table: Vec<&str> = TABLE.iter().map(|(code, _)| *code).collect();
        assert_eq!(table, all);
        assert_eq!(signals, [129, 130, 143]);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
