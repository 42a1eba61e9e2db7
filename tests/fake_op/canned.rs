//! Canned answers: `op vault user list V --format=json` prints `vault_user_list_V.json` of the
//! `answers` folder as it is.

use std::fs::File;
use std::io::{copy, stdout};

use crate::Ending;
use crate::world::World;

/// Streams the file of this command, if there is one.
pub(crate) fn answer(world: &World, words: &[&str]) -> Option<Ending> {
    let folder = world.path("answers")?;
    let mut file = File::open(folder.join(format!("{}.json", words.join("_")))).ok()?;
    let _ = copy(&mut file, &mut stdout());
    Some(Ending::printing(""))
}
