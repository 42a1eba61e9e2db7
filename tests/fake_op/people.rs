//! `op user get -`: the people whom standard input names, one a line, as a sequence of objects in
//! that order.
//!
//! They are rows of the tenant or of the canned `user_list.json`, with what the list leaves out
//! from `details` of the world: `{id: {"created_at": …, "last_auth_at": …}}`. Somebody who is not
//! there ends the batch, as in `op`.

use std::collections::HashMap;

use serde_json::Value;

use crate::Ending;
use crate::world::World;

/// The answer, if this is the command and the world has people.
pub(crate) fn answer(world: &World, words: &[&str], input: &str) -> Option<Ending> {
    if words != ["user", "get", "-"] {
        return None;
    }
    let people = people(world)?;
    let mut stdout = String::new();
    for id in input.lines() {
        let Some(row) = people.get(id) else {
            let message = format!(
                "\"{id}\" isn't a user in this account. Specify the user with their UUID, email address, or name."
            );
            return Some(Ending {
                stdout: stdout.into_bytes(),
                ..Ending::error(1, &message)
            });
        };
        let mut row = row.clone();
        let details = world.value("details").and_then(|details| details.get(id));
        for (key, value) in details.and_then(Value::as_object).into_iter().flatten() {
            row[key] = value.clone();
        }
        stdout += &serde_json::to_string_pretty(&row).expect("a row prints");
        stdout.push('\n');
    }
    Some(Ending::printing(stdout))
}

fn people(world: &World) -> Option<HashMap<String, Value>> {
    let read = |path| serde_json::from_slice::<Value>(&std::fs::read(path).ok()?).ok();
    let rows = match world.path("tenant") {
        Some(tenant) => read(tenant)?["users"].clone(),
        None => read(world.path("answers")?.join("user_list.json"))?,
    };
    let id = |row: &Value| row["id"].as_str().unwrap_or_default().to_owned();
    Some(
        rows.as_array()?
            .iter()
            .map(|row| (id(row), row.clone()))
            .collect(),
    )
}
