//! Whose turn it is: changes of one place for one principal are made whole, one after the other, in
//! the order in which C1 handed them out. A revocation that reads before an earlier grant has
//! written would find nothing to revoke, and the access would stay.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::{unconstrained, yield_now};

use crate::baton::pb::api::Task;
use crate::baton::pb::api::task::TaskType;
use crate::baton::pb::v2;

/// The lines before each place and principal that somebody changes or waits to change.
#[derive(Default)]
pub(super) struct Turns(HashMap<[String; 2], Arc<Mutex<()>>>);

/// A place in a line, until it or what it brings is dropped. It comes when the changes before it
/// have ended, however they end.
pub(super) type Turn = Pin<Box<dyn Future<Output = OwnedMutexGuard<()>> + Send>>;

impl Turns {
    /// A place behind the changes that this one must not overtake.
    pub(super) fn queue(&mut self, task: &Task) -> Turn {
        self.0.retain(|_, line| Arc::strong_count(line) > 1);
        let line = key(task).map(|key| Arc::clone(self.0.entry(key).or_default()));
        let mut turn = Box::pin(unconstrained(async move {
            let turn = line.unwrap_or_default().lock_owned().await;
            // The poll below takes a place, for the lock is fair, and must not be the last one.
            yield_now().await;
            turn
        }));
        let _ = turn.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        turn
    }
}

/// The place and the principal of a change, in lower case as `op` tells ids apart; `None` when a task
/// changes nothing, or does not say what.
fn key(task: &Task) -> Option<[String; 2]> {
    let (entitlement, principal) = match task.task_type.as_ref()? {
        TaskType::Grant(task) => (task.entitlement.as_ref(), task.principal.as_ref()),
        TaskType::Revoke(task) => {
            let grant = task.grant.as_ref()?;
            (grant.entitlement.as_ref(), grant.principal.as_ref())
        }
        _ => return None,
    };
    let joined = |resource: &v2::Resource| {
        let id = resource.id.as_ref()?;
        Some(format!("{}:{}", id.resource_type, id.resource).to_lowercase())
    };
    let place = entitlement?.resource.as_ref()?;
    Some([joined(place)?, joined(principal?)?])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::time::{Duration, timeout};

    use super::*;
    use crate::baton::ids::{ResourceId, ResourceKind};
    use crate::baton::pb::api;

    fn resource(kind: ResourceKind, id: &str) -> v2::Resource {
        v2::Resource {
            id: Some(ResourceId::new(kind, id).to_message()),
            ..Default::default()
        }
    }

    fn task(grants: bool, place: &str, principal: &str) -> Task {
        let entitlement = Some(v2::Entitlement {
            resource: Some(resource(ResourceKind::Vault, place)),
            ..Default::default()
        });
        let principal = Some(resource(ResourceKind::User, principal));
        let task_type = match grants {
            true => TaskType::Grant(api::task::GrantTask {
                entitlement,
                principal,
                ..Default::default()
            }),
            false => TaskType::Revoke(api::task::RevokeTask {
                grant: Some(v2::Grant {
                    entitlement,
                    principal,
                    ..Default::default()
                }),
                ..Default::default()
            }),
        };
        Task {
            task_type: Some(task_type),
            ..Default::default()
        }
    }

    async fn due(turn: &mut Turn) -> Option<OwnedMutexGuard<()>> {
        timeout(Duration::from_secs(1), turn).await.ok()
    }

    #[tokio::test(start_paused = true)]
    async fn changes_of_one_right_wait_for_each_other_in_order() {
        let mut turns = Turns::default();
        let mut first = turns.queue(&task(true, "v1", "U1"));
        let mut second = turns.queue(&task(false, "V1", "u1"));
        let third = turns.queue(&task(true, "v1", "U1"));
        let mut other = turns.queue(&task(false, "v2", "U1"));
        let (first, other) = (due(&mut first).await, due(&mut other).await);
        assert!(first.is_some() && other.is_some());
        assert!(due(&mut second).await.is_none());
        // One that is given up makes nobody overtake.
        drop(third);
        let mut fourth = turns.queue(&task(false, "v1", "U1"));
        assert!(due(&mut fourth).await.is_none());
        drop(first);
        let second = due(&mut second).await;
        assert!(second.is_some() && due(&mut fourth).await.is_none());
        drop(second);
        assert!(due(&mut fourth).await.is_some());
        drop((fourth, other));
        drop(turns.queue(&Task::default()));
        assert!(turns.0.is_empty());
    }
}
