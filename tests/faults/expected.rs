//! What must come of a case, by the rules and the table of exit codes.

use crate::faults::case::{Case, Fault, Replacement};
use crate::faults::tenants::Means;
use crate::faults::words::{Class, WORDS, Words};

/// What must come of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Success, with all records but those whose id holds the text.
    Success { without: Option<String> },
    /// Success without what follows from this listing, which is remembered as not read.
    Unread(String),
    /// One of these exit codes; the old file stays.
    Failure(&'static [i32]),
    /// Success with all records, or one of these exit codes.
    Either(&'static [i32]),
    /// Killed, or done before that.
    Killed,
}

/// The only project of the tenants.
pub(crate) const SERVER: &str = "project:SERVER";

const WHOLE: Expected = Expected::Success { without: None };

impl Expected {
    pub(crate) fn of(case: &Case) -> Self {
        match &case.fault {
            Fault::Words { call, words, once } => {
                of_words(case, case.command(*call), &WORDS[*words], *once)
            }
            Fault::Hang { call, .. } if is_free(case.command(*call)) => WHOLE,
            Fault::Hang { .. } => Self::Failure(&[4]),
            Fault::Signal { signal: 9, .. } => Self::Killed,
            Fault::Signal { signal, hang, .. } => {
                let code = match signal {
                    1 => &[129],
                    2 => &[130],
                    _ => &[143],
                };
                if *hang {
                    Self::Failure(code)
                } else {
                    Self::Either(code)
                }
            }
            Fault::Garbage { call, text } => of_garbage(case.command(*call), text),
            Fault::Flood {
                call, stdout: true, ..
            } => of_bad_answer(case.command(*call)),
            Fault::Abort { call } => of_crash(case.command(*call)),
            Fault::Flood { .. } | Fault::Link | Fault::Clock { .. } | Fault::Leftover { .. } => {
                WHOLE
            }
            // How much room the working files need is not known beforehand.
            Fault::FullDisk { .. } => Self::Either(&[5]),
            Fault::TargetReplaced { .. } => Self::Failure(&[5]),
            // Reads run side by side: there may be none left that needs the one that is gone.
            Fault::OpReplaced { by, .. } => match by {
                Replacement::Update => WHOLE,
                Replacement::Silent => Self::Either(&[4]),
                Replacement::Nothing | Replacement::NoProgram => Self::Either(&[3]),
            },
            Fault::Place(_) | Fault::Together { .. } | Fault::Grant { .. } => {
                unreachable!("checked in a way of its own")
            }
        }
    }
}

fn of_words(case: &Case, command: &str, words: &Words, once: bool) -> Expected {
    if command == "--version" || is_free(command) {
        return WHOLE;
    }
    let renewable =
        case.means == Means::User && words.class == Class::Session && !is_sign_in(command);
    if once && (words.class == Class::Passing || renewable) {
        return WHOLE;
    }
    match words.class {
        // Who is in a group may be refused to a service account. What is said to be gone is still
        // listed when that is asked again.
        Class::Gone | Class::Refusal
            if case.means == Means::Service
                && words.is_known()
                && command.starts_with("group user") =>
        {
            let listing = command.split(" --").next().unwrap_or(command);
            Expected::Unread(listing.to_owned())
        }
        Class::Gone | Class::Refusal => of_refusal(command, words.exit),
        _ => code(words.exit),
    }
}

/// What `signin` prints is a token as it is, which then opens nothing.
fn of_garbage(command: &str, text: &str) -> Expected {
    match command.starts_with("signin") && !text.contains(' ') {
        true => code(3),
        false => of_bad_answer(command),
    }
}

/// An answer that is none: only what machines may do is left out for it.
fn of_bad_answer(command: &str) -> Expected {
    if command.contains("--permission=") {
        code(4)
    } else {
        of_refusal(command, 4)
    }
}

/// A crash is no answer, not even a no.
fn of_crash(command: &str) -> Expected {
    if command == "--version" || is_free(command) {
        WHOLE
    } else {
        code(4)
    }
}

/// `op` said no to one question: only some may stay without an answer.
fn of_refusal(command: &str, exit: i32) -> Expected {
    if command == "--version" || is_free(command) {
        WHOLE
    } else if command.starts_with("connect ") {
        Expected::Success {
            without: Some(SERVER.to_owned()),
        }
    } else if command.contains("--permission=") {
        Expected::Success {
            without: Some("vault:vaultm".to_owned()),
        }
    } else {
        code(exit)
    }
}

fn code(exit: i32) -> Expected {
    Expected::Failure(if exit == 3 { &[3] } else { &[4] })
}

/// What a sync goes on without: how much a service account may still ask, and when people last
/// signed in.
fn is_free(command: &str) -> bool {
    command.starts_with("service-account ratelimit") || command.starts_with("user get -")
}

fn is_sign_in(command: &str) -> bool {
    command.starts_with("signin") || command.starts_with("account list")
}
