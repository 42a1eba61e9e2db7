//! `doctor`: is everything there that a run needs? A line a check, and for each that fails the
//! next step. Nothing is changed anywhere.

use crate::baton::ids::ResourceKind;
use crate::c1;
use crate::exit::{self, Failure};
use crate::op::{self, Auth, Client, LONGEST_WAIT, Listing};
use crate::settings::{Error, Inputs, Mode, Settings};
use crate::sync::of_same_account;
use crate::terminal::table::{Mark, Table};

use super::output::unwritten;
use super::runtime::block_on;
use super::stored::Stored;
use super::{connect, sync};

/// Runs every check that the ones before it allow, and says what comes of them.
///
/// # Errors
/// A signal, or standard output that cannot be written.
pub(super) fn run(inputs: &Inputs) -> Result<u8, Failure> {
    block_on(async {
        let mut visit = Visit {
            table: Table::default(),
            failures: Vec::new(),
            account: None,
        };
        visit.all(inputs).await?;
        visit.verdict()
    })
}

struct Visit {
    table: Table,
    /// The checks that failed, in their order, with their exit codes.
    failures: Vec<(String, u8)>,
    /// The account that `op` is signed in to.
    account: Option<op::Account>,
}

impl Visit {
    async fn all(&mut self, inputs: &Inputs) -> Result<(), Failure> {
        let file = inputs.file.as_ref().map(|file| file.display().to_string());
        let run = match inputs.validated() {
            Ok((mode, settings)) => {
                let file = file.unwrap_or_else(|| "no configuration file".to_owned());
                self.good("settings", &format!("complete ({file})"))?;
                for warning in &settings.warnings {
                    self.skip("", &warning.line())?;
                }
                Some((mode, settings))
            }
            Err(Error(findings)) => {
                self.bad("settings", exit::USAGE, &findings.join("\n"))?;
                None
            }
        };
        let uses_app = run
            .as_ref()
            .is_none_or(|(_, settings)| matches!(settings.op.auth, Auth::Unlocked { .. }));
        let found = self.program(inputs.program(), uses_app).await?;
        let Some((mode, settings)) = run else {
            return Ok(());
        };
        if found {
            self.tenant(&settings).await?;
        }
        match mode {
            Mode::Serve(service) => {
                self.c1(service.c1).await?;
                self.skip("file", "service mode uploads instead of keeping a file")
            }
            mode => {
                self.skip("C1", "not asked for (--client-id)")?;
                self.file(&mode, &settings).await
            }
        }
    }

    /// Presence and version; nobody signs in.
    async fn program(&mut self, settings: op::Settings, uses_app: bool) -> Result<bool, Failure> {
        match Client::connect(settings).await {
            Ok(op) => {
                let version = op.version().unwrap_or("of unknown version");
                self.good("op", &format!("{version} at {}", op.path().display()))?;
                for warning in op.warnings() {
                    self.skip("", &warning.line())?;
                }
                if let Some(fault) = op.kept_from_app().filter(|_| uses_app) {
                    let text = format!(
                        "the 1Password app would not talk to this op, since {fault}; a session of `op signin` needs no app"
                    );
                    self.skip("", &text)?;
                }
                Ok(true)
            }
            Err(error) => {
                self.failed("op", &error.into())?;
                Ok(false)
            }
        }
    }

    /// Sign-in, rights and budget.
    async fn tenant(&mut self, settings: &Settings) -> Result<(), Failure> {
        let client = match connect::known(settings).await {
            Ok(Some(client)) => client,
            Ok(None) => {
                let text = "op does not know the account yet; a sync would add it, with the Secret Key that is given";
                return self.skip("sign-in", text);
            }
            Err(failure @ Failure::Stopped(_)) => return Err(failure),
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
                self.good("sign-in", &format!("{} ({kind}), {means}", account.name))?;
                self.account = Some(account);
            }
            Ok(None) => {
                let text = "op account get answered null: sign in with `op signin`, then try again";
                return self.bad("sign-in", exit::SIGN_IN, text);
            }
            Err(error) => return self.failed("sign-in", &error.into()),
        }
        self.listing("users", client.user_list().await)?;
        let groups = self.listing("groups", client.group_list().await)?;
        let vaults = self.listing("vaults", client.vault_list(None).await)?;
        self.members(&client, &vaults).await?;
        if client.is_service_account() {
            self.budget(&client, groups.len(), vaults.len()).await?;
        }
        Ok(())
    }

    fn listing<T>(
        &mut self,
        what: &str,
        answer: Result<Listing<T>, op::Error>,
    ) -> Result<Vec<T>, Failure> {
        match answer {
            Ok(listing) if listing.null => {
                let text = format!(
                    "op answered null instead of a list of {what}: ask an administrator for the right to list them"
                );
                self.bad(what, exit::OP, &text)?;
                Ok(Vec::new())
            }
            Ok(listing) => {
                self.good(what, &format!("{} listed", listing.rows.len()))?;
                Ok(listing.rows)
            }
            Err(error) => {
                self.failed(what, &error.into())?;
                Ok(Vec::new())
            }
        }
    }

    /// Who reaches a vault can be read: tried on the first one.
    async fn members(&mut self, client: &Client, vaults: &[op::Vault]) -> Result<(), Failure> {
        let Some(vault) = vaults.first() else {
            return self.skip("vault access", "no vault to try it on");
        };
        let users = client.vault_user_list(&vault.id).await;
        let both = match users {
            Ok(users) => client
                .vault_group_list(&vault.id)
                .await
                .map(|groups| (users, groups)),
            Err(error) => Err(error),
        };
        match both {
            Ok((users, groups)) => {
                let (users, groups) = (users.rows.len(), groups.rows.len());
                let text = format!("{users} users and {groups} groups on vault {}", vault.name);
                self.good("vault access", &text)
            }
            Err(error) => self.failed("vault access", &error.into()),
        }
    }

    /// Whether a service account's limits allow a whole sync.
    async fn budget(
        &mut self,
        client: &Client,
        groups: usize,
        vaults: usize,
    ) -> Result<(), Failure> {
        let needed = 7 + groups + 2 * vaults;
        let limits = match client.service_account_ratelimit().await {
            Ok(limits) => limits,
            Err(error) => return self.skip("budget", &error.to_string()),
        };
        for limit in limits.iter().filter(|limit| limit.is_of_reads()) {
            let left = format!("{limit}; a sync needs about {needed}");
            if limit.allows(needed) {
                self.good("budget", &left)?;
            } else if limit.resets_in() <= LONGEST_WAIT {
                self.skip("budget", &format!("{left}, so it will wait on the way"))?;
            } else {
                let text =
                    format!("{left}. Sync after the reset if that is enough, else as a user");
                self.bad("budget", exit::OP, &text)?;
            }
        }
        Ok(())
    }

    /// C1 can be reached and takes the credentials. It is told nothing.
    async fn c1(&mut self, settings: c1::Settings) -> Result<(), Failure> {
        let answer = match c1::Client::new(settings) {
            Ok(client) => client.authorize().await.map(|()| client),
            Err(error) => Err(error),
        };
        match answer {
            Ok(client) => {
                let text = format!("{} takes the credentials", client.address());
                self.good("C1", &text)
            }
            Err(error) => self.failed("C1", &error.into()),
        }
    }

    /// The file, opened as the mode would open it.
    async fn file(&mut self, mode: &Mode, settings: &Settings) -> Result<(), Failure> {
        let file = &settings.file;
        let answer = match mode {
            Mode::Sync => self.target(settings).await,
            Mode::Grant(_) | Mode::Revoke(_) => {
                Stored::open(file, &settings.limits).map(|stored| {
                    let lacks = stored
                        .notice
                        .map(|notice| format!(", but {}", notice.line()));
                    format!(
                        "{} can be read{}",
                        file.display(),
                        lacks.unwrap_or_default()
                    )
                })
            }
            Mode::Serve(_) | Mode::ListActions => return self.skip("file", "not used"),
        };
        match answer {
            Ok(text) => self.good("file", &text),
            Err(failure) => self.failed("file", &failure),
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

    fn good(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.table.row(Mark::Good, name, text).map_err(unwritten)
    }

    fn skip(&mut self, name: &str, text: &str) -> Result<(), Failure> {
        self.table.row(Mark::Note, name, text).map_err(unwritten)
    }

    /// A failure, and what else may help where its own next step does not.
    fn failed(&mut self, name: &str, failure: &Failure) -> Result<(), Failure> {
        let others = match failure {
            Failure::Op(error) => error.steps().get(1..).unwrap_or_default(),
            _ => &[],
        };
        let mut text = failure.to_string();
        for step in others {
            text += "\nOr: ";
            text += step;
        }
        self.bad(name, failure.code(), &text)
    }

    fn bad(&mut self, name: &str, code: u8, text: &str) -> Result<(), Failure> {
        self.failures.push((name.to_owned(), code));
        self.table.row(Mark::Bad, name, text).map_err(unwritten)
    }

    /// The last line; the exit code is that of the first failure.
    fn verdict(&self) -> Result<u8, Failure> {
        let (mark, text, code) = match &self.failures[..] {
            [] => (
                Mark::Good,
                "ready: nothing that was checked stands in the way".to_owned(),
                exit::OK,
            ),
            [(first, code)] => (Mark::Bad, format!("not ready: see to {first}"), *code),
            [(first, code), ..] => {
                let count = self.failures.len();
                (
                    Mark::Bad,
                    format!("not ready: {count} checks failed, see to {first} first"),
                    *code,
                )
            }
        };
        self.table.row(mark, "verdict", &text).map_err(unwritten)?;
        Ok(code)
    }
}
