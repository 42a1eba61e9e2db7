//! A sync, start to end: directory, access, file, in one pass.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use crate::baton::ids::ResourceKind;
use crate::c1z::{Target, Written};
use crate::connector::project::earliest_expiry;
use crate::op::types::{Group, Listing};
use crate::op::{Client, Journal};

use super::access::{self, Access, AccessReader, Item};
use super::budget;
use super::directory::{self, Directory, when};
use super::error::Error;
use super::plan::Plan;
use super::progress::{Phase, Progress};
use super::records::Records;
use super::removed;
use super::report::{Report, Tokens, Warning, Warnings};
use super::sign_ins::{self, SignIns};
use super::writer::WriterThread;

/// Most permissions of an account that are in no table: each is an entitlement of every vault that
/// names it, and memory must not be what `op` sends.
const MOST_UNKNOWN: usize = 1_000;

/// Runs a sync into `target`. Dropping the future cancels it: children are killed and temporary
/// files removed. After that, and after an error, the old file is as it was.
pub async fn run(
    client: &Client,
    plan: &Plan,
    target: Target,
    progress: &Progress,
) -> Result<Report, Error> {
    let client = &client.waiting_for_limits();
    let calls_before = client.activity().calls_started();
    let mut warnings = Warnings::default();
    for warning in client.warnings() {
        warnings.add(Warning::OpVersion, warning.sentence);
    }
    let path = target.path().to_owned();
    let mut writer = WriterThread::start(target, plan);
    let account = directory::account(client).await?;
    writer.check_account(&path, &account).await?;
    let mut directory = Directory::read(client, plan, account, &mut warnings).await?;
    directory.keep_targets(&plan.targets)?;
    note_gaps(plan, &directory, &mut warnings);
    let journal = journal(client, plan, &directory, &path);
    let kept = journal.as_ref().map_or(0, |journal| journal.answers());
    if let Some(journal) = journal.as_ref().filter(|_| kept > 0) {
        let minutes = journal.age.as_secs().div_ceil(60).max(1);
        let answers = format!("{kept} answers, up to {minutes} min old");
        warnings.add(Warning::Resumed, answers);
    }
    let items = access::items(plan, &directory);
    let listings: usize = items.iter().map(|(_, gaps)| gaps.len()).sum();
    let calls = listings.saturating_sub(kept) + sign_ins::requests(client, plan, &directory.users);
    budget::check(client, plan, calls).await?;
    let client = client.with_journal(journal.clone());
    let sign_ins = sign_ins::ask(&client, plan, &directory.users);
    let users = std::mem::take(&mut directory.users);
    let mut records = Records::new(plan, &directory, warnings);
    records.directory(users);
    let reader = AccessReader::new(&client, plan, items);
    let written = write(&client, writer, reader, &mut records, sign_ins, progress).await;
    // After a sync that is finished, or failed for a reason that a later run does not share, that
    // one shall see the tenant as it is then. Only what was cut short leaves its answers.
    let keep = match &written {
        Err(Error::Op(error)) => error.kind().may_pass(),
        Err(Error::C1z(_)) => true,
        _ => false,
    };
    if let Some(journal) = journal.filter(|_| !keep) {
        journal.discard();
    }
    let (written, mut warnings) = (written?, records.warnings);
    warnings.add_notices(&written.notices);
    Ok(Report {
        account: directory.account.clone(),
        direct_grants: records.rows.direct,
        inherited_grants: records.rows.inherited,
        tokens: directory.projects.as_ref().map(|projects| Tokens {
            active: projects.tokens().count(),
            earliest_expiry: earliest_expiry(projects.tokens()).map(str::to_owned),
        }),
        warnings,
        op_calls: client.activity().calls_started() - calls_before,
        duration: progress.borrow().began.elapsed(),
        written,
    })
}

/// The journal of this sync, if the plan wants one and it can be had. It is bound to the account,
/// whoever asks, `op`'s version, the target, every option that changes what is asked or written,
/// and to the directory: once somebody or something was added, removed, renamed or suspended,
/// everything is asked anew. Who is in which group and vault may be as old as the window.
fn journal(
    client: &Client,
    plan: &Plan,
    directory: &Directory,
    target: &Path,
) -> Option<Arc<Journal>> {
    let resume = plan.resume.as_ref()?;
    let binding = format!(
        "{:?} {:?} {target:?} {:?} {}",
        client.identity(),
        client.version(),
        plan.scope(),
        directory.fingerprint(),
    );
    match Journal::open(&resume.folder, &binding, resume.window, SystemTime::now()) {
        Ok(journal) => journal.map(Arc::new),
        Err(error) => {
            tracing::warn!(%error, "answers are not kept for a later run");
            None
        }
    }
}

/// Reads all access, hands every record to the writer and waits for the file.
async fn write(
    client: &Client,
    // Dropped last to first: calls of `op` end before the writer is waited for.
    mut writer: WriterThread,
    mut reader: AccessReader<'_>,
    records: &mut Records<'_>,
    sign_ins: SignIns,
    progress: &Progress,
) -> Result<Written, Error> {
    records.rows.check_ids()?;
    let items = records.directory.groups.len() + records.directory.vaults.len();
    progress.send_modify(|state| {
        state.total = items as u64;
        state.phases.push(Phase::Access);
    });
    let mut gone = Vec::new();
    while let Some((item, access)) = writer.beside(reader.next()).await? {
        match access.removed {
            Some(error) => gone.push((item, error)),
            None => write_item(client, records, item, access).await?,
        }
        writer.write_full(&mut records.rows, progress).await?;
        progress.send_modify(|state| state.done += 1);
    }
    removed::note(client, records, gone).await?;
    let answers = sign_ins::answers(sign_ins, &mut records.warnings);
    let details = writer.beside(answers).await?;
    for (number, user) in std::mem::take(&mut records.users).into_iter().enumerate() {
        records.user(number, &user, details.get(&user.id));
        writer.write_full(&mut records.rows, progress).await?;
    }
    records.account_resource();
    records.rows.flush();
    writer.write_full(&mut records.rows, progress).await?;
    writer.ready(progress).await;
    progress.send_modify(|state| state.phases.push(Phase::Saving));
    writer.finish().await
}

async fn write_item(
    client: &Client,
    records: &mut Records<'_>,
    item: Item,
    access: Access,
) -> Result<(), Error> {
    for (gap, error) in access.unread {
        records.refused(gap, &error);
    }
    let directory = records.directory;
    match item {
        Item::Group(i) => records.group(&directory.groups[i], access.users),
        Item::Vault(i) => {
            if let Some(groups) = &access.groups {
                add_unlisted_groups(client, records, groups).await?;
            }
            records.vault(&directory.vaults[i], access.users, access.groups);
        }
    }
    match records.unknown.len() > MOST_UNKNOWN {
        true => Err(Error::Unusable(format!(
            "`op` names more than {MOST_UNKNOWN} permissions that this version does not know, so \
             nothing was written: there are fewer than twenty, so check what it lists for a vault"
        ))),
        false => Ok(()),
    }
}

/// Groups that a vault names but `group list` does not are read like the others, so that their
/// members inherit (`src/sync/mapping.md`, Unlisted members).
async fn add_unlisted_groups(
    client: &Client,
    records: &mut Records<'_>,
    groups: &Listing<Group>,
) -> Result<(), Error> {
    if !records.plan.targets.is_empty() {
        return Ok(());
    }
    for group in &groups.rows {
        if records.groups.contains_key(&group.id) {
            continue;
        }
        let mut listed = records.directory.groups.iter();
        if let Some(listed) = listed.find(|listed| listed.id == group.id) {
            // It was said not to be there; what that means is asked when all is read.
            records.bare_group(listed);
            continue;
        }
        let shown = format!("{} ({})", group.name, group.id);
        records.warnings.add(Warning::GroupUnlisted, shown);
        let is_read = records.plan.grants_to(ResourceKind::User);
        let members = match when(is_read, client.group_user_list(&group.id)).await {
            // Words that nobody knows may be any trouble, and the group would look empty.
            Err(error) if error.is_known_refusal() => {
                records.unreadable(group, &error);
                None
            }
            members => members?,
        };
        records.group(group, members);
    }
    Ok(())
}

/// Says what the plan or the answers leave out, so that no gap looks like "nobody has access".
fn note_gaps(plan: &Plan, directory: &Directory, warnings: &mut Warnings) {
    use ResourceKind::{Account, Group, Project, User, Vault};
    if plan.has(Vault) && plan.limit_matches_nothing(&directory.account.kind) {
        let kind = format!("account type {}", directory.account.kind);
        warnings.add(Warning::LimitMatchesNothing, kind);
    }
    if plan.sync_type() == crate::c1z::SyncType::Full && !plan.skip_grants {
        for (owner, holder, missing) in [
            (Vault, User, "users' access to vaults (add user)"),
            (Vault, Group, "access to vaults through groups (add group)"),
            (Vault, Project, "machine access to vaults (add project)"),
            (Group, User, "members of groups (add user)"),
            (Account, User, "members of the account (add user)"),
        ] {
            if plan.has(owner) && !plan.has(holder) {
                warnings.add(Warning::TypeLeftOut, missing);
            }
        }
    }
    let Some(projects) = &directory.projects else {
        return;
    };
    for (warning, examples) in [
        (Warning::TokenWithoutServer, &projects.tokens_without_server),
        (Warning::UnknownState, &projects.odd_states),
        (Warning::TokenExpiring, &projects.expiring),
    ] {
        examples.iter().for_each(|one| warnings.add(warning, one));
    }
}
