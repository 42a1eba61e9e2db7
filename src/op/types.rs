//! The rows that `op` prints, one type a listing (`src/op/op-cli.md`, Rows and
//! `src/sync/mapping.md`, Reading JSON).
//!
//! Times (`…_at`) are RFC 3339. Texts are empty when `op` leaves them out or prints `null`. Roles,
//! states, types and permissions stay texts: 1Password adds values over time.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess};

use super::json::{Row, lenient, list, row, strict, texts};

pub use super::json::Listing;

/// The type of an account that `op` does not tell.
pub const UNKNOWN: &str = "UNKNOWN";

/// A struct for each row, and how it is read: which key goes into which field, with which reader,
/// and, in brackets, the field that names the row.
macro_rules! rows {
    ($($(#[$doc:meta])+ $vis:vis struct $row:ident ($($name:ident)?) {
        $($(#[$about:meta])* $of:vis $field:ident: $type:ty = $read:ident $($key:literal)|+,)*
    })*) => {$(
        $(#[$doc])+
        #[allow(missing_docs)] // Of fields whose names say all.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        $vis struct $row {
            $($(#[$about])* $of $field: $type,)*
        }

        impl<'de> Deserialize<'de> for $row {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                row(deserializer)
            }
        }

        impl Row for $row {
            fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, value: &mut A) -> Result<(), A::Error> {
                match key {
                    $($($key)|+ => if let Some(read) = $read(value)? { self.$field = read },)*
                    _ => drop(value.next_value::<IgnoredAny>()?),
                }
                Ok(())
            }

            fn is_named(&self) -> bool {
                true $(&& !self.$name.is_empty())?
            }
        }
    )*};
}

// Strict where the Go connector reads the key, lenient where it ignores it (`src/sync/mapping.md`,
// Reading JSON), so that an oddity in a key that only adds detail never stops a sync.
rows! {
    /// The signed-in account: `op account get`.
    pub struct Account () {
        pub id: String = strict "id",
        pub name: String = strict "name",
        /// `BUSINESS`, `TEAM`, `FAMILY`, `INDIVIDUAL` or another: decides which permissions exist.
        /// [`UNKNOWN`] when `op` does not tell.
        pub kind: String = strict "type",
    }

    /// What `op whoami` says of a service account (`src/op/op-cli.md`, Rows).
    pub(super) struct WhoAmI () {
        pub(super) url: String = lenient "url",
        pub(super) account_uuid: String = strict "account_uuid",
    }

    /// A row of `op user list`, `op group user list`, or (direct access only) `op vault user list`.
    pub struct User (id) {
        pub id: String = strict "id",
        /// Display name, often empty for a pending user.
        pub name: String = strict "name",
        pub email: String = strict "email",
        /// `MEMBER`, `GUEST`, `SERVICE_ACCOUNT` or another.
        pub kind: String = lenient "type",
        /// Such as `ACTIVE` or `SUSPENDED`.
        pub state: String = strict "state",
        /// Of a group's member: `MEMBER`, `MANAGER` or another.
        pub role: String = strict "role",
        /// Of a vault: permission names as printed; a set without order.
        pub permissions: Option<Vec<String>> = texts "permissions",
    }

    /// What `op user get` says of a person and `op user list` does not.
    pub struct UserDetails (id) {
        pub id: String = strict "id",
        pub created_at: String = lenient "created_at",
        /// The last sign-in; a zero time means never, empty that `op` did not say.
        pub last_auth_at: String = lenient "last_auth_at",
    }

    /// A row of `op group list` or `op vault group list`.
    pub struct Group (id) {
        pub id: String = strict "id",
        pub name: String = strict "name",
        pub description: String = lenient "description",
        /// Such as `ACTIVE` or `INACTIVE`.
        pub state: String = lenient "state",
        pub created_at: String = lenient "created_at",
        pub permissions: Option<Vec<String>> = texts "permissions",
    }

    /// A row of `op vault list`.
    pub struct Vault (id) {
        pub id: String = strict "id",
        pub name: String = strict "name",
        /// Free text; today's `op` prints it in `vault get` only.
        pub description: String = lenient "description",
        /// This, the next and the number of items: since `op` 2.30.
        pub created_at: String = lenient "created_at",
        pub updated_at: String = lenient "updated_at",
        pub items: Option<i64> = lenient "items",
        /// Grows with every change of the content; 0 when not printed.
        pub content_version: i64 = strict "content_version",
        /// Such as `USER_CREATED`; empty when not printed, as by most versions.
        pub kind: String = lenient "type",
    }

    /// A row of `op connect server list`.
    pub struct ConnectServer (id) {
        pub id: String = strict "id",
        pub name: String = strict "name",
        /// `ACTIVE` or `REVOKED`.
        pub state: String = strict "state",
        pub created_at: String = lenient "created_at",
        pub creator_id: String = lenient "creator_id",
    }

    /// A row of `op connect token list`; revoked tokens are listed as well.
    pub struct ConnectToken (id) {
        pub id: String = strict "id",
        pub name: String = strict "name",
        /// `ACTIVE` or `REVOKED`.
        pub state: String = strict "state",
        pub vaults: Vec<VaultAcl> = list "vaults",
        pub created_at: String = lenient "created_at",
        /// Empty when the token does not expire.
        pub expires_at: String = strict "expires_at",
        pub integration_id: String = strict "integration_id" | "integrationid",
    }

    /// What a Connect token may do in one vault.
    pub struct VaultAcl () {
        /// Vault id, printed in upper case: compare without case.
        pub id: String = strict "id",
        /// Display name, should `op` give one; today's does not.
        pub name: String = lenient "name",
        pub acl: Vec<String> = list "acl",
    }

    /// A row of `op service-account ratelimit`.
    pub struct RateLimit () {
        /// `token` or `account`.
        pub kind: String = strict "type",
        /// `read`, `write` or `read_write`.
        pub action: String = strict "action",
        pub limit: i64 = strict "limit",
        pub used: i64 = strict "used",
        pub remaining: i64 = strict "remaining",
        /// Seconds until the window ends.
        pub reset: i64 = strict "reset",
    }

    /// A row of `op account list`: an account that this machine knows.
    pub(super) struct KnownAccount (account_uuid) {
        pub(super) url: String = strict "url",
        pub(super) email: String = strict "email",
        pub(super) user_uuid: String = strict "user_uuid",
        pub(super) account_uuid: String = strict "account_uuid",
    }
}

/// A row in which the Go connector reads no role, or no permissions: neither is looked at there.
#[derive(Default)]
pub(super) struct Ignoring<T, const ROLE: bool, const PERMISSIONS: bool>(pub(super) T);

impl<'de, T: Row, const ROLE: bool, const PERMISSIONS: bool> Deserialize<'de>
    for Ignoring<T, ROLE, PERMISSIONS>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        row(deserializer)
    }
}

impl<T: Row, const ROLE: bool, const PERMISSIONS: bool> Row for Ignoring<T, ROLE, PERMISSIONS> {
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, value: &mut A) -> Result<(), A::Error> {
        match key {
            "role" if ROLE => value.next_value::<IgnoredAny>().map(drop),
            "permissions" if PERMISSIONS => value.next_value::<IgnoredAny>().map(drop),
            _ => self.0.read(key, value),
        }
    }

    fn is_named(&self) -> bool {
        self.0.is_named()
    }
}
