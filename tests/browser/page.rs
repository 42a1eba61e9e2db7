//! Makes pages with the real program.

use serde_json::Value;

use crate::build::C1z;
use crate::support::{Sandbox, fixture};

/// A page on disk, and the same report as JSON.
pub struct Page {
    sandbox: Sandbox,
    pub report: Value,
}

impl Page {
    /// Of a file in the sandbox's working folder named `sync.c1z`.
    fn of(sandbox: Sandbox, options: &[&str]) -> Self {
        let report = ["report", "sync.c1z", "--html", "page.html", "--json"];
        let run = sandbox.run(&[&report, options].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        Self {
            report: serde_json::from_str(&run.stdout).unwrap(),
            sandbox,
        }
    }

    /// Of a built file.
    pub fn of_file(file: &C1z) -> Self {
        let sandbox = Sandbox::new(serde_json::json!({}));
        file.write(&sandbox.path("work/sync.c1z"));
        Self::of(sandbox, &[])
    }

    /// Of a built file and what changed since an older one.
    pub fn of_change(old: &C1z, new: &C1z) -> Self {
        let sandbox = Sandbox::new(serde_json::json!({}));
        old.write(&sandbox.path("work/old.c1z"));
        new.write(&sandbox.path("work/sync.c1z"));
        Self::of(sandbox, &["--diff", "old.c1z"])
    }

    /// Of the account that can be tried without 1Password: people, groups and projects.
    pub fn of_demo() -> Self {
        Self::of_limited_demo(&[])
    }

    /// The same, with options that leave something out.
    pub fn of_limited_demo(options: &[&str]) -> Self {
        let sandbox = Sandbox::canned(&fixture("demo/answers"));
        let run = sandbox.run(&[&["-f", "sync.c1z"], options].concat());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        Self::of(sandbox, &[])
    }

    /// Its address, with filters after `#`.
    pub fn url(&self, filters: &str) -> String {
        format!(
            "file://{}#{filters}",
            self.sandbox.path("work/page.html").display()
        )
    }

    /// How large it is.
    pub fn bytes(&self) -> u64 {
        let page = self.sandbox.path("work/page.html");
        std::fs::metadata(page).unwrap().len()
    }

    /// SHA-256 of the file of which it is, in hexadecimal.
    pub fn digest(&self) -> String {
        let file = std::fs::read(self.sandbox.path("work/sync.c1z")).unwrap();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &file);
        digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Users and projects that reach vaults: principal, vault and paths, as in the JSON.
    pub fn access(&self) -> Vec<&Value> {
        let all = self.report["access"].as_array().unwrap().iter();
        all.filter(|one| one["principal"]["type"] != "group")
            .collect()
    }
}
