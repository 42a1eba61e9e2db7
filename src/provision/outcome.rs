//! What a grant or revocation did, in one line.

use std::fmt;

use prost_types::Any;

use crate::baton::pb::v2;
use crate::baton::resource::annotation;

use super::{Request, Verb};

/// A request that was carried out, or had nothing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was asked for.
    pub request: Request,
    /// What happened.
    pub change: Change,
    /// What a principal keeps through groups after a revocation, as a clause, or empty.
    pub(super) remains: String,
}

/// What happened; what the principal held itself before and holds itself after it, in words.
#[allow(missing_docs)] // Of fields that the sentence above has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was changed, and reading it again showed so.
    Done { before: String, after: String },
    /// It was so already.
    Already { holds: String },
    /// A dry run, in which nothing was changed.
    Planned {
        before: String,
        after: String,
        /// The calls of `op` that would change it, in order.
        calls: Vec<String>,
    },
}

impl Outcome {
    pub(super) fn new(request: &Request, change: Change) -> Self {
        Self {
            request: request.clone(),
            change,
            remains: String::new(),
        }
    }

    /// What C1 is told besides success, if it was so already (`src/c1/protocol.md`, Other tasks).
    pub fn annotation(&self) -> Option<Any> {
        match (&self.change, self.request.verb) {
            (Change::Already { .. }, Verb::Grant) => Some(annotation(&v2::GrantAlreadyExists {})),
            (Change::Already { .. }, Verb::Revoke) => Some(annotation(&v2::GrantAlreadyRevoked {})),
            (Change::Done { .. } | Change::Planned { .. }, _) => None,
        }
    }
}

/// `user Ada Birch (U1): granted view items on vault Depot (v1): no direct access → view_items`
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Request {
            who, what, verb, ..
        } = &self.request;
        let did = match verb {
            Verb::Grant => "granted",
            Verb::Revoke => "revoked",
        };
        let did = match &self.change {
            Change::Done { before, after } => format!("{did} {what}: {before} → {after}"),
            Change::Already { holds } => {
                format!("already {did}, nothing was changed: {what}: {holds}")
            }
            Change::Planned { before, after, .. } => {
                format!("would be {did}, nothing was changed: {what}: {before} → {after}")
            }
        };
        write!(f, "{who}: {did}{}", self.remains)
    }
}
