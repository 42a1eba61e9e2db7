//! What stands out about people and machines: who is idle, which guests and machines hold much, who
//! reaches nothing of their own, and whose e-mail address is from elsewhere.

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::Timestamp;

use crate::baton::ids::ResourceKind;

use super::count::{Count, Listed};
use super::finding_rows::{Reach, Reaching, Risk, days};
use super::model::{Principal, SignIn, Sort, Status};
use super::snapshot::Snapshot;
use super::tally::{self, Tally};

/// Days without a sign-in after which somebody is idle, unless the report is asked otherwise.
pub const IDLE_DAYS: u32 = 90;

/// Where people's e-mail addresses are.
#[derive(Clone, Debug)]
pub(super) struct Domains<'s> {
    /// The two most frequent domains and how many people have them; of equally frequent ones, the
    /// first by name.
    pub(super) frequent: Vec<(String, usize)>,
    pub(super) others: Listed<&'s Principal>,
}

/// People who have not signed in for so many days and still reach something, and how many of those
/// who do never signed in: how long ago that is, nobody can say. Machines do not sign in, and
/// suspended people may not.
pub(super) fn idle<'s>(
    snapshot: &'s Snapshot,
    tally: &Tally<'s>,
    now: Timestamp,
    idle_days: u32,
) -> (Listed<Reaching<'s>>, Count) {
    let coverage = &snapshot.coverage;
    let mut all = coverage.all_of(ResourceKind::User) && coverage.states();
    let (mut rows, mut never) = (Vec::new(), 0);
    let users = snapshot.of_kind(ResourceKind::User);
    let may_sign_in =
        |user: &&Principal| user.sort != Sort::ServiceAccount && user.status != Status::Suspended;
    for who in users.filter(may_sign_in) {
        let vaults = tally.vaults_of(who);
        match who.signed_in {
            _ if vaults.seen() == 0 => {}
            SignIn::At(at) => rows.push(Reaching {
                days: Some(days(at, now)),
                who,
                vaults,
            }),
            SignIn::Never => never += 1,
            SignIn::Unknown => all = false,
        }
    }
    rows.retain(|row| row.days >= Some(i64::from(idle_days)));
    rows.sort_by_key(|row| (Reverse(row.vaults.seen()), Reverse(row.days)));
    (Listed::new(rows, all), Count::new(never, all))
}

/// Whether it is known of every user who is a guest and who a machine, and what each can do.
fn knows_sorts(snapshot: &Snapshot) -> bool {
    let (coverage, users) = (&snapshot.coverage, ResourceKind::User);
    coverage.all_of(users)
        && coverage.all_risky()
        && coverage.lists(users)
        && snapshot
            .of_kind(users)
            .all(|user| user.sort != Sort::Unknown)
}

pub(super) fn guests<'s>(snapshot: &'s Snapshot, tally: &Tally<'s>) -> Listed<Risk<'s>> {
    let guests = snapshot.of_kind(ResourceKind::User);
    let guests = guests.filter(|user| user.sort == Sort::Guest);
    let risks = guests.map(|user| tally.risk(user));
    let with_much = risks.filter(|risk| risk.vaults.seen() > 1 || risk.seen() > 0);
    Listed::new(with_much, knows_sorts(snapshot)).most_first(|risk| risk.vaults)
}

/// Those with risky rights behind whom is no person.
pub(super) fn machines<'s>(snapshot: &Snapshot, risks: &Listed<Risk<'s>>) -> Listed<Risk<'s>> {
    let (coverage, projects) = (&snapshot.coverage, ResourceKind::Project);
    let all = coverage.all_of(projects) && coverage.lists(projects) && knows_sorts(snapshot);
    let machines = risks.rows.iter().filter(|risk| risk.who.sort.is_machine());
    Listed::new(machines.copied(), all)
}

pub(super) fn only_common<'s>(snapshot: &'s Snapshot, tally: &Tally<'s>) -> Listed<&'s Principal> {
    let mut only = vec![true; snapshot.principals.len()];
    let coverage = &snapshot.coverage;
    let mut all = coverage.all_of(ResourceKind::User) && coverage.states();
    for pair in snapshot.pairs() {
        let reach = tally.vaults.rows[pair.vault.place as usize].reach;
        all &= reach != Reach::Unknown;
        only[pair.who.place as usize] &= reach == Reach::Everybody;
    }
    let rows = snapshot.of_kind(ResourceKind::User).filter(|who| {
        let reaches = tally.vaults_of(who).known().is_some_and(|n| n > 0);
        tally::is_of_everybody(who) && reaches && only[who.place as usize]
    });
    Listed::new(rows, all)
}

/// What is most frequent is known only of a whole list.
pub(super) fn domains(snapshot: &Snapshot) -> Domains<'_> {
    if !snapshot.coverage.lists(ResourceKind::User) {
        return Domains {
            frequent: Vec::new(),
            others: Listed::new([], false),
        };
    }
    let users = || {
        let users = snapshot.of_kind(ResourceKind::User);
        users.filter(|user| user.sort != Sort::ServiceAccount)
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for domain in users().filter_map(domain) {
        *counts.entry(domain).or_default() += 1;
    }
    let mut frequent = Vec::from_iter(counts);
    frequent.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    frequent.truncate(2);
    let is_other = |own: String| frequent.iter().all(|(one, _)| *one != own);
    let others = users().filter(|user| domain(user).is_some_and(is_other));
    let others = Listed::new(others, users().all(|user| domain(user).is_some()));
    Domains { frequent, others }
}

/// What follows the last `@`, in small letters.
fn domain(user: &Principal) -> Option<String> {
    let (_, domain) = user.email.rsplit_once('@')?;
    (!domain.is_empty()).then(|| domain.to_lowercase())
}
