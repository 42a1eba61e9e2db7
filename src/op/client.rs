//! One method a verb of `op`, typed rows out (`src/op/op-cli.md`, Rows).

use std::time::Duration;

use super::arguments::{argument, permissions as joined};
use super::connection::Client;
use super::error::Error;
use super::json::{self, Listing};
use super::runner::Call;
use super::types::{
    Account, ConnectServer, ConnectToken, Group, Ignoring, RateLimit, UNKNOWN, User, UserDetails,
    Vault, WhoAmI,
};
use crate::secret::Secret;
use crate::text::host;

impl Client {
    /// `op account get`; `None` when `op` answers `null`. A service account that is refused this
    /// learns from `op whoami` the account's id and address, and neither name nor type.
    pub async fn account_get(&self) -> Result<Option<Account>, Error> {
        match self.read(&["account", "get"]).await {
            Err(refusal) if self.is_service_account() && refusal.is_refusal() => {
                match self.read::<Option<WhoAmI>>(&["whoami"]).await {
                    Ok(Some(who)) if !who.account_uuid.is_empty() => Ok(Some(Account {
                        id: who.account_uuid,
                        name: host(&who.url),
                        kind: UNKNOWN.to_owned(),
                    })),
                    _ => Err(refusal),
                }
            }
            answer => answer,
        }
    }

    /// `op user list`: everybody in the account.
    pub async fn user_list(&self) -> Result<Listing<User>, Error> {
        let listing: Listing<Ignoring<_, true, true>> = self.read(&["user", "list"]).await?;
        Ok(listing.map(|row| row.0))
    }

    /// `op user get -`: what `user list` leaves out, of as many of these people as `op` answers
    /// for, also when it breaks off. Each is a request, with a second more, ten minutes at most.
    pub async fn user_get(&self, users: &[String]) -> Result<Vec<UserDetails>, Error> {
        // An id that does not fit says nothing about the others.
        let is_fit = |user: &&String| argument("user id", user).is_ok();
        let fit: Vec<&str> = users.iter().filter(is_fit).map(String::as_str).collect();
        if fit.is_empty() {
            return Ok(Vec::new());
        }
        let input = Secret::new(fit.join("\n"));
        let batch = Call {
            line: Some(&input),
            batch: Some(Duration::from_secs(600.min(users.len() as u64))),
            ..Call::of(&["user", "get", "-"])
        };
        let output = self.call(batch, false).await?;
        Ok(json::sequence(&output))
    }

    /// `op group list`.
    pub async fn group_list(&self) -> Result<Listing<Group>, Error> {
        let listing: Listing<Ignoring<_, true, true>> = self.read(&["group", "list"]).await?;
        Ok(listing.map(|row| row.0))
    }

    /// `op group get`: a group by its id or name; `None` when `op` answers `null`.
    pub async fn group_get(&self, group: &str) -> Result<Option<Group>, Error> {
        let words = ["group", "get", argument("group id", group)?];
        let row: Option<Ignoring<_, true, true>> = self.read(&words).await?;
        Ok(row.map(|row| row.0))
    }

    /// `op vault list`: the vaults that the caller can read, or on which it holds `permission`.
    pub async fn vault_list(&self, permission: Option<&str>) -> Result<Listing<Vault>, Error> {
        let filter = permission.map(|permission| format!("--permission={permission}"));
        let mut words = vec!["vault", "list"];
        words.extend(filter.as_deref());
        self.read(&words).await
    }

    /// `op group user list`: the members of a group with their roles.
    pub async fn group_user_list(&self, group: &str) -> Result<Listing<User>, Error> {
        let words = ["group", "user", "list", argument("group id", group)?];
        let listing: Listing<Ignoring<_, false, true>> = self.members(&words).await?;
        Ok(listing.map(|row| row.0))
    }

    /// `op vault user list`: who holds permissions on a vault directly.
    pub async fn vault_user_list(&self, vault: &str) -> Result<Listing<User>, Error> {
        let words = ["vault", "user", "list", argument("vault id", vault)?];
        let listing: Listing<Ignoring<_, true, false>> = self.members(&words).await?;
        Ok(listing.map(|row| row.0))
    }

    /// `op vault group list`: which groups hold permissions on a vault.
    pub async fn vault_group_list(&self, vault: &str) -> Result<Listing<Group>, Error> {
        self.members(&["vault", "group", "list", argument("vault id", vault)?])
            .await
    }

    /// `op connect server list`. Service accounts may not.
    pub async fn connect_server_list(&self) -> Result<Listing<ConnectServer>, Error> {
        self.read(&["connect", "server", "list"]).await
    }

    /// `op connect token list`: of all servers, active and revoked. Service accounts may not.
    pub async fn connect_token_list(&self) -> Result<Listing<ConnectToken>, Error> {
        self.read(&["connect", "token", "list"]).await
    }

    /// `op service-account ratelimit`: does not count against the limits itself. It is tried once
    /// and waits for nobody: it is asked when all others wait, and all goes on without the answer.
    pub async fn service_account_ratelimit(&self) -> Result<Vec<RateLimit>, Error> {
        let words = ["service-account", "ratelimit"];
        let output = self.call_signed_in(Call::of(&words)).await?;
        let listing: Listing<_> = self.inner.runner.parsed(&words, &output)?;
        Ok(listing.rows)
    }

    /// `op group user grant`: adds a member, or changes the role of one. Who is not in the group
    /// yet only becomes a member, whatever the role (`src/op/op-cli.md`, Groups).
    pub async fn group_user_grant(&self, group: &str, user: &str, role: &str) -> Result<(), Error> {
        let (group, user) = (argument("group id", group)?, argument("user id", user)?);
        let place = ["group", "user", "grant", "--group", group];
        let words = [&place[..], &["--role", role, "--user", user]].concat();
        self.write(&words).await
    }

    /// `op group user revoke`: ends the membership, whatever the role.
    pub async fn group_user_revoke(&self, group: &str, user: &str) -> Result<(), Error> {
        let (group, user) = (argument("group id", group)?, argument("user id", user)?);
        let place = ["group", "user", "revoke", "--group", group];
        self.write(&[&place[..], &["--user", user]].concat()).await
    }

    /// `op vault user|group grant|revoke --no-input`: every permission that another one needs, or
    /// for a revocation that needs another one, must be named. A revocation without permissions
    /// ends the whole grant (`src/op/op-cli.md`, Vault access). `noun` is `user` or `group`.
    pub async fn vault_change(
        &self,
        verb: &str,
        vault: &str,
        (noun, id): (&str, &str),
        permissions: Option<&[String]>,
    ) -> Result<(), Error> {
        let flag = format!("--{noun}");
        let vault = argument("vault id", vault)?;
        let id = argument(&format!("{noun} id"), id)?;
        let permissions = permissions.map(joined).transpose()?;
        let mut words = vec!["vault", noun, verb, "--vault", vault, &flag, id];
        if let Some(permissions) = &permissions {
            words.extend(["--permissions", permissions]);
        }
        words.push("--no-input");
        self.write(&words).await
    }
}
