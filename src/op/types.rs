//! The rows that `op` prints, one type a listing (`src/op/op-cli.md`, Rows and `src/sync/mapping.md`, Reading JSON).
//!
//! Texts are empty when `op` leaves them out or prints `null`. Roles, states, types and permissions stay texts here:
//! 1Password adds values over time, and their meaning is the connector's business.

use serde::de::MapAccess;

use super::json::{Row, integer, known_texts, lenient_text, objects, skip, text, texts};
use crate::text::host;

pub use super::json::Listing;

/// The type of an account that `op` does not tell.
pub const UNKNOWN: &str = "UNKNOWN";

/// The signed-in account: `op account get`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// The account id (`account_uuid` elsewhere).
    pub id: String,
    /// Display name.
    pub name: String,
    /// Sub-domain only, such as `kestrel`.
    pub domain: String,
    /// `BUSINESS`, `TEAM`, `FAMILY`, `INDIVIDUAL` or another: decides which permissions exist. [`UNKNOWN`] when `op` does
    /// not tell.
    pub kind: String,
    /// Such as `ACTIVE`.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
}

/// What `op whoami` says of a service account (`src/op/op-cli.md`, Rows).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct WhoAmI {
    pub(super) url: String,
    pub(super) account_uuid: String,
}

impl WhoAmI {
    /// The account as far as this tells it.
    pub(super) fn account(self) -> Account {
        let host = host(&self.url);
        Account {
            id: self.account_uuid,
            domain: host.split('.').next().unwrap_or_default().to_owned(),
            name: host,
            kind: UNKNOWN.to_owned(),
            ..Account::default()
        }
    }
}

/// A row of `op user list`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// User id.
    pub id: String,
    /// Display name, often empty for a pending user.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// `MEMBER`, `GUEST`, `SERVICE_ACCOUNT` or another.
    pub kind: String,
    /// Such as `ACTIVE` or `SUSPENDED`.
    pub state: String,
}

/// What `op user get` says of a person and `op user list` does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserDetails {
    /// User id.
    pub id: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339: the last sign-in; a zero time means never, empty that `op` did not say.
    pub last_auth_at: String,
}

/// A row of `op group list`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Group id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Such as `ACTIVE` or `INACTIVE`.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
}

/// A row of `op vault list`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vault {
    /// Vault id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text; today's `op` prints it in `vault get` only.
    pub description: String,
    /// RFC 3339; since `op` 2.30.
    pub created_at: String,
    /// RFC 3339; since `op` 2.30.
    pub updated_at: String,
    /// Number of items; since `op` 2.30.
    pub items: Option<i64>,
    /// Grows with every change of the content; 0 when not printed.
    pub content_version: i64,
    /// Such as `USER_CREATED`; empty when not printed, as by most versions.
    pub kind: String,
}

/// A row of `op group user list`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupUser {
    /// User id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// As in [`User::kind`].
    pub kind: String,
    /// As in [`User::state`].
    pub state: String,
    /// `MEMBER`, `MANAGER` or another.
    pub role: String,
}

/// A row of `op vault user list`: direct access only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultUser {
    /// User id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// As in [`User::kind`].
    pub kind: String,
    /// As in [`User::state`].
    pub state: String,
    /// Permission names as printed; a set without order.
    pub permissions: Option<Vec<String>>,
}

/// A row of `op vault group list`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultGroup {
    /// Group id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// As in [`Group::state`].
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
    /// Permission names as printed; a set without order.
    pub permissions: Option<Vec<String>>,
}

/// A row of `op connect server list`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectServer {
    /// Server id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// `ACTIVE` or `REVOKED`.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
    /// Id of the user who made it.
    pub creator_id: String,
}

/// A row of `op connect token list`; revoked tokens are listed as well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectToken {
    /// Token id (not the token).
    pub id: String,
    /// Display name.
    pub name: String,
    /// `ACTIVE` or `REVOKED`.
    pub state: String,
    /// What the token reaches.
    pub vaults: Vec<VaultAcl>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; empty when the token does not expire.
    pub expires_at: String,
    /// The id of its Connect server.
    pub integration_id: String,
    /// Such as `vaultaccess`.
    pub features: Vec<String>,
}

/// What a Connect token may do in one vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultAcl {
    /// Vault id, printed in upper case: compare without case.
    pub id: String,
    /// Display name, should `op` give one; today's does not.
    pub name: String,
    /// Permission names.
    pub acl: Vec<String>,
}

/// A row of `op service-account ratelimit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimit {
    /// `token` or `account`.
    pub kind: String,
    /// `read`, `write` or `read_write`.
    pub action: String,
    /// Requests allowed in the window.
    pub limit: i64,
    /// Requests made in the window.
    pub used: i64,
    /// Requests left in the window.
    pub remaining: i64,
    /// Seconds until the window ends.
    pub reset: i64,
}

/// A row of `op account list`: an account that this machine knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct KnownAccount {
    pub(super) url: String,
    pub(super) email: String,
    pub(super) user_uuid: String,
    pub(super) account_uuid: String,
}

/// Says for each type which key goes where, with which reader, and which field names the row.
macro_rules! rows {
    ($($row:ident ($($name:ident)?) { $($key:literal => $read:ident $field:ident,)* })*) => {$(
        impl Row for $row {
            fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, value: &mut A) -> Result<(), A::Error> {
                match key {
                    $($key => $read(&mut self.$field, value),)*
                    _ => skip(value),
                }
            }

            fn is_named(&self) -> bool {
                true $(&& !self.$name.is_empty())?
            }
        }
    )*};
}

// Strict where the Go connector reads the key, lenient where it ignores it (`src/sync/mapping.md`, Reading JSON), so
// that an oddity in a key that only adds detail never stops a sync.
rows! {
    Account () {
        "id" => text id, "name" => text name, "type" => text kind,
        "domain" => lenient_text domain, "state" => lenient_text state, "created_at" => lenient_text created_at,
    }
    WhoAmI () {
        "url" => lenient_text url, "account_uuid" => text account_uuid,
    }
    User (id) {
        "id" => text id, "name" => text name, "email" => text email, "state" => text state,
        "type" => lenient_text kind,
    }
    UserDetails (id) {
        "id" => text id, "created_at" => lenient_text created_at,
        "last_auth_at" => lenient_text last_auth_at,
    }
    Group (id) {
        "id" => text id, "name" => text name,
        "description" => lenient_text description, "state" => lenient_text state,
        "created_at" => lenient_text created_at,
    }
    Vault (id) {
        "id" => text id, "name" => text name, "content_version" => integer content_version,
        "description" => lenient_text description, "created_at" => lenient_text created_at,
        "updated_at" => lenient_text updated_at, "items" => lenient_integer items,
        "type" => lenient_text kind,
    }
    GroupUser (id) {
        "id" => text id, "name" => text name, "email" => text email, "state" => text state, "role" => text role,
        "type" => lenient_text kind,
    }
    VaultUser (id) {
        "id" => text id, "name" => text name, "email" => text email, "state" => text state,
        "permissions" => known_texts permissions, "type" => lenient_text kind,
    }
    VaultGroup (id) {
        "id" => text id, "name" => text name, "permissions" => known_texts permissions,
        "description" => lenient_text description, "state" => lenient_text state,
        "created_at" => lenient_text created_at,
    }
    ConnectServer (id) {
        "id" => text id, "name" => text name, "state" => text state,
        "created_at" => lenient_text created_at, "creator_id" => lenient_text creator_id,
    }
    ConnectToken (id) {
        "id" => text id, "name" => text name, "state" => text state, "vaults" => objects vaults,
        "integration_id" => text integration_id, "integrationid" => text integration_id, "expires_at" => text expires_at,
        "created_at" => lenient_text created_at, "features" => texts features,
    }
    VaultAcl () { "id" => text id, "name" => lenient_text name, "acl" => texts acl, }
    RateLimit () {
        "type" => text kind, "action" => text action, "limit" => integer limit, "used" => integer used,
        "remaining" => integer remaining, "reset" => integer reset,
    }
    KnownAccount (account_uuid) {
        "url" => text url, "email" => text email, "user_uuid" => text user_uuid, "account_uuid" => text account_uuid,
    }
}

fn lenient_integer<'de, A: MapAccess<'de>>(
    into: &mut Option<i64>,
    value: &mut A,
) -> Result<(), A::Error> {
    *into = value.next_value::<serde_json::Value>()?.as_i64();
    Ok(())
}
