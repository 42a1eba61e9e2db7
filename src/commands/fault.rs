//! A fault of our own: one line that can be reported, and exit code 1, instead of a trace.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::thread;

use crate::exit;

/// Runs the program. A panic of this thread is its last line; one of another thread is a record,
/// for whoever waits for that thread says what it means.
pub(super) fn guard(run: impl FnOnce() -> u8) -> u8 {
    let main = thread::current().id();
    set_hook(Box::new(move |panic| {
        match thread::current().id() == main {
            true => super::output::complain(&format!("error: {}", line(panic))),
            false => tracing::error!("{}", line(panic)),
        }
    }));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(exit::FAULT)
}

fn line(panic: &PanicHookInfo<'_>) -> String {
    let place = panic.location().map(ToString::to_string);
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    message(text, place.as_deref())
}

fn message(text: Option<&str>, place: Option<&str>) -> String {
    let text = text.unwrap_or("no words").replace('\n', " ");
    let place = place.map(|place| format!(" at {place}"));
    format!(
        "a fault of baton-1password itself{}: {text}; please report this line",
        place.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn a_fault_is_one_line_and_exit_code_1() {
        assert_eq!(guard(|| exit::FILE), exit::FILE);
        assert_eq!(guard(|| panic!("an index that is\nnot there")), exit::FAULT);
        drop(std::panic::take_hook());
        let line = message(Some("an index that is\nnot there"), Some("src/a.rs:7:9"));
        assert_eq!(
            line,
            "a fault of baton-1password itself at src/a.rs:7:9: an index that is not there; please report this line"
        );
    }
}
