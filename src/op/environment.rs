//! The environment of every `op` process, built from empty (`src/op/op-cli.md`, Environment).
//!
//! What is not named here does not reach `op`: no `BATON_*` setting, no password, no `OP_CONNECT_*`
//! or `OP_SERVICE_ACCOUNT_TOKEN` that would silently win over the chosen way to sign in.

/// A variable of this process, and all of them.
pub(super) use std::env::{var_os as own, vars_os as all};
use std::ffi::OsString;
use std::time::Duration;

use super::{Auth, system};

/// Passed on when set, besides what the system needs.
const KEPT: &[&str] = &[
    // Where `op` and the helpers of a wrapper script are found.
    "PATH",
    // A configuration folder that was chosen on purpose.
    "OP_CONFIG_DIR",
    // The way to the network; programs differ in the case they read.
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    // Linux on Windows finds the way to Windows programs with it.
    "WSL_INTEROP",
    // Certificates of a proxy that looks inside.
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// Set for every call.
const FIXED: &[(&str, &str)] = &[
    // The flag is given as well; some wrappers drop it.
    ("OP_FORMAT", "json"),
    // Debug lines would drown the message that an error shows.
    ("OP_DEBUG", "false"),
    // A cached answer may be stale, and its daemon holds pipes open (`src/op/op-cli.md`, Daemon).
    ("OP_CACHE", "false"),
];

/// Set for a service account: the app may hold a call (`src/op/op-cli.md`, Service accounts).
const FIXED_FOR_SERVICE: &[(&str, &str)] = &[
    ("OP_LOAD_DESKTOP_APP_SETTINGS", "false"),
    ("OP_BIOMETRIC_UNLOCK_ENABLED", "false"),
];

/// What `op` sees of the variables of this process, but for the credential of the call.
pub(super) fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
    auth: &Auth,
) -> Vec<(OsString, OsString)> {
    let kept = variables.filter(|(name, _)| name.to_str().is_some_and(|name| is_kept(name, auth)));
    let of_means = match auth {
        Auth::Service(_) => FIXED_FOR_SERVICE,
        Auth::Unlocked { .. } | Auth::User(_) => &[],
    };
    let fixed = FIXED.iter().chain(of_means);
    let fixed = fixed.map(|(name, value)| (name.into(), value.into()));
    kept.chain(fixed).collect()
}

fn is_kept(name: &str, auth: &Auth) -> bool {
    // Letter case does not tell variables apart on Windows.
    let name = match cfg!(windows) {
        true => name.to_ascii_uppercase(),
        false => name.to_owned(),
    };
    match &*name {
        // Whether `op` asks the desktop app, and the device id of machines that cannot store one: a
        // person's choice for this machine. A service account's token does not go with a device id.
        "OP_BIOMETRIC_UNLOCK_ENABLED" | "OP_LOAD_DESKTOP_APP_SETTINGS" | "OP_DEVICE" => {
            !matches!(auth, Auth::Service(_))
        }
        // The session and account that are there already, when nothing else was given.
        "OP_ACCOUNT" => matches!(auth, Auth::Unlocked { .. }),
        name if is_session(name) => matches!(auth, Auth::Unlocked { .. }),
        name => KEPT.contains(&name) || system::KEPT.contains(&name),
    }
}

/// How long a first answer takes at least where the desktop app asks a person for each process of
/// `op`: nobody else signs in, and there is no terminal (`src/op/op-cli.md`, Desktop app).
pub(super) fn by_hand(auth: &Auth, environment: &[(OsString, OsString)]) -> Option<Duration> {
    let app = |value: &str| {
        let wanted = "OP_BIOMETRIC_UNLOCK_ENABLED";
        let mut variables = environment.iter();
        variables.any(|(name, of)| name == wanted && of.eq_ignore_ascii_case(value))
    };
    let mut names = environment.iter().filter_map(|(name, _)| name.to_str());
    let unlocked = matches!(auth, Auth::Unlocked { .. }) && !names.any(is_session);
    let asks = unlocked && !app("false") && std::fs::File::open("/dev/tty").is_err();
    // Where it is not known that the app answers, time tells: `op` alone takes a second.
    asks.then(|| Duration::from_secs(if app("true") { 0 } else { 4 }))
}

/// Whether the variable holds a session token.
pub(super) fn is_session(name: &str) -> bool {
    name == "OP_SESSION" || name.starts_with("OP_SESSION_")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;
    use crate::op::UserCredentials;
    use crate::secret::Secret;

    const OUTSIDE: &[&str] = &[
        "PATH",
        system::KEPT[0],
        "https_proxy",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "OP_CONFIG_DIR",
        "OP_DEVICE",
        "OP_BIOMETRIC_UNLOCK_ENABLED",
        "OP_LOAD_DESKTOP_APP_SETTINGS",
        "OP_ACCOUNT",
        "OP_SESSION",
        "OP_SESSION_ABC",
        "OP_SERVICE_ACCOUNT_TOKEN",
        "OP_CONNECT_HOST",
        "OP_CONNECT_TOKEN",
        "OP_SECRET_KEY",
        "OP_DEBUG",
        "OP_FORMAT",
        "OP_CACHE",
        "OP_SESSIONS",
        "OP_INCLUDE_ARCHIVE",
        "BATON_PASSWORD",
        "BATON_SECRET_KEY",
        "BATON_CLIENT_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "LD_PRELOAD",
    ];

    /// Names that reach `op`, but for those that always do.
    fn passed(auth: &Auth) -> Vec<String> {
        let outside = OUTSIDE
            .iter()
            .map(|name| (OsString::from(name), OsString::from("outside")));
        let inside: BTreeMap<OsString, OsString> = environment(outside, auth).into_iter().collect();
        for (name, value) in FIXED {
            assert_eq!(inside.get(&OsString::from(name)).unwrap(), value);
        }
        let always = [
            "PATH",
            system::KEPT[0],
            "https_proxy",
            "HTTPS_PROXY",
            "SSL_CERT_FILE",
            "OP_CONFIG_DIR",
        ];
        assert!(
            always
                .iter()
                .all(|name| inside.contains_key(&OsString::from(name)))
        );
        let rest = inside
            .into_iter()
            .filter(|(_, value)| value == "outside")
            .map(|(name, _)| name);
        rest.map(|name| name.into_string().unwrap())
            .filter(|name| !always.contains(&name.as_str()))
            .collect()
    }

    #[test]
    fn an_existing_session_passes_when_nothing_else_was_given() {
        let auth = Auth::Unlocked { account: None };
        assert_eq!(
            passed(&auth),
            [
                "OP_ACCOUNT",
                "OP_BIOMETRIC_UNLOCK_ENABLED",
                "OP_DEVICE",
                "OP_LOAD_DESKTOP_APP_SETTINGS",
                "OP_SESSION",
                "OP_SESSION_ABC"
            ]
        );
    }

    #[test]
    fn nobody_is_asked_for_each_call_where_a_session_a_token_or_a_setting_says_so() {
        let pair = |name: &str, value: &str| vec![(name.into(), value.into())];
        let unlocked = Auth::Unlocked { account: None };
        for (auth, environment) in [
            (Auth::Service(Secret::default()), Vec::new()),
            (unlocked.clone(), pair("OP_SESSION_x", "t")),
            (unlocked, pair("OP_BIOMETRIC_UNLOCK_ENABLED", "false")),
        ] {
            assert_eq!(by_hand(&auth, &environment), None);
        }
    }

    #[test]
    fn no_other_credential_passes_beside_the_given_one() {
        let user = Auth::User(UserCredentials {
            address: String::new(),
            email: "ada@kestrel.example".to_owned(),
            secret_key: None,
            password: Secret::new("p".to_owned()),
        });
        assert_eq!(
            passed(&user),
            [
                "OP_BIOMETRIC_UNLOCK_ENABLED",
                "OP_DEVICE",
                "OP_LOAD_DESKTOP_APP_SETTINGS"
            ]
        );
        let service = Auth::Service(Secret::new("ops_x".to_owned()));
        assert!(passed(&service).is_empty());
        let inside = environment(std::iter::empty(), &service);
        for name in [
            "OP_LOAD_DESKTOP_APP_SETTINGS",
            "OP_BIOMETRIC_UNLOCK_ENABLED",
        ] {
            assert!(inside.contains(&(name.into(), "false".into())), "{name}");
        }
    }
}
