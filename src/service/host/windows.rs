//! What Windows says of itself.

use winapi_util::sysinfo::{ComputerNameKind, get_computer_name};
use windows_version::OsVersion;

use super::System;

impl System {
    pub(super) fn now() -> Self {
        let host = get_computer_name(ComputerNameKind::PhysicalDnsHostname).unwrap_or_default();
        let OsVersion {
            major,
            minor,
            build,
            ..
        } = OsVersion::current();
        Self {
            host: host.to_string_lossy().into_owned(),
            release: format!("{major}.{minor}.{build}"),
            machine: std::env::consts::ARCH.to_owned(),
        }
    }
}
