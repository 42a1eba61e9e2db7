//! Flags that make one grant or take one back.

use clap::ArgAction::Set;
use clap::Args;

use super::values::go_bool;

/// Grant and revoke from the command line.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Grant and revoke")]
pub struct Provision {
    /// Entitlement to grant, by its id in the file; names fit where they are one's alone: "vault:Depot Keys:view items"
    #[arg(long, value_name = "ID")]
    pub grant_entitlement: Option<String>,
    /// Who receives it, by id, name or e-mail address in the file
    #[arg(long, value_name = "ID")]
    pub grant_principal: Option<String>,
    /// Resource type of the receiver: user or group
    #[arg(long, value_name = "TYPE")]
    pub grant_principal_type: Option<String>,
    /// Grant to take back, by its id in the file; names fit likewise: "vault:Depot Keys:view items:user:ada@example.com"
    #[arg(long, value_name = "ID")]
    pub revoke_grant: Option<String>,
    /// Print the op calls that a grant or revocation would make, and what is held before and after; change nothing
    #[arg(long, action = Set, value_parser = go_bool)]
    pub dry_run: bool,
    /// Revoke without asking: for scripts that take access from a whole group, or carry out a review
    #[arg(long, action = Set, value_parser = go_bool)]
    pub yes: bool,
}
