//! Changes that arrive together: whatever `op` takes for each call, answers and accesses are those
//! of the changes made one after the other, in the order in which C1 handed them out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use baton_1password::baton::pb::api::Task;
use baton_1password::baton::pb::api::task::{GrantTask, RevokeTask};
use baton_1password::baton::pb::v2;
use serde_json::{Value, json};

use crate::service::agent::{Agent, each, entitlement, grant, id, resource, revoke, success};
use crate::support::Sandbox;
use crate::support::c1_server::C1;

/// Schedules of each of the services that run side by side. On Windows processes start slowly, and
/// `op` is one for each call.
const SCHEDULES: u64 = if cfg!(windows) { 10 } else { 125 };
const SERVICES: u64 = 4;

const USERS: [&str; 2] = ["UADA", "UBO"];
/// Slugs, and how the tenant has them.
type Rights = &'static [(&'static str, &'static str)];

/// Place, and the rights there; each needs the ones before it.
const PLACES: [(&str, &str, Rights); 3] = [
    ("group", "gops", &[("member", "MEMBER")]),
    ("vault", "vdepot", RIGHTS),
    ("vault", "vpay", RIGHTS),
];
const RIGHTS: Rights = &[
    ("view items", "view_items"),
    ("view and copy passwords", "view_and_copy_passwords"),
    ("edit items", "edit_items"),
];

/// Numbers by chance that are the same for a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Give or take the right of this place to or from a user.
#[derive(Clone, Copy, Debug)]
struct Change {
    grants: bool,
    user: usize,
    place: usize,
    right: usize,
}

impl Change {
    fn any(dice: &mut Dice) -> Self {
        let place = dice.below(PLACES.len());
        Self {
            grants: dice.below(2) == 0,
            user: dice.below(USERS.len()),
            place,
            right: dice.below(PLACES[place].2.len()),
        }
    }

    fn task(self, name: &str) -> Task {
        let (kind, place, rights) = PLACES[self.place];
        let right = Some(entitlement(kind, place, rights[self.right].0));
        let user = Some(resource("user", USERS[self.user]));
        if self.grants {
            return grant(
                name,
                GrantTask {
                    entitlement: right,
                    principal: user,
                    ..Default::default()
                },
            );
        }
        let held = v2::Grant {
            id: name.to_owned(),
            entitlement: right,
            principal: user,
            ..Default::default()
        };
        revoke(
            name,
            RevokeTask {
                grant: Some(held),
                ..Default::default()
            },
        )
    }
}

/// How many of the rights of a place each user holds: a right needs the ones before it, and goes
/// with them.
#[derive(Default)]
struct Model(BTreeMap<(usize, usize), usize>);

impl Model {
    /// Makes a change; whether it was so already.
    fn make(&mut self, change: Change) -> bool {
        let held = self.0.entry((change.place, change.user)).or_default();
        let already = change.grants == (*held > change.right);
        if !already {
            *held = change.right + usize::from(change.grants);
        }
        already
    }

    /// What each user holds, as the tenant has it.
    fn accesses(&self) -> BTreeSet<(usize, usize, String)> {
        let names = |(&(place, user), &held): (&(usize, usize), &usize)| {
            let rights = PLACES[place].2[..held].iter();
            rights
                .map(move |right| (place, user, right.1.to_owned()))
                .collect::<Vec<_>>()
        };
        self.0.iter().flat_map(names).collect()
    }
}

fn tenant() -> Value {
    let user = |id: &str| json!({"id": id, "name": id, "email": format!("{id}@kestrel.test"), "type": "MEMBER", "state": "ACTIVE"});
    json!({
        "account": {"id": "ACCT", "name": "Kestrel", "domain": "kestrel", "type": "BUSINESS", "state": "ACTIVE",
                    "created_at": "2024-01-01T00:00:00Z"},
        "users": USERS.map(user),
        "groups": [{"id": "gops", "name": "Ops Crew", "state": "ACTIVE"}],
        "vaults": [{"id": "vdepot", "name": "Depot Keys"}, {"id": "vpay", "name": "Payroll"}],
        "group_users": {"gops": {}},
        "vault_users": {"vdepot": {}, "vpay": {}},
        "vault_groups": {"vdepot": {}, "vpay": {}}
    })
}

/// What the tenant says that each user holds.
fn accesses(tenant: &Value) -> BTreeSet<(usize, usize, String)> {
    let mut all = BTreeSet::new();
    for (place, (kind, id, _)) in PLACES.iter().enumerate() {
        for (user, name) in USERS.iter().enumerate() {
            let held = &tenant[format!("{kind}_users")][id][name];
            let rights = held.as_array().cloned();
            let rights = rights.unwrap_or_else(|| Vec::from_iter(held.as_str().map(Value::from)));
            all.extend(
                rights
                    .iter()
                    .map(|right| (place, user, right.as_str().unwrap().to_owned())),
            );
        }
    }
    all
}

#[test]
fn changes_that_arrive_together_are_made_in_order() {
    each(1..=SERVICES, |seed| {
        let c1 = C1::start();
        c1.script(|script| script.next_poll = Some(Duration::from_millis(1)));
        let agent = Agent::with(&c1, Sandbox::tenant(&tenant()));
        let delays = json!({"seed": seed, "most_ms": 12});
        agent.sandbox.set("delays", delays);
        let _running = agent.start(&["--provisioning", "--task-concurrency", "6"]);
        let (mut dice, mut model) = (
            Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            Model::default(),
        );
        for schedule in 0..SCHEDULES {
            let count = 2 + dice.below(5);
            let changes: Vec<_> = (0..count).map(|_| Change::any(&mut dice)).collect();
            let name = |at: usize| format!("s{schedule}c{at}");
            let tasks = changes.iter().enumerate();
            c1.queue(tasks.map(|(at, change)| change.task(&name(at))));
            let context = format!("seed {seed}, schedule {schedule}: {changes:?}");
            for (at, change) in changes.iter().enumerate() {
                let already = model.make(*change);
                let report = c1.await_finish(&id(&name(at)));
                let said = !success(&report).annotations.is_empty();
                assert_eq!(said, already, "the answer to change {at} of {context}");
            }
            let now = accesses(&agent.sandbox.tenant_now());
            assert_eq!(now, model.accesses(), "after {context}");
        }
    });
}
