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
    let panic = panic.to_string().replace('\n', " ");
    format!("a fault of baton-1password itself: {panic}; please report this line")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    #[test]
    fn a_fault_is_one_line_and_exit_code_1() {
        assert_eq!(guard(|| exit::FILE), exit::FILE);
        assert_eq!(guard(|| panic!("an index that is\nnot there")), exit::FAULT);
        let (sender, said) = std::sync::mpsc::channel();
        set_hook(Box::new(move |panic| drop(sender.send(line(panic)))));
        assert!(catch_unwind(|| panic!("an index that is\nnot there")).is_err());
        drop(std::panic::take_hook());
        let begin = "a fault of baton-1password itself: panicked at ";
        let end = ": an index that is not there; please report this line";
        let is_line = |line: &String| line.starts_with(begin) && line.ends_with(end);
        assert!(
            said.try_iter()
                .any(|line| is_line(&line) && !line.contains('\n'))
        );
    }
}
