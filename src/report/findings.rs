//! What stands out about people, machines, groups, vaults and tokens.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::baton::ids::ResourceKind::{self, Group, Project, User};

use super::Report;
use super::count::{Count, Listed};
use super::model::{Pair, Resource, SignIn, Sort, Status};
use super::permissions::Abilities;
use super::tally::{Reach, Risk, VaultRow, is_of_everybody};

/// Days without a change after which a vault stands out.
const A_YEAR: i64 = 365;

/// Days without a sign-in after which somebody is idle, unless the report is asked otherwise.
pub const IDLE_DAYS: u32 = 90;

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Reaching<'s> {
    /// Whole days since the last sign-in, for one who is idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) days: Option<i64>,
    #[serde(rename = "principal")]
    pub(super) who: &'s Resource,
    pub(super) vaults: Count,
}

/// A group with its people, by id in JSON.
#[derive(Clone, Debug, Serialize)]
pub(super) struct GroupRow<'s> {
    #[serde(flatten, serialize_with = "Resource::whole")]
    pub(super) group: &'s Resource,
    #[serde(serialize_with = "ids")]
    pub(super) managers: Listed<&'s Resource>,
    #[serde(serialize_with = "ids")]
    pub(super) members: Listed<&'s Resource>,
    /// How many vaults it opens to its members.
    pub(super) vaults: Count,
}

/// `null` for a list that may lack somebody.
fn ids<S: Serializer>(people: &Listed<&Resource>, serializer: S) -> Result<S::Ok, S::Error> {
    match people.all {
        true => serializer.collect_seq(people.rows.iter().map(|one| &one.id)),
        false => serializer.serialize_none(),
    }
}

/// A project, and when its earliest token ends.
#[derive(Clone, Debug, Serialize)]
pub(super) struct TokenRow<'s> {
    /// Whole days from now, below 0 when it has ended; None for a time that cannot be read too.
    pub(super) days_left: Option<i64>,
    /// Empty when no token ends.
    pub(super) expires_at: &'s str,
    pub(super) project: &'s Resource,
    pub(super) vaults: Count,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Unchanged<'s> {
    pub(super) days: i64,
    #[serde(flatten)]
    pub(super) vault: &'s Resource,
    #[serde(skip)]
    pub(super) users: Count,
}

fn days(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).div_euclid(24 * 60 * 60)
}

impl<'s> Report<'s> {
    fn users(&self) -> impl Iterator<Item = &'s Resource> + Clone + use<'s> {
        self.snapshot.of_kind(User)
    }

    fn lists(&self, kind: ResourceKind) -> bool {
        self.snapshot.coverage.lists(kind)
    }

    fn vaults_of(&self, who: &Resource) -> Count {
        self.risks[who.place as usize].vaults
    }

    /// Users and projects, by name.
    pub(super) fn holders(&self) -> Listed<Risk<'s>> {
        let holders = self.risks.iter();
        let holders = holders.filter(|one| one.who.kind != Group);
        let all = self.lists(User) && self.lists(Project);
        Listed::new(holders.copied(), all)
    }

    /// Users and projects with risky rights, those with most first.
    pub(super) fn risks(&self) -> Listed<Risk<'s>> {
        let coverage = &self.snapshot.coverage;
        let mut risks = self.holders();
        risks.rows.retain(|risk| risk.seen() > 0);
        risks.rows.sort_by_key(|risk| Reverse(risk.seen()));
        let of_projects = coverage.all_of(Project) || !self.lists(Project);
        let can = coverage.everywhere.can.contains(Abilities::RISKY);
        risks.all = coverage.all_of(User) && of_projects && can;
        risks
    }

    pub(super) fn groups(&self) -> Listed<GroupRow<'s>> {
        let snapshot = self.snapshot;
        let rows = snapshot.of_kind(Group).map(|group| GroupRow {
            group,
            managers: snapshot.people_of(&snapshot.managers, group),
            members: snapshot.people_of(&snapshot.members, group),
            vaults: self.vaults_of(group),
        });
        Listed::new(rows, self.lists(Group))
    }

    /// The vaults that are open so far.
    pub(super) fn reached(&self, wanted: Reach) -> Listed<&'s Resource> {
        let mut rows = self.vaults.rows.iter();
        let fitting = rows.clone().filter(|row| row.reach == wanted);
        // With nobody known to read or not, a vault counts as reached by some.
        let is_known = |row: &VaultRow<'_>| match (wanted, row.reach) {
            (Reach::NoUserReads, Reach::Some | Reach::Everybody) => row.readers.known().is_some(),
            (_, reach) => reach != Reach::Unknown,
        };
        let all = self.vaults.all && rows.all(is_known);
        Listed::new(fitting.map(|row| row.vault), all)
    }

    /// Whether all are known who reach something, or nothing: in grants only, nobody has a state.
    fn knows_all_who(&self, reach: bool) -> bool {
        let reaches = |who| self.vaults_of(who).seen() > 0;
        let mut users = self.users();
        let is_known = users.all(|who| who.listed || reaches(who) != reach);
        self.snapshot.coverage.all_of(User) && is_known
    }

    /// Suspended users with access, those who reach most first.
    pub(super) fn suspended(&self) -> Listed<Reaching<'s>> {
        let suspended = self.users().filter(|who| who.status == Status::Suspended);
        let row = |who| Reaching {
            days: None,
            who,
            vaults: self.vaults_of(who),
        };
        let reaches = |one: &Reaching<'_>| one.vaults.seen() > 0;
        let (rows, others): (Vec<_>, Vec<_>) = suspended.map(row).partition(reaches);
        // With everybody who is suspended in the list already, what was not read adds nobody.
        let whole = self.snapshot.coverage.states && others.is_empty();
        Listed::new(rows, whole || self.knows_all_who(true)).most_first(|one| one.vaults)
    }

    /// Active users that certainly reach no vault.
    pub(super) fn without_vault(&self) -> Listed<&'s Resource> {
        let rows = self
            .users()
            .filter(|who| who.status == Status::Active && self.vaults_of(who).known() == Some(0));
        Listed::new(rows, self.knows_all_who(false))
    }

    /// People who reach something and have not signed in for so many days, those who reach most
    /// first, and how many who do never signed in. Machines do not sign in; suspended people may
    /// not, and have a list of their own.
    pub(super) fn idle(&self) -> (Listed<Reaching<'s>>, Count) {
        let coverage = &self.snapshot.coverage;
        let mut all = coverage.all_of(User) && coverage.states;
        let (mut rows, mut never) = (Vec::new(), 0);
        for who in self.users() {
            let vaults = self.vaults_of(who);
            match who.signed_in {
                _ if who.sort == Sort::ServiceAccount || vaults.seen() == 0 => {}
                _ if who.status == Status::Suspended => {}
                SignIn::At(at) => rows.push(Reaching {
                    days: Some(days(at, self.now.timestamp())),
                    who,
                    vaults,
                }),
                SignIn::Never => never += 1,
                SignIn::Unknown => all = false,
            }
        }
        rows.retain(|row| row.days >= Some(i64::from(self.idle_days)));
        rows.sort_by_key(|row| (Reverse(row.vaults.seen()), Reverse(row.days)));
        (Listed::new(rows, all), Count::new(never, all))
    }

    /// Whether it is known of every user who is a guest and who a machine, and what each can do.
    fn knows_sorts(&self) -> bool {
        let coverage = &self.snapshot.coverage;
        let can = coverage.everywhere.can.contains(Abilities::RISKY);
        coverage.all_of(User) && can && self.totals.guests.known().is_some()
    }

    /// Guests with more than one vault or with risky rights, those who reach most first.
    pub(super) fn guests(&self) -> Listed<Risk<'s>> {
        let guests = self.risks.iter().filter(|one| one.who.sort == Sort::Guest);
        let with_much = guests.filter(|one| one.vaults.seen() > 1 || one.seen() > 0);
        Listed::new(with_much.copied(), self.knows_sorts()).most_first(|one| one.vaults)
    }

    /// Service accounts and projects with risky rights, those with most first: no people.
    pub(super) fn machines(&self) -> Listed<Risk<'s>> {
        let mut risks = self.risks();
        let machines = [Sort::ServiceAccount, Sort::Project];
        risks.rows.retain(|risk| machines.contains(&risk.who.sort));
        risks.all = self.snapshot.coverage.all_of(Project) && self.knows_sorts();
        risks
    }

    /// Active members who reach something, but only what everybody reaches.
    pub(super) fn only_common(&self) -> Listed<&'s Resource> {
        let (snapshot, coverage) = (self.snapshot, &self.snapshot.coverage);
        let reach = |pair: Pair<'_>| self.vaults.rows[pair.vault.place as usize].reach;
        let rows = self.users().filter(|who| {
            let reaches = self.vaults_of(who).known().is_some_and(|n| n > 0);
            let mut pairs = snapshot.pairs_of(who);
            is_of_everybody(who) && reaches && pairs.all(|pair| reach(pair) == Reach::Everybody)
        });
        let known = snapshot.pairs().all(|pair| reach(pair) != Reach::Unknown);
        Listed::new(rows, known && coverage.all_of(User) && coverage.states)
    }

    /// The two most frequent domains of people's e-mail addresses, of equals the first by name,
    /// with how many have them; and whose address is from elsewhere. Known of a whole list only.
    pub(super) fn domains(&self) -> (Vec<(String, usize)>, Listed<&'s Resource>) {
        if !self.lists(User) {
            return (Vec::new(), Listed::new([], false));
        }
        let users = self.users();
        let mut people = users.filter(|user| user.sort != Sort::ServiceAccount);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for domain in people.clone().filter_map(domain) {
            *counts.entry(domain).or_default() += 1;
        }
        let mut frequent = Vec::from_iter(counts);
        frequent.sort_by_key(|(_, n)| Reverse(*n));
        frequent.truncate(2);
        let is_other = |own: String| frequent.iter().all(|(one, _)| *one != own);
        let others = people.clone();
        let others = others.filter(|user| domain(user).is_some_and(is_other));
        let all = people.all(|user| domain(user).is_some());
        let others = Listed::new(others, all);
        (frequent, others)
    }

    /// Projects with a vault, an expiry, or (maybe) working tokens, those that end first first.
    pub(super) fn tokens(&self) -> Listed<TokenRow<'s>> {
        let projects = self.snapshot.of_kind(Project);
        let rows = projects.map(|project| {
            let expires_at = project.expires_at.as_deref().unwrap_or_default();
            let ends = expires_at.parse().ok();
            TokenRow {
                days_left: ends.map(|at| days(self.now.timestamp(), at)),
                expires_at,
                project,
                vaults: self.vaults_of(project),
            }
        });
        let shown = rows.filter(|row| {
            let has_none = row.project.active_tokens == Some(0);
            row.vaults.seen() > 0 || !row.expires_at.is_empty() || !has_none
        });
        let mut list = Listed::new(shown, self.lists(Project));
        // An unreadable time comes first.
        list.rows
            .sort_by_key(|row| (row.expires_at.is_empty(), row.days_left));
        list
    }

    /// Vaults unchanged for a year, longest first; an unknown last change leaves the list open.
    pub(super) fn unchanged(&self) -> Listed<Unchanged<'s>> {
        let vaults = &self.vaults;
        let row = |row: &VaultRow<'s>| {
            Some(Unchanged {
                days: days(row.vault.changed()?, self.now.timestamp()),
                vault: row.vault,
                users: row.users,
            })
        };
        let mut rows: Vec<_> = vaults.rows.iter().filter_map(row).collect();
        let all = vaults.all && rows.len() == vaults.rows.len();
        rows.retain(|row| row.days >= A_YEAR);
        rows.sort_by_key(|row| Reverse(row.days));
        Listed::new(rows, all)
    }
}

/// What follows the last `@`, in small letters.
fn domain(user: &Resource) -> Option<String> {
    let (_, domain) = user.email.rsplit_once('@')?;
    (!domain.is_empty()).then(|| domain.to_lowercase())
}
