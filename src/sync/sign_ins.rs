//! When each person last signed in: asked in a few batches beside the access listings. What `op`
//! does not say stays unknown, neither "never" nor "long ago", and no failure here ends a sync.

use std::collections::HashMap;

use tokio_util::task::JoinQueue;

use crate::op::types::{User, UserDetails};
use crate::op::{self, Client};

use super::error::Error;
use super::plan::Plan;
use super::report::{Warning, Warnings};

/// People in a batch at least: below this, the start of another process costs more than it saves.
const SMALLEST_BATCH: usize = 25;

/// The questions under way, each with whom it is about.
pub(super) type SignIns = JoinQueue<(Vec<String>, Result<Vec<UserDetails>, op::Error>)>;

/// How many people are asked about: each of them counts as a request.
pub(super) fn requests(client: &Client, plan: &Plan, users: &[User]) -> usize {
    match plan.last_sign_in.unwrap_or(!client.is_service_account()) {
        true => users.len(),
        false => 0,
    }
}

/// Asks about all of `users`, shared out over the workers, if the plan wants it.
pub(super) fn ask(client: &Client, plan: &Plan, users: &[User]) -> SignIns {
    let mut sign_ins = SignIns::new();
    let users = &users[..requests(client, plan, users)];
    let size = users.len().div_ceil(plan.workers.max(1));
    for users in users.chunks(size.max(SMALLEST_BATCH)) {
        let people: Vec<String> = users.iter().map(|user| user.id.clone()).collect();
        let client = client.clone();
        sign_ins.spawn(async move {
            let details = client.user_get(&people).await;
            (people, details)
        });
    }
    sign_ins
}

/// Waits for the answers: details by user id. One warning counts the people without.
pub(super) async fn answers(
    mut sign_ins: SignIns,
    warnings: &mut Warnings,
) -> Result<HashMap<String, UserDetails>, Error> {
    let mut known = HashMap::new();
    while let Some(answer) = sign_ins.join_next().await {
        let (people, details) = answer.map_err(|error| Error::Internal(error.to_string()))?;
        let reason = details.as_ref().err().map(op::Error::to_string);
        let details = details.into_iter().flatten();
        known.extend(details.map(|details| (details.id.clone(), details)));
        for person in people.iter().filter(|person| !known.contains_key(*person)) {
            let example = reason.as_ref().unwrap_or(person);
            warnings.add(Warning::SignInUnknown, example);
        }
    }
    Ok(known)
}
