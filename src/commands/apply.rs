//! `report --apply`: revokes what a filled-in review says, one access after the other.
//!
//! The file is the one that was reviewed, so a run that was stopped is taken up by running it again:
//! what is revoked by then is found to be so, and nothing is done twice.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use jiff::ZonedDateTime;

use crate::baton::ids::ResourceKind;
use crate::c1z::{Abort, Limits};
use crate::exit::{self, Failure};
use crate::op::{self, Client, ErrorKind};
use crate::provision::{self, Change, Request};
use crate::records;
use crate::report::{Decisions, Snapshot, Verdict};
use crate::settings::{self, Inputs, Settings, grammar};
use crate::terminal::screen::{self, Screen};

use super::output::complain;
use super::runtime::{block_on, on_thread};
use super::stored::Stored;
use super::{confirm, connect, provision as change, revoke};

/// No review is longer, in bytes.
const LONGEST: u64 = 1 << 30;

/// What was found in a review before anybody is asked.
struct Plan {
    requests: Vec<(usize, Request)>,
    principals: usize,
    /// Who is in the groups among them, in words.
    in_groups: Option<String>,
    gone: usize,
    refused: usize,
    account: String,
}

/// How it went.
#[derive(Default)]
struct Tally {
    revoked: usize,
    already: usize,
    planned: usize,
    failed: usize,
}

/// Reads the review, checks it against the file, asks once, and revokes.
///
/// # Errors
/// [`Failure`]: nothing was done then, unless lines before it say so.
pub(super) fn run(args: &grammar::Report, inputs: Inputs, review: &Path) -> Result<u8, Failure> {
    let (_, settings) = inputs.of_review().validated()?;
    let screen = Screen::new(settings.output);
    records::start(&settings.log, &screen, None)?;
    let source = args.source.clone().unwrap_or(settings.file.clone());
    let (review, limits) = (review.to_owned(), settings.limits);
    let work = move |abort: &Abort| plan(&source, &review, &limits, abort);
    let plan = block_on(on_thread("reading the review", work))?;
    if !plan.requests.is_empty() && !settings.dry_run && !settings.yes {
        block_on(confirm(&plan))?;
    } else if let Some(people) = &plan.in_groups {
        complain(&format!("in the groups that lose access: {people}"));
    }
    let tally = match plan.requests.is_empty() {
        true => Tally::default(),
        false => block_on(carry_out(&plan.requests, &settings, &screen))?,
    };
    summarize(&plan, &tally, settings.dry_run);
    match plan.refused + tally.failed {
        0 => Ok(exit::OK),
        _ => Ok(exit::PROVISION),
    }
}

/// Says of each line that cannot be done why; `op` is not asked.
fn plan(source: &Path, review: &Path, limits: &Limits, abort: &Abort) -> Result<Plan, Failure> {
    let decisions = read(review)?;
    let snapshot = Snapshot::read(source, limits, &ZonedDateTime::now(), abort)?;
    let stored = Stored::open(source, limits)?;
    stored.tell_lack();
    let mut plan = Plan {
        requests: Vec::new(),
        principals: 0,
        in_groups: None,
        gone: 0,
        refused: 0,
        account: snapshot.source.account.0.clone(),
    };
    let mut principals = HashSet::new();
    for (line, verdict) in decisions.check(&snapshot) {
        match verdict {
            Verdict::Gone(why) => {
                plan.gone += 1;
                complain(&format!("line {line}: nothing to revoke: {why}"));
            }
            Verdict::Refused(why) => plan.refuse(line, &why),
            Verdict::Revoke { grants, principal } => {
                let requests = grants.iter().map(|id| revoke::request(id, &stored));
                match requests.collect::<Result<Vec<_>, _>>() {
                    Ok(requests) => {
                        principals.insert(principal);
                        plan.requests
                            .extend(requests.into_iter().map(|one| (line, one)));
                    }
                    Err(error @ (Failure::Provision(_) | Failure::NotInFile(_))) => {
                        plan.refuse(line, &error.to_string());
                    }
                    Err(error) => return Err(error),
                }
            }
        }
    }
    plan.principals = principals.len();
    let is_meant = |id: &str| principals.contains(&(ResourceKind::Group, id.to_owned()));
    let has_groups = principals
        .iter()
        .any(|(kind, _)| *kind == ResourceKind::Group);
    plan.in_groups = has_groups.then(|| snapshot.people_in(is_meant).words("person", "people"));
    Ok(plan)
}

impl Plan {
    fn refuse(&mut self, line: usize, why: &str) {
        self.refused += 1;
        complain(&format!("line {line}: refused: {why}"));
    }
}

fn read(review: &Path) -> Result<Decisions, Failure> {
    let no_review = |why: String| {
        let path = review.display();
        settings::Error(vec![format!("--apply {path}: {why}")])
    };
    let mut text = String::new();
    let file = std::fs::File::open(review).map_err(|error| no_review(error.to_string()))?;
    io::Read::read_to_string(&mut io::Read::take(file, LONGEST), &mut text)
        .map_err(|error| no_review(format!("{error}; save it as CSV in UTF-8")))?;
    Ok(Decisions::read(&text).map_err(no_review)?)
}

/// Asks once for all.
async fn confirm(plan: &Plan) -> Result<(), Failure> {
    confirm::can_ask("--apply")?;
    // A line that lacks the membership is a request for each of its permissions.
    let accesses = plan.requests.chunk_by(|one, next| one.0 == next.0).count();
    let groups = plan.in_groups.iter();
    let groups: String = groups
        .map(|people| format!(" (in the groups among them: {people})"))
        .collect();
    confirm::ask(&format!(
        "Revoke {accesses} accesses of {} principals{groups} in {}?",
        plan.principals, plan.account
    ))
    .await
}

/// One after the other; what fails of its own is told, and the next one is tried. What would fail for
/// all ends it.
async fn carry_out(
    requests: &[(usize, Request)],
    settings: &Settings,
    screen: &Screen,
) -> Result<Tally, Failure> {
    let client = change::client(settings).await?;
    let consent = connect::consent(settings, &client);
    let _watch = screen.watch(move || screen::Snapshot {
        request: consent(),
        ..screen::Snapshot::default()
    });
    let mut tally = Tally::default();
    for (place, (line, request)) in requests.iter().enumerate() {
        match attempt(request, &client, settings, screen).await {
            Ok(Change::Done { .. }) => tally.revoked += 1,
            Ok(Change::Already { .. }) => tally.already += 1,
            Ok(Change::Planned { .. }) => tally.planned += 1,
            Err(error) => {
                screen.line(&crate::text::plain(&format!("line {line}: {error}")));
                if ends_all(&error) {
                    let rest = requests.len() - place;
                    screen.line(&format!(
                        "{rest} were not done; run it again to go on: what is revoked stays so"
                    ));
                    return Err(error);
                }
                tally.failed += 1;
            }
        }
    }
    Ok(tally)
}

async fn attempt(
    request: &Request,
    client: &Client,
    settings: &Settings,
    screen: &Screen,
) -> Result<Change, Failure> {
    // Each has its own rehearsal, so that it tells its own calls alone.
    let client = match settings.dry_run {
        true => client.clone().rehearsing(),
        false => client.clone(),
    };
    let outcome = request.run(&client).await?;
    change::print_outcome(&outcome, settings, screen)?;
    Ok(outcome.change)
}

/// Whether the next one would fail in the same way.
fn ends_all(error: &Failure) -> bool {
    use provision::Error;
    let of_all = |error: &op::Error| {
        let kind = error.kind();
        kind.is_of_sign_in() || matches!(kind, ErrorKind::RateLimited | ErrorKind::Network)
    };
    match error {
        Failure::Provision(Error::Unread { error, .. } | Error::Unchecked { error, .. }) => {
            of_all(error)
        }
        Failure::Provision(Error::NotTaken { error, .. }) => error.as_ref().is_some_and(of_all),
        Failure::Provision(Error::NoAccount { .. } | Error::OtherAccount { .. }) => true,
        Failure::Provision(_) => false,
        _ => true,
    }
}

fn summarize(plan: &Plan, tally: &Tally, dry_run: bool) {
    let Tally {
        revoked,
        already,
        planned,
        failed,
    } = tally;
    let did = match dry_run {
        true => format!("{planned} would be revoked"),
        false => format!("{revoked} revoked"),
    };
    complain(&format!(
        "{did}, {} had nothing to revoke, {} refused, {failed} failed",
        already + plan.gone,
        plan.refused
    ));
}
