//! What `op` says when it fails, one text of every class (`src/op/op-cli.md`, Failures), and what
//! must come of it.

/// What a class means for a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It passes: the call is made again.
    Passing,
    /// A refusal of this one question: an optional listing is then left out with a warning.
    Refusal,
    /// The object is not there: a refusal, and a vault that was listed a moment ago is left out.
    Gone,
    /// The session is over: a session of a user's credentials is renewed.
    Session,
    /// Nothing can be read any more.
    Fatal,
}

/// A text, its class, the exit code when it stays, and the exit code of `op`.
pub(crate) struct Words {
    pub(crate) text: &'static str,
    pub(crate) class: Class,
    pub(crate) exit: i32,
    pub(crate) op_exit: i32,
}

const fn words(class: Class, exit: i32, op_exit: i32, text: &'static str) -> Words {
    Words {
        text,
        class,
        exit,
        op_exit,
    }
}

use Class::{Fatal, Gone, Passing, Refusal, Session};

#[rustfmt::skip]
pub(crate) const WORDS: &[Words] = &[
    words(Session, 3, 1, "You are not currently signed in. Please run `op signin --help` for instructions"),
    words(Session, 3, 1, "account is not signed in"),
    words(Session, 3, 1, "could not find session token for account acme"),
    words(Session, 3, 1, "no active session found for account acme"),
    words(Session, 3, 1, "session expired, sign in to create a new session"),
    words(Fatal, 3, 1, "No accounts configured for use with 1Password CLI."),
    words(Fatal, 3, 1, "no account found for filter acme"),
    words(Fatal, 3, 1, "multiple accounts found. Use the --account flag or set the OP_ACCOUNT environment variable to select an account."),
    words(Fatal, 3, 1, "found multiple accounts for filter \"acme.1password.com\""),
    words(Fatal, 3, 1, "authorization prompt dismissed, please try again"),
    words(Fatal, 3, 1, "error initializing client: authorization prompt dismissed, please try again"),
    words(Fatal, 3, 1, "authorization timeout"),
    words(Fatal, 3, 1, "read: context deadline exceeded"),
    words(Passing, 3, 1, "connecting to desktop app: read: connection reset, make sure 1Password CLI is installed correctly"),
    words(Fatal, 3, 1, "connecting to desktop app: 1Password CLI couldn't connect to the 1Password desktop app."),
    words(Passing, 3, 1, "connecting to desktop app timed out, make sure it is installed, running and CLI integration is enabled"),
    words(Session, 3, 1, "(401) Unauthorized: You aren't authorized to perform this action."),
    words(Gone, 4, 1, "\"X\" isn't a user in this account. Specify the user with their UUID, email address, or name."),
    words(Gone, 4, 1, "\"X\" isn't a group in this account. Specify the group with its UUID or name."),
    words(Gone, 4, 1, "\"X\" isn't a vault in this account. Specify the vault with its ID or name."),
    words(Gone, 4, 1, "\"X\" isn't an item. Specify the item with its UUID, name, or domain."),
    words(Gone, 4, 4, "(404) Not Found: The requested resource was not found."),
    words(Refusal, 4, 1, "More than one item matches \"X\". Try again and specify the item by its ID:\n\t* one\n\t* two"),
    words(Refusal, 4, 1, "(403) Forbidden: You aren't authorized to access this resource."),
    words(Refusal, 4, 1, "(101) You do not have permission to perform this action."),
    words(Refusal, 4, 1, "can't grant access to the vault: You do not have the requested access to vault 'X'."),
    words(Fatal, 4, 1, "the accessor doesn't have any permissions"),
    words(Fatal, 4, 1, "permission edit_items is dependent on the permission(s) [view_items]"),
    words(Refusal, 4, 4, "(400) Bad Request: The structure of request was invalid."),
    words(Passing, 4, 1, "(409) Conflict: Internal server conflict"),
    words(Passing, 4, 1, "(429) Too Many Requests: You've reached the maximum number of this type of requests this service account is allowed to make. Please retry in 1 seconds or try other requests."),
    words(Passing, 4, 1, "Too many requests. Your client has been rate-limited. Try again in  seconds"),
    words(Refusal, 3, 1, "service account token set, but not authenticated yet"),
    words(Refusal, 3, 9, "failed to session.DecodeSACredentials"),
    words(Fatal, 3, 1, "Signin credentials are not compatible with the provided user auth from server"),
    words(Fatal, 3, 1, "incorrect One-Time Password length. expected 6"),
    words(Fatal, 3, 1, "operation not supported on socket"),
    words(Fatal, 3, 1, "connecting to desktop app: response: unsupportedClientType"),
    words(Fatal, 3, 1, "connecting to desktop app: UnableToProcessRequest"),
    words(Refusal, 3, 1, "Authentication: Server: (403) (Forbidden (Service Account Deleted)), The Service Account used in this integration has been deleted."),
    words(Passing, 4, 1, "Get \"https://acme.1password.com/api/v2/auth\": dial tcp: lookup acme.1password.com: no such host"),
    words(Passing, 4, 1, "Post \"https://acme.1password.com\": read tcp 10.0.0.2:4711->1.2.3.4:443: read: connection reset by peer"),
    words(Passing, 4, 1, "(503) Service Unavailable"),
    words(Passing, 4, 1, "(502) Bad Gateway"),
    words(Fatal, 4, 1, "Get \"https://acme.1password.com\": x509: certificate signed by unknown authority"),
    words(Fatal, 3, 1, "cannot read config at \"/home/a/.config/op/config\": invalid JSON: unexpected end of JSON input"),
    words(Fatal, 3, 1, "Can't continue. We can't safely access \"/home/a/.config/op\" because its permissions are too broad."),
    words(Refusal, 4, 1, "unknown command \"list\" for \"op\"\nUsage:  op [command]"),
    words(Refusal, 4, 1, "invalid argument \"x\" for \"--expires-in\" flag: time: invalid duration"),
    words(Refusal, 4, 1, "expected at most 0 arguments, but got 1"),
    words(Fatal, 4, 1, "user is already a member of the group"),
    words(Fatal, 4, 2, "panic: runtime error: invalid memory address or nil pointer dereference\n\ngoroutine 1 [running]:"),
    words(Refusal, 4, 1, "couldn't start daemon: open /run/user/1000/op-daemon.pid: no such file or directory"),
    words(Refusal, 4, 1, "something that nobody has seen yet"),
];

impl Words {
    /// Whether anybody knows what they mean.
    pub(crate) fn is_known(&self) -> bool {
        !self.text.starts_with("couldn't start") && !self.text.starts_with("something that nobody")
    }

    /// As `op` prints it.
    pub(crate) fn stderr(&self) -> String {
        if self.text.starts_with("panic:") || self.text.starts_with("couldn't start") {
            format!("{}\n", self.text)
        } else {
            format!("[ERROR] 2026/11/23 08:01:02 {}\n", self.text)
        }
    }
}
