//! What is accepted but deserves a word.

use super::{Auth, Inputs, Mode, Op};

/// The warnings, in order.
pub(super) fn of(inputs: &Inputs, mode: &Mode, op: &Op) -> Vec<String> {
    let mut warnings = Vec::new();
    for (name, safer) in [
        ("password", "BATON_PASSWORD or --password-file"),
        ("secret-key", "BATON_SECRET_KEY"),
        (
            "client-secret",
            "BATON_CLIENT_SECRET or --client-secret-file",
        ),
    ] {
        let setting = inputs
            .setting(name)
            .filter(|setting| setting.origin.starts_with("--"));
        if setting.is_some_and(|setting| setting.texts.last().is_some_and(|text| text != "-")) {
            warnings.push(format!(
                "--{name} on the command line can be seen by every user of this machine; {safer} cannot"
            ));
        }
    }
    if inputs.flags.sync.parallel_sync {
        let origin = inputs.origin("parallel-sync");
        warnings.push(format!("{origin} is an old spelling; use --workers"));
    }
    if *mode == Mode::Serve {
        let ignored = [
            "file",
            "grant-entitlement",
            "revoke-grant",
            "list-action-schemas",
            "dry-run",
        ];
        for name in ignored
            .into_iter()
            .filter(|name| inputs.setting(name).is_some())
        {
            let origin = inputs.origin(name);
            warnings.push(format!(
                "{origin} has no effect in service mode, where C1 decides"
            ));
        }
    } else if inputs.flags.service.health_check {
        let origin = inputs.origin("health-check");
        warnings.push(format!("{origin} has no effect outside service mode"));
    }
    if !matches!(op.auth, Auth::Unlocked { .. })
        && inputs.origin("account") == "--account"
        && inputs.setting("account").is_some()
    {
        warnings.push("--account has no effect when credentials are given".to_owned());
    }
    warnings
}
