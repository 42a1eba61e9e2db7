//! What group and vault share: a change, what holds after it, and what that means.

use std::fmt::Display;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tracing::warn;

use crate::backoff::doubled;
use crate::baton::ids::ResourceKind;
use crate::op::{self, Client, ErrorKind};

use super::{Change, Error, Outcome, Request};

/// How long what holds after a change is asked for when nobody is there to ask again.
const CHECK_PATIENCE: Duration = Duration::from_secs(45);
/// The wait before what holds is asked for a second time; then twice as long each time.
const CHECK_EVERY: Duration = Duration::from_secs(2);

/// A request and the client that carries it out.
pub struct Job<'a> {
    pub(super) client: &'a Client,
    pub(super) request: &'a Request,
    /// Whether C1 asks for it, and nobody stands beside it.
    pub(super) is_foreign: bool,
    /// The ids of the two as `op` lists them, once they were found there.
    pub(super) listed_place: OnceLock<String>,
    pub(super) listed_principal: OnceLock<String>,
    /// A write has begun whose effect was not read yet.
    is_open: AtomicBool,
}

/// How a write ended, and what the principal holds after it.
#[derive(Debug)]
pub(super) struct Attempt<S> {
    pub(super) written: Result<(), op::Error>,
    /// `None` in a dry run, where nothing can have changed.
    pub(super) now: Option<Result<S, op::Error>>,
    /// What else the user must know if this was the end: sentences, each behind a space.
    pub(super) remarks: String,
}

impl<S: PartialEq> Attempt<S> {
    /// Whether this holds now; not when it could not be read.
    pub(super) fn is_now(&self, state: &S) -> bool {
        matches!(&self.now, Some(Ok(now)) if now == state)
    }

    pub(super) fn failure(&self) -> Option<ErrorKind> {
        self.written.as_ref().err().map(op::Error::kind)
    }
}

impl<'a> Job<'a> {
    /// Nothing is asked or changed before [`Job::run`].
    pub fn new(client: &'a Client, request: &'a Request) -> Self {
        Self {
            client,
            request,
            is_foreign: false,
            listed_place: OnceLock::new(),
            listed_principal: OnceLock::new(),
            is_open: AtomicBool::new(false),
        }
    }

    /// A job that C1 asks for: its ids come from elsewhere and are checked, and what holds after a
    /// change is asked for again for a while when it cannot be read.
    pub fn of_c1(client: &'a Client, request: &'a Request) -> Self {
        let mut job = Self::new(client, request);
        job.is_foreign = true;
        job
    }

    /// Whether a write has begun of which it was not read what it did.
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// A write begins: whoever stops the job from now on is told that it may have happened.
    pub(super) async fn write(
        &self,
        call: impl Future<Output = Result<(), op::Error>>,
    ) -> Result<(), op::Error> {
        self.is_open.store(true, Ordering::Relaxed);
        call.await
    }

    /// Reads again after a write: an answer of `op` alone, good or bad, does not tell what holds.
    pub(super) async fn after<S, F: Future<Output = Result<S, op::Error>>>(
        &self,
        written: Result<(), op::Error>,
        read: impl Fn() -> F,
    ) -> Attempt<S> {
        let now = match self.client.rehearsed() {
            Some(_) => None,
            None => Some(self.check(read).await),
        };
        self.is_open.store(false, Ordering::Relaxed);
        Attempt {
            written,
            now,
            remarks: String::new(),
        }
    }

    /// Reads until it succeeds, fails for good, or patience ends.
    async fn check<S, F: Future<Output = Result<S, op::Error>>>(
        &self,
        read: impl Fn() -> F,
    ) -> Result<S, op::Error> {
        let patience = match self.is_foreign {
            true => CHECK_PATIENCE,
            false => Duration::ZERO,
        };
        let give_up = Instant::now() + patience;
        let mut failures = 0;
        loop {
            match read().await {
                Err(error) if error.may_pass() => {
                    failures += 1;
                    let pause = doubled(CHECK_EVERY, failures, CHECK_PATIENCE)
                        .max(error.named_wait().unwrap_or_default());
                    if Instant::now() + pause > give_up {
                        return Err(error);
                    }
                    let intent = self.request.intent();
                    warn!(intent, %error, wait_s = pause.as_secs_f32(), "what holds after the change could not be read; trying again");
                    sleep(pause).await;
                }
                result => return result,
            }
        }
    }

    /// What an attempt means; `took` tells whether a state is what was asked for.
    pub(super) fn outcome_of<S: Display + PartialEq>(
        &self,
        before: &S,
        expected: &S,
        attempt: Attempt<S>,
        took: impl Fn(&S) -> bool,
    ) -> Result<Outcome, Error> {
        let is_already = matches!(
            attempt.failure(),
            Some(ErrorKind::AlreadyMember | ErrorKind::NoDirectGrant)
        );
        let before = before.to_string();
        let Some(now) = attempt.now else {
            let change = Change::Planned {
                before,
                after: expected.to_string(),
                calls: self.client.rehearsed().unwrap_or_default(),
            };
            return Ok(Outcome::new(self.request, change));
        };
        let intent = self.request.intent();
        let error = attempt.written.err();
        let (standing, unread) = match now.map(|now| (took(&now), now.to_string())) {
            Ok((true, holds)) if is_already => return Ok(self.already(&holds)),
            Ok((true, after)) => {
                return Ok(Outcome::new(self.request, Change::Done { before, after }));
            }
            Ok((false, now)) if now == before => (format!("It is as it was: {before}."), None),
            Ok((false, now)) => (format!("Before: {before}; now: {now}."), None),
            Err(unread) if error.is_none() => {
                return Err(Error::Unchecked {
                    intent,
                    before,
                    error: unread,
                });
            }
            Err(unread) => {
                let why = "what holds now is not known, for it could not be read again";
                (format!("Before: {before}; {why}: {unread}"), Some(unread))
            }
        };
        let (said, limit) = match &error {
            Some(error) => (error.to_string(), self.limit(error)),
            None => ("`op` reported success, but it did not take.".to_owned(), ""),
        };
        let remarks = attempt.remarks;
        let in_the_way = unread.as_ref().or(error.as_ref());
        Err(Error::NotTaken {
            said: format!("could not {intent}: {said}{remarks}{limit} {standing}"),
            may_pass: in_the_way.is_some_and(op::Error::may_pass),
            error,
        })
    }

    pub(super) fn nothing_there(&self) -> Outcome {
        let kind = self.request.place.kind;
        self.already(&format_args!("the {kind} does not exist any more"))
    }

    pub(super) fn already(&self, holds: &impl Display) -> Outcome {
        let holds = holds.to_string();
        Outcome::new(self.request, Change::Already { holds })
    }

    /// The first reads failed.
    pub(super) fn unread(&self, error: op::Error) -> Error {
        Error::Unread {
            intent: self.request.intent(),
            limit: self.limit(&error),
            error,
        }
    }

    /// What a service account may not do (`src/op/op-cli.md`, Service accounts), when `op` refused
    /// for good, for which its words are not known. A token that is not taken is another matter.
    fn limit(&self, error: &op::Error) -> &'static str {
        let is_no = error.is_refusal() && !error.kind().is_of_sign_in();
        match self.request.place.kind {
            _ if !is_no || !self.client.is_service_account() => "",
            ResourceKind::Group => " A service account cannot change groups: sign in as a person.",
            _ => {
                " A service account can change access only on vaults that it created itself: sign in as a person."
            }
        }
    }
}

impl Drop for Job<'_> {
    fn drop(&mut self) {
        if self.is_open() {
            let intent = self.request.intent();
            warn!(
                "stopped on the way: it is not known whether 1Password did {intent:?}; a sync shows it"
            );
        }
    }
}
