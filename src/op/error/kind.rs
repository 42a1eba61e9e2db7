//! The classes of failures, and what each means: one table.

/// The class of an [`Error`](super::Error).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `op` was not found.
    Missing,
    /// There is an `op`, and it cannot be started.
    NotStartable,
    /// `op` is older than this connector can use.
    TooOld,
    /// No session, no unlocked app.
    NotSignedIn,
    /// There was a session; it is over.
    SessionExpired,
    /// Not signed in, while a service account's token stands unused in the environment.
    TokenUnused,
    /// No account is set up on this machine.
    NoneSetUp,
    /// `op` does not know the account.
    NoAccount,
    /// Several accounts fit.
    AmbiguousAccount,
    /// Somebody dismissed the authorization prompt, or nobody answered it.
    PromptDismissed,
    /// `op` wanted to ask something and has no terminal for it.
    NoTerminal,
    /// The desktop app cannot be reached.
    AppUnreachable,
    /// The desktop app ends the connection at once.
    AppDropped,
    /// The desktop app does not take this `op` for one of its clients.
    AppUnwilling,
    /// The desktop app could not answer.
    AppFailed,
    /// The password, Secret Key or e-mail was refused.
    WrongPassword,
    /// The Secret Key is not the account's, or not any more.
    SecretKeyChanged,
    /// A code of two-factor authentication is wanted.
    TwoFactor,
    /// The account is unlocked with single sign-on.
    SingleSignOn,
    /// What `op` signs in with does not go together, such as a device id and a service account's token.
    Incompatible,
    /// The caller may not do this.
    Forbidden,
    /// No such user, group, vault or item, or it may not be seen.
    NotFound,
    /// The permission to revoke is not held directly.
    NoDirectGrant,
    /// A permission was named without one that it needs.
    MissingDependency,
    /// The server refused the request as malformed.
    BadRequest,
    /// The server met a concurrent change.
    Conflict,
    /// Too many requests.
    RateLimited,
    /// The service account is deleted, or its token not accepted.
    ServiceAccount,
    /// The service account's token is no token.
    MalformedToken,
    /// The network, or the server for a moment.
    Network,
    /// No answer within the deadline.
    Timeout,
    /// `op` did not understand its command line, or an argument was refused before `op` was asked.
    Usage,
    /// The answer is not the expected JSON.
    BadAnswer,
    /// The answer is `null` where it must say who or what there is.
    NullAnswer,
    /// The answer is larger than any real one.
    TooMuchOutput,
    /// The principal is a member already.
    AlreadyMember,
    /// `op`'s own configuration on this machine cannot be used.
    Configuration,
    /// Anything else.
    Other,
}

/// What a class means.
struct Meaning {
    /// Whether `op` cannot be used at all, rather than for this question.
    is_of_sign_in: bool,
    /// Whether it is a no to one question, rather than to all.
    is_refusal: bool,
    /// Whether it may be over at a later run, with or without somebody's help.
    may_pass: bool,
    /// What a person can do, the likeliest first.
    steps: &'static [&'static str],
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
/// The app takes only an `op` of this group for a client of its own (`src/op/op-cli.md`, Desktop app).
const OWNERSHIP: &str = match cfg!(target_os = "linux") {
    true => {
        "Let `op` belong to root and the group onepassword-cli, with its setgid bit (chgrp onepassword-cli, then \
         chmod g+s)."
    }
    false => "Update the 1Password app and `op`, and start the app again.",
};

impl ErrorKind {
    #[rustfmt::skip]
    fn meaning(self) -> Meaning {
        let plain = |steps| Meaning { is_of_sign_in: false, is_refusal: false, may_pass: false, steps };
        let sign_in = |steps| Meaning { is_of_sign_in: true, ..plain(steps) };
        let locked = |steps| Meaning { may_pass: true, ..sign_in(steps) };
        let passing = |steps| Meaning { may_pass: true, ..plain(steps) };
        let refusal = |steps| Meaning { is_refusal: true, ..plain(steps) };
        match self {
            Self::Missing => sign_in(&[INSTALL, OP_PATH]),
            Self::NotStartable => sign_in(&["Make it a program that you may execute.", OP_PATH, INSTALL]),
            Self::TooOld => sign_in(&["Upgrade it: https://developer.1password.com/docs/cli/upgrade"]),
            Self::NotSignedIn => locked(&[UNLOCK, SIGN_IN, CREDENTIALS, SERVICE]),
            Self::SessionExpired => locked(&[SIGN_IN, CREDENTIALS]),
            Self::TokenUnused => sign_in(&["Add --auth-type service, so that OP_SERVICE_ACCOUNT_TOKEN is used.", UNLOCK]),
            Self::NoneSetUp => sign_in(&[INTEGRATE, ADD, SERVICE]),
            Self::NoAccount => sign_in(&["Choose an account that `op account list` shows.", ADD]),
            Self::AmbiguousAccount => sign_in(&["Choose one with --account.", "Give --address with --email."]),
            Self::PromptDismissed => locked(&["Start again and approve the prompt that 1Password shows.", SERVICE]),
            Self::NoTerminal => sign_in(&["Give what it asks for beforehand: --email and --password-file.", SERVICE, "Run it in a terminal."]),
            Self::AppUnreachable => locked(&["Start and unlock the 1Password app.", INTEGRATE, OWNERSHIP, SERVICE]),
            Self::AppDropped => locked(&[OWNERSHIP, "Start the 1Password app again.", SERVICE]),
            Self::AppUnwilling => sign_in(&[OWNERSHIP, "Update the 1Password app and `op`.", SERVICE]),
            Self::AppFailed => sign_in(&["Start the 1Password app again and unlock it.", "Update the 1Password app and `op`.", SERVICE]),
            Self::WrongPassword => sign_in(&["Check the password.", "Check e-mail and sign-in address.", "Check the Secret Key."]),
            Self::SecretKeyChanged => sign_in(&["Remove the account with `op account forget`, then give the Secret Key of today with --secret-key-file."]),
            Self::TwoFactor => sign_in(&["Sign in through the 1Password app: unlock it, turn on its CLI integration, and give no credentials.", SERVICE]),
            Self::SingleSignOn => sign_in(&["Sign in through the 1Password app, the only way for this account: unlock it, turn on its CLI integration, and give no credentials.", SERVICE]),
            Self::Incompatible => sign_in(&["Unset OP_DEVICE.", TOKEN]),
            Self::ServiceAccount => Meaning { is_refusal: true, ..sign_in(&[TOKEN]) },
            Self::MalformedToken => Meaning { is_refusal: true, ..sign_in(&["Copy the whole token into OP_SERVICE_ACCOUNT_TOKEN again: it begins with ops_ and has no blank in it."]) },
            Self::Configuration => sign_in(&[]),
            Self::Forbidden => refusal(&["Sign in as an owner or administrator.", "Sign in as somebody who manages this object."]),
            Self::NotFound | Self::BadRequest | Self::Usage => refusal(&[]),
            Self::NoDirectGrant => plain(&["The access may come from a group."]),
            Self::MissingDependency | Self::AlreadyMember => plain(&[]),
            Self::Conflict => passing(&["Something else is changing the same object; try again later."]),
            Self::RateLimited => passing(&["Try again later.", "See the limits of a service account with `op service-account ratelimit`."]),
            Self::Network => passing(&["Check the connection to 1Password.", "Check HTTPS_PROXY and NO_PROXY."]),
            Self::Timeout => passing(&["See whether 1Password shows a prompt that waits for an answer.", "Raise --op-timeout."]),
            Self::BadAnswer | Self::NullAnswer | Self::TooMuchOutput | Self::Other => plain(&[BY_HAND]),
        }
    }

    /// Whether `op` cannot be used at all, rather than for this question: it is missing, too old, or not signed in.
    pub fn is_of_sign_in(self) -> bool {
        self.meaning().is_of_sign_in
    }

    /// Whether it may be over at a later run, with or without somebody's help.
    pub fn may_pass(self) -> bool {
        self.meaning().may_pass
    }

    /// Whether the desktop app is too busy for this call, or not there.
    pub fn is_of_app(self) -> bool {
        matches!(self, Self::AppUnreachable | Self::AppDropped)
    }

    /// Whether it is a no to one question, rather than to all.
    pub(super) fn is_refusal(self) -> bool {
        self.meaning().is_refusal
    }

    /// What a person can do, the likeliest first.
    pub(super) fn steps(self) -> &'static [&'static str] {
        self.meaning().steps
    }
}
