//! The prompts of the desktop app: without a terminal it asks for each process of `op` anew
//! (`src/op/op-cli.md`, Desktop app), so several at once would be several prompts at once.

use std::ffi::OsString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::Auth;
use super::environment::is_session;
use crate::notice::Notice;

/// An answer that takes so long was waited for by a person: `op` alone takes a second.
const BY_HAND: Duration = Duration::from_secs(4);

/// Whether the app may ask for each process; the default is that it does not.
#[derive(Debug, Default)]
pub(super) struct Prompts {
    may_ask: AtomicBool,
    /// Whether it is known that the app answers.
    by_app: bool,
}

impl Prompts {
    /// The app is asked where nobody else signs in, and it knows a terminal by its sessions.
    pub(super) fn expected(auth: &Auth, environment: &[(OsString, OsString)]) -> Self {
        let is_set = |value: &str| {
            let wanted = "OP_BIOMETRIC_UNLOCK_ENABLED";
            let mut variables = environment.iter();
            variables.any(|(name, of)| name == wanted && of.eq_ignore_ascii_case(value))
        };
        let mut names = environment.iter().filter_map(|(name, _)| name.to_str());
        let unlocked = matches!(auth, Auth::Unlocked { .. }) && !names.any(is_session);
        let may_ask = unlocked && !is_set("false") && std::fs::File::open("/dev/tty").is_err();
        Self {
            may_ask: AtomicBool::new(may_ask),
            by_app: is_set("true"),
        }
    }

    /// Whether a call that has succeeded after this time shows that each will be asked for. Only
    /// the first one tells.
    pub(super) fn is_for_each_call(&self, took: Duration) -> bool {
        self.may_ask.swap(false, Ordering::Relaxed) && (self.by_app || took >= BY_HAND)
    }

    /// What the user is told then.
    pub(super) fn notice() -> Notice {
        let sentence = "without a terminal 1Password asks for consent for each op process, so they run one at a time; \
                        start it in a terminal, or sign in as a service account";
        Notice::warning("prompt-for-each-call", sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn one_at_a_time_when_a_person_answered_and_no_session_holds() {
        let pair = |name: &str, value: &str| vec![(name.into(), value.into())];
        let unlocked = Auth::Unlocked { account: None };
        let single = |may_ask: bool, by_app: bool, took: u64| {
            let prompts = Prompts {
                may_ask: AtomicBool::new(may_ask),
                by_app,
            };
            let is_for_each = prompts.is_for_each_call(Duration::from_secs(took));
            // The second call tells nothing more.
            assert!(!prompts.is_for_each_call(Duration::from_secs(60)));
            is_for_each
        };
        assert!(single(true, false, 4) && single(true, true, 0));
        assert!(!single(true, false, 1) && !single(false, true, 60));
        for (auth, environment) in [
            (Auth::Service(Secret::default()), Vec::new()),
            (unlocked.clone(), pair("OP_SESSION_x", "t")),
            (unlocked, pair("OP_BIOMETRIC_UNLOCK_ENABLED", "false")),
        ] {
            let prompts = Prompts::expected(&auth, &environment);
            assert!(!prompts.may_ask.into_inner());
        }
    }
}
