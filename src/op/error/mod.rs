//! What can go wrong with `op`: one type, and what it tells the user. `words` is the table of what
//! each failure means, `message` reads stderr.

mod message;
mod words;

use std::fmt;
use std::time::Duration;

use crate::text::{plain, start};
use message::{is_page, message, named_wait, reason};
pub use words::ErrorKind;
use words::{Repeat, classify};

/// A failed call of `op`, or a failed attempt to find it or to sign in. Prints as one line: the
/// command, how it ended, `op`'s own message, and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Fault>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    kind: ErrorKind,
    repeat: Repeat,
    what: String,
    tries: u32,
    named_wait: Option<Duration>,
    is_refusal: bool,
    signed_in: bool,
}

impl Error {
    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether asking again, later, may help; the call has already been repeated by then.
    pub fn is_retryable(&self) -> bool {
        self.0.repeat != Repeat::Never
    }

    /// Whether the same call may succeed later: its cause passes, or somebody may end it.
    pub fn may_pass(&self) -> bool {
        self.is_retryable() || self.kind().may_pass()
    }

    /// Whether the "vault" or "group" itself that `op` was asked about does not exist.
    pub fn is_of_missing(&self, noun: &str) -> bool {
        let what = self.0.what.to_lowercase();
        self.kind() == ErrorKind::NotFound
            && (what.contains(&format!("isn't a {noun} in this account")) || what.contains("(404)"))
    }

    /// Whether `op` said no to this one question: in words known for it, or with exit code 1 in
    /// plain words that nobody knows yet. A crash, silence and a page of HTML are no answer at all.
    pub fn is_refusal(&self) -> bool {
        self.0.is_refusal
    }

    /// Whether it did so in words known for it.
    pub fn is_known_refusal(&self) -> bool {
        self.0.is_refusal && self.kind() != ErrorKind::Other
    }

    /// What a person can do, the likeliest first, which the error itself says.
    pub fn steps(&self) -> &'static [&'static str] {
        const SIGNED_IN: &[&str] = &[
            "Signing in has worked just before, so the 1Password app may hold the session: unlock it and approve its prompt.",
            "Turn off the CLI integration of the 1Password app.",
        ];
        match self.kind() {
            ErrorKind::NotSignedIn | ErrorKind::SessionExpired if self.0.signed_in => SIGNED_IN,
            kind => kind.steps(),
        }
    }

    /// Whether the same call may be made again: a write only when it was certainly not carried out.
    pub(super) fn may_repeat(&self, write: bool) -> bool {
        self.0.repeat == Repeat::Always || !write && self.is_retryable()
    }

    /// How long `op` asked to wait.
    pub fn named_wait(&self) -> Option<Duration> {
        self.0.named_wait
    }

    /// An error that no output of `op` tells: a complete sentence.
    pub(super) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self(Box::new(Fault {
            kind,
            repeat: Repeat::Never,
            what: what.into(),
            tries: 1,
            named_wait: None,
            is_refusal: kind.is_refusal(),
            signed_in: false,
        }))
    }

    /// The command ended badly, with this exit code unless a signal ended it. What `stderr` means
    /// is read before `redacted` takes the secrets out, which may be words of `op`'s own.
    pub(super) fn failed(
        command: &str,
        (ending, code): (&str, Option<i32>),
        stderr: &str,
        redacted: impl Fn(&str) -> String,
    ) -> Self {
        let mut raw = message(stderr);
        // A secret may go over lines of which only one is shown.
        let whole = redacted(stderr);
        let mut text = message(&whole);
        let known = classify(&raw).or_else(|| {
            let (line, known) = reason(stderr)?;
            text = reason(&whole).map_or_else(|| redacted(&line), |(line, _)| line);
            raw = line;
            Some(known)
        });
        let (kind, repeat) = known.unwrap_or((ErrorKind::Other, Repeat::Never));
        let text = excerpt(&one_line(&text), 600);
        let mut error = match text.as_str() {
            "" => Self::new(kind, format!("`op {command}` {ending} and gave no reason.")),
            text => Self::new(kind, format!("`op {command}` {ending}: {text}")),
        };
        error.0.repeat = repeat;
        let is_plain = kind == ErrorKind::Other && !text.is_empty() && code == Some(1);
        error.0.is_refusal = !is_page(stderr) && (kind.is_refusal() || is_plain);
        if kind == ErrorKind::RateLimited {
            error.0.named_wait = named_wait(&raw);
        }
        error
    }

    /// The command succeeded, and its answer, which begins so, cannot be used.
    pub(super) fn bad_answer(command: &str, stdout: &str, problem: &str) -> Self {
        let problem = excerpt(problem, 300);
        let mut what = format!(
            "`op {command}` ended with exit code 0, but its answer is not the expected JSON: {problem}"
        );
        let start = excerpt(stdout, 200);
        if !start.is_empty() {
            what += &format!("; it begins with \"{start}\"");
        }
        Self::new(ErrorKind::BadAnswer, what)
    }

    /// A row does not say what its principal holds, and somebody must know.
    pub fn unstated(command: &str) -> Self {
        let what = format!(
            "`op {command}` does not say which permissions this one has, as it does not to service accounts."
        );
        Self::new(ErrorKind::NullAnswer, what)
    }

    /// Reads the words in the light of their command: outside a sign-in, "(401)" speaks of the
    /// session or token, and an `unused_token` of a service account is the likeliest way to one.
    pub(super) fn of_data_call(mut self, service_account: bool, unused_token: bool) -> Self {
        use ErrorKind::*;
        self.0.kind = match self.0.kind {
            WrongPassword if service_account => ServiceAccount,
            WrongPassword | NotSignedIn | NoneSetUp | NoAccount if unused_token => TokenUnused,
            WrongPassword => NotSignedIn,
            kind => kind,
        };
        self
    }

    /// Names the accounts among which one is to be chosen.
    pub(super) fn among(mut self, accounts: &[String]) -> Self {
        if !accounts.is_empty() {
            let list = excerpt(&accounts.join(", "), 1000);
            self.0.what.push_str(&format!(" There are: {list}."));
        }
        self
    }

    /// Says how long the limit lasts that the call met, where `op`'s own words do not.
    pub(super) fn limited(mut self, wait: Duration, limit: impl fmt::Display) -> Self {
        self.0.named_wait = Some(wait);
        self.0.what.push_str(&format!(" ({limit})"));
        self
    }

    /// Tells that signing in has just worked, which then is not the next step.
    pub(super) fn despite_sign_in(mut self) -> Self {
        self.0.signed_in = true;
        self
    }

    /// Says how often the call was made.
    pub(super) fn after(mut self, tries: u32) -> Self {
        self.0.tries = tries;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.what)?;
        if !self.0.what.ends_with(['.', '!', '?']) {
            f.write_str(".")?;
        }
        if self.0.tries > 1 {
            write!(f, " Tried {} times.", self.0.tries)?;
        }
        let step = self.steps().first();
        step.map_or(Ok(()), |step| write!(f, " {step}"))
    }
}

impl std::error::Error for Error {}

/// The lines of a message on one.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// The first `limit` bytes, fit for a terminal: line ends and tabs become spaces, other control
/// characters go, and what cannot be seen otherwise is spelled out.
pub(super) fn excerpt(text: &str, limit: usize) -> String {
    let spaced = start(text, limit).replace(['\n', '\r', '\t'], " ");
    let shown = spaced.replace(char::is_control, "");
    plain(&shown).trim().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The line that is shown may hold the end of a secret that began on the one before.
    #[test]
    fn no_part_of_a_secret_is_shown() {
        let hide = |text: &str| text.replace("hunter2-first\nhalf-9A7F", "***");
        for stderr in [
            "bad value hunter2-first\nhalf-9A7F",
            "[ERROR] 2026/09/18 08:01:02 bad value hunter2-first\nhalf-9A7F\n",
            "connection reset by hunter2-first\nhalf-9A7F\n",
        ] {
            let error = Error::failed(
                "user list",
                ("failed with exit code 1", Some(1)),
                stderr,
                hide,
            );
            let text = error.to_string();
            assert!(text.contains("***") && !text.contains("9A7F"), "{text}");
        }
    }

    #[test]
    fn an_error_is_one_line_with_command_exit_code_reason_and_next_step() {
        let stderr = "[ERROR] 2026/09/18 08:01:02 (403) Forbidden: You aren't authorized to access this resource.\n";
        let error = Error::failed(
            "vault user list v1",
            ("failed with exit code 1", Some(1)),
            stderr,
            str::to_owned,
        );
        assert_eq!(
            error.to_string(),
            "`op vault user list v1` failed with exit code 1: (403) Forbidden: You aren't authorized to access this \
             resource. Sign in as an owner or administrator."
        );
        let error = Error::failed(
            "user list",
            ("failed with exit code 6", Some(6)),
            "odd",
            str::to_owned,
        )
        .after(6);
        assert_eq!(
            error.to_string(),
            "`op user list` failed with exit code 6: odd. Tried 6 times. Run the same command by hand and see what it \
             prints."
        );
        let error = Error::failed(
            "user list",
            ("failed with exit code 1", Some(1)),
            "",
            str::to_owned,
        );
        assert_eq!(
            error.to_string(),
            "`op user list` failed with exit code 1 and gave no reason. Run the same command by hand and see what it \
             prints."
        );
    }

    #[test]
    fn a_bad_answer_shows_its_first_200_bytes_without_control_characters() {
        let page = format!(
            "<html>\r\n\u{1b}[2J\u{7}{}é{}",
            "x".repeat(181),
            "y".repeat(300)
        );
        let problem = "expected value at line 1 column 1";
        let error = Error::bad_answer("user list", &page, problem);
        let text = format!("<html>  [2J{}éyyyy…", "x".repeat(181));
        assert_eq!(
            error.to_string(),
            format!(
                "`op user list` ended with exit code 0, but its answer is not the expected JSON: {problem}; it begins \
                 with \"{text}\". Run the same command by hand and see what it prints."
            )
        );
        assert_eq!(error.kind(), ErrorKind::BadAnswer);
    }

    #[test]
    fn a_refusal_has_words_and_an_end_of_its_own() {
        for (stderr, code, refusal) in [
            ("[ERROR] (403) Forbidden: no", Some(1), true),
            ("[ERROR] (404) Not Found", Some(4), true),
            ("unknown flag: --permission", Some(1), true),
            ("something new", Some(1), true),
            ("something new", Some(2), false),
            ("something new", None, false),
            ("", Some(1), false),
            ("panic: runtime error: nil", Some(2), false),
            ("session expired", Some(1), false),
            ("<!DOCTYPE html>\n<p>Sign in</p>\n</html>", Some(1), false),
            (
                "[ERROR] <HTML>You are not authorized</HTML>",
                Some(1),
                false,
            ),
            (
                "<html>\n<title>502 Bad Gateway</title>\n</html>",
                Some(1),
                false,
            ),
        ] {
            let error = Error::failed("vault list", ("failed", code), stderr, str::to_owned);
            assert_eq!(error.is_refusal(), refusal, "{stderr:?} {code:?}");
        }
        assert!(!Error::new(ErrorKind::Other, "`op` was lost.").is_refusal());
    }

    /// A password may be any word of `op`'s, and it is hidden all the same.
    #[test]
    fn a_secret_changes_no_meaning() {
        let stderr = "[ERROR] 2026/09/18 08:01:02 account is not signed in\n";
        for secret in ["not", "signed", "ERROR", "account is not signed in"] {
            let hide = |text: &str| text.replace(secret, "***");
            let error = Error::failed(
                "user list",
                ("failed with exit code 1", Some(1)),
                stderr,
                hide,
            );
            assert_eq!(error.kind(), ErrorKind::NotSignedIn, "{secret}");
            let said = error.to_string();
            let (said, _) = said.split_once(" Unlock").unwrap();
            assert!(!said.contains(secret), "{said}");
        }
        let limited = "rate-limited. Try again in 30 seconds";
        let hide = |text: &str| text.replace("seconds", "***");
        let error = Error::failed("user list", ("failed", Some(1)), limited, hide);
        assert_eq!(error.named_wait(), Some(Duration::from_secs(30)));
    }

    #[test]
    fn a_token_that_nobody_asked_for_is_the_next_step() {
        let error = |text| {
            Error::failed("user list", ("failed", Some(1)), text, str::to_owned)
                .of_data_call(false, true)
        };
        for text in [
            "account is not signed in",
            "No accounts configured",
            "(401)",
            "no accounts for filter",
        ] {
            assert_eq!(error(text).kind(), ErrorKind::TokenUnused, "{text}");
        }
        assert!(
            error("account is not signed in")
                .to_string()
                .contains("--auth-type service")
        );
        assert_eq!(error("(403) no").kind(), ErrorKind::Forbidden);
    }

    #[test]
    fn outside_a_sign_in_a_401_speaks_of_the_session() {
        let refused = || {
            Error::failed(
                "user list",
                ("failed with exit code 1", Some(1)),
                "(401) Unauthorized",
                str::to_owned,
            )
        };
        assert_eq!(refused().kind(), ErrorKind::WrongPassword);
        assert_eq!(
            refused().of_data_call(false, false).kind(),
            ErrorKind::NotSignedIn
        );
        assert_eq!(
            refused().of_data_call(true, false).kind(),
            ErrorKind::ServiceAccount
        );
    }

    #[test]
    fn an_excerpt_ends_at_a_character() {
        assert_eq!(excerpt("aé", 2), "a…");
        assert_eq!(excerpt("aé", 3), "aé");
        assert_eq!(excerpt(" \n\t ", 10), "");
        assert_eq!(excerpt("exe\u{202e}txt\u{9b}2J", 99), r"exe\u{202e}txt2J");
    }
}
