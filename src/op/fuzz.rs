//! What `tests/fuzz` reaches of this module; nothing else sees it.

use std::borrow::Cow;

use super::arguments;
use super::error::Error;
use super::json::{self, Row};
use super::types::{
    ConnectServer, ConnectToken, Group, Ignoring, KnownAccount, Listing, RateLimit, User, Vault,
};

/// The output as each listing reads it, by the name of its rows.
pub fn listings(output: &[u8]) -> Vec<(&'static str, Result<Listing<String>, String>)> {
    vec![
        (
            "users",
            read(output, |row: Ignoring<User, true, true>| row.0.id),
        ),
        (
            "groups",
            read(output, |row: Ignoring<Group, true, true>| row.0.id),
        ),
        ("vaults", read(output, |row: Vault| row.id)),
        (
            "members",
            read(output, |row: Ignoring<User, false, true>| row.0.id),
        ),
        (
            "vault users",
            read(output, |row: Ignoring<User, true, false>| row.0.id),
        ),
        ("vault groups", read(output, |row: Group| row.id)),
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
    Ok(json::listing(output)?.map(id))
}

/// The output as a text, as it is before it is parsed.
pub fn text_of(output: &[u8]) -> Cow<'_, str> {
    json::clean(output)
}

/// The error of a failed call with this stderr.
pub fn failure(stderr: &str) -> Error {
    let ending = "failed with exit code 1";
    Error::failed("vault list", ending, stderr, str::to_owned)
}

/// Whether the value may stand on a command line, or why not.
pub fn argument(value: &str) -> Result<&str, Error> {
    arguments::argument("vault id", value)
}
