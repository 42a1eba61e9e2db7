//! Secrets Automation → projects: Connect servers, and what their tokens reach.
//!
//! Source: `src/op/op-cli.md`, Connect. A project's tokens merge: it
//! reaches what any of its active tokens reaches. Revoked or expired tokens and revoked servers
//! reach nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::resource::{NAME_LIMIT, annotation, moment, profile, resource, timestamp};
use crate::op::types::{ConnectServer, ConnectToken};
use crate::text::cut;

use super::permission::Vocabulary;

/// A token that expires sooner than this is worth a note.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The state that takes access away, and the one that all others are measured by: a word that is
/// neither is shown as access, and named.
const REVOKED: &str = "REVOKED";
const ACTIVE: &str = "ACTIVE";

/// One Connect server and the access of its working tokens.
#[derive(Debug, Default)]
pub struct Project {
    /// The server's row.
    pub server: ConnectServer,
    /// How many of its tokens work.
    pub active_tokens: usize,
    /// The earliest expiry among them, as `op` wrote it.
    pub expires_at: Option<String>,
    /// Permission ids by vault id, the id in lower case.
    pub access: BTreeMap<String, BTreeSet<String>>,
}

/// The account's projects, and what is worth saying about their tokens.
#[derive(Debug, Default)]
pub struct Projects {
    /// In the order of the servers.
    pub list: Vec<Project>,
    /// Names (or ids) of working tokens whose server is not listed; their access is not shown.
    pub tokens_without_server: Vec<String>,
    /// Names of working tokens that expire within 30 days, with the time.
    pub expiring: Vec<(String, String)>,
    /// Servers and tokens in a state that is neither active nor revoked.
    pub odd_states: Vec<String>,
    /// Names that tokens give to vaults, by the vault's id in lower case.
    pub vault_names: BTreeMap<String, String>,
}

impl Projects {
    /// Joins servers and tokens as of `now`.
    pub fn new(
        servers: Vec<ConnectServer>,
        tokens: &[ConnectToken],
        vocabulary: Vocabulary,
        now: Timestamp,
    ) -> Self {
        let project = |server| Project {
            server,
            ..Project::default()
        };
        let mut projects: Vec<Project> = servers.into_iter().map(project).collect();
        let mut result = Self::default();
        let states = projects.iter().map(|p| (&p.server.name, &p.server.state));
        let states = states.chain(tokens.iter().map(|token| (&token.name, &token.state)));
        let odd = states.filter(|(_, state)| ![ACTIVE, REVOKED].contains(&state.as_str()));
        result.odd_states = odd
            .map(|(name, state)| format!("{name}: '{state}'"))
            .collect();
        for token in tokens.iter().filter(|token| works(token, now)) {
            // Ids are compared without case, unless that is what tells two servers apart.
            let server = &token.integration_id;
            let exact = projects.iter().position(|p| p.server.id == *server);
            let alike = |p: &Project| p.server.id.eq_ignore_ascii_case(server);
            let place = exact.or_else(|| projects.iter().position(alike));
            let Some(project) = place.map(|place| &mut projects[place]) else {
                let name = if token.name.is_empty() {
                    &token.id
                } else {
                    &token.name
                };
                result.tokens_without_server.push(name.clone());
                continue;
            };
            if project.server.state != REVOKED {
                let named = token.vaults.iter();
                let named = named.filter(|vault| !vault.id.is_empty() && !vault.name.is_empty());
                let named = named.map(|vault| (vault.id.to_lowercase(), vault.name.clone()));
                result.vault_names.extend(named);
                project.add(token, vocabulary);
                if expiry(token).is_some_and(|at| at.duration_since(now) < SOON) {
                    result
                        .expiring
                        .push((token.name.clone(), token.expires_at.clone()));
                }
            }
        }
        result.list = projects;
        result
    }

    /// How many tokens work, over all projects.
    pub fn active_tokens(&self) -> usize {
        self.list.iter().map(|project| project.active_tokens).sum()
    }

    /// The earliest expiry of a working token.
    pub fn earliest_expiry(&self) -> Option<&str> {
        self.list
            .iter()
            .filter_map(|p| p.expires_at.as_deref())
            .min_by_key(|at| moment(at))
    }
}

impl Project {
    fn add(&mut self, token: &ConnectToken, vocabulary: Vocabulary) {
        self.active_tokens += 1;
        let earliest = self.expires_at.as_deref().and_then(moment);
        if expiry(token).is_some_and(|at| earliest.is_none_or(|earliest| at < earliest)) {
            self.expires_at = Some(token.expires_at.clone());
        }
        for vault in &token.vaults {
            let access = self.access.entry(vault.id.to_lowercase()).or_default();
            let ids = vault
                .acl
                .iter()
                .flat_map(|entry| vocabulary.expand_shorthand(entry));
            access.extend(ids.map(str::to_owned));
        }
    }

    /// The project as a resource: a revoked server stays visible with its state.
    pub fn resource(&self, account: &ResourceId) -> v2::Resource {
        let server = &self.server;
        let tokens = self.active_tokens.to_string();
        let mut entries = vec![
            ("server_id", &*server.id),
            ("state", &server.state),
            ("created_at", &server.created_at),
            ("creator_id", &server.creator_id),
            ("active_tokens", &tokens),
        ];
        entries.extend(self.expires_at.as_deref().map(|at| ("expires_at", at)));
        v2::Resource {
            annotations: vec![annotation(&v2::AppTrait::default())],
            profile: Some(profile(entries)),
            created_at: timestamp(&server.created_at),
            ..resource(
                &ResourceId::new(ResourceKind::Project, &server.id),
                Some(account),
                cut(&server.name, NAME_LIMIT),
            )
        }
    }
}

/// Neither revoked nor expired. An expiry that cannot be read counts as "does not expire": access
/// is shown rather than hidden.
fn works(token: &ConnectToken, now: Timestamp) -> bool {
    token.state != REVOKED && expiry(token).is_none_or(|at| at > now)
}

fn expiry(token: &ConnectToken) -> Option<Timestamp> {
    moment(&token.expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::types::VaultAcl;

    fn server(id: &str, state: &str) -> ConnectServer {
        ConnectServer {
            id: id.into(),
            name: format!("{id} server"),
            state: state.into(),
            ..Default::default()
        }
    }

    fn token(
        name: &str,
        server: &str,
        state: &str,
        expires_at: &str,
        acl: &[&str],
    ) -> ConnectToken {
        let acl = acl.iter().map(|&entry| entry.to_owned()).collect();
        let vault = VaultAcl {
            id: "VAULT1".into(),
            acl,
            ..Default::default()
        };
        ConnectToken {
            id: name.to_uppercase(),
            name: name.into(),
            state: state.into(),
            expires_at: expires_at.into(),
            integration_id: server.into(),
            vaults: vec![vault],
            ..Default::default()
        }
    }

    fn join(tokens: &[ConnectToken], vocabulary: Vocabulary) -> Projects {
        let servers = vec![server("S1", "ACTIVE"), server("S2", "REVOKED")];
        let now = "2026-11-23T00:00:00Z".parse().unwrap_or_default();
        Projects::new(servers, tokens, vocabulary, now)
    }

    #[test]
    fn tokens_merge_and_shorthands_follow_the_account() {
        let tokens = [
            token("read", "s1", "ACTIVE", "", &["allow_viewing"]),
            token(
                "odd",
                "S1",
                "ACTIVE",
                "2026-12-01T00:00:00Z",
                &["view_items", "fly"],
            ),
        ];
        let projects = join(&tokens, Vocabulary::Granular);
        let granular = [
            "fly",
            "view_and_copy_passwords",
            "view_item_history",
            "view_items",
        ];
        let s1 = &projects.list[0];
        assert_eq!(s1.active_tokens, 2);
        assert_eq!(s1.access["vault1"].iter().collect::<Vec<_>>(), granular);
        assert_eq!(projects.earliest_expiry(), Some("2026-12-01T00:00:00Z"));
        assert_eq!(projects.expiring.len(), 1);
        let basic = join(&tokens, Vocabulary::Basic);
        let names = basic.list[0].access["vault1"].iter().collect::<Vec<_>>();
        assert_eq!(names, ["allow_viewing", "fly", "view_items"]);
    }

    #[test]
    fn servers_whose_ids_differ_by_case_alone_are_two() {
        let servers = vec![server("S1", "ACTIVE"), server("s1", "ACTIVE")];
        let tokens = [
            token("big", "S1", "ACTIVE", "", &["view_items"]),
            token("small", "s1", "ACTIVE", "", &["view_items"]),
            token("more", "s1", "ACTIVE", "", &["edit_items"]),
        ];
        let projects = Projects::new(servers, &tokens, Vocabulary::Granular, Timestamp::now());
        let active: Vec<_> = projects
            .list
            .iter()
            .map(|p| (&*p.server.id, p.active_tokens))
            .collect();
        assert_eq!(active, [("S1", 1), ("s1", 2)]);
    }

    #[test]
    fn what_is_revoked_or_expired_reaches_nothing_but_stays_visible() {
        let tokens = [
            token("revoked", "S1", "REVOKED", "", &["allow_viewing"]),
            token(
                "expired",
                "S1",
                "ACTIVE",
                "2026-11-22T23:59:59Z",
                &["allow_viewing"],
            ),
            token("dead server", "S2", "ACTIVE", "", &["allow_viewing"]),
            token("lost", "S9", "ACTIVE", "", &["allow_viewing"]),
        ];
        let projects = join(&tokens, Vocabulary::Granular);
        assert_eq!(projects.active_tokens(), 0);
        assert!(
            projects
                .list
                .iter()
                .all(|project| project.access.is_empty())
        );
        assert_eq!(projects.tokens_without_server, ["lost"]);
        let account = ResourceId::new(ResourceKind::Account, "A");
        let profile = projects.list[1]
            .resource(&account)
            .profile
            .unwrap_or_default();
        assert!(format!("{:?}", profile.fields["state"]).contains("REVOKED"));
    }
}
