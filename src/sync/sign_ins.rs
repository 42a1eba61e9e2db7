//! When each person last signed in: asked in a few batches beside the access listings.
//!
//! What `op` does not say stays unknown, which is neither "never" nor "long ago". No failure here
//! ends a sync.

use std::collections::HashMap;

use tokio_util::task::JoinQueue;

use crate::op::types::{User, UserDetails};
use crate::op::{Client, Error};

use super::plan::Plan;
use super::report::{Warning, Warnings};

/// People in a batch at least: below this, the start of another process costs more than it saves.
const SMALLEST_BATCH: usize = 25;

/// The questions under way.
#[derive(Default)]
pub(super) struct SignIns {
    /// Whom each of them is about.
    people: Vec<Vec<String>>,
    answers: JoinQueue<Result<Vec<UserDetails>, Error>>,
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
        let mut sign_ins = Self::default();
        if requests(client, plan, users) == 0 {
            return sign_ins;
        }
        let size = users.len().div_ceil(plan.workers.max(1));
        for users in users.chunks(size.max(SMALLEST_BATCH)) {
            let people: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
            let (client, asked) = (client.clone(), people.clone());
            let answer = async move { client.user_get(&asked).await };
            sign_ins.answers.spawn(answer);
            sign_ins.people.push(people);
        }
        sign_ins
    }

    /// Waits for the answers: details by user id. One warning counts the people without.
    pub(super) async fn answers(mut self, warnings: &mut Warnings) -> HashMap<String, UserDetails> {
        let mut known = HashMap::new();
        for people in self.people {
            let reason = match self.answers.join_next().await {
                Some(Ok(Ok(rows))) => {
                    known.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
                    None
                }
                Some(Ok(Err(error))) => Some(error.to_string()),
                Some(Err(error)) => Some(error.to_string()),
                None => None,
            };
            for person in people.iter().filter(|person| !known.contains_key(*person)) {
                let example = reason.as_ref().unwrap_or(person);
                warnings.add(Warning::SignInUnknown, example);
            }
        }
        known
    }
}
