//! The one thread that owns the file: full batches in, a finished file out.

use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2::Resource;
use crate::c1z::{self, Abort, Batch, SyncRun, Target, Writer, Written};
use crate::op::Account;
use crate::text::start;

use super::error::Error;
use super::plan::Plan;
use super::progress::{Phase, Progress};
use super::rows::Rows;

/// Full batches that may wait for the writer; more make the reader of listings wait.
const WAITING: usize = 8;

/// A shorter wait for the old file is not shown.
const SOON: Duration = Duration::from_secs(1);

/// The writer's thread. Dropped early, it is stopped and waited for, and leaves no temporary file.
pub(super) struct WriterThread {
    batches: Option<mpsc::Sender<Batch>>,
    /// Told at once: the account that the file is of.
    account: oneshot::Receiver<Result<Option<Resource>, c1z::Error>>,
    /// Told once the older syncs of the file are taken over.
    ready: Option<oneshot::Receiver<()>>,
    finished: oneshot::Receiver<Result<Written, c1z::Error>>,
    thread: Option<JoinHandle<()>>,
    abort: Abort,
}

impl WriterThread {
    /// Opens the file at once, so that its older syncs are taken over while `op` answers.
    pub(super) fn start(mut target: Target, plan: &Plan) -> Self {
        let (batches, receiver) = mpsc::channel(WAITING);
        let (done, finished) = oneshot::channel();
        let (is_of, account) = oneshot::channel();
        let (is_ready, ready) = oneshot::channel();
        let abort = target.abort();
        let (sync_type, is_expanded) = (plan.sync_type(), plan.is_expanded());
        let thread = std::thread::spawn({
            let abort = abort.clone();
            move || {
                // A sync that was given up waits for nothing.
                let _ = is_of.send(target.newest_resource(ResourceKind::Account.as_str()));
                let result = SyncRun::new(sync_type)
                    .and_then(|run| Writer::begin(target, run, is_expanded))
                    .and_then(|writer| {
                        let _ = is_ready.send(());
                        write(writer, receiver, &abort)
                    });
                // Nobody waits for the result of a sync that was given up.
                let _ = done.send(result);
            }
        });
        Self {
            batches: Some(batches),
            account,
            ready: Some(ready),
            finished,
            thread: Some(thread),
            abort,
        }
    }

    /// Refuses a file of another account: its differences would compare two accounts.
    pub(super) async fn check_account(
        &mut self,
        file: &Path,
        signed_in: &Account,
    ) -> Result<(), Error> {
        // A thread that ended without an answer says why when it is asked for the file.
        match (&mut self.account).await {
            Ok(Ok(Some(account))) => of_same_account(file, &account, signed_in),
            Ok(Err(error)) => Err(error.into()),
            Ok(Ok(None)) | Err(_) => Ok(()),
        }
    }

    /// Waits until the older syncs of the file are taken over, or cannot be; shows a long wait.
    pub(super) async fn ready(&mut self, progress: &Progress) {
        if let Some(mut ready) = self.ready.take()
            && tokio::time::timeout(SOON, &mut ready).await.is_err()
        {
            progress.send_modify(|state| state.phases.push(Phase::OldFile));
            let _ = ready.await;
            // Who reads on comes back from the wait.
            progress.send_modify(|state| state.phases.push(Phase::Access));
        }
    }

    /// What `reading` gives, unless the writer fails meanwhile, as when an older sync turns out not
    /// to be taken over: that ends the new one at once, whatever `op` says.
    pub(super) async fn beside<T>(
        &mut self,
        reading: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            biased;
            error = self.failure() => Err(error),
            read = reading => read,
        }
    }

    /// Sends the full batches, in order; waits while the writer is behind.
    pub(super) async fn write_full(
        &mut self,
        rows: &mut Rows,
        progress: &Progress,
    ) -> Result<(), Error> {
        rows.check_ids()?;
        while let Some(batch) = rows.full.pop_front() {
            if self.batches.as_ref().is_some_and(|it| it.capacity() == 0) {
                self.ready(progress).await;
            }
            let Some(batches) = &self.batches else { break };
            if batches.send(batch).await.is_err() {
                return Err(self.failure().await);
            }
        }
        Ok(())
    }

    /// Ends the sync and waits for the file. After an error the old one is untouched.
    pub(super) async fn finish(mut self) -> Result<Written, Error> {
        self.batches = None;
        match (&mut self.finished).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(stopped()),
        }
    }

    async fn failure(&mut self) -> Error {
        match (&mut self.finished).await {
            Ok(Err(error)) => error.into(),
            _ => stopped(),
        }
    }
}

/// [`Error::OtherAccount`] when a file is of another account than the one that is signed in.
pub fn of_same_account(file: &Path, account: &Resource, signed_in: &Account) -> Result<(), Error> {
    let id = account.id.as_ref().map_or("", |id| id.resource.as_str());
    if id.eq_ignore_ascii_case(&signed_in.id) {
        return Ok(());
    }
    let named = |name: &str, id: &str| start(&format!("{name} ({id})"), 200).into_owned();
    Err(Error::OtherAccount(format!(
        "{} holds syncs of the account {}, and `op` is signed in to {}, so nothing was synced: \
         choose another file with -f",
        file.display(),
        named(&account.display_name, id),
        named(&signed_in.name, &signed_in.id)
    )))
}

fn stopped() -> Error {
    Error::Internal("the writer stopped without a result".to_owned())
}

/// Writes until the sender is dropped, which it is early if the sync is given up, as `abort` tells.
fn write(
    mut writer: Writer,
    mut batches: mpsc::Receiver<Batch>,
    abort: &Abort,
) -> Result<Written, c1z::Error> {
    while let Some(batch) = batches.blocking_recv() {
        writer.push(&batch)?;
    }
    if abort.is_cancelled() {
        return Err(c1z::Error::Aborted);
    }
    writer.finish(jiff::Timestamp::now())
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.abort.cancel();
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported as a missing result.
            let _ = thread.join();
        }
    }
}
