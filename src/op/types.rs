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

/// A struct for each row, and how it is read: which key goes into which field, with which reader, and, in brackets, the
/// field that names the row.
macro_rules! rows {
    ($($(#[$doc:meta])+ $vis:vis struct $row:ident ($($name:ident)?) {
        $($(#[$about:meta])* $of:vis $field:ident: $type:ty = $read:ident $($key:literal)|+,)*
    })*) => {$(
        $(#[$doc])+
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        $vis struct $row {
            $($(#[$about])* $of $field: $type,)*
        }

        impl Row for $row {
            fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, value: &mut A) -> Result<(), A::Error> {
                match key {
                    $($($key)|+ => $read(&mut self.$field, value),)*
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
    /// The signed-in account: `op account get`.
    pub struct Account () {
        /// The account id (`account_uuid` elsewhere).
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// Sub-domain only, such as `kestrel`.
        pub domain: String = lenient_text "domain",
        /// `BUSINESS`, `TEAM`, `FAMILY`, `INDIVIDUAL` or another: decides which permissions exist. [`UNKNOWN`] when `op` does
        /// not tell.
        pub kind: String = text "type",
        /// Such as `ACTIVE`.
        pub state: String = lenient_text "state",
        /// RFC 3339.
        pub created_at: String = lenient_text "created_at",
    }

    /// What `op whoami` says of a service account (`src/op/op-cli.md`, Rows).
    pub(super) struct WhoAmI () {
        pub(super) url: String = lenient_text "url",
        pub(super) account_uuid: String = text "account_uuid",
    }

    /// A row of `op user list`.
    pub struct User (id) {
        /// User id.
        pub id: String = text "id",
        /// Display name, often empty for a pending user.
        pub name: String = text "name",
        /// E-mail address.
        pub email: String = text "email",
        /// `MEMBER`, `GUEST`, `SERVICE_ACCOUNT` or another.
        pub kind: String = lenient_text "type",
        /// Such as `ACTIVE` or `SUSPENDED`.
        pub state: String = text "state",
    }

    /// What `op user get` says of a person and `op user list` does not.
    pub struct UserDetails (id) {
        /// User id.
        pub id: String = text "id",
        /// RFC 3339.
        pub created_at: String = lenient_text "created_at",
        /// RFC 3339: the last sign-in; a zero time means never, empty that `op` did not say.
        pub last_auth_at: String = lenient_text "last_auth_at",
    }

    /// A row of `op group list`.
    pub struct Group (id) {
        /// Group id.
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// Free text.
        pub description: String = lenient_text "description",
        /// Such as `ACTIVE` or `INACTIVE`.
        pub state: String = lenient_text "state",
        /// RFC 3339.
        pub created_at: String = lenient_text "created_at",
    }

    /// A row of `op vault list`.
    pub struct Vault (id) {
        /// Vault id.
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// Free text; today's `op` prints it in `vault get` only.
        pub description: String = lenient_text "description",
        /// RFC 3339; since `op` 2.30.
        pub created_at: String = lenient_text "created_at",
        /// RFC 3339; since `op` 2.30.
        pub updated_at: String = lenient_text "updated_at",
        /// Number of items; since `op` 2.30.
        pub items: Option<i64> = lenient_integer "items",
        /// Grows with every change of the content; 0 when not printed.
        pub content_version: i64 = integer "content_version",
        /// Such as `USER_CREATED`; empty when not printed, as by most versions.
        pub kind: String = lenient_text "type",
    }

    /// A row of `op group user list`.
    pub struct GroupUser (id) {
        /// User id.
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// E-mail address.
        pub email: String = text "email",
        /// As in [`User::kind`].
        pub kind: String = lenient_text "type",
        /// As in [`User::state`].
        pub state: String = text "state",
        /// `MEMBER`, `MANAGER` or another.
        pub role: String = text "role",
    }

    /// A row of `op vault user list`: direct access only.
    pub struct VaultUser (id) {
        /// User id.
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// E-mail address.
        pub email: String = text "email",
        /// As in [`User::kind`].
        pub kind: String = lenient_text "type",
        /// As in [`User::state`].
        pub state: String = text "state",
        /// Permission names as printed; a set without order.
        pub permissions: Option<Vec<String>> = known_texts "permissions",
    }

    /// A row of `op vault group list`.
    pub struct VaultGroup (id) {
        /// Group id.
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// Free text.
        pub description: String = lenient_text "description",
        /// As in [`Group::state`].
        pub state: String = lenient_text "state",
        /// RFC 3339.
        pub created_at: String = lenient_text "created_at",
        /// Permission names as printed; a set without order.
        pub permissions: Option<Vec<String>> = known_texts "permissions",
    }

    /// A row of `op connect server list`.
    pub struct ConnectServer (id) {
        /// Server id.
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// `ACTIVE` or `REVOKED`.
        pub state: String = text "state",
        /// RFC 3339.
        pub created_at: String = lenient_text "created_at",
        /// Id of the user who made it.
        pub creator_id: String = lenient_text "creator_id",
    }

    /// A row of `op connect token list`; revoked tokens are listed as well.
    pub struct ConnectToken (id) {
        /// Token id (not the token).
        pub id: String = text "id",
        /// Display name.
        pub name: String = text "name",
        /// `ACTIVE` or `REVOKED`.
        pub state: String = text "state",
        /// What the token reaches.
        pub vaults: Vec<VaultAcl> = objects "vaults",
        /// RFC 3339.
        pub created_at: String = lenient_text "created_at",
        /// RFC 3339; empty when the token does not expire.
        pub expires_at: String = text "expires_at",
        /// The id of its Connect server.
        pub integration_id: String = text "integration_id" | "integrationid",
        /// Such as `vaultaccess`.
        pub features: Vec<String> = texts "features",
    }

    /// What a Connect token may do in one vault.
    pub struct VaultAcl () {
        /// Vault id, printed in upper case: compare without case.
        pub id: String = text "id",
        /// Display name, should `op` give one; today's does not.
        pub name: String = lenient_text "name",
        /// Permission names.
        pub acl: Vec<String> = texts "acl",
    }

    /// A row of `op service-account ratelimit`.
    pub struct RateLimit () {
        /// `token` or `account`.
        pub kind: String = text "type",
        /// `read`, `write` or `read_write`.
        pub action: String = text "action",
        /// Requests allowed in the window.
        pub limit: i64 = integer "limit",
        /// Requests made in the window.
        pub used: i64 = integer "used",
        /// Requests left in the window.
        pub remaining: i64 = integer "remaining",
        /// Seconds until the window ends.
        pub reset: i64 = integer "reset",
    }

    /// A row of `op account list`: an account that this machine knows.
    pub(super) struct KnownAccount (account_uuid) {
        pub(super) url: String = text "url",
        pub(super) email: String = text "email",
        pub(super) user_uuid: String = text "user_uuid",
        pub(super) account_uuid: String = text "account_uuid",
    }
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

fn lenient_integer<'de, A: MapAccess<'de>>(
    into: &mut Option<i64>,
    value: &mut A,
) -> Result<(), A::Error> {
    *into = value.next_value::<serde_json::Value>()?.as_i64();
    Ok(())
}
