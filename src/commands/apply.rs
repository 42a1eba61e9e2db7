//! `report --apply`: revokes what a filled-in review says, one access after the other.
//!
//! The file is the one that was reviewed, so a run that was stopped is taken up by running it
//! again: what is revoked by then is seen to be so, and nothing is done twice.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind;
use crate::c1z::{Abort, Limits};
use crate::exit::{self, Failure};
use crate::op::{self, ErrorKind};
use crate::provision::{self, Change, Job, Request};
use crate::records;
use crate::report::Snapshot;
use crate::report::decisions::{self, Line, Verdict};
use crate::settings::{Inputs, Settings, grammar};
use crate::terminal::screen::{self, Screen};
use crate::text::plain;

use super::output::{complain, misuse};
use super::runtime::{block_on, on_thread};
use super::stored::Stored;
use super::{connect, output, provision as change};

/// Most bytes of a review: twenty times one of a million accesses.
const LONGEST: u64 = 1 << 30;

/// What is to be done, before anybody is asked.
struct Plan {
    /// With the line of the review that asks for it.
    requests: Vec<(usize, Request)>,
    principals: usize,
    /// Who is in the groups among them, in words.
    in_groups: Option<String>,
    account: String,
    /// How many lines have nothing to revoke, and how many are refused.
    already: usize,
    refused: usize,
}

/// Checks the review against the file, asks once, and revokes. What was done before a failure is
/// said before it.
pub(super) fn run(args: &grammar::Report, mut inputs: Inputs, csv: &Path) -> Result<u8, Failure> {
    inputs.is_review = true;
    let (_, settings) = inputs.validated()?;
    let screen = Screen::new(&settings);
    records::start(&settings, &screen, None)?;
    let source = args.source.clone().unwrap_or(settings.flags.file.clone());
    let (review, limits) = (csv.to_owned(), settings.limits);
    let work = move |abort: &Abort| plan(&source, &review, &limits, abort);
    let plan = block_on(on_thread("reading the review", work))?;
    let dry_run = settings.flags.dry_run;
    if !plan.requests.is_empty() && !dry_run && !settings.flags.yes {
        block_on(confirm(&plan))?;
    } else if let Some(people) = &plan.in_groups {
        complain(&format!("in the groups that lose access: {people}"));
    }
    let (revoked, already, failed) = match plan.requests.is_empty() {
        true => (0, 0, 0),
        false => block_on(carry_out(&plan.requests, &settings, &screen))?,
    };
    let would = if dry_run { "would be " } else { "" };
    let (already, refused) = (already + plan.already, plan.refused);
    complain(&format!(
        "{revoked} {would}revoked, {already} had nothing to revoke, {refused} refused, {failed} failed"
    ));
    match refused + failed {
        0 => Ok(exit::OK),
        _ => Ok(exit::PROVISION),
    }
}

/// Says of each line that cannot be done why; `op` is not asked.
fn plan(source: &Path, review: &Path, limits: &Limits, abort: &Abort) -> Result<Plan, Failure> {
    let lines = read(review)?;
    let snapshot = Snapshot::read(source, limits, &ZonedDateTime::now(), abort)?;
    let stored = Stored::open(source, limits)?;
    let (mut requests, mut already, mut refused) = (Vec::new(), 0, 0);
    let mut principals = HashSet::new();
    for (line, verdict) in decisions::check(&lines, &snapshot) {
        let refusal = match verdict {
            Ok(Verdict::Gone(why)) => {
                already += 1;
                complain(&format!("line {line}: nothing to revoke: {why}"));
                continue;
            }
            Err(why) => why,
            Ok(Verdict::Revoke { principal, grants }) => {
                let ids = grants.iter();
                match ids.map(|id| change::revocation(id, &stored)).collect() {
                    Ok::<Vec<_>, _>(those) => {
                        principals.insert(principal);
                        requests.extend(those.into_iter().map(|one| (line, one)));
                        continue;
                    }
                    Err(error @ (Failure::Provision(_) | Failure::NotInFile(_))) => {
                        error.to_string()
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        refused += 1;
        complain(&format!("line {line}: refused: {refusal}"));
    }
    let is_meant = |id: &str| principals.contains(&(ResourceKind::Group, id.to_owned()));
    let mut kinds = principals.iter().map(|(kind, _)| *kind);
    let has_groups = kinds.any(|kind| kind == ResourceKind::Group);
    Ok(Plan {
        requests,
        principals: principals.len(),
        in_groups: has_groups.then(|| snapshot.people_in(is_meant).words("person", "people")),
        account: snapshot.source.account.0.clone(),
        already,
        refused,
    })
}

fn read(review: &Path) -> Result<Vec<(usize, Line)>, Failure> {
    let no_review = |why: String| misuse(format!("--apply {}: {why}", review.display()));
    let mut bytes = Vec::new();
    File::open(review)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| no_review(error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(no_review(
            "it is larger than 1 GiB, as no review is; name the one that report --csv wrote"
                .to_owned(),
        ));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|error| no_review(format!("{error}; save it as CSV in UTF-8")))?;
    decisions::read(&text).map_err(no_review)
}

async fn confirm(plan: &Plan) -> Result<(), Failure> {
    output::can_ask("--apply")?;
    // A line that lacks the membership is a request for each of its permissions.
    let accesses = plan.requests.chunk_by(|one, next| one.0 == next.0).count();
    let groups = plan.in_groups.as_ref();
    let groups = groups.map(|people| format!(" (in the groups among them: {people})"));
    output::ask(&format!(
        "Revoke {accesses} accesses of {} principals{} in {}?",
        plan.principals,
        groups.unwrap_or_default(),
        plan.account
    ))
    .await
}

/// One after the other: what fails of its own is said, and what would fail for all ends it. How many
/// were revoked, or would be, had nothing to revoke, and failed.
async fn carry_out(
    requests: &[(usize, Request)],
    settings: &Settings,
    screen: &Screen,
) -> Result<(usize, usize, usize), Failure> {
    let (mut revoked, mut already, mut failed) = (0, 0, 0);
    let client = change::client(settings).await?;
    let _watch = connect::watch(settings, &client, screen, |_| screen::Snapshot::default());
    for (place, (line, request)) in requests.iter().enumerate() {
        let attempt = async {
            // Each has its own rehearsal, so that it prints its own calls alone.
            let client = match settings.flags.dry_run {
                true => client.clone().rehearsing(),
                false => client.clone(),
            };
            let outcome = Job::new(&client, request).run().await?;
            change::print_outcome(&outcome, settings, screen)?;
            Ok(outcome.change)
        };
        match attempt.await {
            Ok(Change::Done { .. } | Change::Planned { .. }) => revoked += 1,
            Ok(Change::Already { .. }) => already += 1,
            Err(error) => {
                screen.line(&plain(&format!("line {line}: {error}")));
                if ends_all(&error) {
                    let rest = requests.len() - place;
                    screen.line(&format!(
                        "{rest} were not done; run it again to go on: what is revoked stays so"
                    ));
                    return Err(error);
                }
                failed += 1;
            }
        }
    }
    Ok((revoked, already, failed))
}

/// Whether the next one would fail in the same way.
fn ends_all(error: &Failure) -> bool {
    use provision::{Error, Refusal};
    let of_all = |error: &op::Error| {
        let kind = error.kind();
        kind.is_of_sign_in() || matches!(kind, ErrorKind::RateLimited | ErrorKind::Network)
    };
    match error {
        Failure::Provision(Error::Unread { error, .. } | Error::Unchecked { error, .. }) => {
            of_all(error)
        }
        Failure::Provision(Error::NotTaken { error, .. }) => error.as_ref().is_some_and(of_all),
        Failure::Provision(Error::Refused(why, _)) => {
            matches!(why, Refusal::NoAccount | Refusal::OtherAccount)
        }
        _ => true,
    }
}
