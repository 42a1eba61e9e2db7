//! Flags that say how to reach and unlock 1Password.

use clap::Args;

use super::values::{Span, span};
use crate::secret::Secret;

/// How to reach and unlock 1Password.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Sign-in")]
pub struct SignIn {
    /// Sign-in address of the 1Password account
    #[arg(long, value_name = "HOST", default_value = "my.1password.com")]
    pub address: String,
    /// E-mail of the 1Password user; with it the user's password is needed
    #[arg(long)]
    pub email: Option<String>,
    /// Who signs in: user, or service with OP_SERVICE_ACCOUNT_TOKEN
    #[arg(long, value_name = "TYPE", default_value = "user")]
    pub auth_type: String,
    /// Secret Key of the user; needed only when op does not know the account yet
    #[arg(long, value_name = "KEY")]
    pub secret_key: Option<Secret>,
    /// File that holds the Secret Key
    #[arg(long, value_name = "FILE")]
    pub secret_key_file: Option<String>,
    /// Password of the user, or - to read it from standard input
    #[arg(long)]
    pub password: Option<Secret>,
    /// File that holds the password, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<String>,
    /// Account to use when op is already unlocked: address, e-mail or id, as OP_ACCOUNT
    #[arg(long)]
    pub account: Option<String>,
    /// Path of the op program; without it, op is looked for on PATH
    #[arg(long, value_name = "FILE")]
    pub op_path: Option<String>,
    /// Longest wait for one op call: seconds, or a time such as 90s or 2m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = span)]
    pub op_timeout: Span,
}
