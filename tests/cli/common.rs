//! Settings without a process: flags, variables and a folder in, settings or findings out.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use baton_1password::notice::Notice;
use baton_1password::settings::grammar;
use baton_1password::settings::{Error, Inputs, Mode, Settings, Surroundings};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const TOKEN: &str = "session-token";

/// A client secret as C1 makes them.
pub(crate) const SECRET: &str = concat!(
    "part-one:part-two:v1:",
    "eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8iLCJkIjoi",
    "bldHeG5lXzlXbUM2aEVyMGt1d3N4RVJKeFdsN01ta1pjRHVzQXh5dWYyQSJ9"
);

/// Who may sign in to the `op` of a sandbox: Ada, with [`PASSWORD`].
pub(crate) fn ada() -> serde_json::Value {
    serde_json::json!({"accounts": [{
        "url": "kestrel.1password.com", "email": "ada@kestrel.example",
        "user_uuid": "RRM5IIGYYT7B2WMHOF5YJ2KH2L", "account_uuid": "4OEEOQ7WFGIUAPAKQWFN6V2EOR",
        "secret_key": "A3-KESTREL-SECRET", "password": PASSWORD, "token": TOKEN,
    }]})
}

/// What stands around a command line.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) variables: BTreeMap<OsString, OsString>,
    pub(crate) folder: Option<tempfile::TempDir>,
    pub(crate) terminal: bool,
}

/// A world with these variables.
pub(crate) fn variables(variables: &[(&str, &str)]) -> World {
    let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
    World {
        variables: variables.iter().map(pair).collect(),
        ..World::default()
    }
}

impl World {
    /// With a file in the working directory.
    pub(crate) fn file(mut self, name: &str, text: &str) -> Self {
        let folder = self
            .folder
            .get_or_insert_with(|| tempfile::tempdir().unwrap());
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// With one more variable.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// A path in the working directory.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder
            .as_ref()
            .unwrap()
            .path()
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    /// Merges and parses.
    pub(crate) fn inputs(&self, flags: &[&str]) -> Inputs {
        let argv = std::iter::once("baton-1password").chain(flags.iter().copied());
        let (_, given) = grammar::parse(grammar::command(&[]), argv.map(OsString::from)).unwrap();
        let empty = Path::new("/nonexistent");
        let folder = self.folder.as_ref().map_or(empty, tempfile::TempDir::path);
        let surroundings = Surroundings {
            variables: self.variables.clone(),
            folder: folder.to_owned(),
            terminal: self.terminal,
            screen: self.terminal,
        };
        Inputs::read(given, surroundings)
    }

    /// Merges, parses and validates.
    pub(crate) fn settings(&self, flags: &[&str]) -> Result<Settings, Error> {
        self.inputs(flags).validated().map(|(_, settings)| settings)
    }

    /// What is done.
    pub(crate) fn mode(&self, flags: &[&str]) -> Mode {
        self.inputs(flags).validated().unwrap().0
    }

    /// What is wrong.
    pub(crate) fn findings(&self, flags: &[&str]) -> Vec<String> {
        self.settings(flags)
            .map_or_else(|error| error.0, |_| Vec::new())
    }
}

/// A world with nothing in it.
pub(crate) fn nothing() -> World {
    World::default()
}

/// The one finding; fails when there are several or none.
/// Warnings as people see them.
pub(crate) fn lines(warnings: &[Notice]) -> Vec<String> {
    warnings.iter().map(Notice::line).collect()
}

pub(crate) fn only(findings: &[String]) -> &str {
    assert_eq!(findings.len(), 1, "{findings:#?}");
    &findings[0]
}
