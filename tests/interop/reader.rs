//! Runs a `baton` on a c1z file and says how what it prints differs from what the file holds.
//!
//! What the file holds is read by `tests/support/records.rs`, which shares no code with the product
//! or with `baton`.

pub(crate) mod copies;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::golden::{id, resource_id};
use crate::support::records::{File, Records};

pub(crate) type Ids = BTreeSet<String>;
pub(crate) type Rows = BTreeMap<String, Value>;
/// What was asked for, or the command and how its answer is wrong.
pub(crate) type Checked<T = ()> = Result<T, String>;

/// A `baton` to run; it gets no environment but a home and a folder for temporary files.
pub(crate) struct Baton {
    program: PathBuf,
    folder: TempDir,
}

impl Baton {
    pub(crate) fn new(program: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { program, folder }
    }

    /// Everything that `baton` can say of the newest sync, and of the newest two, agrees with the
    /// file, and so does what it writes from it (`copies.rs`). Returns the records as `baton`
    /// printed them.
    pub(crate) fn check(&self, path: &Path) -> Checked<Records> {
        let file = File::open(path);
        let held = file.newest();
        let shown = self.records(path)?;
        same(
            "resource-types",
            &shown.resource_types,
            &held.resource_types,
        )?;
        same("resources", &shown.resources, &held.resources)?;
        same("entitlements", &shown.entitlements, &held.entitlements)?;
        same("grants", &shown.grants, &held.grants)?;
        self.principals(path, &held)?;
        self.access(path, &held)?;
        self.stats(path, &held)?;
        let full = full_syncs(&file);
        self.syncs(path, &full)?;
        if let [new, old, ..] = full.as_slice() {
            self.diff(path, &file.records(old), &file.records(new))?;
        }
        self.export_csv(path, &held)?;
        self.export_xlsx(path)?;
        self.recalculated(path, &file)?;
        self.exported(path, &held)?;
        self.replayed(path, &held)?;
        self.converted(path, &held)?;
        Ok(shown)
    }

    /// What a subcommand writes of the file, as a file of its own.
    pub(crate) fn write(&self, file: &Path, arguments: &[&str], name: &str) -> Checked<PathBuf> {
        let target = self.folder.path().join(name);
        // `rollback-expansion` writes over nothing.
        if target.exists() {
            std::fs::remove_file(&target).unwrap();
        }
        let out = ["--out", target.to_str().unwrap()];
        self.output(file, &[arguments, &out].concat())?;
        Ok(target)
    }

    /// Standard output of a subcommand, which must succeed.
    fn output(&self, file: &Path, arguments: &[&str]) -> Checked<String> {
        let output = Command::new(&self.program)
            .args(arguments)
            .arg("-f")
            .arg(file)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout).unwrap());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(format!(
            "{}: {}: {stderr}",
            spoken(arguments),
            output.status
        ))
    }

    fn json(&self, file: &Path, arguments: &[&str]) -> Checked<Value> {
        let output = self.output(file, &[arguments, &["-o", "json"]].concat())?;
        serde_json::from_str(&output)
            .map_err(|error| format!("{}: {error} in {output:?}", spoken(arguments)))
    }

    /// The records of the newest sync, as `baton` lists them.
    fn records(&self, path: &Path) -> Checked<Records> {
        Ok(Records {
            resource_types: self.list(path, "resource-types", "resourceTypes", "resourceType")?,
            resources: self.list(path, "resources", "resources", "resource")?,
            entitlements: self.list(path, "entitlements", "entitlements", "entitlement")?,
            grants: self.list(path, "grants", "grants", "grant")?,
            expansions: BTreeMap::new(),
        })
    }

    /// The main records of a listing by id; the records beside each must be those that it names.
    fn list(&self, file: &Path, command: &str, list: &str, main: &str) -> Checked<Rows> {
        let answer = self.json(file, &[command])?;
        let rows = array(&answer[list]);
        for row in rows {
            neighbours(command, row, main)?;
        }
        let by_id: Rows = rows
            .iter()
            .map(|row| (id(&row[main]), row[main].clone()))
            .collect();
        equal(
            &format!("baton {command}: records, each once"),
            by_id.len(),
            rows.len(),
        )?;
        Ok(by_id)
    }

    fn principals(&self, file: &Path, held: &Records) -> Checked {
        let listed = self.list(file, "principals", "resources", "resource")?;
        let shown: Ids = listed.into_keys().collect();
        equal(
            "baton principals",
            shown,
            held.grants.values().map(principal).collect(),
        )
    }

    /// `access` for every user.
    fn access(&self, file: &Path, held: &Records) -> Checked {
        let users = held
            .resources
            .iter()
            .filter(|(id, _)| id.starts_with("user:"));
        for (user, record) in users {
            let user_id = record["id"]["resource"].as_str().unwrap();
            let arguments = ["access", "-t", "user", "-r", user_id];
            let about = spoken(&arguments);
            let answer = self.json(file, &arguments)?;
            equal(&about, &id(&answer["principal"]), user)?;
            let mut shown = Ids::new();
            for access in array(&answer["access"]) {
                for entitlement in array(&access["entitlements"]) {
                    equal(
                        &about,
                        &access["resource"]["id"],
                        &entitlement["resource"]["id"],
                    )?;
                    shown.insert(id(entitlement));
                }
            }
            let grants = held
                .grants
                .values()
                .filter(|grant| principal(grant) == *user);
            equal(
                &about,
                shown,
                grants.map(|grant| id(&grant["entitlement"])).collect(),
            )?;
        }
        Ok(())
    }

    fn stats(&self, file: &Path, held: &Records) -> Checked {
        let answer = self.json(file, &["stats"])?;
        let counts = [
            ("resourcetypes", held.resource_types.len()),
            ("resources", held.resources.len()),
            ("entitlements", held.entitlements.len()),
            ("grants", held.grants.len()),
        ];
        let counted = |(key, held)| {
            equal(
                &format!("baton stats: {key}"),
                count(&answer, key),
                Some(held),
            )
        };
        counts.into_iter().try_for_each(counted)
    }

    fn syncs(&self, file: &Path, full: &[String]) -> Checked {
        let answer = self.json(file, &["syncs"])?;
        let finished = array(&answer["syncs"])
            .iter()
            .filter(|sync| sync["endedAt"].is_string());
        let shown = finished
            .map(|sync| sync["id"].as_str().unwrap().to_owned())
            .collect::<Ids>();
        equal("baton syncs", shown, full.iter().cloned().collect())
    }

    /// `diff` of the newest two full syncs.
    fn diff(&self, file: &Path, old: &Records, new: &Records) -> Checked {
        let answer = self.json(file, &["diff"])?;
        let tables = [
            ("resources", &old.resources, &new.resources),
            ("entitlements", &old.entitlements, &new.entitlements),
            ("grants", &old.grants, &new.grants),
        ];
        for (name, old, new) in tables {
            for (change, expected) in changes(old, new) {
                let shown: Ids = array(&answer[name][change]).iter().map(id).collect();
                equal(&format!("baton diff: {name} {change}"), shown, expected)?;
            }
        }
        Ok(())
    }

    /// One row a user, entitlement and grant to a user; a row begins with what it is.
    fn export_csv(&self, file: &Path, held: &Records) -> Checked {
        let target = self.write(file, &["export", "csv"], "export.csv")?;
        let text = std::fs::read_to_string(target).unwrap();
        let rows = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        let users = held.resources.keys().filter(|id| id.starts_with("user:"));
        let to_users = held
            .grants
            .values()
            .filter(|grant| principal(grant).starts_with("user:"));
        equal(
            "baton export csv: identities",
            rows("Identity,"),
            users.count(),
        )?;
        equal(
            "baton export csv: entitlements",
            rows("Entitlement,"),
            held.entitlements.len(),
        )?;
        equal("baton export csv: grants", rows("Grant,"), to_users.count())
    }

    fn export_xlsx(&self, file: &Path) -> Checked {
        let target = self.write(file, &["export", "xlsx"], "export.xlsx")?;
        let start: Vec<u8> = std::fs::read(target).unwrap().into_iter().take(2).collect();
        equal(
            "baton export xlsx: how the file starts",
            start.as_slice(),
            b"PK",
        )
    }
}

/// The finished full syncs, the newest first.
pub(crate) fn full_syncs(file: &File) -> Vec<String> {
    let sql = "select sync_id from v1_sync_runs where ended_at is not null and sync_type = 'full' \
               order by ended_at desc, sync_id desc";
    file.strings(sql)
}

/// What `diff` calls created, deleted and modified, by id.
pub(crate) fn changes(old: &Rows, new: &Rows) -> [(&'static str, Ids); 3] {
    let only = |these: &Rows, those: &Rows| {
        let missing = these.keys().filter(|id| !those.contains_key(*id));
        missing.cloned().collect()
    };
    let differs = |id: &&String| new.get(*id).is_some_and(|new| *new != old[*id]);
    let modified = old.keys().filter(differs).cloned().collect();
    [
        ("created", only(new, old)),
        ("deleted", only(old, new)),
        ("modified", modified),
    ]
}

/// `type:id` of who holds a grant.
pub(crate) fn principal(grant: &Value) -> String {
    resource_id(&grant["principal"]["id"])
}

/// A command as it is typed.
fn spoken(arguments: &[&str]) -> String {
    format!("baton {}", arguments.join(" "))
}

fn equal<T: PartialEq + Debug>(about: &str, shown: T, held: T) -> Checked {
    if shown == held {
        return Ok(());
    }
    Err(format!(
        "{about}: shown {shown:?}, but the file holds {held:?}"
    ))
}

/// A value whose numbers without a fraction are whole: JSON may write them either way.
fn whole(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 => Value::from(float as i64),
            _ => value.clone(),
        },
        Value::Array(values) => values.iter().map(whole).collect(),
        Value::Object(values) => {
            let each = values
                .iter()
                .map(|(key, value)| (key.clone(), whole(value)));
            Value::Object(each.collect())
        }
        _ => value.clone(),
    }
}

fn same(command: &str, shown: &Rows, held: &Rows) -> Checked {
    let ids = |rows: &Rows| rows.keys().cloned().collect::<Ids>();
    equal(&format!("baton {command}: ids"), ids(shown), ids(held))?;
    let record = |(id, held): (&String, &Value)| {
        let (shown, held) = (whole(&shown[id]), whole(held));
        equal(&format!("baton {command}: {id}"), shown, held)
    };
    held.iter().try_for_each(record)
}

/// The resource type, resource, parent, entitlement and principal beside a record are those that it
/// refers to.
fn neighbours(command: &str, row: &Value, main: &str) -> Checked {
    let record = &row[main];
    let resource = match main {
        "resource" => &record["id"],
        "entitlement" => &record["resource"]["id"],
        "grant" => &record["entitlement"]["resource"]["id"],
        _ => return Ok(()),
    };
    let about = format!("baton {command}: beside {}", id(record));
    equal(&about, &row["resource"]["id"], resource)?;
    equal(
        &about,
        &row["resourceType"]["id"],
        &resource["resourceType"],
    )?;
    if main == "resource" {
        equal(&about, &row["parent"]["id"], &record["parentResourceId"])?;
    }
    if main == "grant" {
        equal(
            &about,
            &row["entitlement"]["id"],
            &record["entitlement"]["id"],
        )?;
        equal(&about, &row["principal"]["id"], &record["principal"]["id"])?;
    }
    Ok(())
}

/// The rows of a list; JSON leaves an empty one out.
fn array(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// The number under a key, wherever it stands; spellings differ in case and underscores, and 64-bit
/// numbers may be written as strings.
fn count(json: &Value, key: &str) -> Option<usize> {
    let object = json.as_object()?;
    let spelled = |name: &str| name.replace('_', "").to_lowercase() == key;
    let here = object.iter().find_map(|(name, value)| {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        spelled(name).then(|| text.parse().ok()).flatten()
    });
    here.or_else(|| object.values().find_map(|value| count(value, key)))
}
