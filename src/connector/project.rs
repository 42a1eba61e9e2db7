//! Secrets Automation → projects: Connect servers, and what any of their active tokens reaches
//! (`src/op/op-cli.md`, Connect). Revoked or expired tokens and revoked servers reach nothing.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::baton::ids::{ResourceId, ResourceKind};
use crate::baton::pb::v2;
use crate::baton::resource::{NAME_LIMIT, annotation, moment, profile, resource, timestamp};
use crate::op::types::{ConnectServer, ConnectToken, VaultAcl};
use crate::text::cut;

use super::permission::Vocabulary;

/// A token that expires sooner than this is worth a note.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The state that takes access away. Any other is shown as access, and named if it is not `ACTIVE`.
const REVOKED: &str = "REVOKED";
const ACTIVE: &str = "ACTIVE";

/// One Connect server and what its working tokens reach.
#[derive(Debug, Default)]
pub struct Project {
    /// The server's row.
    pub server: ConnectServer,
    /// Those of its tokens that work.
    pub tokens: Vec<ConnectToken>,
    /// What they reach together, by vault id in lower case; the permissions are ids, sorted.
    pub access: BTreeMap<String, VaultAcl>,
}

/// The account's projects, and what is worth saying about their tokens.
#[derive(Debug, Default)]
pub struct Projects {
    /// In the order of the servers.
    pub list: Vec<Project>,
    /// Names (or ids) of working tokens whose server is not listed; their access is not shown.
    pub tokens_without_server: Vec<String>,
    /// Names of working tokens that expire within 30 days, with the time.
    pub expiring: Vec<String>,
    /// Servers and tokens in a state that is neither active nor revoked.
    pub odd_states: Vec<String>,
}

impl Projects {
    /// Joins servers and tokens as of `now`.
    pub fn new(
        servers: Vec<ConnectServer>,
        tokens: Vec<ConnectToken>,
        vocabulary: Vocabulary,
        now: Timestamp,
    ) -> Self {
        let mut result = Self::default();
        let states = servers.iter().map(|server| (&server.name, &server.state));
        let states = states.chain(tokens.iter().map(|token| (&token.name, &token.state)));
        let odd = states.filter(|(_, state)| ![ACTIVE, REVOKED].contains(&state.as_str()));
        let odd = odd.map(|(name, state)| format!("{name}: '{state}'"));
        result.odd_states = odd.collect();
        let project = |server| Project {
            server,
            ..Project::default()
        };
        result.list = servers.into_iter().map(project).collect();
        for token in tokens.into_iter().filter(|token| works(token, now)) {
            // Ids are compared without case, unless that is what tells two servers apart.
            let server = &token.integration_id;
            let exact = result.list.iter().position(|p| p.server.id == *server);
            let alike = |p: &Project| p.server.id.eq_ignore_ascii_case(server);
            let place = exact.or_else(|| result.list.iter().position(alike));
            let Some(project) = place.map(|place| &mut result.list[place]) else {
                let name = match token.name.is_empty() {
                    true => token.id,
                    false => token.name,
                };
                result.tokens_without_server.push(name);
                continue;
            };
            if project.server.state != REVOKED {
                if expiry(&token).is_some_and(|at| at.duration_since(now) < SOON) {
                    let expiring = format!("{} at {}", token.name, token.expires_at);
                    result.expiring.push(expiring);
                }
                project.add(token, vocabulary);
            }
        }
        result
    }

    /// The tokens that work, over all projects.
    pub fn tokens(&self) -> impl Iterator<Item = &ConnectToken> {
        self.list.iter().flat_map(|project| &project.tokens)
    }
}

/// The earliest expiry of working tokens, as `op` wrote it.
pub fn earliest_expiry<'a>(tokens: impl Iterator<Item = &'a ConnectToken>) -> Option<&'a str> {
    let first = tokens
        .filter(|token| expiry(token).is_some())
        .min_by_key(|token| expiry(token));
    first.map(|token| &*token.expires_at)
}

impl Project {
    fn add(&mut self, token: ConnectToken, vocabulary: Vocabulary) {
        for vault in &token.vaults {
            let access = self.access.entry(vault.id.to_lowercase()).or_default();
            if !vault.name.is_empty() {
                access.name.clone_from(&vault.name);
            }
            // An empty text names nothing.
            let ids = vault.acl.iter().filter(|entry| !entry.is_empty());
            let ids = ids.flat_map(|entry| vocabulary.expand_shorthand(entry));
            access.acl.extend(ids.map(str::to_owned));
            access.acl.sort();
            access.acl.dedup();
        }
        self.tokens.push(token);
    }

    /// The project as a resource: a revoked server stays visible with its state.
    pub fn resource(&self, account: &ResourceId) -> v2::Resource {
        let server = &self.server;
        let name = cut(&server.name, NAME_LIMIT);
        let tokens = self.tokens.len().to_string();
        let mut entries = vec![
            ("server_id", &*server.id),
            ("state", &server.state),
            ("created_at", &server.created_at),
            ("creator_id", &server.creator_id),
            ("active_tokens", &tokens),
        ];
        entries.extend(earliest_expiry(self.tokens.iter()).map(|at| ("expires_at", at)));
        v2::Resource {
            annotations: vec![annotation(&v2::AppTrait::default())],
            profile: Some(profile(entries)),
            created_at: timestamp(&server.created_at),
            ..resource(ResourceKind::Project, &server.id, Some(account), name)
        }
    }
}

/// Neither revoked nor expired. With an expiry that cannot be read, access is rather shown.
fn works(token: &ConnectToken, now: Timestamp) -> bool {
    token.state != REVOKED && expiry(token).is_none_or(|at| at > now)
}

fn expiry(token: &ConnectToken) -> Option<Timestamp> {
    moment(&token.expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        Projects::new(servers, tokens.to_vec(), vocabulary, now)
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
                &["view_items", "", "fly"],
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
        assert_eq!(s1.tokens.len(), 2);
        assert_eq!(s1.access["vault1"].acl, granular);
        let expiry = earliest_expiry(projects.tokens());
        assert_eq!(expiry, Some("2026-12-01T00:00:00Z"));
        assert_eq!(projects.expiring.len(), 1);
        let basic = join(&tokens, Vocabulary::Basic);
        assert_eq!(
            basic.list[0].access["vault1"].acl,
            ["allow_viewing", "fly", "view_items"]
        );
    }

    #[test]
    fn servers_whose_ids_differ_by_case_alone_are_two() {
        let servers = vec![server("S1", "ACTIVE"), server("s1", "ACTIVE")];
        let tokens = vec![
            token("big", "S1", "ACTIVE", "", &["view_items"]),
            token("small", "s1", "ACTIVE", "", &["view_items"]),
            token("more", "s1", "ACTIVE", "", &["edit_items"]),
        ];
        let projects = Projects::new(servers, tokens, Vocabulary::Granular, Timestamp::now());
        let active: Vec<_> = projects
            .list
            .iter()
            .map(|p| (&*p.server.id, p.tokens.len()))
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
        assert_eq!(projects.tokens().count(), 0);
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
