//! What each failure of `op` means, beside `op`'s own words for it: the one table
//! (`src/op/op-cli.md`, Failures).

use Meaning::{App, Locked, Passing, Plain, Refusal, SignIn, Token};
use Repeat::{Always, Never, Reads};

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

/// What a failure says about `op`, this question, and a later run.
#[derive(PartialEq)]
enum Meaning {
    /// This call failed, and would fail again.
    Plain,
    /// It is a no to this question, rather than to all.
    Refusal,
    /// It may be over at a later run, with or without somebody's help.
    Passing,
    /// `op` cannot be used at all.
    SignIn,
    /// The same, until somebody unlocks it.
    Locked,
    /// The same: the desktop app is too busy for this call, or not there.
    App,
    /// `op` cannot be used at all, and says so as a no: a token is not taken.
    Token,
}

const INSTALL: &str =
    "Install the 1Password CLI: https://developer.1password.com/docs/cli/get-started";
const OP_PATH: &str = "Name the program with --op-path or BATON_OP_PATH.";
const INTEGRATE: &str =
    "Turn on \"Integrate with 1Password CLI\" in the developer settings of the 1Password app.";
const UNLOCK: &str = "Unlock the 1Password app, with its CLI integration turned on.";
const SIGN_IN: &str = "Run `eval $(op signin)` in this terminal.";
const CREDENTIALS: &str = "Give --email and --password-file.";
const SERVICE: &str =
    "Sign in as a service account: --auth-type service and OP_SERVICE_ACCOUNT_TOKEN.";
const ADD: &str = "Add the account with `op account add`.";
const BY_HAND: &str = "Run the same command by hand and see what it prints.";
const TOKEN: &str = "Check OP_SERVICE_ACCOUNT_TOKEN.";
const RESTART: &str = "Start the 1Password app again and unlock it.";
const UPDATE: &str = "Update the 1Password app and `op`.";
/// The app talks only to an `op` of this group (`src/op/op-cli.md`, Desktop app).
const OWNERSHIP: &str = match cfg!(target_os = "linux") {
    true => {
        "Let `op` belong to root and the group onepassword-cli, with its setgid bit (chgrp onepassword-cli, then \
         chmod g+s)."
    }
    false => "Update the 1Password app and `op`, and start the app again.",
};

/// Makes the classes and what is known of them from the rows of the table.
macro_rules! table {
    ($($(#[$doc:meta])+ $kind:ident: $meaning:ident, $steps:expr, [$($repeat:ident $words:expr),*];)*) => {
        /// The class of an [`Error`](super::Error).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorKind {
            $($(#[$doc])+ $kind,)*
        }

        impl ErrorKind {
            fn row(self) -> (Meaning, &'static [&'static str]) {
                match self {
                    $(Self::$kind => ($meaning, &$steps),)*
                }
            }
        }

        const WORDS: &[(ErrorKind, Repeat, &[&str])] = &[
            $($((ErrorKind::$kind, $repeat, &$words),)*)*
        ];
    };
}

// A class, what it means, what a person can do (the likeliest first), and `op`'s words in lower
// case with who may repeat the call after them. The first words that fit decide, so rows that quote
// names of objects, or must not be repeated, come before the transient ones.
table! {
    /// No such user, group, vault or item, or it may not be seen.
    NotFound: Refusal, [], [Never [
        "isn't a user in this account", "isn't a group in this account", "isn't a vault in this account",
        "isn't an item", "(404)"
    ]];
    /// The service account's token is no token.
    MalformedToken: Token, [
        "Copy the whole token into OP_SERVICE_ACCOUNT_TOKEN again: it begins with ops_ and has no blank in it."
    ], [Never [
        "decodesacredentials", "decodesaccredentials"
    ]];
    /// The service account is deleted, or its token not accepted.
    ServiceAccount: Token, [TOKEN], [Never [
        "service account deleted", "service account used in this integration has been deleted",
        "service account token set, but not authenticated yet"
    ]];
    /// What `op` signs in with does not go together, such as a device id and a token.
    Incompatible: SignIn, ["Unset OP_DEVICE.", TOKEN], [Never ["credentials are not compatible"]];
    /// A code of two-factor authentication is wanted.
    TwoFactor: SignIn, [
        "Sign in through the 1Password app: unlock it, turn on its CLI integration, and give no credentials.",
        SERVICE
    ], [Never [
        "six-digit authentication code", "one-time password", "two-factor", "multi-factor", "mfa code"
    ]];
    /// The account is unlocked with single sign-on.
    SingleSignOn: SignIn, [
        "Sign in through the 1Password app, the only way for this account: unlock it, turn on its CLI integration, \
         and give no credentials.",
        SERVICE
    ], [Never [
        "single sign-on", "with sso", "uses sso", "sso account", "sso user"
    ]];
    /// The Secret Key is not the account's, or not any more.
    SecretKeyChanged: SignIn, [
        "Remove the account with `op account forget`, then give the Secret Key of today with --secret-key-file."
    ], [Never [
        "secret key has changed", "secret key was changed", "secret key changed", "secret key is incorrect",
        "secret key isn't", "incorrect secret key", "invalid secret key", "wrong secret key"
    ]];
    /// The permission to revoke is not held directly.
    NoDirectGrant: Plain, ["The access may come from a group."], [Never [
        "the accessor doesn't have any permissions"
    ]];
    /// A permission was named without one that it needs.
    MissingDependency: Plain, [], [Never ["dependent on the permission(s)", "are also required"]];
    /// The principal is a member already.
    AlreadyMember: Plain, [], [Never ["already a member"]];
    /// The password, Secret Key or e-mail was refused.
    WrongPassword: SignIn, ["Check the password.", "Check e-mail and sign-in address.", "Check the Secret Key."], [Never [
        "(401)"
    ]];
    /// The caller may not do this.
    Forbidden: Refusal, ["Sign in as an owner or administrator.", "Sign in as somebody who manages this object."], [Never [
        "(403)", "(101)", "you do not have permission", "do not have the requested access", "aren't authorized",
        "not authorized"
    ]];
    /// The server met a concurrent change.
    Conflict: Passing, ["Something else is changing the same object; try again later."], [Always ["(409)"]];
    /// Too many requests.
    RateLimited: Passing, [
        "Try again later.", "See the limits of a service account with `op service-account ratelimit`."
    ], [Always [
        "(429)", "too many requests", "rate-limited", "rate limit"
    ]];
    /// There was a session; it is over.
    SessionExpired: Locked, [SIGN_IN, CREDENTIALS], [Never ["session expired"]];
    /// No session, no unlocked app.
    NotSignedIn: Locked, [UNLOCK, SIGN_IN, CREDENTIALS, SERVICE], [Never [
        "not currently signed in", "account is not signed in", "could not find session token",
        "no active session found"
    ]];
    /// No account is set up on this machine.
    NoneSetUp: SignIn, [INTEGRATE, ADD, SERVICE], [Never ["no accounts configured"]];
    /// `op` does not know the account.
    NoAccount: SignIn, ["Choose an account that `op account list` shows.", ADD], [Never [
        "no account found for filter", "no accounts for filter"
    ]];
    /// Several accounts fit.
    AmbiguousAccount: SignIn, ["Choose one with --account.", "Give --address with --email."], [Never [
        "multiple accounts found", "found multiple accounts"
    ]];
    /// Somebody dismissed the authorization prompt, or nobody answered it.
    PromptDismissed: Locked, ["Start again and approve the prompt that 1Password shows.", SERVICE], [Never [
        "authorization prompt dismissed", "authorization timeout", "read: context deadline exceeded"
    ]];
    /// `op` wanted to ask something and has no terminal for it.
    NoTerminal: SignIn, [
        "Give what it asks for beforehand: --email and --password-file.", SERVICE, "Run it in a terminal."
    ], [Never [
        "operation not supported on socket", "inappropriate ioctl for device", "/dev/tty", "not a terminal",
        "the handle is invalid"
    ]];
    /// The desktop app does not take this `op` for one of its clients.
    AppUnwilling: SignIn, [OWNERSHIP, UPDATE, SERVICE], [Never ["unsupportedclienttype"]];
    /// The desktop app could not answer.
    AppFailed: SignIn, [RESTART, UPDATE, SERVICE], [Never ["unabletoprocessrequest"]];
    /// The desktop app ends the connection at once.
    AppDropped: App, [OWNERSHIP, "Start the 1Password app again.", SERVICE], [Reads [
        "connecting to desktop app: read: connection reset"
    ]];
    /// The desktop app cannot be reached.
    AppUnreachable: App, ["Start and unlock the 1Password app.", INTEGRATE, OWNERSHIP, SERVICE], [
        Always ["connecting to desktop app timed out"],
        Never ["connecting to desktop app", "couldn't connect to the 1password desktop app"]
    ];
    /// The server refused the request as malformed.
    BadRequest: Refusal, [], [Never ["(400)", "resource invalid", "more than one item matches"]];
    /// `op`'s own configuration on this machine cannot be used.
    Configuration: SignIn, [], [Never ["cannot read config", "permissions are too broad", "no saved device id"]];
    /// The network, or the server for a moment.
    Network: Passing, ["Check the connection to 1Password.", "Check HTTPS_PROXY and NO_PROXY."], [
        Never ["x509:"],
        Always [
            "no such host", "server misbehaving", "temporary failure in name resolution", "connection refused",
            "network is unreachable", "no route to host", "tls handshake timeout", "dial tcp", "dial udp", "(503)"
        ],
        Reads [
            "connection reset", "connection timed out", "i/o timeout", "context deadline exceeded",
            "client.timeout exceeded", "unexpected eof", "broken pipe", "server closed idle connection", "(500)",
            "(502)", "(504)", "500 internal server error", "502 bad gateway", "503 service ", "504 gateway time"
        ]
    ];
    /// `op` did not understand its command line, or an argument was refused before `op` was asked.
    Usage: Refusal, [], [Never [
        "unknown command", "unknown flag", "unknown shorthand flag", "invalid argument", "expected at most",
        "expected at least", "required flag"
    ]];
    /// `op` was not found.
    Missing: SignIn, [INSTALL, OP_PATH], [];
    /// There is an `op`, and it cannot be started.
    NotStartable: SignIn, ["Make it a program that you may execute.", OP_PATH, INSTALL], [];
    /// `op` is older than this connector can use.
    TooOld: SignIn, ["Upgrade it: https://developer.1password.com/docs/cli/upgrade"], [];
    /// Not signed in, while a service account's token stands unused in the environment.
    TokenUnused: SignIn, ["Add --auth-type service, so that OP_SERVICE_ACCOUNT_TOKEN is used.", UNLOCK], [];
    /// No answer within the deadline.
    Timeout: Passing, ["See whether 1Password shows a prompt that waits for an answer.", "Raise --op-timeout."], [];
    /// The answer is not the expected JSON.
    BadAnswer: Plain, [BY_HAND], [];
    /// The answer is `null` where it must say who or what there is.
    NullAnswer: Plain, [BY_HAND], [];
    /// The answer is larger than any real one.
    TooMuchOutput: Plain, [BY_HAND], [];
    /// Anything else.
    Other: Plain, [BY_HAND], [];
}

impl ErrorKind {
    /// Whether `op` cannot be used at all: it is missing, too old, or not signed in.
    pub fn is_of_sign_in(self) -> bool {
        matches!(self.row().0, SignIn | Locked | App | Token)
    }

    /// Whether it may be over at a later run, with or without somebody's help.
    pub fn may_pass(self) -> bool {
        matches!(self.row().0, Passing | Locked | App)
    }

    /// Whether the desktop app is too busy for this call, or not there.
    pub fn is_of_app(self) -> bool {
        self.row().0 == App
    }

    /// Whether fewer calls at once may help.
    pub(in crate::op) fn is_too_much(self) -> bool {
        self.is_of_app() || matches!(self, Self::RateLimited | Self::Timeout)
    }

    /// Whether it is a no to one question, rather than to all.
    pub(super) fn is_refusal(self) -> bool {
        matches!(self.row().0, Refusal | Token)
    }

    /// What a person can do, the likeliest first.
    pub(super) fn steps(self) -> &'static [&'static str] {
        self.row().1
    }
}

/// What a text means; `None` when nobody knows.
pub(super) fn classify(text: &str) -> Option<(ErrorKind, Repeat)> {
    let text = text.to_lowercase();
    let mut rows = WORDS.iter();
    let row = rows.find(|(_, _, words)| words.iter().any(|word| text.contains(word)));
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    match row {
        Some((kind, repeat, _)) => Some((*kind, *repeat)),
        None if words.any(|word| word == "429") => Some((ErrorKind::RateLimited, Always)),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::error::Error;

    /// Each text of `src/op/op-cli.md`, Failures, what it means, and whether a read and a write may
    /// be repeated.
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
                    ("failed with exit code 1", Some(1)),
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
}
