//! A sync, start to end: directory, access, file, in one pass.

use std::sync::Arc;

use crate::baton::ids::ResourceKind;
use crate::c1z::Target;
use crate::op::Client;
use crate::op::types::{Group, Listing};

use super::access::{Access, AccessReader, Item, listings};
use super::budget;
use super::directory::{self, Directory};
use super::error::Error;
use super::optional::when;
use super::plan::Plan;
use super::progress::{Phase, Progress};
use super::records::Records;
use super::removed;
use super::report::{Report, Tokens, Warning, Warnings};
use super::resume;
use super::sign_ins::{self, SignIns};
use super::writer::WriterThread;

/// Most permissions of an account that are in no table: each is an entitlement of every vault that
/// names it, and memory must not be what `op` sends.
const MOST_UNKNOWN: usize = 1_000;

/// Runs a sync into `target`. Dropping the future cancels it: children are killed, temporary files
/// removed, and the old file stays as it was.
///
/// # Errors
/// [`Error`]; the old file stays as it was.
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
    let journal = resume::journal(client, plan, &directory, &path);
    let kept = journal.as_ref().map_or(0, |journal| journal.answers());
    if let Some(journal) = journal.as_ref().filter(|_| kept > 0) {
        let minutes = journal.age.as_secs().div_ceil(60).max(1);
        let answers = format!("{kept} answers, up to {minutes} min old");
        warnings.add(Warning::Resumed, answers);
    }
    let calls = listings(plan, &directory).saturating_sub(kept)
        + sign_ins::requests(client, plan, &directory.users);
    budget::check(client, plan, calls).await?;
    let client = match &journal {
        Some(journal) => client.with_journal(Arc::clone(journal)),
        None => client.clone(),
    };
    let sign_ins = SignIns::ask(&client, plan, &directory.users);
    let users = std::mem::take(&mut directory.users);
    let (plan, directory) = (Arc::new(plan.clone()), Arc::new(directory));
    let mut records = Records::new(&plan, &directory, warnings);
    records.directory(users);
    let reader = AccessReader::new(client.clone(), Arc::clone(&plan), Arc::clone(&directory));
    let written = async {
        write(
            &client,
            reader,
            &mut writer,
            &mut records,
            sign_ins,
            progress,
        )
        .await?;
        writer.finish().await
    };
    let written = written.await;
    resume::settle(journal.as_deref(), written.as_ref().err());
    let (written, mut warnings) = (written?, records.warnings);
    if written.hides_full_sync {
        let file = written.path.display().to_string();
        warnings.add(Warning::FullSyncHidden, file);
    }
    warnings.add_notices(&written.notices);
    Ok(Report {
        account: directory.account.clone(),
        direct_grants: records.rows.direct,
        inherited_grants: records.rows.inherited,
        tokens: directory.projects.as_ref().map(|projects| Tokens {
            active: projects.active_tokens(),
            earliest_expiry: projects.earliest_expiry().map(str::to_owned),
        }),
        warnings,
        op_calls: client.activity().calls_started() - calls_before,
        duration: progress.began().elapsed(),
        written,
    })
}

/// Reads all access and hands every record to the writer.
async fn write(
    client: &Client,
    mut reader: AccessReader,
    writer: &mut WriterThread,
    records: &mut Records<'_>,
    sign_ins: SignIns,
    progress: &Progress,
) -> Result<(), Error> {
    records.rows.check_ids()?;
    let items = records.directory.groups.len() + records.directory.vaults.len();
    progress.change().total = items as u64;
    progress.enter(Phase::Access);
    let mut gone = Vec::new();
    while let Some((item, access)) = writer.beside(reader.next()).await? {
        match access.removed {
            Some(error) => gone.push((item, error)),
            None => write_item(client, records, item, access).await?,
        }
        writer.write_full(&mut records.rows, progress).await?;
        progress.change().done += 1;
    }
    removed::note(client, records, gone).await?;
    let answers = async { Ok(sign_ins.answers(&mut records.warnings).await) };
    let details = writer.beside(answers).await?;
    while records.listed_people(&details) {
        writer.write_full(&mut records.rows, progress).await?;
    }
    records.unlisted_people();
    records.account_resource();
    records.rows.flush();
    writer.write_full(&mut records.rows, progress).await?;
    writer.ready(progress).await;
    progress.enter(Phase::Saving);
    Ok(())
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
        true => Err(Error::TooManyPermissions(MOST_UNKNOWN)),
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
    for token in &projects.tokens_without_server {
        warnings.add(Warning::TokenWithoutServer, token);
    }
    for state in &projects.odd_states {
        warnings.add(Warning::UnknownState, state);
    }
    for (token, at) in &projects.expiring {
        warnings.add(Warning::TokenExpiring, format!("{token} at {at}"));
    }
    if plan.reads(Vault) && plan.targets.is_empty() {
        for (project, vault) in directory.unlisted_project_vaults() {
            warnings.add(
                Warning::ProjectVaultUnlisted,
                format!("{vault} (project {project})"),
            );
        }
    }
}
