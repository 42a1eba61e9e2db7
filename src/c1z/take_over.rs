//! Older syncs that stay in the file: their rows go through the same pages as new ones.

use crate::c1z::audit::Audit;
use crate::c1z::database::Database;
use crate::c1z::pages::Pages;
use crate::c1z::record::Check;
use crate::c1z::schema::TABLES;
use crate::c1z::{Error, SyncRun, Table};
use crate::notice::Notice;

/// Writes the rows of the `kept` syncs as they are. Rows that belong to no sync stay behind. Gives
/// what the user should know of them.
///
/// # Errors
/// Damage that would change who has access, something unknown that would be lost, or a full disk.
pub(crate) fn take_over(
    old: &Database,
    kept: &[&SyncRun],
    pages: &mut Pages,
) -> Result<Option<Notice>, Error> {
    old.check_known()?;
    let (mut audit, mut check) = (Audit::new(kept), Check::default());
    for (place, definition) in TABLES.into_iter().enumerate() {
        let table = Table::of(definition);
        old.each_row(definition, kept, |number, row| {
            if let (Some(table), [.., data, _, _]) = (table, row) {
                audit.row(table, row);
                check.row(table, data).map_err(|cause| {
                    let noun = table.noun();
                    old.damaged(format!(
                        "{noun} in row {number} cannot be decoded ({cause})"
                    ))
                })?;
            }
            pages.push_old(place, number, row)
        })?;
    }
    audit.finish().map_err(|reason| old.damaged(reason))
}
