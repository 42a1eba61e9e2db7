//! Why a grant or revocation was not carried out, and what holds now.

use crate::op;

/// Why a request was not carried out. Each text is complete. `intent` is what was asked for,
/// `error` what `op` said.
#[allow(missing_docs)] // Of fields that the sentence above has.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be carried out, whatever holds. Nothing was changed.
    #[error("{1}")]
    Refused(Refusal, String),
    /// What holds could not be read, so nothing was changed.
    #[error("could not {intent}, and nothing was changed: {error}{limit}")]
    Unread {
        intent: String,
        error: op::Error,
        /// What a service account may not do, behind a space, when that is the likely reason.
        limit: &'static str,
    },
    /// `op` reported success, and what holds now could not be read.
    #[error(
        "`op` took the change ({intent}), and only the check of it is missing, for what holds now could not be read: \
         {error} Before it: {before}. Ask for the same again: it reads first, and changes only what is missing."
    )]
    Unchecked {
        intent: String,
        /// What the principal held itself.
        before: String,
        error: op::Error,
    },
    /// A change was tried and what was asked for does not hold now, or it could not be read.
    #[error("{said}")]
    NotTaken {
        /// What was asked for, what came of it, and what holds now.
        said: String,
        /// `None` when `op` reported success.
        error: Option<op::Error>,
        /// Whether what stood in the way may pass.
        may_pass: bool,
    },
}

/// What speaks against a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Entitlements of this resource type are not given or taken here. `op` was not asked.
    Unsupported,
    /// It contradicts itself, lacks an id, or names a principal that cannot hold the entitlement.
    Malformed,
    /// The principal has the access through groups only.
    Inherited,
    /// `op account get` told no account, so its permissions are not known.
    NoAccount,
    /// `op` is signed in to another account.
    OtherAccount,
}

impl Error {
    pub(super) fn malformed(why: &str) -> Self {
        let why = format!("the request makes no sense: {why}");
        Self::Refused(Refusal::Malformed, why)
    }

    /// Whether the same request may succeed later. It reads first and changes only what is missing,
    /// so it does no harm where it is not known what this one did.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Refused(..) => false,
            Self::Unread { error, .. } => error.may_pass(),
            Self::Unchecked { .. } => true,
            Self::NotTaken { may_pass, .. } => *may_pass,
        }
    }

    /// What `op` said, when that is the reason.
    pub fn op(&self) -> Option<&op::Error> {
        match self {
            Self::Refused(..) => None,
            Self::Unread { error, .. } | Self::Unchecked { error, .. } => Some(error),
            Self::NotTaken { error, .. } => error.as_ref(),
        }
    }
}
