//! When each person last signed in: asked in a few batches beside the access listings.
//!
//! What `op` does not say stays unknown, which is neither "never" nor "long ago". No failure here
//! ends a sync.

use std::collections::HashMap;

use crate::op::types::{User, UserDetails};
use crate::op::{Client, Error};

use super::access::Task;
use super::plan::Plan;
use super::report::{Warning, Warnings};

/// People in a batch at least: below this, the start of another process costs more than it saves.
const SMALLEST_BATCH: usize = 25;

/// The questions under way.
pub(super) struct SignIns(Vec<Batch>);

struct Batch {
    people: Vec<String>,
    answer: Task<Result<Vec<UserDetails>, Error>>,
}

/// How many people are asked about: each of them counts as a request.
pub(super) fn requests(client: &Client, plan: &Plan, users: &[User]) -> usize {
    match plan.last_sign_in.unwrap_or(!client.is_service_account()) {
        true => users.len(),
        false => 0,
    }
}

impl SignIns {
    /// Asks about all of `users`, shared out over the workers, if the plan wants it.
    pub(super) fn ask(client: &Client, plan: &Plan, users: &[User]) -> Self {
        if requests(client, plan, users) == 0 {
            return Self(Vec::new());
        }
        let size = users.len().div_ceil(plan.workers.max(1));
        let batches = users.chunks(size.max(SMALLEST_BATCH)).map(|users| {
            let people: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
            let (client, asked) = (client.clone(), people.clone());
            let answer = async move { client.user_get(&asked).await };
            Batch {
                people,
                answer: Task(tokio::spawn(answer)),
            }
        });
        Self(batches.collect())
    }

    /// Waits for the answers: details by user id. One warning counts the people without.
    pub(super) async fn answers(self, warnings: &mut Warnings) -> HashMap<String, UserDetails> {
        let mut known = HashMap::new();
        for Batch { people, answer } in self.0 {
            let reason = match answer.await {
                Ok(Ok(rows)) => {
                    known.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
                    None
                }
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            for person in people.iter().filter(|person| !known.contains_key(*person)) {
                let example = reason.as_ref().unwrap_or(person);
                warnings.add(Warning::SignInUnknown, example);
            }
        }
        known
    }
}
