//! How a call is made: with a place among the others, repeated, signed in, read.

use std::time::{Duration, Instant, SystemTime};

use super::super::auth;
use super::super::error::{Error, ErrorKind};
use super::super::gate::Slot;
use super::super::json::{self, Row};
use super::super::limits::minutes;
use super::super::process::Output;
use super::super::retry::retrying;
use super::super::runner::{Call, shown};
use super::super::types::Listing;
use super::Client;
use crate::secret::Secret;

impl Client {
    pub(super) async fn list<T: Row>(&self, words: &[&str]) -> Result<Listing<T>, Error> {
        self.read(words, json::listing).await
    }

    pub(super) async fn read<T>(
        &self,
        words: &[&str],
        parse: fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        let output = self.call(words, None, false).await?;
        self.parsed(words, &output, parse)
    }

    pub(super) fn parsed<T>(
        &self,
        words: &[&str],
        output: &Output,
        parse: fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        parse(&output.stdout)
            .map_err(|problem| self.inner.runner.bad_answer(words, output, &problem))
    }

    /// A listing of members, from the journal if an earlier run got that far.
    pub(super) async fn members<T: Row>(&self, words: &[&str]) -> Result<Listing<T>, Error> {
        let Some(journal) = &self.journal else {
            return self.list(words).await;
        };
        let earlier = journal
            .answer(words)
            .and_then(|answer| json::listing(&answer).ok());
        if let Some(listing) = earlier {
            return Ok(listing);
        }
        let output = self.call(words, None, false).await?;
        let listing = self.parsed(words, &output, json::listing)?;
        journal.keep(words, &output.stdout, SystemTime::now());
        Ok(listing)
    }

    /// Only the exit code of a write counts: some verbs print nothing (`src/op/op-cli.md`, Output).
    pub(super) async fn write(&self, words: &[&str]) -> Result<(), Error> {
        if let Some(rehearsal) = &self.rehearsal {
            rehearsal.note(words);
            return Ok(());
        }
        let _alone = self.inner.writing.lock().await;
        self.inner.throttle.pause().await;
        self.call(words, None, true).await.map(|_| ())
    }

    pub(super) async fn call(
        &self,
        words: &[&str],
        batch: Option<Batch<'_>>,
        write: bool,
    ) -> Result<Output, Error> {
        // Each try has a place of its own: whoever waits for the next one stands in nobody's way.
        let once = || async {
            let place = self.enter(words, write).await?;
            let began = Instant::now();
            let result = self.call_signed_in(words, batch).await;
            if result.is_ok() {
                self.inner.prompts.note(began.elapsed(), &self.inner.gate);
            }
            let failure = result.as_ref().err().map(Error::kind);
            place.report(failure);
            drop(place);
            self.inner.throttle.report(write, failure);
            match result {
                Err(error)
                    if self.inner.service_account && failure == Some(ErrorKind::RateLimited) =>
                {
                    let ask = self.service_account_ratelimit();
                    Err(self.inner.hold.met(error, write, self.patience, ask).await)
                }
                result => result,
            }
        };
        match retrying(write, self.patience, self.activity(), once).await {
            // The list of accounts needs nobody to be signed in; without it the error stands as it is.
            Err(error) if error.kind() == ErrorKind::AmbiguousAccount => {
                let accounts = auth::known_accounts(&self.inner.runner).await;
                Err(error.among(&accounts.unwrap_or_default()))
            }
            result => result,
        }
    }

    /// A place among the calls that run at once. A limit of reads that another call has met is not tried again before
    /// its end, and writes have their own.
    async fn enter(&self, words: &[&str], write: bool) -> Result<Slot<'_>, Error> {
        let inner = &*self.inner;
        if write {
            return Ok(inner.gate.enter().await);
        }
        loop {
            let held = |left| Error::held(&shown(words), &minutes(left));
            {
                let _limited = inner.hold.left().map(|_| self.activity().limited());
                inner.hold.over(self.patience).await.map_err(held)?;
            }
            let place = inner.gate.enter().await;
            if inner.hold.left().is_none() {
                return Ok(place);
            }
        }
    }

    /// One try; when the session is over and can be renewed, one more with the new session.
    pub(super) async fn call_signed_in(
        &self,
        words: &[&str],
        batch: Option<Batch<'_>>,
    ) -> Result<Output, Error> {
        let inner = &*self.inner;
        let (number, result) = self.call_once(words, batch).await;
        match result {
            Err(error) if inner.session.is_renewable(&error) => {
                inner.session.renew(&inner.runner, number).await?;
                let (_, result) = self.call_once(words, batch).await;
                result.map_err(Error::despite_sign_in)
            }
            result => result,
        }
    }

    /// One process, and the number of the credential that it used.
    async fn call_once(
        &self,
        words: &[&str],
        batch: Option<Batch<'_>>,
    ) -> (u64, Result<Output, Error>) {
        let inner = &*self.inner;
        let (number, credential) = inner.session.current().await;
        let call = Call {
            words,
            account: credential.account.as_deref(),
            secrets: &credential.secrets,
            line: batch.map(|batch| batch.input),
            in_parts: batch.is_some(),
            extra: batch.map_or(Duration::ZERO, |batch| batch.extra),
        };
        let result = inner.runner.run(call).await;
        let read = |error: Error| match inner.unused_token {
            true => error.beside_token(),
            false => error.of_data_call(inner.service_account),
        };
        (number, result.map_err(read))
    }
}

/// Several objects asked for in one call.
#[derive(Clone, Copy)]
pub(super) struct Batch<'a> {
    /// Their ids, one a line.
    pub(super) input: &'a Secret,
    /// Time beyond the deadline of one request.
    pub(super) extra: Duration,
}
