//! Grants of random tenants against a model that knows nothing of how the program works: who holds
//! a permission is whoever is given it, or is in a group that is.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::world::{synced, user};

const USERS: [&str; 4] = ["UA", "UB", "UC", "UD"];
const GROUPS: [&str; 3] = ["ga", "gb", "gc"];
const VAULTS: [&str; 2] = ["va", "vb"];
/// Two that every account of the type knows, one that none does.
const PERMISSIONS: [&str; 3] = ["view_items", "edit_items", "move_items"];

type Held = BTreeMap<usize, BTreeSet<usize>>;

/// Who is in a group (and whether as a manager), and who holds what in a vault.
#[derive(Clone, Debug)]
struct Tenant {
    members: Vec<BTreeMap<usize, bool>>,
    users: Vec<Held>,
    groups: Vec<Held>,
}

prop_compose! {
    fn tenant()(
        members in vec(btree_map(0..USERS.len(), any::<bool>(), 0..4), GROUPS.len()),
        users in vec(held(USERS.len()), VAULTS.len()),
        groups in vec(held(GROUPS.len()), VAULTS.len()),
    ) -> Tenant {
        Tenant { members, users, groups }
    }
}

fn held(holders: usize) -> impl Strategy<Value = Held> {
    btree_map(0..holders, btree_set(0..PERMISSIONS.len(), 0..3), 0..4)
}

impl Tenant {
    fn json(&self) -> Value {
        let named = |ids: &[&str]| {
            ids.iter()
                .map(|id| json!({"id": id, "name": id}))
                .collect::<Value>()
        };
        let access = |all: &[Held], ids: &[&str]| -> Value {
            let names = |set: &BTreeSet<usize>| set.iter().map(|&p| PERMISSIONS[p]).collect();
            let of_vault = |held: &Held| {
                let rows = held
                    .iter()
                    .map(|(&who, set)| (ids[who].to_owned(), names(set)));
                Value::Object(rows.collect())
            };
            let vaults = VAULTS.iter().zip(all);
            let vaults = vaults.map(|(vault, held)| ((*vault).to_owned(), of_vault(held)));
            Value::Object(vaults.collect())
        };
        let role = |manager: bool| if manager { "MANAGER" } else { "MEMBER" };
        let members = GROUPS.iter().zip(&self.members).map(|(group, members)| {
            let members = members
                .iter()
                .map(|(&who, &manager)| (USERS[who], role(manager)));
            (*group, members.collect::<BTreeMap<_, _>>())
        });
        json!({
            "account": {"id": "ACC", "name": "Acme", "type": "BUSINESS"},
            "users": USERS.map(|id| user(id, id)),
            "groups": named(&GROUPS),
            "vaults": named(&VAULTS),
            "group_users": members.collect::<BTreeMap<_, _>>(),
            "vault_users": access(&self.users, &USERS),
            "vault_groups": access(&self.groups, &GROUPS),
            "connect_servers": [],
            "connect_tokens": [],
        })
    }

    /// Every grant by id, with its sources; none for one that is direct alone.
    fn grants(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut grants: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for user in USERS {
            grants.insert(format!("account:ACC:member:user:{user}"), BTreeSet::new());
        }
        for (group, members) in GROUPS.iter().zip(&self.members) {
            for (&who, &manager) in members {
                for slug in ["member", "manager"]
                    .into_iter()
                    .take(1 + usize::from(manager))
                {
                    grants.insert(
                        format!("group:{group}:{slug}:user:{}", USERS[who]),
                        BTreeSet::new(),
                    );
                }
            }
        }
        for (at, vault) in VAULTS.iter().enumerate() {
            let slugs = |set: &BTreeSet<usize>| {
                let names = set.iter().map(|&p| PERMISSIONS[p].replace('_', " "));
                names
                    .chain(["member".to_owned()])
                    .map(|slug| format!("vault:{vault}:{slug}"))
                    .collect::<Vec<_>>()
            };
            let mut direct = BTreeSet::new();
            for (&who, set) in &self.users[at] {
                for entitlement in slugs(set) {
                    let id = format!("{entitlement}:user:{}", USERS[who]);
                    grants.entry(id.clone()).or_default();
                    direct.insert((id, entitlement));
                }
            }
            for (&group, set) in &self.groups[at] {
                for entitlement in slugs(set) {
                    grants.insert(
                        format!("{entitlement}:group:{}", GROUPS[group]),
                        BTreeSet::new(),
                    );
                    for &who in self.members[group].keys() {
                        let sources = grants
                            .entry(format!("{entitlement}:user:{}", USERS[who]))
                            .or_default();
                        sources.insert(format!("group:{}:member", GROUPS[group]));
                    }
                }
            }
            for (id, entitlement) in direct {
                let sources = grants.entry(id).or_default();
                if !sources.is_empty() {
                    sources.insert(entitlement);
                }
            }
        }
        grants
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn grants_are_those_of_the_model(tenant in tenant()) {
        let (records, ..) = synced(&tenant.json(), &[]);
        let found: BTreeMap<String, BTreeSet<String>> = records.grants.iter().map(|(id, grant)| {
            let sources = grant["sources"]["sources"].as_object();
            (id.clone(), sources.map(|sources| sources.keys().cloned().collect()).unwrap_or_default())
        }).collect();
        prop_assert_eq!(&found, &tenant.grants());
        for (id, grant) in &records.grants {
            let sources = &found[id];
            let inherited = !sources.is_empty() && sources.iter().all(|source| source.starts_with("group:"));
            let immutable = grant["annotations"].as_array().is_some_and(|all| {
                all.iter().any(|one| one["@type"].as_str().is_some_and(|name| name.ends_with("GrantImmutable")))
            });
            prop_assert_eq!(immutable, inherited, "{}", id);
        }
    }
}
