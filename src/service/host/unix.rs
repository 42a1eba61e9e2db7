//! What Linux, macOS and their like say of themselves.

use super::System;

impl System {
    pub(super) fn now() -> Self {
        let names = rustix::system::uname();
        let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
        Self {
            host: text(names.nodename()),
            release: text(names.release()),
            machine: text(names.machine()),
        }
    }
}
