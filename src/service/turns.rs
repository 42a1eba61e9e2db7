//! Whose turn it is: changes of one place for one principal are made whole, one after the other, in
//! the order in which C1 handed them out. A revocation that reads before an earlier grant has
//! written would find nothing to revoke, and the access would stay.

use std::collections::HashMap;

use tokio::sync::oneshot::{self, error::TryRecvError};

use crate::baton::pb::api::Task;
use crate::baton::pb::api::task::TaskType;
use crate::baton::pb::v2;

/// Place and principal, in lower case as `op` tells ids apart.
type Key = (String, String);

/// The last change of each place and principal that is under way.
#[derive(Default)]
pub(super) struct Turns(HashMap<Key, End>);

/// The end of a change. Whoever gives up before its turn hands on whom it waited for, so that those
/// behind it stay where they are.
struct End(oneshot::Receiver<Option<End>>);

/// A place in the line, given back when it is dropped.
pub(super) struct Turn {
    before: Option<End>,
    end: Option<oneshot::Sender<Option<End>>>,
}

impl Turns {
    /// A place behind the changes that this one must not overtake.
    pub(super) fn queue(&mut self, task: &Task) -> Turn {
        self.0.retain(|_, last| match last.0.try_recv() {
            Ok(Some(before)) => {
                *last = before;
                true
            }
            other => matches!(other, Err(TryRecvError::Empty)),
        });
        let (end, ended) = oneshot::channel();
        Turn {
            before: key(task).and_then(|key| self.0.insert(key, End(ended))),
            end: Some(end),
        }
    }
}

impl Turn {
    /// Waits for the change before this one to end, however it ends.
    pub(super) async fn comes(&mut self) {
        while let Some(before) = &mut self.before {
            self.before = (&mut before.0).await.unwrap_or_default();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            // Nobody may wait for it.
            let _ = end.send(self.before.take());
        }
    }
}

/// What a task changes; `None` when it changes nothing, or does not say what.
fn key(task: &Task) -> Option<Key> {
    let (entitlement, principal) = match task.task_type.as_ref()? {
        TaskType::Grant(task) => (task.entitlement.as_ref(), task.principal.as_ref()),
        TaskType::Revoke(task) => {
            let grant = task.grant.as_ref()?;
            (grant.entitlement.as_ref(), grant.principal.as_ref())
        }
        _ => return None,
    };
    Some((
        joined(entitlement?.resource.as_ref()?)?,
        joined(principal?)?,
    ))
}

fn joined(resource: &v2::Resource) -> Option<String> {
    let id = resource.id.as_ref()?;
    Some(format!("{}:{}", id.resource_type, id.resource).to_lowercase())
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

    async fn is_due(turn: &mut Turn) -> bool {
        timeout(Duration::from_secs(1), turn.comes()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn changes_of_one_right_wait_for_each_other_in_order() {
        let mut turns = Turns::default();
        let mut first = turns.queue(&task(true, "v1", "U1"));
        let mut second = turns.queue(&task(false, "V1", "u1"));
        let third = turns.queue(&task(true, "v1", "U1"));
        let mut other = turns.queue(&task(false, "v2", "U1"));
        assert!(is_due(&mut first).await && is_due(&mut other).await);
        assert!(!is_due(&mut second).await);
        // One that is given up makes nobody overtake.
        drop(third);
        let mut fourth = turns.queue(&task(false, "v1", "U1"));
        assert!(!is_due(&mut fourth).await);
        drop(first);
        assert!(is_due(&mut second).await && !is_due(&mut fourth).await);
        drop(second);
        assert!(is_due(&mut fourth).await);
        drop((fourth, other));
        turns.queue(&Task::default());
        assert!(turns.0.is_empty());
    }
}
