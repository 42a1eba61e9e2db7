//! The few figures that a reviewer looks at first, as cards of the page.

use crate::baton::ids::ResourceKind;

use super::Report;
use super::count::Count;

/// A figure with its name and where on the page there is more of it.
pub(super) struct Card {
    pub(super) name: &'static str,
    pub(super) number: Count,
    pub(super) note: String,
    /// As in the page's address after `#`.
    pub(super) leads_to: &'static str,
}

/// All of them.
pub(super) fn all(report: &Report<'_>) -> Vec<Card> {
    let (f, t) = (&report.findings, &report.findings.totals);
    vec![
        people(report),
        Card {
            name: "Suspended with access",
            number: f.suspended.count(),
            note: format!(
                "of {}",
                t.suspended.words("suspended user", "suspended users")
            ),
            leads_to: "suspended-users-with-access",
        },
        Card {
            name: "Guests",
            number: t.guests,
            note: format!("{} with much", f.guests.count()),
            leads_to: "kind=guest",
        },
        Card {
            name: "Risky rights",
            number: f.risks.count(),
            note: "manage, export or share".to_owned(),
            leads_to: "risky-rights",
        },
        unread(report),
    ]
}

/// Service accounts are users, and no people.
fn people(report: &Report<'_>) -> Card {
    let t = &report.findings.totals;
    let machines = t.service_accounts.seen();
    let all = t.users.known().is_some() && t.service_accounts.known().is_some();
    Card {
        name: "People",
        number: Count::new(t.users.seen().saturating_sub(machines), all),
        note: format!(
            "and {}, {}",
            t.service_accounts
                .words("service account", "service accounts"),
            t.projects.words("project", "projects"),
        ),
        leads_to: "people-and-machines",
    }
}

/// Of how many vaults the sync did not read all, and what it did not.
fn unread(report: &Report<'_>) -> Card {
    let coverage = &report.snapshot.coverage;
    let (mut vaults, mut of) = (0, [0_u32; 3]);
    for vault in &report.snapshot.vaults {
        let read = vault.read;
        let unread = [!read.users, !read.projects, !read.unread.is_empty()];
        vaults += u32::from(unread.contains(&true));
        for (n, unread) in of.iter_mut().zip(unread) {
            *n += u32::from(unread);
        }
    }
    let words = ["users", "projects", "permissions"];
    let note = words.iter().zip(of).filter(|&(_, n)| n > 0);
    let note: Vec<String> = note.map(|(word, n)| format!("{word} of {n}")).collect();
    Card {
        name: "Vaults not read in full",
        number: Count::new(vaults, coverage.lists(ResourceKind::Vault)),
        note: match note.is_empty() {
            true => format!("of {}", report.findings.totals.vaults),
            false => note.join(", "),
        },
        leads_to: "vaults",
    }
}
