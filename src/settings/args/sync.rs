//! Flags that say what a sync reads and writes.

use clap::ArgAction::Set;
use clap::Args;

use super::values::{List, Span, go_bool, int, list, span};

/// What a sync reads and writes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Sync")]
pub struct Sync {
    /// File to write; a grant or revocation reads it
    #[arg(short, long, default_value = "sync.c1z")]
    pub file: String,
    /// Keep only these vault permissions: member, allow_viewing, allow_editing, allow_managing, view_items, create_items, edit_items, archive_items, delete_items, view_and_copy_passwords, view_item_history, import_items, export_items, copy_and_share_items, print_items, manage_vault
    #[arg(long, value_name = "LIST", value_parser = list)]
    pub limit_vault_permissions: Vec<List>,
    /// How many op processes run at once, 1 to 32; 0 means 4, -1 the processors, at most 4
    #[arg(long, value_name = "N", default_value = "0", value_parser = int)]
    pub workers: i64,
    /// Old spelling of --workers -1
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub parallel_sync: bool,
    /// Sync only these resource types: account, group, project, user, vault
    #[arg(long, value_name = "LIST", value_parser = list)]
    pub sync_resource_types: Vec<List>,
    /// Sync only these resources, as baton ids such as bid:r:vault/ID
    #[arg(long, value_name = "LIST", value_parser = list)]
    pub sync_resources: Vec<List>,
    /// Sync resources alone, without entitlements and grants
    #[arg(long, action = Set, value_parser = go_bool)]
    pub skip_entitlements_and_grants: bool,
    /// Leave out the grants of a targeted sync
    #[arg(long, action = Set, value_parser = go_bool, hide_short_help = true)]
    pub skip_grants: bool,
    /// Container of the file: sqlite
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub storage_engine: Option<String>,
    /// Folder for temporary data of a sync; then BATON_TMPDIR, then the system's
    #[arg(long, value_name = "FOLDER", hide_short_help = true)]
    pub c1z_temp_dir: Option<String>,
    /// Go on when op refuses to list a group's members or who is on a vault, and mark them as unread
    #[arg(long, action = Set, value_parser = go_bool)]
    pub allow_unread: bool,
    /// Exit with 8 when the sync is done but something could not be read
    #[arg(long, action = Set, value_parser = go_bool)]
    pub strict: bool,
    /// Ask when each person last signed in, also as a service account, whose limits count every person
    #[arg(long, action = Set, value_parser = go_bool)]
    pub last_sign_in: bool,
    /// Do not ask when each person last signed in
    #[arg(long, action = Set, value_parser = go_bool)]
    pub no_last_sign_in: bool,
    /// How long an interrupted sync's answers may be used again
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = span)]
    pub resume_window: Span,
    /// Ask op for everything, even after an interrupted sync
    #[arg(long, action = Set, value_parser = go_bool)]
    pub no_resume: bool,
}
