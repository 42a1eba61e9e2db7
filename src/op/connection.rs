//! The 1Password CLI as a whole: found, signed in, and what its calls share. `calls` makes a call,
//! `client` names them.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use super::auth::{self, Session};
use super::environment::{self, is_session};
use super::error::{Error, ErrorKind};
use super::journal::Journal;
use super::locate;
use super::pace::{Activity, LONGEST_WAIT, PATIENCE, Pace};
use super::prompts::Prompts;
use super::rehearsal::Rehearsal;
use super::runner::{Call, Runner};
use super::{Auth, Settings};
use crate::notice::Notice;
use crate::secret::Secret;

/// The 1Password CLI, found and signed in. Cloning it is cheap; all clones share the session and
/// the limits.
///
/// Calls keep their pace (see `pace`), an expired session of a user's credentials is renewed, and
/// what fails then is an [`Error`]. Dropping a call's future kills its process. Arguments are ids;
/// they are checked before they reach a command line.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
    pub(super) rehearsal: Option<Rehearsal>,
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
    /// Finds `op`, checks its version, and signs in if the means are a user's credentials. Makes no
    /// data call, so that an existing session, the desktop app and a service account's token are
    /// first tried by the first read.
    pub async fn connect(settings: Settings) -> Result<Self, Error> {
        let runner = runner(&settings)?;
        let Settings { workers, auth, .. } = settings;
        let (version, warning) = version(&runner).await?;
        let service_account = matches!(auth, Auth::Service(_));
        let unused_token = matches!(auth, Auth::Unlocked { .. })
            && environment::own("OP_SERVICE_ACCOUNT_TOKEN").is_some_and(|token| !token.is_empty());
        let identity = identity(&auth, &runner.environment);
        let prompts = Prompts::expected(&auth, &runner.environment);
        let session = Session::begin(&runner, auth).await?;
        let inner = Inner {
            identity,
            runner,
            session,
            service_account,
            unused_token,
            pace: Pace::new(workers, prompts),
            version,
            warning,
        };
        Ok(Self {
            inner: Arc::new(inner),
            rehearsal: None,
            journal: None,
            patience: PATIENCE,
        })
    }

    /// Whether `op` knows the account that a user is to sign in to, or could be told of it: found
    /// out before somebody is asked for the password. It fails as [`Client::connect`] would.
    pub async fn check_account(settings: &Settings) -> Result<(), Error> {
        let runner = runner(settings)?;
        match &settings.auth {
            Auth::User(user) => auth::check_account(&runner, user).await,
            Auth::Unlocked { .. } | Auth::Service(_) => Ok(()),
        }
    }

    /// The same client for a dry run: reads are made, writes are only noted.
    pub fn rehearsing(&self) -> Self {
        Self {
            rehearsal: Some(Rehearsal::default()),
            ..self.clone()
        }
    }

    /// The command lines that [`Client::rehearsing`] has noted, as one would type them; `None` when
    /// writes are made.
    pub fn rehearsed(&self) -> Option<Vec<String>> {
        self.rehearsal.as_ref().map(Rehearsal::command_lines)
    }

    /// The same client with a journal: membership listings that it holds are not asked for again,
    /// and others are kept in it.
    pub fn with_journal(&self, journal: Arc<Journal>) -> Self {
        Self {
            journal: Some(journal),
            ..self.clone()
        }
    }

    /// The same client for work that nobody stands beside: it waits until a service account's limit
    /// of the hour is reset.
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

    /// Who asks, as far as it is known before the first answer: a digest that tells two means of
    /// signing in apart.
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

    /// What keeps the desktop app from talking to this `op`, if it can be seen from here.
    pub fn kept_from_app(&self) -> Option<String> {
        super::system::kept_from_app(&self.inner.runner.path)
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
}

/// What all calls of these settings share.
fn runner(settings: &Settings) -> Result<Runner, Error> {
    let path = environment::own("PATH");
    let path = locate::find(settings.path.as_deref(), path.as_deref())?;
    let environment = environment::of_process(&settings.auth);
    Ok(Runner {
        secrets: Mutex::new(secrets(&settings.auth, &environment)),
        environment,
        path,
        deadline: settings.timeout,
        activity: Activity::default(),
        span: tracing::Span::current(),
    })
}

async fn version(runner: &Runner) -> Result<(Option<String>, Option<Notice>), Error> {
    use ErrorKind::{NotStartable, Timeout, TooMuchOutput};
    let answer = match runner.run(Call::of(&["--version"])).await {
        Ok(output) => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(error) if matches!(error.kind(), NotStartable | Timeout | TooMuchOutput) => {
            return Err(error);
        }
        Err(_) => None,
    };
    locate::version(answer.as_deref(), &runner.path)
}

/// Who will ask: what chooses the account and user. It holds secrets only as digests.
fn identity(auth: &Auth, environment: &[(OsString, OsString)]) -> String {
    const CHOOSERS: [&str; 5] = [
        "OP_ACCOUNT",
        "OP_CONFIG_DIR",
        "XDG_CONFIG_HOME",
        "HOME",
        "LOCALAPPDATA",
    ];
    let hidden = |text: &[u8]| format!("{:?}", digest(&SHA256, text));
    match auth {
        Auth::Unlocked { account } => {
            let mut identity = format!("unlocked {account:?}");
            for (name, value) in environment {
                let is_chooser = |name: &str| is_session(name) || CHOOSERS.contains(&name);
                if name.to_str().is_some_and(is_chooser) {
                    identity += &format!(" {name:?}={}", hidden(value.as_encoded_bytes()));
                }
            }
            identity
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
    let of_means: Vec<&Secret> = match auth {
        Auth::Unlocked { .. } => Vec::new(),
        Auth::User(user) => user.secret_key.iter().chain([&user.password]).collect(),
        Auth::Service(token) => vec![token],
    };
    inherited.chain(of_means.into_iter().cloned()).collect()
}
