//! The 1Password CLI as a whole: found and signed in; and how a call is made, in its turn.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use serde::de::DeserializeOwned;

use super::arguments::typed;
use super::auth::{self, Session, Variables};
use super::error::{Error, ErrorKind};
use super::journal::Journal;
use super::pace::{Activity, LONGEST_WAIT, PATIENCE, Pace, Turn};
use super::runner::{Call, FORMAT, Runner};
use super::{Auth, Settings, environment, json, locate, lock};
use crate::notice::Notice;
use crate::secret::Secret;

/// The 1Password CLI, found and signed in; clones share the session and the limits. Calls keep
/// their pace, an expired session of a user's credentials is renewed, and dropping a call's future
/// kills its process.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
    /// The command lines of a dry run.
    pub(super) noted: Option<Arc<Mutex<Vec<String>>>>,
    pub(super) journal: Option<Arc<Journal>>,
    /// How long a limit of rate may be waited for.
    pub(super) patience: Duration,
}

pub(super) struct Inner {
    identity: String,
    pub(super) runner: Runner,
    pub(super) session: Session,
    pub(super) service_account: bool,
    /// A service account's token stands in the environment, and nobody asked for it.
    pub(super) unused_token: bool,
    pub(super) pace: Pace,
    version: Option<String>,
    warning: Option<Notice>,
}

impl Client {
    /// Finds `op`, checks its version, and signs in where the means are a user's credentials.
    pub async fn connect(settings: Settings) -> Result<Self, Error> {
        let runner = Runner::new(&settings)?;
        let Settings { workers, auth, .. } = settings;
        let call = Call {
            words: &["--version"],
            ..Call::default()
        };
        let (version, warning) = locate::version(runner.run(call).await, &runner.path)?;
        let unused_token = matches!(auth, Auth::Unlocked { .. })
            && environment::own("OP_SERVICE_ACCOUNT_TOKEN").is_some_and(|token| !token.is_empty());
        let by_hand = environment::by_hand(&auth, &runner.environment);
        let inner = Inner {
            identity: identity(&auth, &runner.environment),
            service_account: matches!(auth, Auth::Service(_)),
            unused_token,
            pace: Pace::new(workers, by_hand),
            session: Session::begin(&runner, auth).await?,
            runner,
            version,
            warning,
        };
        Ok(Self {
            inner: Arc::new(inner),
            noted: None,
            journal: None,
            patience: PATIENCE,
        })
    }

    /// The same client for a dry run: reads are made, writes are only noted.
    pub fn rehearsing(&self) -> Self {
        let mut client = self.clone();
        client.noted = Some(Arc::default());
        client
    }

    /// The command lines that it has noted, as one would type them; `None` when writes are made.
    pub fn rehearsed(&self) -> Option<Vec<String>> {
        self.noted.as_ref().map(|lines| lock(lines).clone())
    }

    /// The same client with a journal: listings of members come from it, or are kept in it.
    pub fn with_journal(&self, journal: Option<Arc<Journal>>) -> Self {
        let mut client = self.clone();
        client.journal = journal;
        client
    }

    /// The same client for work that can wait until a service account's limit is reset.
    pub fn waiting_for_limits(&self) -> Self {
        let mut client = self.clone();
        if self.is_service_account() {
            client.patience = LONGEST_WAIT;
        }
        client
    }

    /// Who asks, as far as it is known before the first answer; tells means of signing in apart.
    pub fn identity(&self) -> &str {
        &self.inner.identity
    }

    /// What `op --version` printed; `None` when that could not be read.
    pub fn version(&self) -> Option<&str> {
        self.inner.version.as_deref()
    }

    /// The `op` in use, absolute.
    pub fn path(&self) -> &Path {
        &self.inner.runner.path
    }

    /// Counters for progress and summary.
    pub fn activity(&self) -> &Activity {
        &self.inner.runner.activity
    }

    /// Whether the means are a service account's token: some verbs are then refused
    /// (`src/op/op-cli.md`, Service accounts).
    pub fn is_service_account(&self) -> bool {
        self.inner.service_account
    }

    /// What the user should know about this `op`, such as that it is old.
    pub fn warnings(&self) -> Vec<Notice> {
        self.inner.warning.iter().cloned().collect()
    }

    /// Any verb that changes nothing.
    pub(super) async fn read<T: DeserializeOwned>(&self, words: &[&str]) -> Result<T, Error> {
        let output = self.call(Call::of(words), false).await?;
        self.inner.runner.parsed(words, &output)
    }

    /// A listing of members, from the journal if an earlier run got that far.
    pub(super) async fn members<T: DeserializeOwned>(&self, words: &[&str]) -> Result<T, Error> {
        let Some(journal) = &self.journal else {
            return self.read(words).await;
        };
        let earlier = journal.answer(words);
        if let Some(listing) = earlier.and_then(|answer| json::parse(answer.as_bytes()).ok()) {
            return Ok(listing);
        }
        let output = self.call(Call::of(words), false).await?;
        let listing = self.inner.runner.parsed(words, &output)?;
        journal.keep(words, &output, SystemTime::now());
        Ok(listing)
    }

    /// Only the exit code of a write counts: some verbs print nothing (`src/op/op-cli.md`, Output).
    pub(super) async fn write(&self, words: &[&str]) -> Result<(), Error> {
        let Some(noted) = &self.noted else {
            return self.call(Call::of(words), true).await.map(drop);
        };
        let line = typed(&[&["op"], words, &[FORMAT]].concat());
        lock(noted).push(line);
        Ok(())
    }

    pub(super) async fn call(&self, call: Call<'_>, write: bool) -> Result<Vec<u8>, Error> {
        let inner = &*self.inner;
        let turn = Turn {
            command: &call.words.join(" "),
            write,
            patience: self.patience,
        };
        let once = || self.call_signed_in(call);
        let limits = || self.service_account_ratelimit();
        let limits = inner.service_account.then_some(limits);
        match inner.pace.call(turn, self.activity(), once, limits).await {
            // Their list needs nobody to be signed in; without it the error stands as it is.
            Err(error) if error.kind() == ErrorKind::AmbiguousAccount => {
                let accounts = auth::known_accounts(&inner.runner).await;
                Err(error.among(&accounts.unwrap_or_default()))
            }
            result => result,
        }
    }

    /// One try; when the session is over and can be renewed, one more with the new session.
    pub(super) async fn call_signed_in(&self, call: Call<'_>) -> Result<Vec<u8>, Error> {
        let inner = &*self.inner;
        let once = async |variables: &Variables| {
            let result = inner.runner.run(Call { variables, ..call }).await;
            result.map_err(|error| error.of_data_call(inner.service_account, inner.unused_token))
        };
        let variables = inner.session.current().await;
        match once(&variables).await {
            Err(error) if inner.session.is_renewable(&error) => {
                let renewed = inner.session.renewed(&inner.runner, &variables).await?;
                once(&renewed).await.map_err(Error::despite_sign_in)
            }
            result => result,
        }
    }
}

/// Who will ask: what chooses the account and user. It holds secrets only as digests.
fn identity(auth: &Auth, environment: &[(OsString, OsString)]) -> String {
    let hidden = |secret: &Secret| format!("{:?}", digest(&SHA256, secret.expose().as_bytes()));
    let places = ["HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"];
    let chooses = |name: &str| name.starts_with("OP_") || places.contains(&name);
    match auth {
        Auth::Unlocked { account } => {
            let mut chosen: Vec<_> = environment.iter().collect();
            chosen.retain(|(name, _)| name.to_str().is_some_and(chooses));
            hidden(&Secret::new(format!("{account:?} {chosen:?}")))
        }
        Auth::User(user) => format!("user {:?} at {:?}", user.email, user.address),
        Auth::Service(token) => hidden(token),
    }
}
