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

/// The vaults that the caller manages, readable or not (contract op-cli §1.12). Accounts with the
/// basic permissions may not know the granular name and are then asked by their own.
pub(super) async fn managed_vaults(
    client: &Client,
    vocabulary: Vocabulary,
) -> Result<Optional<Listing<Vault>>, Error> {
    let refusal = match client.vault_list(Some("manage_vault")).await {
        Err(error) if is_refusal(error.kind()) => error,
        other => return other.map(Ok),
    };
    if vocabulary == Vocabulary::Granular || !refusal.says_value_is_invalid() {
        return Ok(Err(refusal.to_string()));
    }
    match client.vault_list(Some("allow_managing")).await {
        Err(error) if is_refusal(error.kind()) => Ok(Err(error.to_string())),
        other => other.map(Ok),
    }
}

/// The two Connect listings; a refusal of either is one reason and no projects, and so is an answer
/// that cannot be used. A service account may not use them at all, so it is not asked (contract
/// op-cli §1.16).
pub(super) async fn connect(
    client: &Client,
) -> Result<Optional<(Listing<ConnectServer>, Listing<ConnectToken>)>, Error> {
    if client.is_service_account() {
        return Ok(Err(
            "service accounts cannot list Connect servers".to_owned()
        ));
    }
    let servers = match client.connect_server_list().await {
        Err(error) if is_unreadable(error.kind()) => return Ok(Err(error.to_string())),
        other => other?,
    };
    match client.connect_token_list().await {
        Err(error) if is_unreadable(error.kind()) => Ok(Err(error.to_string())),
        other => Ok(Ok((servers, other?))),
    }
}

/// Whether `op` said no to this one question, rather than being unable to answer any.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::BadRequest
            | ErrorKind::ServiceAccount
            | ErrorKind::Usage
            | ErrorKind::Other
    )
}

/// The same, or the answer was no listing: for what a warning covers either way.
pub(super) fn is_unreadable(kind: ErrorKind) -> bool {
    is_refusal(kind) || kind == ErrorKind::BadAnswer
}
