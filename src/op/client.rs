//! One method a verb of `op`, typed rows out (contract op-cli §1).

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use super::activity::Activity;
use super::arguments::{argument, permissions as joined};
use super::auth::Session;
use super::environment::{environment, is_session};
use super::error::{Error, ErrorKind};
use super::gate::{Gate, Place};
use super::journal::Journal;
use super::json::{self, Row};
use super::limits::{Hold, minutes};
use super::locate::{self, Version};
use super::process::Output;
use super::rehearsal::Rehearsal;
use super::retry::{LONGEST_WAIT, PATIENCE, retrying};
use super::runner::{Call, Runner, shown};
use super::throttle::Throttle;
use super::types::{
    Account, ConnectServer, ConnectToken, Group, GroupUser, Listing, RateLimit, User, UserDetails,
    Vault, VaultGroup, VaultUser,
};
use super::{Auth, Settings};
use crate::secret::Secret;
use aws_lc_rs::digest::{SHA256, digest};

/// The 1Password CLI, found and signed in. Cloning it is cheap; all clones share the session and the limits.
///
/// Reads run side by side, at most `workers` of them; writes run one after the other. Transient failures are repeated,
/// an expired session of a user's credentials is renewed, and what remains is an [`Error`]. Dropping a call's future
/// kills its process. Arguments are ids; they are checked before they reach a command line.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    rehearsal: Option<Rehearsal>,
    journal: Option<Arc<Journal>>,
    /// How long a limit of rate may be waited for.
    patience: Duration,
}

struct Inner {
    identity: String,
    runner: Runner,
    session: Session,
    service_account: bool,
    gate: Gate,
    hold: Hold,
    /// Held during a write: parallel writes on one vault end in conflicts (contract op-cli §5.5).
    writing: tokio::sync::Mutex<()>,
    throttle: Throttle,
    version: Option<String>,
    warnings: Vec<String>,
}

impl Client {
    /// Finds `op`, checks its version, and signs in if the means are a user's credentials. Makes no data call, so that
    /// an existing session, the desktop app and a service account's token are first tried by the first read.
    pub async fn connect(settings: Settings) -> Result<Self, Error> {
        let Settings {
            path,
            timeout,
            workers,
            auth,
        } = settings;
        let path = locate::find(path.as_deref(), std::env::var_os("PATH").as_deref())?;
        let environment = environment(std::env::vars_os(), &auth);
        let runner = Runner {
            secrets: Mutex::new(secrets(&auth, &environment)),
            environment,
            path,
            deadline: timeout,
            activity: Activity::default(),
            span: tracing::Span::current(),
        };
        let (version, warnings) = match version(&runner).await? {
            Version::Good(version) => (Some(version), Vec::new()),
            Version::Old { version, warning } => (Some(version), vec![warning]),
            Version::Unknown { warning } => (None, vec![warning]),
        };
        let service_account = matches!(auth, Auth::Service(_));
        let identity = identity(&auth, &runner.environment);
        let session = Session::begin(&runner, auth).await?;
        let inner = Inner {
            identity,
            runner,
            session,
            service_account,
            gate: Gate::new(workers),
            hold: Hold::default(),
            writing: tokio::sync::Mutex::new(()),
            throttle: Throttle::default(),
            version,
            warnings,
        };
        Ok(Self {
            inner: Arc::new(inner),
            rehearsal: None,
            journal: None,
            patience: PATIENCE,
        })
    }

    /// The same client for a dry run: reads are made, writes are only noted.
    pub fn rehearsing(&self) -> Self {
        Self {
            rehearsal: Some(Rehearsal::default()),
            ..self.clone()
        }
    }

    /// The command lines that [`Client::rehearsing`] has noted, as one would type them; `None` when writes are made.
    pub fn rehearsed(&self) -> Option<Vec<String>> {
        self.rehearsal.as_ref().map(Rehearsal::command_lines)
    }

    /// The same client with a journal: membership listings that it holds are not asked for again, and others are kept
    /// in it.
    pub fn with_journal(&self, journal: Arc<Journal>) -> Self {
        Self {
            journal: Some(journal),
            ..self.clone()
        }
    }

    /// The same client for work that nobody stands beside: it waits until a service account's limit of the hour is
    /// reset.
    pub fn waiting_for_limits(&self) -> Self {
        let patience = match self.inner.service_account {
            true => LONGEST_WAIT,
            false => PATIENCE,
        };
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Who asks, as far as it is known before the first answer: a digest that tells two means of signing in apart.
    pub fn identity(&self) -> &str {
        &self.inner.identity
    }

    /// `op account get`; `None` when `op` answers `null`.
    pub async fn account_get(&self) -> Result<Option<Account>, Error> {
        self.read(&["account", "get", "--format=json"], json::object)
            .await
    }

    /// `op user list`: everybody in the account.
    pub async fn user_list(&self) -> Result<Listing<User>, Error> {
        self.list(&["user", "list", "--format=json"]).await
    }

    /// `op user get -`: what `user list` leaves out, of as many of these people as `op` answers for, in one process. It
    /// makes a request for each of them, and may take a second for each beyond the deadline, ten minutes at most. A
    /// batch that broke off gives what came before.
    pub async fn user_get(&self, users: &[String]) -> Result<Vec<UserDetails>, Error> {
        // An id that does not fit says nothing about the others.
        let fit = users
            .iter()
            .filter(|user| argument("user id", user).is_ok());
        let fit: Vec<&str> = fit.map(String::as_str).collect();
        if fit.is_empty() {
            return Ok(Vec::new());
        }
        let input = Secret::new(fit.join("\n"));
        let batch = Batch {
            input: &input,
            extra: Duration::from_secs(users.len() as u64).min(LONGEST_BATCH),
        };
        let words = ["user", "get", "-", "--format=json"];
        let output = self.call(&words, Some(batch), false).await?;
        Ok(json::sequence(&output.stdout))
    }

    /// `op group list`.
    pub async fn group_list(&self) -> Result<Listing<Group>, Error> {
        self.list(&["group", "list", "--format=json"]).await
    }

    /// `op vault list`: the vaults that the caller can read, or those on which it holds `permission`.
    pub async fn vault_list(&self, permission: Option<&str>) -> Result<Listing<Vault>, Error> {
        match permission {
            None => self.list(&["vault", "list", "--format=json"]).await,
            Some(permission) => {
                let filter = format!("--permission={}", argument("permission", permission)?);
                self.list(&["vault", "list", &filter, "--format=json"])
                    .await
            }
        }
    }

    /// `op group user list`: the members of a group with their roles.
    pub async fn group_user_list(&self, group: &str) -> Result<Listing<GroupUser>, Error> {
        self.members(&[
            "group",
            "user",
            "list",
            argument("group id", group)?,
            "--format=json",
        ])
        .await
    }

    /// `op vault user list`: who holds permissions on a vault directly.
    pub async fn vault_user_list(&self, vault: &str) -> Result<Listing<VaultUser>, Error> {
        self.members(&[
            "vault",
            "user",
            "list",
            argument("vault id", vault)?,
            "--format=json",
        ])
        .await
    }

    /// `op vault group list`: which groups hold permissions on a vault.
    pub async fn vault_group_list(&self, vault: &str) -> Result<Listing<VaultGroup>, Error> {
        self.members(&[
            "vault",
            "group",
            "list",
            argument("vault id", vault)?,
            "--format=json",
        ])
        .await
    }

    /// `op connect server list`. Service accounts may not.
    pub async fn connect_server_list(&self) -> Result<Listing<ConnectServer>, Error> {
        self.list(&["connect", "server", "list", "--format=json"])
            .await
    }

    /// `op connect token list`: of all servers, active and revoked. Service accounts may not.
    pub async fn connect_token_list(&self) -> Result<Listing<ConnectToken>, Error> {
        self.list(&["connect", "token", "list", "--format=json"])
            .await
    }

    /// `op service-account ratelimit`: does not count against the limits itself. It is tried once and waits for nobody,
    /// since it is asked when all others wait, and everything goes on without the answer.
    pub async fn service_account_ratelimit(&self) -> Result<Vec<RateLimit>, Error> {
        let words = ["service-account", "ratelimit", "--format=json"];
        let output = self.call_signed_in(&words, None).await?;
        Ok(self.parsed(&words, &output, json::listing)?.rows)
    }

    /// `op group user grant`: adds a member, or changes the role of one. With role `manager` a user who is not in the
    /// group yet only becomes a member; the same call again promotes (contract op-cli §1.11).
    pub async fn group_user_grant(&self, group: &str, user: &str, role: &str) -> Result<(), Error> {
        let (group, user) = (argument("group id", group)?, argument("user id", user)?);
        let role = argument("role", role)?;
        self.write(&[
            "group",
            "user",
            "grant",
            "--group",
            group,
            "--role",
            role,
            "--user",
            user,
            "--format=json",
        ])
        .await
    }

    /// `op group user revoke`: ends the membership, whatever the role.
    pub async fn group_user_revoke(&self, group: &str, user: &str) -> Result<(), Error> {
        let (group, user) = (argument("group id", group)?, argument("user id", user)?);
        self.write(&[
            "group",
            "user",
            "revoke",
            "--group",
            group,
            "--user",
            user,
            "--format=json",
        ])
        .await
    }

    /// `op vault user grant --no-input`: every permission that another one needs must be named.
    pub async fn vault_user_grant(
        &self,
        vault: &str,
        user: &str,
        permissions: &[String],
    ) -> Result<(), Error> {
        self.change_access("grant", vault, ("user", user), Some(permissions))
            .await
    }

    /// `op vault user revoke --no-input`: every permission that needs another one must be named.
    pub async fn vault_user_revoke(
        &self,
        vault: &str,
        user: &str,
        permissions: &[String],
    ) -> Result<(), Error> {
        self.change_access("revoke", vault, ("user", user), Some(permissions))
            .await
    }

    /// `op vault user revoke --no-input` without permissions: ends the whole grant (contract op-cli §1.15).
    pub async fn vault_user_revoke_all(&self, vault: &str, user: &str) -> Result<(), Error> {
        self.change_access("revoke", vault, ("user", user), None)
            .await
    }

    /// `op vault group grant --no-input`, as [`Client::vault_user_grant`].
    pub async fn vault_group_grant(
        &self,
        vault: &str,
        group: &str,
        permissions: &[String],
    ) -> Result<(), Error> {
        self.change_access("grant", vault, ("group", group), Some(permissions))
            .await
    }

    /// `op vault group revoke --no-input`, as [`Client::vault_user_revoke`].
    pub async fn vault_group_revoke(
        &self,
        vault: &str,
        group: &str,
        permissions: &[String],
    ) -> Result<(), Error> {
        self.change_access("revoke", vault, ("group", group), Some(permissions))
            .await
    }

    /// `op vault group revoke --no-input` without permissions: ends the whole grant (contract op-cli §1.15).
    pub async fn vault_group_revoke_all(&self, vault: &str, group: &str) -> Result<(), Error> {
        self.change_access("revoke", vault, ("group", group), None)
            .await
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

    /// Whether the means are a service account's token: some verbs are then refused (contract
    /// op-cli §3.3).
    pub fn is_service_account(&self) -> bool {
        self.inner.service_account
    }

    /// What the user should know about this `op`, such as that it is old.
    pub fn warnings(&self) -> Vec<String> {
        self.inner.warnings.clone()
    }

    async fn change_access(
        &self,
        verb: &str,
        vault: &str,
        (noun, principal): (&str, &str),
        permissions: Option<&[String]>,
    ) -> Result<(), Error> {
        let flag = format!("--{noun}");
        let vault = argument("vault id", vault)?;
        let principal = argument(&format!("{noun} id"), principal)?;
        let permissions = permissions.map(joined).transpose()?;
        let mut words = vec!["vault", noun, verb, "--vault", vault, &flag, principal];
        if let Some(permissions) = &permissions {
            words.extend(["--permissions", permissions]);
        }
        words.extend(["--no-input", "--format=json"]);
        self.write(&words).await
    }

    async fn list<T: Row>(&self, words: &[&str]) -> Result<Listing<T>, Error> {
        self.read(words, json::listing).await
    }

    async fn read<T>(
        &self,
        words: &[&str],
        parse: fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        let output = self.call(words, None, false).await?;
        self.parsed(words, &output, parse)
    }

    fn parsed<T>(
        &self,
        words: &[&str],
        output: &Output,
        parse: fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Error> {
        parse(&output.stdout)
            .map_err(|problem| self.inner.runner.bad_answer(words, output, &problem))
    }

    /// A listing of members, from the journal if an earlier run got that far.
    async fn members<T: Row>(&self, words: &[&str]) -> Result<Listing<T>, Error> {
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

    /// Only the exit code of a write counts: some verbs print nothing (contract op-cli §1.1).
    async fn write(&self, words: &[&str]) -> Result<(), Error> {
        if let Some(rehearsal) = &self.rehearsal {
            rehearsal.note(words);
            return Ok(());
        }
        let _alone = self.inner.writing.lock().await;
        self.inner.throttle.pause().await;
        self.call(words, None, true).await.map(|_| ())
    }

    async fn call(
        &self,
        words: &[&str],
        batch: Option<Batch<'_>>,
        write: bool,
    ) -> Result<Output, Error> {
        let place = self.enter(words, write).await?;
        let once = || async {
            let result = self.call_signed_in(words, batch).await;
            let failure = result.as_ref().err().map(Error::kind);
            place.report(failure);
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
        retrying(write, self.patience, self.activity(), once).await
    }

    /// A place among the calls that run at once. A limit of reads that another call has met is not tried again before
    /// its end, and writes have their own.
    async fn enter(&self, words: &[&str], write: bool) -> Result<Place<'_>, Error> {
        let inner = &*self.inner;
        if write {
            return Ok(inner.gate.enter().await);
        }
        loop {
            let held = |left| Error::held(&shown(words), &minutes(left));
            inner.hold.over(self.patience).await.map_err(held)?;
            let place = inner.gate.enter().await;
            if inner.hold.left().is_none() {
                return Ok(place);
            }
        }
    }

    /// One try; when the session is over and can be renewed, one more with the new session.
    async fn call_signed_in(
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
        (
            number,
            result.map_err(|error| error.of_data_call(inner.service_account)),
        )
    }
}

/// Most time that a batch may take beyond the deadline of one request.
const LONGEST_BATCH: Duration = Duration::from_secs(600);

/// Several objects asked for in one call.
#[derive(Clone, Copy)]
struct Batch<'a> {
    /// Their ids, one a line.
    input: &'a Secret,
    /// Time beyond the deadline of one request.
    extra: Duration,
}

async fn version(runner: &Runner) -> Result<Version, Error> {
    let call = Call {
        words: &["--version"],
        ..Call::default()
    };
    let answer = match runner.run(call).await {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::Missing | ErrorKind::Timeout | ErrorKind::TooMuchOutput
            ) =>
        {
            return Err(error);
        }
        Err(_) => None,
    };
    locate::judge(answer.as_deref(), &runner.path)
}

/// Who will ask: what chooses the account and user. It holds secrets only as digests.
fn identity(auth: &Auth, environment: &[(OsString, OsString)]) -> String {
    const CHOOSERS: [&str; 4] = ["OP_ACCOUNT", "OP_CONFIG_DIR", "XDG_CONFIG_HOME", "HOME"];
    let hidden = |text: &[u8]| format!("{:?}", digest(&SHA256, text));
    match auth {
        Auth::Unlocked { account } => {
            let chosen = environment
                .iter()
                .filter_map(|(name, value)| match name.to_str()? {
                    name if is_session(name) => {
                        Some(format!("{name}={}", hidden(value.as_encoded_bytes())))
                    }
                    name if CHOOSERS.contains(&name) => Some(format!("{name}={value:?}")),
                    _ => None,
                });
            format!(
                "unlocked {account:?} {}",
                chosen.collect::<Vec<_>>().join(" ")
            )
        }
        Auth::User(user) => format!("user {:?} at {:?}", user.email, user.address),
        Auth::Service(token) => format!("service {}", hidden(token.expose().as_bytes())),
    }
}

/// Every secret of this run that exists before signing in.
fn secrets(auth: &Auth, environment: &[(OsString, OsString)]) -> Vec<Secret> {
    let inherited = environment
        .iter()
        .filter(|(name, _)| name.to_str().is_some_and(is_session))
        .map(|(_, token)| Secret::new(token.to_string_lossy().into_owned()));
    let given = match auth {
        Auth::Unlocked { .. } => Vec::new(),
        Auth::User(user) => user
            .secret_key
            .iter()
            .chain([&user.password])
            .cloned()
            .collect(),
        Auth::Service(token) => vec![token.clone()],
    };
    inherited.chain(given).collect()
}
