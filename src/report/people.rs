//! What stands out about people and machines: who is idle, which guests and machines hold much, who
//! reaches nothing of their own, and whose e-mail address is from elsewhere.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::baton::ids::ResourceKind;

use super::count::{Count, Listed};
use super::finding_rows::{Reach, Risk, VaultRow, days};
use super::snapshot::{Principal, SignIn, Snapshot, Sort, Status};
use super::tally::Tally;

/// Days without a sign-in after which somebody is idle, unless the report is asked otherwise.
pub const IDLE_DAYS: u32 = 90;

/// Somebody who has not signed in for long and still reaches something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Place of the user.
    pub user: u32,
    /// Whole days since the last sign-in.
    pub days: i64,
    /// Vaults they reach.
    pub vaults: Count,
}

/// Where people's e-mail addresses are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domains {
    /// The two most frequent domains and how many people have them; of equally frequent ones, the
    /// first by name.
    pub frequent: Vec<(String, u32)>,
    /// Places of the people with another one, by name.
    pub others: Listed<u32>,
}

/// Everything about people and machines.
#[derive(Clone, Debug)]
pub struct People {
    /// Days without a sign-in after which somebody is idle.
    pub idle_days: u32,
    /// Idle people, those who reach most first. Who is suspended cannot sign in, and is told of apart.
    pub idle: Listed<Idle>,
    /// People who reach something and never signed in: how long ago that is, nobody can say.
    pub never: Count,
    /// Guests with more than one vault or with risky rights, those who reach most first.
    pub guests: Listed<Risk>,
    /// Service accounts and projects with risky rights, those with most first.
    pub machines: Listed<Risk>,
    /// Active members who reach something, but only what everybody reaches.
    pub only_common: Listed<u32>,
    /// Whose address is from elsewhere.
    pub domains: Domains,
}

impl People {
    pub(super) fn new(
        snapshot: &Snapshot,
        tally: &Tally<'_>,
        vaults: &Listed<VaultRow>,
        now: Timestamp,
        idle_days: u32,
    ) -> Self {
        let never = |(place, user): (u32, &Principal)| {
            let reaches = tally.vaults_of(place).seen() > 0;
            user.signed_in == SignIn::Never && reaches
        };
        let idle = idle(snapshot, tally, now, idle_days);
        Self {
            idle_days,
            never: Count::new(
                u32::try_from(can_sign_in(snapshot).filter(|&one| never(one)).count())
                    .unwrap_or(u32::MAX),
                idle.all,
            ),
            idle,
            guests: guests(snapshot, tally),
            machines: machines(snapshot, tally),
            only_common: only_common(snapshot, tally, vaults),
            domains: domains(snapshot),
        }
    }
}

/// People who could sign in; machines do not, and suspended people may not.
fn can_sign_in(snapshot: &Snapshot) -> impl Iterator<Item = (u32, &Principal)> {
    let users = snapshot.of_kind(ResourceKind::User);
    users.filter(|(_, user)| user.sort != Sort::ServiceAccount && user.status != Status::Suspended)
}

fn idle(snapshot: &Snapshot, tally: &Tally<'_>, now: Timestamp, idle_days: u32) -> Listed<Idle> {
    let coverage = &snapshot.coverage;
    let mut all = coverage.all_of_users() && coverage.states();
    let mut rows = Vec::new();
    for (user, person) in can_sign_in(snapshot) {
        let vaults = tally.vaults_of(user);
        match person.signed_in {
            _ if vaults.seen() == 0 => {}
            SignIn::At(at) => rows.push(Idle {
                user,
                days: days(at, now),
                vaults,
            }),
            SignIn::Never => {}
            SignIn::Unknown => all = false,
        }
    }
    rows.retain(|row| row.days >= i64::from(idle_days));
    rows.sort_by_key(|row| (Reverse(row.vaults.seen()), Reverse(row.days)));
    Listed::new(rows, all)
}

/// Whether it is known of every user who is a guest and who a machine.
fn knows_sorts(snapshot: &Snapshot) -> bool {
    let mut users = snapshot.of_kind(ResourceKind::User);
    snapshot.coverage.lists(ResourceKind::User) && users.all(|(_, user)| user.sort != Sort::Unknown)
}

fn guests(snapshot: &Snapshot, tally: &Tally<'_>) -> Listed<Risk> {
    let coverage = &snapshot.coverage;
    let guests = snapshot.of_kind(ResourceKind::User);
    let guests = guests.filter(|(_, user)| user.sort == Sort::Guest);
    let mut rows: Vec<Risk> = guests
        .map(|(place, _)| tally.risk(place))
        .filter(|risk| risk.vaults.seen() > 1 || risk.any())
        .collect();
    rows.sort_by_key(|risk| Reverse(risk.vaults.seen()));
    let all = coverage.all_of_users() && coverage.all_risky() && knows_sorts(snapshot);
    Listed::new(rows, all)
}

fn machines(snapshot: &Snapshot, tally: &Tally<'_>) -> Listed<Risk> {
    let coverage = &snapshot.coverage;
    let risks = tally.risks().rows.into_iter();
    let rows = risks.filter(|risk| snapshot.principal(risk.principal).sort.is_machine());
    let all = coverage.all_of_users() && coverage.all_of_projects() && coverage.all_risky();
    let listed = coverage.lists(ResourceKind::Project) && knows_sorts(snapshot);
    Listed::new(rows, all && listed)
}

fn only_common(snapshot: &Snapshot, tally: &Tally<'_>, vaults: &Listed<VaultRow>) -> Listed<u32> {
    let mut only = vec![true; snapshot.principals.len()];
    let mut all = snapshot.coverage.all_of_users() && snapshot.coverage.states();
    for pair in snapshot.pairs() {
        let reach = vaults.rows[pair.vault as usize].reach;
        all &= reach.is_some();
        only[pair.principal as usize] &= reach == Some(Reach::Everybody);
    }
    let members = snapshot.of_kind(ResourceKind::User).map(|(place, _)| place);
    let rows = members.filter(|&place| {
        let reaches = tally
            .vaults_of(place)
            .known()
            .is_some_and(|vaults| vaults > 0);
        tally.is_of_everybody(place) && reaches && only[place as usize]
    });
    Listed::new(rows, all)
}

/// What is most frequent is known only of a whole list.
fn domains(snapshot: &Snapshot) -> Domains {
    let mut domains = Domains {
        frequent: Vec::new(),
        others: Listed::new([], false),
    };
    if !snapshot.coverage.lists(ResourceKind::User) {
        return domains;
    }
    let users = || {
        let users = snapshot.of_kind(ResourceKind::User);
        users.filter(|(_, user)| user.sort != Sort::ServiceAccount)
    };
    let mut counts: HashMap<String, u32> = HashMap::new();
    for domain in users().filter_map(|(_, user)| domain(user)) {
        *counts.entry(domain).or_default() += 1;
    }
    let mut counts = Vec::from_iter(counts);
    counts.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    counts.truncate(2);
    domains.frequent = counts;
    let all = users().all(|(_, user)| domain(user).is_some());
    let other = |user: &Principal| {
        let own = domain(user);
        own.is_some_and(|own| domains.frequent.iter().all(|(one, _)| *one != own))
    };
    let others = users().filter(|(_, user)| other(user));
    domains.others = Listed::new(others.map(|(place, _)| place), all);
    domains
}

/// What follows the last `@`, in small letters.
fn domain(user: &Principal) -> Option<String> {
    let (_, domain) = user.email.rsplit_once('@')?;
    (!domain.is_empty()).then(|| domain.to_lowercase())
}
