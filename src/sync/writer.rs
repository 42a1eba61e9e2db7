//! The one thread that owns the file: full batches in, a finished file out.

use std::path::Path;
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::baton::ids::ResourceKind;
use crate::baton::pb::v2::Resource;
use crate::c1z::{self, Abort, Batch, NewSync, Target, Writer, Written};
use crate::op::Account;

use super::error::Error;
use super::plan::Plan;
use super::progress::{Phase, Progress};
use super::rows::Rows;

/// Full batches that may wait for the writer; more make the reader of listings wait.
const WAITING: usize = 8;

/// A shorter wait for the old file is not shown.
const SOON: Duration = Duration::from_secs(1);

/// The writer's thread. Dropping it before [`WriterThread::finish`] stops it, waits for it, and so
/// leaves no temporary file.
pub(super) struct WriterThread {
    batches: Option<mpsc::Sender<Batch>>,
    spare: std_mpsc::Receiver<Batch>,
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
        let (give_back, spare) = std_mpsc::channel();
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
                let result = NewSync::new(sync_type, is_expanded)
                    .and_then(|new| Writer::begin(target, new))
                    .and_then(|writer| {
                        let _ = is_ready.send(());
                        write(writer, receiver, &give_back, &abort)
                    });
                // Nobody waits for the result of a sync that was given up.
                let _ = done.send(result);
            }
        });
        Self {
            batches: Some(batches),
            spare,
            account,
            ready: Some(ready),
            finished,
            thread: Some(thread),
            abort,
        }
    }

    /// Refuses a file that holds syncs of another account: its differences would compare two
    /// accounts.
    ///
    /// # Errors
    /// [`Error::OtherAccount`], before anything is written, or that the account of the file cannot
    /// be read.
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

    /// Waits until the older syncs of the file are taken over, or cannot be, and shows it when it
    /// takes long.
    pub(super) async fn ready(&mut self, progress: &Progress) {
        if let Some(mut ready) = self.ready.take()
            && tokio::time::timeout(SOON, &mut ready).await.is_err()
        {
            progress.enter(Phase::OldFile);
            let _ = ready.await;
            progress.enter(Phase::Access);
        }
    }

    /// What `reading` gives, unless the writer fails meanwhile, as when an older sync turns out not
    /// to be taken over: that ends the new one at once, whatever `op` says.
    ///
    /// # Errors
    /// What is wrong with the file, or that of `reading`.
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
    ///
    /// # Errors
    /// An id that is too long, or the writer's, if it has stopped.
    pub(super) async fn write_full(
        &mut self,
        rows: &mut Rows,
        progress: &Progress,
    ) -> Result<(), Error> {
        rows.check_ids()?;
        while let Ok(batch) = self.spare.try_recv() {
            rows.reuse(batch);
        }
        while let Some(batch) = rows.take_full() {
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

    /// Ends the sync and waits for the file.
    ///
    /// # Errors
    /// The writer's; the old file is then untouched.
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

/// Checks that a file goes on with the account that it is of, a resource in it.
///
/// # Errors
/// [`Error::OtherAccount`].
pub fn of_same_account(file: &Path, account: &Resource, signed_in: &Account) -> Result<(), Error> {
    let id = account.id.as_ref().map_or("", |id| id.resource.as_str());
    match id.eq_ignore_ascii_case(&signed_in.id) {
        true => Ok(()),
        false => Err(Error::OtherAccount {
            file: file.to_owned(),
            of: format!("{} ({id})", account.display_name),
            signed_in: format!("{} ({})", signed_in.name, signed_in.id),
        }),
    }
}

fn stopped() -> Error {
    Error::Internal("the writer stopped without a result".to_owned())
}

/// Writes until the sender is dropped; it is dropped early only when the sync is given up, which
/// the abort flag tells.
fn write(
    mut writer: Writer,
    mut batches: mpsc::Receiver<Batch>,
    give_back: &std_mpsc::Sender<Batch>,
    abort: &Abort,
) -> Result<Written, c1z::Error> {
    while let Some(batch) = batches.blocking_recv() {
        writer.push(&batch)?;
        // The other side is gone only when the sync is given up.
        let _ = give_back.send(batch);
    }
    if abort.is_aborted() {
        return Err(c1z::Error::Aborted);
    }
    writer.finish()
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.abort.abort();
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported as a missing result.
            let _ = thread.join();
        }
    }
}
