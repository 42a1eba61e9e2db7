//! Listings without which a sync goes on, and says so: what 1Password refuses to many people.

use crate::connector::permission::Vocabulary;
use crate::op::types::{ConnectServer, ConnectToken, Listing, Vault};
use crate::op::{Client, Error, ErrorKind};

/// A listing, or why it was refused.
pub(super) type Optional<T> = Result<T, String>;

/// Runs the call if it is wanted.
pub(super) async fn when<T>(
    wanted: bool,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<Option<T>, Error> {
    if wanted {
        call.await.map(Some)
    } else {
        Ok(None)
    }
}

/// The vaults that the caller manages, readable or not (`src/op/op-cli.md`, Vault listings). Each
/// account is asked by its own name of that permission: a second question would break the budget of
/// calls.
pub(super) async fn managed_vaults(
    client: &Client,
    vocabulary: Vocabulary,
) -> Result<Optional<Listing<Vault>>, Error> {
    match client.vault_list(Some(vocabulary.manages_vault())).await {
        Err(error) if error.is_refusal() => Ok(Err(error.to_string())),
        other => other.map(Ok),
    }
}

/// The two Connect listings, asked at once; a refusal of either is one reason and no projects, and
/// so is an answer that cannot be used: how these listings look is the least known. A service
/// account may not use them at all, so it is not asked (`src/op/op-cli.md`, Connect).
pub(super) async fn connect(
    client: &Client,
) -> Result<Optional<(Listing<ConnectServer>, Listing<ConnectToken>)>, Error> {
    let is_covered = |error: &Error| error.is_refusal() || error.kind() == ErrorKind::BadAnswer;
    if client.is_service_account() {
        return Ok(Err(
            "service accounts cannot list Connect servers".to_owned()
        ));
    }
    let (servers, tokens) = tokio::join!(client.connect_server_list(), client.connect_token_list());
    match servers.and_then(|servers| Ok((servers, tokens?))) {
        Err(error) if is_covered(&error) => Ok(Err(error.to_string())),
        listings => listings.map(Ok),
    }
}
