//! What `tests/fuzz` reaches of this module; nothing else sees it.

use std::borrow::Cow;

use super::arguments;
use super::error::Error;
use super::json;
use super::types::{
    ConnectServer, ConnectToken, Group, Ignoring, KnownAccount, Listing, RateLimit, User, Vault,
};

/// The output as each listing reads it, by the name of its rows.
pub fn listings(output: &[u8]) -> Vec<(&'static str, Result<Listing<String>, String>)> {
    macro_rules! read {
        ($($rows:literal: $row:ty, $($id:tt).+;)*) => {
            vec![$(($rows, json::parse(output).map(|of: Listing<$row>| of.map(|row| row.$($id).+)))),*]
        };
    }
    read! {
        "users": Ignoring<User, true, true>, 0.id;
        "groups": Ignoring<Group, true, true>, 0.id;
        "vaults": Vault, id;
        "members": Ignoring<User, false, true>, 0.id;
        "vault users": Ignoring<User, true, false>, 0.id;
        "vault groups": Group, id;
        "servers": ConnectServer, id;
        "tokens": ConnectToken, id;
        "rate limits": RateLimit, kind;
        "accounts": KnownAccount, account_uuid;
    }
}

/// The output as a text, as it is before it is parsed.
pub fn text_of(output: &[u8]) -> Cow<'_, str> {
    json::clean(output)
}

/// The error of a failed call with this stderr.
pub fn failure(stderr: &str) -> Error {
    let ending = "failed with exit code 1";
    Error::failed("vault list", (ending, Some(1)), stderr, str::to_owned)
}

/// Whether the value may stand on a command line, or why not.
pub fn argument(value: &str) -> Result<&str, Error> {
    arguments::argument("vault id", value)
}
