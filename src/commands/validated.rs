//! Settings that are right by every rule: those of the settings among themselves, and those of the
//! parts of the program that they are for.

use crate::baton::ids::ResourceId;
use crate::settings::{Error, Inputs, Mode, Settings};

use super::serve;

/// The settings, all rules asked.
///
/// # Errors
/// All findings at once.
pub(super) fn settings(inputs: &Inputs) -> Result<Settings, Error> {
    let (settings, mut findings) = inputs.validated();
    let mut refuse = |name: &str, error: &dyn std::fmt::Display| {
        findings.push(format!("{}: {error}", inputs.origin(name)));
    };
    if settings.mode == Mode::Serve {
        for (name, error) in serve::faults(&settings) {
            refuse(name, &error);
        }
    } else {
        for bid in &settings.sync.sync_resources {
            if let Err(error) = ResourceId::from_bid(bid) {
                refuse("sync-resources", &error);
            }
        }
    }
    match findings.is_empty() {
        true => Ok(settings),
        false => Err(Error(findings)),
    }
}
