//! `doctor`: is all there that a run needs? A line a check, with the next step. Nothing is changed.

use std::io::{self, Write};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};

use crate::baton::ids::ResourceKind;
use crate::c1;
use crate::exit::{self, Failure};
use crate::op::{self, Auth, Client, LONGEST_WAIT, Listing};
use crate::settings::{Inputs, Mode, Settings};
use crate::sync::of_same_account;
use crate::terminal::pager;
use crate::text::{fold, plain};

use super::output::ended;
use super::runtime::block_on;
use super::stored::Stored;
use super::{connect, sync};

/// Runs every check that the ones before it allow, and says what comes of them.
pub(super) fn run(inputs: &Inputs) -> Result<u8, Failure> {
    block_on(async {
        let mut checkup = Checkup::default();
        checkup.all(inputs).await;
        checkup.verdict()
    })
}

const GOOD: (&str, Style) = ("✓", AnsiColor::Green.on_default());
const BAD: (&str, Style) = ("✗", AnsiColor::Red.on_default().bold());
/// A check that was left out, or a remark.
const NOTE: (&str, Style) = ("–", Style::new().dimmed());

/// Columns before the text: mark, blank, name, blanks.
const INDENT: usize = 16;

#[derive(Default)]
struct Checkup {
    /// Why standard output did not take a row. The checks go on: the last one says so.
    unprinted: Option<io::Error>,
    /// The checks that failed, in their order, with their exit codes.
    failures: Vec<(String, u8)>,
    account: Option<op::Account>,
}

impl Checkup {
    async fn all(&mut self, inputs: &Inputs) {
        let run = inputs.validated();
        let mut uses_app = true;
        match &run {
            Ok((_, settings)) => {
                let file = inputs.file.as_ref().map(|file| file.to_string_lossy());
                let file = file.unwrap_or("no configuration file".into());
                self.row(GOOD, "settings", &format!("complete ({file})"));
                for warning in &settings.warnings {
                    self.row(NOTE, "", &warning.line());
                }
                uses_app = matches!(settings.op.auth, Auth::Unlocked { .. });
            }
            Err(error) => self.failed("settings", &error.clone().into()),
        }
        let has_op = self.program(inputs.program(), uses_app).await;
        let Ok((mode, settings)) = run else {
            return;
        };
        if has_op {
            self.tenant(&settings).await;
        }
        if let Mode::Serve(service) = mode {
            self.outcome("C1", c1(service.c1).await);
            let text = "service mode uploads instead of keeping a file";
            return self.row(NOTE, "file", text);
        }
        self.row(NOTE, "C1", "not asked for (--client-id)");
        match mode {
            Mode::Sync => self.outcome("file", self.target(&settings).await),
            Mode::Grant(_) | Mode::Revoke(_) => self.outcome("file", stored(&settings)),
            Mode::Serve(_) | Mode::ListActions => self.row(NOTE, "file", "not used"),
        }
    }

    /// Presence and version; nobody signs in.
    async fn program(&mut self, settings: op::Settings, uses_app: bool) -> bool {
        let op = match Client::connect(settings).await {
            Ok(op) => op,
            Err(error) => {
                self.failed("op", &error.into());
                return false;
            }
        };
        let version = op.version().unwrap_or("of unknown version");
        self.row(GOOD, "op", &format!("{version} at {}", op.path().display()));
        for warning in op.warnings() {
            self.row(NOTE, "", &warning.line());
        }
        if let Some(fault) = op::kept_from_app(op.path()).filter(|_| uses_app) {
            let text = format!(
                "the 1Password app would not talk to this op, since {fault}; a session of `op \
                 signin` needs no app"
            );
            self.row(NOTE, "", &text);
        }
        true
    }

    /// Sign-in, rights and budget.
    async fn tenant(&mut self, settings: &Settings) {
        let client = match connect::known(settings).await {
            Ok(Some(client)) => client,
            Ok(None) => {
                let text = "op does not know the account yet; a sync would add it, with the Secret \
                            Key that is given";
                return self.row(NOTE, "sign-in", text);
            }
            Err(failure) => return self.failed("sign-in", &failure),
        };
        let means = match &settings.op.auth {
            Auth::Unlocked { .. } => "unlocked op",
            Auth::User(_) => "user with password",
            Auth::Service(_) => "service account",
        };
        match client.account_get().await {
            Ok(Some(account)) => {
                let kind = account.kind.to_lowercase();
                let text = format!("{} ({kind}), {means}", account.name);
                self.row(GOOD, "sign-in", &text);
                self.account = Some(account);
            }
            Ok(None) => {
                let text = "op account get answered null: sign in with `op signin`, then try again";
                return self.bad("sign-in", exit::SIGN_IN, text);
            }
            Err(error) => return self.failed("sign-in", &error.into()),
        }
        self.listing("users", client.user_list().await);
        let groups = self.listing("groups", client.group_list().await);
        let vaults = self.listing("vaults", client.vault_list(None).await);
        match vaults.first() {
            Some(vault) => self.outcome("vault access", members(&client, vault).await),
            None => self.row(NOTE, "vault access", "no vault to try it on"),
        }
        if client.is_service_account() {
            self.budget(&client, groups.len(), vaults.len()).await;
        }
    }

    fn listing<T>(&mut self, what: &str, answer: Result<Listing<T>, op::Error>) -> Vec<T> {
        match answer {
            Ok(listing) if listing.null => {
                let text = format!(
                    "op answered null instead of a list of {what}: ask an administrator for the \
                     right to list them"
                );
                self.bad(what, exit::OP, &text);
            }
            Ok(listing) => {
                self.row(GOOD, what, &format!("{} listed", listing.rows.len()));
                return listing.rows;
            }
            Err(error) => self.failed(what, &error.into()),
        }
        Vec::new()
    }

    /// Whether a service account's limits allow a whole sync.
    async fn budget(&mut self, client: &Client, groups: usize, vaults: usize) {
        let needed = 7 + groups + 2 * vaults;
        let limits = match client.service_account_ratelimit().await {
            Ok(limits) => limits,
            Err(error) => return self.row(NOTE, "budget", &error.to_string()),
        };
        for limit in limits.iter().filter(|limit| limit.counts(false)) {
            let left = format!("{limit}; a sync needs about {needed}");
            if limit.allows(needed) {
                self.row(GOOD, "budget", &left);
            } else if limit.resets_in() <= LONGEST_WAIT {
                let text = left + ", so it will wait on the way";
                self.row(NOTE, "budget", &text);
            } else {
                let text = left + ". Sync after the reset if that is enough, else as a user";
                self.bad("budget", exit::OP, &text);
            }
        }
    }

    /// The file of a sync: free to be written, and of the same account.
    async fn target(&self, settings: &Settings) -> Result<String, Failure> {
        let mut target = sync::target(settings).await?;
        let path = target.path().to_owned();
        let account = target.newest_resource(ResourceKind::Account.as_str())?;
        if let (Some(account), Some(signed_in)) = (account, &self.account) {
            of_same_account(&path, &account, signed_in)?;
        }
        Ok(format!("{} can be written", path.display()))
    }

    fn outcome<E: Into<Failure>>(&mut self, name: &str, answer: Result<String, E>) {
        match answer {
            Ok(text) => self.row(GOOD, name, &text),
            Err(error) => self.failed(name, &error.into()),
        }
    }

    /// Prints a row at once, folded to the terminal's width; lines of `text` stay apart.
    fn row(&mut self, (sign, style): (&str, Style), name: &str, text: &str) {
        let width = pager::width().saturating_sub(INDENT);
        let folded = |line| fold(&plain(line), width, true);
        let lines = text.lines().flat_map(folded);
        let text = lines.collect::<Vec<_>>().join(&format!("\n{:INDENT$}", ""));
        let mut out = anstream::stdout();
        let head = INDENT - 2;
        let row = writeln!(out, "{style}{sign}{style:#} {name:head$}{text}");
        let fault = row.and_then(|()| out.flush()).err();
        self.unprinted = self.unprinted.take().or(fault);
    }

    fn bad(&mut self, name: &str, code: u8, text: &str) {
        self.failures.push((name.to_owned(), code));
        self.row(BAD, name, text);
    }

    /// A failure, and what else may help where its own next step does not.
    fn failed(&mut self, name: &str, failure: &Failure) {
        let mut text = failure.to_string();
        if let Failure::Op(error) = failure {
            for step in error.steps().get(1..).unwrap_or_default() {
                text += &format!("\nOr: {step}");
            }
        }
        self.bad(name, failure.code(), &text);
    }

    /// The last line; the exit code is that of the first failure.
    fn verdict(mut self) -> Result<u8, Failure> {
        let (mark, text, code) = match &self.failures[..] {
            [] => {
                let text = "ready: nothing that was checked stands in the way".to_owned();
                (GOOD, text, exit::OK)
            }
            [(first, code)] => (BAD, format!("not ready: see to {first}"), *code),
            [(first, code), ..] => {
                let count = self.failures.len();
                let text = format!("not ready: {count} checks failed, see to {first} first");
                (BAD, text, *code)
            }
        };
        self.row(mark, "verdict", &text);
        ended(self.unprinted.map_or(Ok(()), Err)).map(|_| code)
    }
}

/// Who reaches a vault can be read: tried on the first one.
async fn members(client: &Client, vault: &op::Vault) -> Result<String, op::Error> {
    let users = client.vault_user_list(&vault.id).await?.rows.len();
    let groups = client.vault_group_list(&vault.id).await?.rows.len();
    let name = &vault.name;
    Ok(format!("{users} users and {groups} groups on vault {name}"))
}

/// C1 can be reached and takes the credentials. Nothing is sent to it.
async fn c1(settings: Arc<c1::Settings>) -> Result<String, c1::Error> {
    let client = c1::Client::new(settings)?;
    client.authorize().await?;
    Ok(format!("{} takes the credentials", client.address()))
}

/// The file of a grant or revocation: it can be read.
fn stored(settings: &Settings) -> Result<String, Failure> {
    let file = &settings.flags.file;
    let notice = Stored::open(file, &settings.limits)?.notice;
    let lacks = notice.map(|notice| format!(", but {}", notice.line()));
    let (file, lacks) = (file.display(), lacks.unwrap_or_default());
    Ok(format!("{file} can be read{lacks}"))
}
