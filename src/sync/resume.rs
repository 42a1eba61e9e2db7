//! Going on after an interruption: which run may use which answers, and when they are dropped.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::op::{Client, Journal};

use super::directory::Directory;
use super::error::Error;
use super::plan::Plan;

/// The journal of this sync, if the plan wants one and it can be had. It is bound to the account,
/// whoever asks, `op`'s version, the target, every option that changes what is asked or written,
/// and to the directory: once somebody or something was added, removed, renamed or suspended,
/// everything is asked anew. Who is in which group and vault may be as old as the window.
pub(super) fn journal(
    client: &Client,
    plan: &Plan,
    directory: &Directory,
    target: &Path,
) -> Option<Arc<Journal>> {
    let resume = plan.resume.as_ref()?;
    let binding = format!(
        "{:?} {:?} {target:?} {:?} {}",
        client.identity(),
        client.version(),
        plan.scope(),
        directory.fingerprint(),
    );
    match Journal::open(
        &resume.folder,
        binding.as_bytes(),
        resume.window,
        SystemTime::now(),
    ) {
        Ok(journal) => journal.map(Arc::new),
        Err(error) => {
            tracing::warn!(%error, "answers are not kept for a later run");
            None
        }
    }
}

/// Drops the answers of a finished sync, and of one that failed for a reason that a later run does
/// not share: it shall see the tenant as it is then. What an interruption or a passing trouble cut
/// short is kept.
pub(super) fn settle(journal: Option<&Journal>, failure: Option<&Error>) {
    let keep = match failure {
        Some(Error::Op(error)) => error.kind().may_pass(),
        Some(Error::C1z(_)) => true,
        Some(_) | None => false,
    };
    if let Some(journal) = journal.filter(|_| !keep) {
        journal.discard();
    }
}
