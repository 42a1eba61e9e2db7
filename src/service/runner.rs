//! The loop: Hello, then polling for tasks and handing them to free slots.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tonic::Code;

use super::context::{Context, LOOK_EVERY};
use super::finish::{Failure, report};
use super::health::Health;
use super::tasks::{self, Done};
use super::turns::Turns;
use super::{Ended, Error, host};
use crate::backoff;
use crate::baton::pb::api::task::TaskType;
use crate::baton::pb::api::{BatonServiceGetTasksResponse, Task};
use crate::c1::{self, Fault};

/// How long the start tries a host that is not known, and with `--once` and no limit of its own,
/// where somebody waits for the end, a host that is away.
const CONNECT_PATIENCE: Duration = Duration::from_secs(30);
/// Longest wait between two Hellos or two polls, and between two polls that fail.
const WAIT_CAP: Duration = Duration::from_secs(300);
const FAILED_POLL_CAP: Duration = Duration::from_secs(60);
/// How long a poll under way is still waited for at the end of `--once-timeout`: C1 may hold it
/// open for minutes.
const LATE_POLL: Duration = Duration::from_secs(30);
/// The wait when C1 has no task and names no pace: the Go client would ask without a pause.
const IDLE_FLOOR: Duration = Duration::from_secs(1);
/// Most tasks that one GetTasks may ask for, and that wait for a slot.
const PAGE: usize = 100;

/// Says hello and serves tasks until the end.
pub(super) async fn run(context: Arc<Context>, health: &Health) -> Result<Ended, Error> {
    let limit = context
        .settings
        .once_timeout
        .filter(|_| context.settings.once);
    let deadline = limit.map(|limit| Instant::now() + limit);
    let patience = limit.unwrap_or_default();
    let stop = context.stop.clone();
    let mut last_error = None;
    tokio::select! {
        answer = hello(&context, &mut last_error) => answer?,
        () = stop.asked.cancelled() => return Ok(Ended::Stopped),
        () = of(deadline.map(sleep_until)) => {
            let address = || context.c1.address().clone();
            let silent = || c1::Error::Silent(address(), "Hello", patience);
            return Err(Error::Unreachable(patience, last_error.unwrap_or_else(silent)));
        }
    }
    let _ = health.ready.set(());
    tracing::info!(address = %context.c1.address(), "C1 has answered the Hello; waiting for tasks");
    let mut runner = Runner {
        context,
        queue: VecDeque::new(),
        turns: Turns::default(),
        running: HashMap::new(),
        tasks: JoinSet::new(),
        next_poll: Instant::now(),
        failed_polls: 0,
        phase: Phase::Open,
        patience,
        last_error: None,
        result: None,
    };
    // Kept across turns: a poll under way may hold a task, so only a stop and the end of
    // `--once-timeout` drop it.
    let mut poll: Option<Poll> = None;
    loop {
        runner.fill_slots();
        if let Some(result) = runner.end(poll.is_some()) {
            return result;
        }
        let is_late_poll = poll.is_some() && runner.phase == Phase::Late;
        tokio::select! {
            () = stop.asked.cancelled(), if runner.phase != Phase::Stopping => {
                runner.phase = Phase::Stopping;
                poll = None;
                runner.give_back();
            }
            () = of(deadline.map(sleep_until)), if runner.phase == Phase::Open => {
                runner.phase = Phase::Late;
            }
            () = of(deadline.map(|at| sleep_until(at + LATE_POLL))), if is_late_poll => poll = None,
            Some(Ok((id, done))) = runner.tasks.join_next() => runner.settle(id, done),
            () = sleep_until(runner.next_poll), if poll.is_none() && runner.wants_tasks() => {
                poll = Some(runner.poll());
            }
            // A limit begins and ends without a word, and with it slots come free or go.
            () = sleep(LOOK_EVERY), if runner.syncs() > 0 => {}
            answer = of(poll.as_mut()) => {
                poll = None;
                runner.take(answer);
            }
        }
    }
}

/// Says hello until C1 takes it; some failures end the start (`src/c1/protocol.md`, Failed Hello).
/// `last_error` is the last one.
async fn hello(context: &Context, last_error: &mut Option<c1::Error>) -> Result<(), Error> {
    let settings = &context.settings;
    let mut failures = 0;
    let mut last_contact = Instant::now();
    loop {
        let Err(error) = context.c1.hello(host::hello("")).await else {
            return Ok(());
        };
        failures += 1;
        let asked = error.retry_after().unwrap_or_default().min(WAIT_CAP);
        let mut wait = backoff::doubling(failures, WAIT_CAP).max(asked);
        if error.is_lasting() {
            return Err(Error::Hello(error));
        }
        if !matches!(error, c1::Error::Connect(..)) {
            last_contact = Instant::now();
        }
        if ends_soon(&error, settings.once && settings.once_timeout.is_none()) {
            let left = CONNECT_PATIENCE.saturating_sub(last_contact.elapsed());
            if left.is_zero() {
                return Err(Error::Hello(error));
            }
            wait = wait.min(left);
        }
        tracing::warn!(%error, wait_s = wait.as_secs_f32(), "the startup Hello failed; trying again");
        *last_error = Some(error);
        sleep(wait).await;
    }
}

/// Whether a start is given up after a while of this: a name that nobody knows may be wrong, and a
/// run that waits for one task only (`waits_once`) has no other end.
fn ends_soon(error: &c1::Error, waits_once: bool) -> bool {
    let is_unknown = matches!(error, c1::Error::Connect(.., Fault::UnknownHost(_)));
    is_unknown || waits_once && matches!(error, c1::Error::Connect(..))
}

/// Waits for a future; for ever, where there is none.
async fn of<T>(future: Option<impl Future<Output = T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

type Poll = Pin<Box<dyn Future<Output = Result<BatonServiceGetTasksResponse, c1::Error>> + Send>>;

/// How far the run has come. Tasks are asked for in the first phase only.
#[derive(PartialEq)]
enum Phase {
    Open,
    /// `--once`: the sync is here.
    Taken,
    /// `--once`: no sync has come within `patience`.
    Late,
    /// A signal came.
    Stopping,
}

struct Runner {
    context: Arc<Context>,
    /// Taken from C1, waiting for a slot.
    queue: VecDeque<Task>,
    turns: Turns,
    /// The ids of tasks that have a slot, and whether each is a sync.
    running: HashMap<String, bool>,
    tasks: JoinSet<(String, Done)>,
    next_poll: Instant,
    failed_polls: u32,
    phase: Phase,
    patience: Duration,
    /// Why the last poll failed.
    last_error: Option<c1::Error>,
    /// `--once`: how the run will end.
    result: Option<Result<Ended, Error>>,
}

impl Runner {
    fn slots(&self) -> usize {
        self.context.settings.task_concurrency
    }

    fn fill_slots(&mut self) {
        while self.taken_slots() < self.slots()
            && let Some(task) = self.next_task()
        {
            self.running.insert(task.id.clone(), is_sync(&task));
            let (context, turn) = (Arc::clone(&self.context), self.turns.queue(&task));
            self.tasks.spawn(tasks::handle(context, task, turn));
        }
    }

    /// The first task that may have a free slot. A sync leaves the last one to changes of access,
    /// so that these never wait for it.
    fn next_task(&mut self) -> Option<Task> {
        let syncs = self.syncs().saturating_sub(self.context.waiting_syncs());
        let may_sync = self.slots() == 1 || syncs + 1 < self.slots();
        let mut tasks = self.queue.iter();
        let place = tasks.position(|task| may_sync || !is_sync(task))?;
        self.queue.remove(place)
    }

    /// A sync that only waits for a limit of rate has given its slot back.
    fn taken_slots(&self) -> usize {
        let running = self.running.len();
        running.saturating_sub(self.context.waiting_syncs())
    }

    fn syncs(&self) -> usize {
        self.running.values().filter(|is_sync| **is_sync).count()
    }

    /// How the run ends, once it is to end and nothing is left to do. A signal is never a success.
    /// A poll under way may still bring a sync.
    fn end(&mut self, is_polling: bool) -> Option<Result<Ended, Error>> {
        if !self.running.is_empty() || !self.queue.is_empty() {
            return None;
        }
        match self.phase {
            Phase::Stopping => Some(Ok(match self.context.stop.due.is_cancelled() {
                true => Ended::Cut,
                false => Ended::Stopped,
            })),
            Phase::Late if !is_polling => Some(Err(match self.last_error.take() {
                Some(error) => Error::Unreachable(self.patience, error),
                None => Error::NoTask(self.patience),
            })),
            _ => self.result.take(),
        }
    }

    fn wants_tasks(&self) -> bool {
        let has_room = self.taken_slots() < self.slots() && self.queue.len() < PAGE;
        self.phase == Phase::Open && has_room
    }

    /// Asks C1 for work. GetTasks may fill the queue up to twice the slots (`src/c1/protocol.md`,
    /// GetTasks).
    fn poll(&self) -> Poll {
        let context = Arc::clone(&self.context);
        if !context.settings.get_tasks {
            return Box::pin(async move { context.c1.get_task().await });
        }
        let known = self.running.len() + self.queue.len();
        let room = (2 * self.slots()).saturating_sub(known);
        let page_size = u32::try_from(room.clamp(1, PAGE)).unwrap_or(1);
        let queued = self.queue.iter().map(|task| &task.id);
        let ids = queued.chain(self.running.keys());
        let known = ids.take(PAGE).cloned().collect();
        Box::pin(async move { context.c1.get_tasks(page_size, known).await })
    }

    /// Queues new tasks and sets the time of the next poll.
    fn take(&mut self, answer: Result<BatonServiceGetTasksResponse, c1::Error>) {
        let batch = match answer {
            Ok(batch) => batch,
            Err(error) => {
                self.failed_polls = self.failed_polls.saturating_add(1);
                let asked = error.retry_after().unwrap_or_default().min(WAIT_CAP);
                let cap = error.wait_cap(FAILED_POLL_CAP);
                let wait = backoff::square(self.failed_polls, cap).max(asked);
                self.next_poll = Instant::now() + wait;
                tracing::warn!(%error, wait_s = wait.as_secs_f32(), "asking C1 for tasks failed");
                self.last_error = Some(error);
                return;
            }
        };
        self.failed_polls = 0;
        self.last_error = None;
        let before = self.queue.len();
        for task in batch.tasks {
            self.accept(task);
        }
        let is_idle = self.queue.len() == before;
        self.next_poll = Instant::now() + delay(batch.next_poll, is_idle);
    }

    fn accept(&mut self, task: Task) {
        if matches!(task.task_type, Some(TaskType::None(_))) {
            return;
        }
        let is_queued = self.queue.iter().any(|queued| queued.id == task.id);
        if is_queued || self.running.contains_key(&task.id) {
            let task_id = task.id;
            tracing::debug!(task_id, "C1 handed out a task that is here already");
            return;
        }
        if self.context.settings.once && is_sync(&task) {
            self.phase = Phase::Taken;
        }
        self.queue.push_back(task);
    }

    /// Reports the tasks that a stop leaves without a slot.
    fn give_back(&mut self) {
        for Task { id, .. } in std::mem::take(&mut self.queue) {
            self.running.insert(id.clone(), false);
            let context = Arc::clone(&self.context);
            self.tasks.spawn(async move {
                let why = "the connector was stopped before the task began";
                let failure = Failure::retryable(Code::Cancelled, why);
                let done = report(&context, &id, Err(failure)).await;
                (id, done)
            });
        }
    }

    /// Frees a slot, and with `--once` keeps how the sync ended.
    fn settle(&mut self, task: String, done: Done) {
        if self.running.remove(&task) != Some(true) {
            return;
        }
        let result = done.map(|()| Ended::Complete);
        let failed = |why: Failure| Error::SyncFailed(task, why.status.message, why.cause);
        let result = result.map_err(failed);
        if result.is_ok() {
            (self.context.done)();
        }
        if self.context.settings.once {
            self.result.get_or_insert(result);
        }
    }
}

fn is_sync(task: &Task) -> bool {
    matches!(task.task_type, Some(TaskType::SyncFull(_)))
}

/// The wait until the next poll (`src/c1/protocol.md`, Polling).
fn delay(named: Option<prost_types::Duration>, is_idle: bool) -> Duration {
    // What is absent or negative is 0.
    let named = Duration::try_from(named.unwrap_or_default()).unwrap_or_default();
    match named.is_zero() && is_idle {
        true => IDLE_FLOOR,
        false => named.min(WAIT_CAP),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `src/c1/protocol.md`, Failed Hello
    #[test]
    fn a_start_waits_for_a_host_that_is_away_and_not_long_for_one_that_nobody_knows() {
        let ends_soon = |fault, waits_once| {
            let address = "tenant.test".parse().unwrap();
            let error = c1::Error::Connect(address, String::new(), fault);
            super::ends_soon(&error, waits_once)
        };
        let unknown = || Fault::UnknownHost("Name or service not known".to_owned());
        assert!(ends_soon(unknown(), false) && ends_soon(unknown(), true));
        assert!(!ends_soon(Fault::Refused, false) && ends_soon(Fault::Refused, true));
        assert!(!super::ends_soon(&c1::Error::Roots(String::new()), true));
    }

    /// `src/c1/protocol.md`, Polling
    #[test]
    fn the_pace_of_polls_is_what_c1_names_within_limits() {
        let named = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
        assert_eq!(delay(named(0, 20_000_000), true), Duration::from_millis(20));
        assert_eq!(delay(named(30, 0), false), Duration::from_secs(30));
        assert_eq!(delay(named(600, 0), true), WAIT_CAP);
        for none in [None, named(0, 0), named(-3, 0)] {
            assert_eq!(delay(none, true), IDLE_FLOOR);
            assert_eq!(delay(none, false), Duration::ZERO);
        }
    }
}
