//! Why a grant or revocation was not carried out, and what holds now.

use crate::op;

/// Why a request was not carried out. Each text is complete.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Entitlements of this resource type are not given or taken here. `op` was not asked.
    #[error("resource type {kind} does not have provisioner configured: {instead}")]
    Unsupported {
        /// The resource type.
        kind: String,
        /// Where it is done instead.
        instead: &'static str,
    },
    /// The principal cannot hold the entitlement. `op` was not asked.
    #[error("{0}")]
    Principal(String),
    /// The messages contradict themselves or lack an id. `op` was not asked.
    #[error("the request makes no sense: {0}")]
    Malformed(String),
    /// The principal has the access through groups only. Nothing was changed.
    #[error("{0}")]
    Inherited(String),
    /// What holds could not be read, so nothing was changed.
    #[error("could not {intent}, and nothing was changed: {error}{limit}")]
    Unread {
        /// What was asked for.
        intent: String,
        /// Why not.
        error: op::Error,
        /// What a service account may not do, when that is the likely reason, with a space before
        /// it.
        limit: &'static str,
    },
    /// `op account get` told no account, so its permissions are not known. Nothing was changed.
    #[error(
        "could not {intent}, and nothing was changed: `op account get` told no account, so it is not known which \
         permissions there are; check that you are signed in"
    )]
    NoAccount {
        /// What was asked for.
        intent: String,
    },
    /// `op` is signed in to another account. Nothing was changed.
    #[error(
        "could not {intent}, and nothing was changed: `op` is signed in to {signed_in}, and this is in the account \
         {account}: sign in to that one (--account), or sync this one first"
    )]
    OtherAccount {
        /// What was asked for.
        intent: String,
        /// `account Acme (ID)`.
        signed_in: String,
        /// The id of the account that the place is in.
        account: String,
    },
    /// `op` reported success, and what holds now could not be read.
    #[error(
        "`op` took the change ({intent}), and only the check of it is missing, for what holds now could not be read: \
         {error} Before it: {before}. Ask for the same again: it reads first, and changes only what is missing."
    )]
    Unchecked {
        /// What was asked for.
        intent: String,
        /// What the principal held itself.
        before: String,
        /// Why what it holds now could not be read.
        error: op::Error,
    },
    /// A change was tried and what was asked for does not hold now.
    #[error("could not {intent}: {}{remarks} {standing}", said(error.as_ref()))]
    NotTaken {
        /// What was asked for.
        intent: String,
        /// What `op` said; `None` when it reported success.
        error: Option<op::Error>,
        /// What holds now.
        standing: Standing,
        /// More sentences, each with a space before it: what else was done, what a service account
        /// may not do.
        remarks: String,
    },
}

/// What a principal holds itself after a change that failed.
#[derive(Debug, thiserror::Error)]
pub enum Standing {
    /// The same as before.
    #[error("It is as it was: {0}.")]
    Unchanged(String),
    /// Something else, and not what was asked for.
    #[error("Before: {before}; now: {now}.")]
    Changed {
        /// What the principal held itself.
        before: String,
        /// What it holds itself now.
        now: String,
    },
    /// It could not be read again.
    #[error(
        "Before: {before}; what holds now is not known, for it could not be read again: {error}"
    )]
    Unknown {
        /// What the principal held itself.
        before: String,
        /// Why it could not be read.
        error: op::Error,
    },
}

fn said(error: Option<&op::Error>) -> String {
    match error {
        Some(error) => error.to_string(),
        None => "`op` reported success, but it did not take.".to_owned(),
    }
}

impl Error {
    /// Whether the same request may succeed later. It reads first and changes only what is missing,
    /// so it does no harm where it is not known what this one did.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unchecked { .. } => true,
            Self::NotTaken {
                standing: Standing::Unknown { error, .. },
                ..
            } => error.may_pass(),
            other => other.op().is_some_and(op::Error::may_pass),
        }
    }

    /// What `op` said, when that is the reason.
    pub fn op(&self) -> Option<&op::Error> {
        match self {
            Self::Unread { error, .. } | Self::Unchecked { error, .. } => Some(error),
            Self::NotTaken { error, .. } => error.as_ref(),
            Self::Unsupported { .. }
            | Self::Principal(_)
            | Self::Malformed(_)
            | Self::Inherited(_)
            | Self::NoAccount { .. }
            | Self::OtherAccount { .. } => None,
        }
    }
}
