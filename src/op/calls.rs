//! How a call is made: in its turn, signed in, read.

use std::time::SystemTime;

use super::auth::{self, Credential};
use super::connection::Client;
use super::error::{Error, ErrorKind};
use super::json::{self, Listing, Row};
use super::pace::Turn;
use super::process::Output;
use super::runner::{Call, command_text};

/// Ends every command line but those of signing in.
const FORMAT: &str = "--format=json";

impl Client {
    /// A `list` verb.
    pub(super) async fn list<T: Row>(&self, words: &[&str]) -> Result<Listing<T>, Error> {
        self.read(words, json::listing).await
    }

    /// Any verb that changes nothing.
    pub(super) async fn read<T>(
        &self,
        words: &[&str],
        parse: fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        let output = self.call(Call::of(words), false).await?;
        self.inner.runner.parsed(words, &output, parse)
    }

    /// A listing of members, from the journal if an earlier run got that far.
    pub(super) async fn members<T: Row>(&self, words: &[&str]) -> Result<Listing<T>, Error> {
        let Some(journal) = &self.journal else {
            return self.list(words).await;
        };
        let earlier = journal.answer(words);
        if let Some(listing) = earlier.and_then(|answer| json::listing(answer.as_bytes()).ok()) {
            return Ok(listing);
        }
        let output = self.call(Call::of(words), false).await?;
        let listing = self.inner.runner.parsed(words, &output, json::listing)?;
        journal.keep(words, &output.stdout, SystemTime::now());
        Ok(listing)
    }

    /// Only the exit code of a write counts: some verbs print nothing (`src/op/op-cli.md`, Output).
    pub(super) async fn write(&self, words: &[&str]) -> Result<(), Error> {
        if let Some(rehearsal) = &self.rehearsal {
            rehearsal.note(&[words, &[FORMAT]].concat());
            return Ok(());
        }
        self.call(Call::of(words), true).await.map(drop)
    }

    pub(super) async fn call(&self, call: Call<'_>, write: bool) -> Result<Output, Error> {
        let inner = &*self.inner;
        let turn = Turn {
            command: &command_text(call.words),
            write,
            patience: self.patience,
        };
        let once = || self.call_signed_in(call);
        let limits = inner
            .service_account
            .then_some(|| self.service_account_ratelimit());
        match inner.pace.call(turn, self.activity(), once, limits).await {
            // The list of accounts needs nobody to be signed in; without it the error stands as it
            // is.
            Err(error) if error.kind() == ErrorKind::AmbiguousAccount => {
                let accounts = auth::known_accounts(&inner.runner).await;
                Err(error.among(&accounts.unwrap_or_default()))
            }
            result => result,
        }
    }

    /// One try; when the session is over and can be renewed, one more with the new session.
    pub(super) async fn call_signed_in(&self, call: Call<'_>) -> Result<Output, Error> {
        let inner = &*self.inner;
        let credential = inner.session.current().await;
        match self.call_once(call, &credential).await {
            Err(error) if inner.session.is_renewable(&error) => {
                let renewed = inner.session.renewed(&inner.runner, &credential).await?;
                let result = self.call_once(call, &renewed).await;
                result.map_err(Error::despite_sign_in)
            }
            result => result,
        }
    }

    /// One process.
    async fn call_once(&self, call: Call<'_>, credential: &Credential) -> Result<Output, Error> {
        let inner = &*self.inner;
        let call = Call {
            words: &[call.words, &[FORMAT]].concat(),
            account: credential.account.as_deref(),
            secrets: &credential.secrets,
            ..call
        };
        let result = inner.runner.run(call).await;
        result.map_err(|error| error.of_data_call(inner.service_account, inner.unused_token))
    }
}
