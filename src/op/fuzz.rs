//! What `tests/fuzz` reaches of this module; nothing else sees it.

use std::borrow::Cow;
use std::time::Duration;

use super::arguments;
use super::error::Error;
use super::json::{self, Row};
use super::types::{
    ConnectServer, ConnectToken, Group, KnownAccount, Listing, RateLimit, User, Vault,
};

/// The output as each listing reads it, by the name of its rows.
pub fn listings(output: &[u8]) -> Vec<(&'static str, Result<Listing<String>, String>)> {
    vec![
        ("users", read(output, |row: User| row.id)),
        ("groups", read(output, |row: Group| row.id)),
        ("vaults", read(output, |row: Vault| row.id)),
        ("servers", read(output, |row: ConnectServer| row.id)),
        ("tokens", read(output, |row: ConnectToken| row.id)),
        ("rate limits", read(output, |row: RateLimit| row.kind)),
        (
            "accounts",
            read(output, |row: KnownAccount| row.account_uuid),
        ),
    ]
}

fn read<T: Row>(output: &[u8], id: fn(T) -> String) -> Result<Listing<String>, String> {
    let listing = json::listing(output)?;
    Ok(Listing {
        rows: listing.rows.into_iter().map(id).collect(),
        skipped: listing.skipped,
        null: listing.null,
    })
}

/// The output as a text, as it is before it is parsed.
pub fn text_of(output: &[u8]) -> Cow<'_, str> {
    json::clean(output)
}

/// What a failed call with this stderr says, and how long it asks to wait.
pub fn failure(stderr: &str) -> (String, Option<Duration>) {
    let error = Error::failed(
        "vault list",
        "failed with exit code 1",
        stderr,
        str::to_owned,
    );
    (error.to_string(), error.named_wait())
}

/// Whether the value may stand on a command line, or why not.
///
/// # Errors
/// The message that the user gets.
pub fn argument(value: &str) -> Result<(), String> {
    let checked = arguments::argument("vault id", value);
    checked.map(|_| ()).map_err(|error| error.to_string())
}
