//! `op`'s own words: how a message is told apart from the rest of stderr, and what it means (`src/op/op-cli.md`,
//! Failures).

use std::time::Duration;

use super::ErrorKind;

/// Who may repeat a call that ended so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Nobody: it would end the same way.
    Never,
    /// Reads: the server may have acted before the failure.
    Reads,
    /// Reads and writes: the request was refused or never sent.
    Always,
}

/// `op`'s words in lower case and what they mean. The first row that fits decides, so the rows that quote names of
/// objects, and those that must not be repeated, come before the transient ones.
#[rustfmt::skip]
const WORDS: &[(ErrorKind, Repeat, &[&str])] = &[
    (ErrorKind::NotFound, Repeat::Never, &[
        "isn't a user in this account", "isn't a group in this account", "isn't a vault in this account",
        "isn't an item", "(404)"]),
    (ErrorKind::MalformedToken, Repeat::Never, &["decodesacredentials", "decodesaccredentials"]),
    (ErrorKind::ServiceAccount, Repeat::Never, &[
        "service account deleted", "service account used in this integration has been deleted",
        "service account token set, but not authenticated yet"]),
    (ErrorKind::Incompatible, Repeat::Never, &["credentials are not compatible"]),
    (ErrorKind::TwoFactor, Repeat::Never, &[
        "six-digit authentication code", "one-time password", "two-factor", "multi-factor", "mfa code"]),
    (ErrorKind::SingleSignOn, Repeat::Never, &["single sign-on", "with sso", "uses sso", "sso account", "sso user"]),
    (ErrorKind::SecretKeyChanged, Repeat::Never, &[
        "secret key has changed", "secret key was changed", "secret key changed", "secret key is incorrect",
        "secret key isn't", "incorrect secret key", "invalid secret key", "wrong secret key"]),
    (ErrorKind::NoDirectGrant, Repeat::Never, &["the accessor doesn't have any permissions"]),
    (ErrorKind::MissingDependency, Repeat::Never, &["dependent on the permission(s)", "are also required"]),
    (ErrorKind::AlreadyMember, Repeat::Never, &["already a member"]),
    (ErrorKind::WrongPassword, Repeat::Never, &["(401)"]),
    (ErrorKind::Forbidden, Repeat::Never, &[
        "(403)", "(101)", "you do not have permission", "do not have the requested access", "aren't authorized",
        "not authorized"]),
    (ErrorKind::Conflict, Repeat::Always, &["(409)"]),
    (ErrorKind::RateLimited, Repeat::Always, &["(429)", "too many requests", "rate-limited", "rate limit"]),
    (ErrorKind::SessionExpired, Repeat::Never, &["session expired"]),
    (ErrorKind::NotSignedIn, Repeat::Never, &[
        "not currently signed in", "account is not signed in", "could not find session token",
        "no active session found"]),
    (ErrorKind::NoneSetUp, Repeat::Never, &["no accounts configured"]),
    (ErrorKind::NoAccount, Repeat::Never, &["no account found for filter", "no accounts for filter"]),
    (ErrorKind::AmbiguousAccount, Repeat::Never, &["multiple accounts found", "found multiple accounts"]),
    (ErrorKind::PromptDismissed, Repeat::Never, &[
        "authorization prompt dismissed", "authorization timeout", "read: context deadline exceeded"]),
    (ErrorKind::NoTerminal, Repeat::Never, &[
        "operation not supported on socket", "inappropriate ioctl for device", "/dev/tty", "not a terminal",
        "the handle is invalid"]),
    (ErrorKind::AppUnwilling, Repeat::Never, &["unsupportedclienttype"]),
    (ErrorKind::AppFailed, Repeat::Never, &["unabletoprocessrequest"]),
    (ErrorKind::AppUnreachable, Repeat::Always, &["connecting to desktop app timed out"]),
    (ErrorKind::AppDropped, Repeat::Reads, &["connecting to desktop app: read: connection reset"]),
    (ErrorKind::AppUnreachable, Repeat::Never, &[
        "connecting to desktop app", "couldn't connect to the 1password desktop app"]),
    (ErrorKind::BadRequest, Repeat::Never, &["(400)", "resource invalid", "more than one item matches"]),
    (ErrorKind::Configuration, Repeat::Never, &[
        "cannot read config", "permissions are too broad", "no saved device id"]),
    (ErrorKind::Network, Repeat::Never, &["x509:"]),
    (ErrorKind::Network, Repeat::Always, &[
        "no such host", "server misbehaving", "temporary failure in name resolution", "connection refused",
        "network is unreachable", "no route to host", "tls handshake timeout", "dial tcp", "dial udp", "(503)"]),
    (ErrorKind::Network, Repeat::Reads, &[
        "connection reset", "connection timed out", "i/o timeout", "context deadline exceeded",
        "client.timeout exceeded", "unexpected eof", "broken pipe", "server closed idle connection", "(500)", "(502)",
        "(504)", "500 internal server error", "502 bad gateway", "503 service ", "504 gateway time"]),
    (ErrorKind::Usage, Repeat::Never, &[
        "unknown command", "unknown flag", "unknown shorthand flag", "invalid argument", "expected at most",
        "expected at least", "required flag"]),
];

/// What a text means; `None` when nobody knows.
pub(super) fn classify(text: &str) -> Option<(ErrorKind, Repeat)> {
    let text = text.to_lowercase();
    let row = WORDS
        .iter()
        .find(|(_, _, words)| words.iter().any(|word| text.contains(word)));
    let bare_429 = || {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == "429")
    };
    match row {
        Some((kind, repeat, _)) => Some((*kind, *repeat)),
        None => bare_429().then_some((ErrorKind::RateLimited, Repeat::Always)),
    }
}

/// Whether a web page stands where `op`'s words should: some server in between answered.
pub(super) fn is_page(stderr: &str) -> bool {
    let text = stderr.to_lowercase();
    ["<html", "</html", "<!doctype"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// The mark of a message, wherever it stands in its line: a prompt that nobody answered stands before it.
const MARK: &str = "[ERROR]";

/// `op`'s last message as it stands there: from behind its last mark and date on; without a mark, a crash's first line
/// or the last line. When nothing follows the mark, or only what was tried, the lines before it are the reason.
pub(super) fn message(stderr: &str) -> String {
    let Some((before, told)) = stderr.rsplit_once(MARK) else {
        return unmarked(stderr);
    };
    let told = undated(told);
    let told = match told.split_once("\nUsage:") {
        Some((told, _)) => told,
        None => told,
    };
    if !matches!(told.trim_end().chars().last(), None | Some(':')) {
        return told.to_owned();
    }
    // A mark before these lines has a message of its own.
    let before = before
        .rsplit_once(MARK)
        .map_or(before, |(_, told)| undated(told));
    match before.trim() {
        "" => told.to_owned(),
        reason => format!("{} {reason}", told.trim_end()),
    }
}

/// The line that counts where none is marked.
fn unmarked(stderr: &str) -> String {
    let mut lines = stderr.lines().filter(|line| !line.trim().is_empty());
    let crash = lines.clone().find(|line| line.starts_with("panic:"));
    crash
        .or_else(|| lines.next_back())
        .unwrap_or_default()
        .to_owned()
}

/// The text without `2025/06/03 14:05:09` at its start.
fn undated(text: &str) -> &str {
    let text = text.trim_start();
    let is_date = text.get(..19).is_some_and(|date| {
        date.bytes()
            .all(|byte| byte.is_ascii_digit() || b"/: ".contains(&byte))
    });
    if is_date {
        text[19..].trim_start()
    } else {
        text
    }
}

/// The first line that tells what happened, when the message itself does not. An object that is gone is never told so.
pub(super) fn reason(stderr: &str) -> Option<(String, (ErrorKind, Repeat))> {
    stderr.lines().find_map(|line| {
        let known = classify(line).filter(|(kind, _)| *kind != ErrorKind::NotFound)?;
        Some((line.to_owned(), known))
    })
}

/// "retry in 58 minutes", "Try again in 30 seconds": the number may be missing. Minutes are whole ones of more than
/// that, so the one that has begun is waited for too.
pub(super) fn named_wait(message: &str) -> Option<Duration> {
    let text = message.to_lowercase();
    let (_, after) = text
        .split_once("retry in ")
        .or_else(|| text.split_once("try again in "))?;
    let mut words = after.split_whitespace();
    let number: u64 = words.next()?.parse().ok()?;
    let unit = words.next()?;
    let (begun, seconds) = [("second", 0, 1), ("minute", 1, 60), ("hour", 0, 3600)]
        .iter()
        .find_map(|(name, begun, seconds)| unit.starts_with(name).then_some((begun, seconds)))?;
    // No wait is kept beyond a day, whatever number stands there.
    Some(Duration::from_secs(
        number
            .saturating_add(*begun)
            .saturating_mul(*seconds)
            .min(86_400),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::{Error, one_line};
    use super::*;

    /// Each text of `src/op/op-cli.md`, Failures, what it means, and whether a read and a write may be repeated.
    #[rustfmt::skip]
    const KNOWN: &[(&str, ErrorKind, bool, bool)] = &[
        ("You are not currently signed in. Please run `op signin --help` for instructions", ErrorKind::NotSignedIn, false, false),
        ("account is not signed in", ErrorKind::NotSignedIn, false, false),
        ("could not find session token for account kestrel", ErrorKind::NotSignedIn, false, false),
        ("no active session found for account kestrel", ErrorKind::NotSignedIn, false, false),
        ("session expired, sign in to create a new session", ErrorKind::SessionExpired, false, false),
        ("No accounts configured for use with 1Password CLI.", ErrorKind::NoneSetUp, false, false),
        ("no account found for filter ", ErrorKind::NoAccount, false, false),
        ("multiple accounts found. Use the --account flag or set the OP_ACCOUNT environment variable to select an account.", ErrorKind::AmbiguousAccount, false, false),
        ("found multiple accounts for filter \"my.1password.com\"", ErrorKind::AmbiguousAccount, false, false),
        ("authorization prompt dismissed, please try again", ErrorKind::PromptDismissed, false, false),
        ("error initializing client: authorization prompt dismissed, please try again", ErrorKind::PromptDismissed, false, false),
        ("authorization timeout", ErrorKind::PromptDismissed, false, false),
        ("read: context deadline exceeded", ErrorKind::PromptDismissed, false, false),
        ("connecting to desktop app: read: connection reset, make sure 1Password CLI is installed correctly, then open the app", ErrorKind::AppDropped, true, false),
        ("connecting to desktop app: 1Password CLI couldn't connect to the 1Password desktop app.", ErrorKind::AppUnreachable, false, false),
        ("connecting to desktop app timed out, make sure it is installed, running and CLI integration is enabled", ErrorKind::AppUnreachable, true, true),
        ("(401) Unauthorized: You aren't authorized to perform this action.", ErrorKind::WrongPassword, false, false),
        ("\"X\" isn't a user in this account. Specify the user with their UUID, email address, or name.", ErrorKind::NotFound, false, false),
        ("\"X\" isn't a group in this account. Specify the group with its UUID or name.", ErrorKind::NotFound, false, false),
        ("\"Too many requests\" isn't a vault in this account. Specify the vault with its ID or name.", ErrorKind::NotFound, false, false),
        ("\"X\" isn't an item in the \"V\" vault. Specify the item with its UUID, name, or domain.", ErrorKind::NotFound, false, false),
        ("(404) Not Found: The requested resource was not found.", ErrorKind::NotFound, false, false),
        ("More than one item matches \"X\". Try again and specify the item by its ID:", ErrorKind::BadRequest, false, false),
        ("(403) Forbidden: You aren't authorized to access this resource.", ErrorKind::Forbidden, false, false),
        ("(101) You do not have permission to perform this action.", ErrorKind::Forbidden, false, false),
        ("can't grant access to the vault: You do not have the requested access to vault 'rate limit'.", ErrorKind::Forbidden, false, false),
        ("the accessor doesn't have any permissions", ErrorKind::NoDirectGrant, false, false),
        ("permission edit_items is dependent on the permission(s) [view_items]", ErrorKind::MissingDependency, false, false),
        ("In order to grant [allow_editing,allow_managing], the permission(s) [allow_viewing] are also required.", ErrorKind::MissingDependency, false, false),
        ("(400) Bad Request: The structure of request was invalid.", ErrorKind::BadRequest, false, false),
        ("Resource Invalid", ErrorKind::BadRequest, false, false),
        ("user is already a member of the group", ErrorKind::AlreadyMember, false, false),
        ("(409) Conflict: Internal server conflict", ErrorKind::Conflict, true, true),
        ("(429) Too Many Requests: You've reached the maximum number of this type of requests this service account is allowed to make. Please retry in 58 minutes or try other requests.", ErrorKind::RateLimited, true, true),
        ("Too many requests. Your client has been rate-limited. Try again in  seconds", ErrorKind::RateLimited, true, true),
        ("service account token set, but not authenticated yet", ErrorKind::ServiceAccount, false, false),
        ("failed to session.DecodeSACredentials, Couldn't decode the token", ErrorKind::MalformedToken, false, false),
        ("Signin credentials are not compatible with the provided user auth from server", ErrorKind::Incompatible, false, false),
        ("Enter your six-digit authentication code: [ERROR] 2026/09/18 08:01:02 incorrect One-Time Password length. expected 6", ErrorKind::TwoFactor, false, false),
        ("This account is unlocked with single sign-on", ErrorKind::SingleSignOn, false, false),
        ("Your Secret Key has changed", ErrorKind::SecretKeyChanged, false, false),
        ("Enter the password for ada@kestrel.example at my.1password.com: [ERROR] 2026/09/18 08:01:02 operation not supported on socket", ErrorKind::NoTerminal, false, false),
        ("connecting to desktop app: response: unsupportedClientType", ErrorKind::AppUnwilling, false, false),
        ("error initializing client: connecting to desktop app: UnableToProcessRequest", ErrorKind::AppFailed, false, false),
        ("Authentication: Server: (403) (Forbidden (Service Account Deleted)), The Service Account used in this integration has been deleted.", ErrorKind::ServiceAccount, false, false),
        ("Get \"https://my.1password.com/api/v2/auth\": dial tcp: lookup my.1password.com: no such host", ErrorKind::Network, true, true),
        ("Post \"https://my.1password.com\": read tcp 10.0.0.2:4711->1.2.3.4:443: read: connection reset by peer", ErrorKind::Network, true, false),
        ("Get \"https://my.1password.com\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)", ErrorKind::Network, true, false),
        ("(503) Service Unavailable", ErrorKind::Network, true, true),
        ("(502) Bad Gateway", ErrorKind::Network, true, false),
        ("<html><head><title>502 Bad Gateway</title></head></html>", ErrorKind::Network, true, false),
        ("<html>\n<title>503 Service Temporarily Unavailable</title>\n<body></body>\n</html>", ErrorKind::Network, true, false),
        ("Get \"https://my.1password.com\": x509: certificate signed by unknown authority", ErrorKind::Network, false, false),
        ("cannot read config at \"/home/a/.config/op/config\": invalid JSON: unexpected end of JSON input", ErrorKind::Configuration, false, false),
        ("Can't continue. We can't safely access \"/home/a/.config/op\" because its permissions are too broad. Change its permissions to 700 and try again.", ErrorKind::Configuration, false, false),
        ("No saved device ID. Set the OP_DEVICE environment variable and try again: `export OP_DEVICE=x`", ErrorKind::Configuration, false, false),
        ("unknown command \"list\" for \"op\"", ErrorKind::Usage, false, false),
        ("invalid argument \"x\" for \"--expires-in\" flag: time: invalid duration", ErrorKind::Usage, false, false),
        ("expected at most 0 arguments, but got 1", ErrorKind::Usage, false, false),
        ("panic: runtime error: invalid memory address or nil pointer dereference", ErrorKind::Other, false, false),
        ("couldn't start daemon: open /run/user/1000/op-daemon.pid: no such file or directory", ErrorKind::Other, false, false),
        ("something new", ErrorKind::Other, false, false),
    ];

    #[test]
    fn every_known_text_has_its_meaning() {
        for &(text, kind, read, write) in KNOWN {
            for stderr in [
                text.to_owned(),
                format!("[ERROR] 2026/09/18 08:01:02 {text}\n"),
                text.to_uppercase(),
            ] {
                let error = Error::failed(
                    "vault list",
                    "failed with exit code 1",
                    &stderr,
                    str::to_owned,
                );
                assert_eq!(error.kind(), kind, "{stderr}");
                assert_eq!(
                    (error.may_repeat(false), error.may_repeat(true)),
                    (read, write),
                    "{stderr}"
                );
                assert_eq!(error.is_retryable(), read, "{stderr}");
            }
        }
    }

    #[test]
    fn the_message_is_what_op_said_last() {
        for (stderr, said) in [
            (
                "[ERROR] 2025/06/03 14:05:09 (403) Forbidden: no.\n",
                "(403) Forbidden: no.",
            ),
            (
                "[ERROR] account is not signed in\n",
                "account is not signed in",
            ),
            (
                "couldn't start daemon: x\n[ERROR] 2025/06/03 14:05:09 late\n",
                "late",
            ),
            ("[ERROR] one\n[ERROR] 2025/06/03 14:05:09 two\n", "two"),
            (
                "[ERROR] More than one item matches:\n\t* a\n\t* b\n",
                "More than one item matches: * a * b",
            ),
            (
                "[ERROR] 2025/06/03 14:05:09 unknown flag: --x\nUsage:  op vault list\nFlags:\n",
                "unknown flag: --x",
            ),
            (
                "panic: runtime error: nil\n\ngoroutine 1 [running]:\nmain.main()\n",
                "panic: runtime error: nil",
            ),
            ("first\nsecond line\n\n", "second line"),
            (
                "Enter your six-digit authentication code: [ERROR] 2025/06/03 14:05:09 incorrect length. expected 6",
                "incorrect length. expected 6",
            ),
            (
                "No accounts configured for use.\n\n  • Turn on the app integration\n[ERROR] 2025/06/03 14:05:09 error initializing client:\n",
                "error initializing client: No accounts configured for use. • Turn on the app integration",
            ),
            ("it is late\n[ERROR] 2025/06/03 14:05:09 \n", "it is late"),
            ("[ERROR] one\ntwo\n[ERROR]", "one two"),
            ("[ERROR]", ""),
            ("", ""),
        ] {
            assert_eq!(one_line(&message(stderr)), said, "{stderr:?}");
        }
    }

    #[test]
    fn waits_are_read_when_they_are_named() {
        for (text, seconds) in [
            (
                "Please retry in 58 minutes or try other requests.",
                Some(59 * 60),
            ),
            ("Try again in 30 seconds", Some(30)),
            ("try again in 1 hour", Some(3600)),
            ("Try again in  seconds", None),
            ("Try again in a while", None),
            ("Too many requests", None),
        ] {
            assert_eq!(named_wait(text), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
