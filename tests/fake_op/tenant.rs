//! A whole account in one JSON file: listings are read from it, grants and revokes change it.
//!
//! `account` is an object; `users`, `groups`, `vaults`, `connect_servers`, `connect_tokens` and
//! `ratelimit` are rows as `op` prints them; `whoami` is an object (without it nobody is signed
//! in); `guests` are users that `user list` does not show, `hidden_groups` groups that `group list`
//! does not; a vault with `"managed_only": true` shows with `--permission=manage_vault` only. Who
//! has what: `group_users` is `{group: {user: role}}`, `vault_users` and `vault_groups` are
//! `{vault: {principal: [permission]}}`.

use std::fs::{read, rename, write};

use serde_json::{Map, Value};

use crate::world::{World, flag};
use crate::{Ending, access};

/// What a command gives: a document, nothing, or a failure.
pub(crate) type Outcome = Result<Option<Value>, Ending>;

/// The answer from the tenant file; `None` when there is none or the command is unknown.
pub(crate) fn answer(world: &World, words: &[&str]) -> Option<Ending> {
    let path = world.path("tenant")?;
    let changes = words.contains(&"grant") || words.contains(&"revoke");
    // Readers too: not every system lets a file be replaced while somebody reads it.
    let lock = world.lock();
    let mut tenant = Tenant(
        serde_json::from_slice(&read(&path).expect("the tenant can be read")).expect("JSON"),
    );
    let outcome = match words {
        ["account", "get"] => Ok(Some(tenant.0["account"].clone())),
        ["whoami"] => tenant.whoami(),
        ["user", "list"] => Ok(Some(tenant.rows("users"))),
        ["group", "list"] => Ok(Some(tenant.rows("groups"))),
        ["vault", "list", filter @ ..] => Ok(Some(tenant.vaults(!filter.is_empty()))),
        ["group", "get", group] => tenant.group(group),
        ["group", "user", "list", group] => tenant.group_users(group),
        ["vault", "user", "list", vault] => tenant.accessors("user", vault),
        ["vault", "group", "list", vault] => tenant.accessors("group", vault),
        ["connect", "server", "list"] => Ok(Some(tenant.rows("connect_servers"))),
        ["connect", "token", "list"] => Ok(Some(tenant.rows("connect_tokens"))),
        ["service-account", "ratelimit"] => Ok(Some(tenant.rows("ratelimit"))),
        ["group", "user", verb @ ("grant" | "revoke"), flags @ ..] => {
            tenant.membership(verb, flags)
        }
        [
            "vault",
            noun @ ("user" | "group"),
            verb @ ("grant" | "revoke"),
            flags @ ..,
        ] => access::change(&mut tenant, noun, verb, flags),
        _ => return None,
    };
    if changes && outcome.is_ok() {
        let new = path.with_extension("new");
        write(&new, tenant.0.to_string())
            .and_then(|()| rename(&new, &path))
            .expect("the tenant can be written");
    }
    drop(lock);
    Some(match outcome {
        Ok(Some(document)) => Ending::printing(format!(
            "{}\n",
            serde_json::to_string_pretty(&document).expect("a document prints")
        )),
        Ok(None) => Ending::printing(""),
        Err(ending) => ending,
    })
}

/// The whole file.
pub(crate) struct Tenant(pub(crate) Value);

impl Tenant {
    fn rows(&self, key: &str) -> Value {
        self.0
            .get(key)
            .cloned()
            .unwrap_or_else(|| Value::Array(Vec::new()))
    }

    fn whoami(&self) -> Outcome {
        let who = self.0.get("whoami").cloned();
        who.map(Some)
            .ok_or_else(|| Ending::error(1, "account is not signed in"))
    }

    fn vaults(&self, managed: bool) -> Value {
        let rows = self.0["vaults"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| {
                let mut row = row.clone();
                let only = row
                    .as_object_mut()
                    .and_then(|row| row.remove("managed_only"));
                (managed || only != Some(Value::Bool(true))).then_some(row)
            });
        rows.collect()
    }

    fn group(&self, group: &str) -> Outcome {
        let group = &*self.known("group", group)?;
        Ok(self.find("group", group).cloned())
    }

    fn group_users(&self, group: &str) -> Outcome {
        let group = &*self.known("group", group)?;
        let members = self.0["group_users"][group].as_object();
        let rows = members
            .into_iter()
            .flatten()
            .map(|(user, role)| self.row("user", user, "role", role));
        Ok(Some(rows.collect()))
    }

    fn accessors(&self, noun: &str, vault: &str) -> Outcome {
        let vault = &*self.known("vault", vault)?;
        let accessors = self.0[format!("vault_{noun}s")][vault].as_object();
        let rows = accessors
            .into_iter()
            .flatten()
            .map(|(id, held)| self.row(noun, id, "permissions", held));
        Ok(Some(rows.collect()))
    }

    /// The row of a user or group with one more key; a principal that no list holds has only its
    /// id.
    fn row(&self, noun: &str, id: &str, key: &str, value: &Value) -> Value {
        let mut row = self
            .find(noun, id)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_else(|| Map::from_iter([("id".to_owned(), Value::String(id.to_owned()))]));
        row.insert(key.to_owned(), value.clone());
        Value::Object(row)
    }

    /// The row of a `user`, `group` or `vault`.
    pub(crate) fn find(&self, noun: &str, id: &str) -> Option<&Value> {
        self.all(noun).find(|row| row["id"] == id)
    }

    fn named(&self, noun: &str, name: &str) -> Option<&Value> {
        let mut all = self.all(noun).filter(|_| !name.is_empty());
        all.find(|row| row["name"] == name || row["email"] == name)
    }

    fn all(&self, noun: &str) -> impl Iterator<Item = &Value> {
        let hidden = match noun {
            "user" => "guests",
            _ => &*format!("hidden_{noun}s"),
        };
        let rows = self.0[format!("{noun}s")].as_array();
        rows.into_iter().chain(self.0[hidden].as_array()).flatten()
    }

    /// The id of the object that is meant: `op` takes names and e-mails too. What is not there is
    /// refused in its words.
    pub(crate) fn known(&self, noun: &str, id: &str) -> Result<String, Ending> {
        let how = match noun {
            "user" => "Specify the user with their UUID, email address, or name.",
            "group" => "Specify the group with its UUID or name.",
            _ => "Specify the vault with its ID or name.",
        };
        match self.find(noun, id).or_else(|| self.named(noun, id)) {
            Some(row) => Ok(row["id"].as_str().unwrap_or_default().to_owned()),
            None => Err(Ending::error(
                1,
                &format!("{id:?} isn't a {noun} in this account. {how}"),
            )),
        }
    }

    /// `group user grant` and `revoke`: a manager must be a member first, and `member` demotes.
    fn membership(&mut self, verb: &str, flags: &[&str]) -> Outcome {
        let group = flag(flags, "--group").unwrap_or_default();
        let user = flag(flags, "--user").unwrap_or_default();
        let group = &*self.known("group", group)?;
        let user = &*self.known("user", user)?;
        let members = &mut self.0["group_users"][group];
        if verb == "revoke" {
            let removed = members
                .as_object_mut()
                .and_then(|members| members.remove(user));
            return match removed {
                Some(_) => Ok(None),
                None => Err(Ending::error(
                    4,
                    "(404) Not Found: The requested resource was not found.",
                )),
            };
        }
        let is_member = members.get(user).is_some();
        members[user] = match flag(flags, "--role").unwrap_or("member") {
            "manager" if is_member => "MANAGER".into(),
            _ => "MEMBER".into(),
        };
        Ok(None)
    }
}
