//! The files of `fixtures/deploy`: what stands in them is what the program takes.

use std::process::Command;

use serde_json::Value;

use crate::cli::common::SECRET;
use crate::support::{Run, Sandbox, Started, fixture};

const CLIENT_ID: &str = "NAME@TENANT.conductor.one/spe";

fn file(name: &str) -> String {
    std::fs::read_to_string(fixture("deploy").join(name)).unwrap()
}

/// A sandbox with the secrets, and the words with its places instead of those of a real machine.
struct Machine(Sandbox);

impl Machine {
    fn new() -> Self {
        let sandbox = Sandbox::canned(&fixture("golden/tiny/op"));
        sandbox.write("credentials/client-secret", SECRET);
        sandbox.write("credentials/op-token", "ops_token-of-a-test");
        sandbox.write("data/tmp/.keep", "");
        Self(sandbox)
    }

    fn here(&self, word: &str) -> String {
        let path = |name: &str| self.0.path(name).to_str().unwrap().to_owned();
        word.replace(
            "/usr/local/bin/baton-1password",
            env!("CARGO_BIN_EXE_baton-1password"),
        )
        .replace("/usr/local/bin/op", &path("bin/op"))
        .replace("%d", &path("credentials"))
        .replace("/secrets", &path("credentials"))
        .replace("/data", &path("data"))
    }

    /// Runs words that would start the service, but for `settings`, which reads them and says what
    /// they come to.
    fn settings(&self, words: &[String], token: bool) -> Run {
        let plain = self.0.command();
        let mut command = Command::new(&words[0]);
        command.env_clear();
        command.envs(
            plain
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        // The shell of the unit needs its `cat`.
        command
            .env("PATH", "/usr/bin:/bin")
            .env("BATON_CLIENT_ID", CLIENT_ID);
        if token {
            command.env("OP_SERVICE_ACCOUNT_TOKEN", "ops_token-of-a-test");
        }
        command.args(&words[1..]).arg("settings");
        Started::new(command).wait()
    }
}

fn assert_serves(run: &Run) {
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(!run.stdout.contains("would be refused"), "{}", run.stdout);
    assert!(!run.stderr.contains("would be refused"), "{}", run.stderr);
    assert!(!run.stdout.contains("token-of-a-test"), "{}", run.stdout);
}

/// Words as systemd takes them apart: blanks part them, single quotes hold them together, `$$` is a
/// dollar.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.replace("$$", "$")),
        }
    }
    words
}

#[test]
fn the_unit_starts_what_the_program_takes() {
    let unit = file("baton-1password.service");
    let value = |key: &str| {
        let lines = unit
            .lines()
            .filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let start = value("ExecStart");
    assert_eq!(start.len(), 1);
    let machine = Machine::new();
    let words: Vec<_> = words(&start[0])
        .iter()
        .map(|word| machine.here(word))
        .collect();
    assert_serves(&machine.settings(&words, false));
    assert!(value("Environment").contains(&format!("BATON_CLIENT_ID={CLIENT_ID}")));
    // Each credential that is used is loaded.
    let used = start[0].matches("%d/").count();
    assert_eq!(value("LoadCredential").len(), used);
    for credential in value("LoadCredential") {
        let name = credential.split(':').next().unwrap();
        assert!(start[0].contains(&format!("%d/{name} ")), "{name}");
    }
    assert_eq!(value("KillMode"), ["mixed"]);
    assert_eq!(value("RestartPreventExitStatus"), ["2"]);
}

/// Where systemd is at hand, it says whether it would take the unit.
#[test]
fn systemd_takes_the_unit() {
    if Command::new("systemd-analyze")
        .arg("--version")
        .output()
        .is_err()
    {
        return;
    }
    let machine = Machine::new();
    let unit = file("baton-1password.service").replace(
        "/usr/local/bin/baton-1password",
        env!("CARGO_BIN_EXE_baton-1password"),
    );
    machine.0.write("units/baton-1password.service", unit);
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no"])
        .arg(machine.0.path("units/baton-1password.service"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    let about: Vec<_> = said
        .lines()
        .filter(|line| line.contains("baton-1password.service"))
        .collect();
    assert!(about.is_empty(), "{about:?}");
}

#[test]
fn the_manifest_starts_what_the_program_takes() {
    let manifest: Value = serde_saphyr::from_str(&file("kubernetes.yaml")).unwrap();
    let pod = &manifest["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let machine = Machine::new();
    let arguments = container["args"].as_array().unwrap().iter();
    let arguments: Vec<_> = arguments.map(|word| word.as_str().unwrap()).collect();
    let program = ["/usr/local/bin/baton-1password"].into_iter();
    let words: Vec<_> = program
        .chain(arguments.iter().copied())
        .map(|word| machine.here(word))
        .collect();
    assert_serves(&machine.settings(&words, true));

    let given = |flag: &str| {
        let mut values = arguments
            .iter()
            .filter_map(|word| word.strip_prefix(flag)?.strip_prefix('='));
        values.next().unwrap().to_owned()
    };
    let port = container["ports"][0]["containerPort"].as_u64().unwrap();
    assert_eq!(given("--health-check-port"), port.to_string());
    for (probe, path) in [("livenessProbe", "/live"), ("readinessProbe", "/ready")] {
        let get = &container[probe]["httpGet"];
        assert_eq!(
            (&get["path"], &get["port"]),
            (&path.into(), &container["ports"][0]["name"])
        );
    }
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert!(pod["terminationGracePeriodSeconds"].as_u64() > Some(20));
    // Every path that is written or read lies on a volume.
    let mounts = container["volumeMounts"].as_array().unwrap();
    let places: Vec<_> = mounts
        .iter()
        .map(|mount| mount["mountPath"].as_str().unwrap())
        .collect();
    for flag in ["--client-secret-file", "--c1z-temp-dir"] {
        let path = given(flag);
        assert!(places.iter().any(|place| path.starts_with(place)), "{path}");
    }
    let volumes = pod["volumes"].as_array().unwrap();
    for mount in mounts {
        assert!(
            volumes.iter().any(|volume| volume["name"] == mount["name"]),
            "{mount}"
        );
    }
}
