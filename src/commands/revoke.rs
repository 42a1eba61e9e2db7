//! `--revoke-grant`: takes one grant back, named by its id in the file.

use crate::baton::pb::v2;
use crate::exit::Failure;
use crate::provision::Request;
use crate::settings::Settings;
use crate::terminal::screen::Screen;

use super::provision;
use super::stored::Stored;

/// Revokes the grant and says what was done.
///
/// # Errors
/// [`Failure`]; it says what holds then.
pub(super) fn run(id: &str, settings: &Settings, screen: &Screen) -> Result<u8, Failure> {
    let id = id.to_owned();
    provision::run(settings, screen, move |stored| request(&id, stored))
}

/// The revocation of a grant of the file.
///
/// # Errors
/// [`Failure`]: the file has no such grant, or it cannot be taken back.
pub(super) fn request(id: &str, stored: &Stored) -> Result<Request, Failure> {
    let mut grant = stored.grant(id)?;
    if let Some(entitlement) = &mut grant.entitlement {
        complete(&mut entitlement.resource, stored)?;
    }
    complete(&mut grant.principal, stored)?;
    let name = |group: &crate::baton::ids::ResourceId| {
        let group = stored.resource(&group.to_message());
        Some(group.ok()??.display_name)
    };
    Ok(Request::revoke(&grant, name)?)
}

/// A grant repeats ids only; the names for messages are those of the resources.
fn complete(stub: &mut Option<v2::Resource>, stored: &Stored) -> Result<(), Failure> {
    let id = stub.as_ref().and_then(|stub| stub.id.as_ref());
    if let Some(id) = id
        && let Some(whole) = stored.resource(id)?
    {
        *stub = Some(whole);
    }
    Ok(())
}
