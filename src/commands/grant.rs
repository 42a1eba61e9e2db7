//! `--grant-entitlement`: gives one entitlement to one principal, both named by their ids in the file.

use crate::exit::Failure;
use crate::provision::Request;
use crate::settings::{Grant, Settings};
use crate::terminal::screen::Screen;

use super::provision;

/// Makes the grant and says what was done.
///
/// # Errors
/// [`Failure`]; it says what holds then.
pub(super) fn run(grant: &Grant, settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    let grant = grant.clone();
    provision::run(settings, screen, move |stored| {
        let entitlement = stored.entitlement(&grant.entitlement)?;
        let principal = stored.principal(&grant.principal_type, &grant.principal)?;
        Ok(Request::grant(&entitlement, &principal)?)
    })
}
